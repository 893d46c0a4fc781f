#include "efface/track/carrier.h"

#include <algorithm>
#include <utility>

namespace efface {
namespace {

// Of the shorter side: an area that drifts is not grown by more on each side.
constexpr double kMostMargin = 0.25;

}  // namespace

Carrier::Carrier(const Box& area, int width) : width_(width) { mover_.box = area; }

Box Carrier::Next(GreyPicture grey) {
  mover_.scale = static_cast<double>(width_) / std::max(grey.width, 1);
  const bool begins_shot = window_.Push(std::move(grey));
  const int64_t frame = window_.end() - 1;
  if (frame > 0) {
    if (begins_shot) lost_ = true;
    if (!lost_) Step(window_, frame - 1, frame, mover_);
  }
  window_.DropBefore(frame);
  Box box = mover_.box;
  const double margin = std::min(mover_.drift, kMostMargin * std::min(box.width, box.height));
  box.width += 2 * margin;
  box.height += 2 * margin;
  return box;
}

}  // namespace efface
