#include "efface/media/av/times.h"

#include <algorithm>

namespace efface {

void FrameTimes::Add(int64_t pts, int64_t duration) {
  if (frames() == 0) start_ = pts;
  // The last frame is always kept: see Forget.
  if (!kept_.empty()) pts = std::max(pts, kept_.back().pts + 1);
  kept_.push_back({pts, duration});
}

int64_t FrameTimes::Pts(int64_t index) const {
  return index < 0 ? start_ + index * lead_ : At(index).pts;
}

int64_t FrameTimes::Duration(int64_t index) const {
  if (index + 1 < frames()) return At(index + 1).pts - At(index).pts;
  return At(index).duration > 0 ? At(index).duration : nominal_;
}

void FrameTimes::Forget(int64_t before) {
  while (first_kept_ < before && kept_.size() > 1) {
    kept_.pop_front();
    ++first_kept_;
  }
}

}  // namespace efface
