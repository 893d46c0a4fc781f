#include "efface/track/smooth.h"

#include <algorithm>
#include <cmath>

#include "efface/track/tuning.h"

namespace efface {
namespace {

// As photos have them: boxes are off by a few pixels whatever the face's size.
constexpr double kPadding = 5, kLeastHeight = 10;  // pixels
// From a face's box to its head's, in shares of its width and height.
constexpr double kHeadBeside = 0.35, kHeadAbove = 0.5, kHeadBelow = 0.15;

// What one moment asks for, around the centre of its box: half the width and height.
struct Extent {
  double x = 0, y = 0;
};

Extent ExtentOf(const Moment& moment, const MaskShape& shape) {
  const auto half = [&](const Box& box) -> Extent {
    const double factor = (shape.margin + kPadding / std::max(box.height, kLeastHeight)) / 2;
    return {box.width * factor, box.height * factor};
  };
  Extent extent = half(moment.box);
  const double side = std::min(moment.box.width, moment.box.height);
  const double grown = std::min(kDriftMargin * moment.drift, kMostMargin * side);
  extent.x += grown + std::min(moment.size_drift, kMostMargin) * moment.box.width / 2;
  extent.y += grown + std::min(moment.size_drift, kMostMargin) * moment.box.height / 2;
  if (moment.source == RowSource::kDetected) {
    const Extent found = half(moment.detection);
    extent.x = std::max(extent.x, found.x + std::abs(moment.detection.x - moment.box.x));
    extent.y = std::max(extent.y, found.y + std::abs(moment.detection.y - moment.box.y));
  }
  return extent;
}

}  // namespace

TrackedMask MaskAt(const Track& track, int64_t frame, const MaskShape& shape) {
  const auto clip = [&](int64_t at) { return std::clamp(at, track.first, track.last()); };
  Extent mean;
  int count = 0;
  for (int64_t at = clip(frame - shape.radius); at <= clip(frame + shape.radius); ++at, ++count) {
    // Sizes follow the camera's zoom: relative to the box of each moment.
    Extent most;
    for (int64_t near = clip(at - shape.radius); near <= clip(at + shape.radius); ++near) {
      const Extent extent = ExtentOf(track.At(near), shape);
      most.x = std::max(most.x, extent.x);
      most.y = std::max(most.y, extent.y);
    }
    mean.x += most.x, mean.y += most.y;
  }
  mean.x /= count, mean.y /= count;

  const Moment& moment = track.At(frame);
  double x = moment.box.x, y = moment.box.y;
  if (shape.head) {
    y += (kHeadBelow - kHeadAbove) / 2 * moment.box.height;
    mean.x *= 1 + 2 * kHeadBeside;
    mean.y *= 1 + kHeadAbove + kHeadBelow;
  }
  return {track.number, frame,      x - mean.x,   y - mean.y,
          2 * mean.x,   2 * mean.y, moment.score, moment.source};
}

TrackedMask WithPlay(const TrackedMask& shown, const TrackedMask& asked) {
  TrackedMask mask = asked;
  const auto side = [](double was, double was_size, double now, double now_size, double& at,
                       double& size) {
    const double play = kPlay * now_size;
    at = std::clamp(was, now - play, now);
    size = std::clamp(was + was_size, now + now_size, now + now_size + play) - at;
  };
  side(shown.x, shown.width, asked.x, asked.width, mask.x, mask.width);
  side(shown.y, shown.height, asked.y, asked.height, mask.y, mask.height);
  return mask;
}

}  // namespace efface
