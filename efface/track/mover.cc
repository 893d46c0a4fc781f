#include "efface/track/mover.h"

#include <algorithm>
#include <cmath>

#include "efface/track/align.h"
#include "efface/track/tuning.h"

namespace efface {
namespace {

constexpr double kLeastPatch = 9;      // plane samples: smaller boxes are followed with what is
                                       // around them
constexpr double kLeastTexture = 2.5;  // grey levels
constexpr double kLeastInside = 0.4;
constexpr double kOwnNew = 0.4;     // share of a new measurement of the own motion
constexpr double kOwnDecay = 0.96;  // of the own motion a frame, where it is not seen

}  // namespace

double ShareInside(const Box& box, int width, int height) {
  const double x =
      std::min<double>(box.x + box.width / 2, width) - std::max(box.x - box.width / 2, 0.0);
  const double y =
      std::min<double>(box.y + box.height / 2, height) - std::max(box.y - box.height / 2, 0.0);
  return x <= 0 || y <= 0 ? 0 : x * y / (box.width * box.height);
}

void Step(const Window& window, int64_t frame, int64_t to, Mover& mover) {
  const Similarity camera = window.Camera(frame, to);
  const double unit = 1 / mover.scale;
  const double x = mover.box.x * unit, y = mover.box.y * unit;
  const double width = std::max(mover.box.width * unit, kLeastPatch);
  const double height = std::max(mover.box.height * unit, kLeastPatch);
  const double side = std::min(width, height);
  const double camera_x = camera.X(x, y), camera_y = camera.Y(x, y);

  const auto usable = [&](const Aligned& a) {
    return a.match >= kSureMatch && a.texture >= kLeastTexture && a.inside >= kLeastInside;
  };
  const double turn = std::atan2(camera.b, camera.a);
  AlignSettings settings;
  settings.shift_spread = mover.own_known ? 0.1 : 0.25;
  Aligned aligned =
      Align(window.planes(frame), window.planes(to), {x, y, width, height},
            {camera_x + mover.own_x, camera_y + mover.own_y, camera.scale(), turn}, settings);
  const double own_x = aligned.x - camera_x, own_y = aligned.y - camera_y;
  const bool leaps = mover.own_known && std::hypot(own_x - mover.own_x, own_y - mover.own_y) >
                                            mover.leap * kLeapShare * side + kLeapSamples;
  mover.sure = usable(aligned) && !leaps;

  double scale = camera.scale();
  const double face_side = std::min(mover.box.width, mover.box.height);
  if (mover.sure) {
    mover.own_x += (mover.own_known ? kOwnNew : 1) * (own_x - mover.own_x);
    mover.own_y += (mover.own_known ? kOwnNew : 1) * (own_y - mover.own_y);
    mover.own_known = true;
    mover.box.x = aligned.x * mover.scale;
    mover.box.y = aligned.y * mover.scale;
    // A patch that is mostly surroundings tells the camera's scale, which is known better.
    if (std::min(mover.box.width, mover.box.height) * unit >= kLeastPatch)
      scale = std::clamp(aligned.scale, scale * (1 - kMostScale), scale * (1 + kMostScale));
    mover.drift += kDriftSure * face_side + 0.02 * mover.scale;
    mover.size_drift += kSizeDriftSure;
  } else {
    mover.box.x = (camera_x + mover.own_x) * mover.scale;
    mover.box.y = (camera_y + mover.own_y) * mover.scale;
    mover.drift +=
        kDriftUnsure * face_side + 0.1 * std::hypot(mover.own_x, mover.own_y) * mover.scale;
    mover.size_drift += kSizeDriftUnsure;
    mover.own_x *= kOwnDecay;
    mover.own_y *= kOwnDecay;
  }
  mover.drift = std::min(mover.drift, kMostDrift * face_side);
  mover.size_drift = std::min(mover.size_drift, 0.3);
  mover.box.width *= scale;
  mover.box.height *= scale;
}

}  // namespace efface
