#include "efface/track/schedule.h"

#include <algorithm>
#include <cmath>

namespace efface {
namespace {

struct Row {
  double cheap_every, fine_every;  // frames at 30 a second
};

Row RowOf(Effort effort, double longer) {
  switch (effort) {
    case Effort::kFast:
      return {8, 36};
    case Effort::kBalanced:
      return longer <= 700 ? Row{3, 9} : Row{5, 20};
    case Effort::kThorough:
      return {1, 4};
  }
  return {};
}

}  // namespace

Schedule::Schedule(int width, int height, double frames_a_second, Effort effort, double min_face) {
  const double longer = std::max({width, height, 1});
  cheap_scale_ = std::min(1.0, 640 / longer);
  fine_scale_ = longer <= 700 ? 2 : 1;
  if (effort == Effort::kThorough && longer <= 1400) fine_scale_ = 2;
  // A face of the least height wanted need not be shown higher than 16 canvas pixels.
  if (min_face > 16) fine_scale_ = std::max(cheap_scale_, std::min(fine_scale_, 16 / min_face));
  // Windows pay where a coarser look says where they are worth it.
  if (effort != Effort::kThorough && fine_scale_ / 2 >= cheap_scale_) gate_scale_ = fine_scale_ / 2;
  const Row row = RowOf(effort, longer);
  const double rate = std::clamp(frames_a_second / 30, 0.1, 8.0);
  const auto every = [&](double frames) {
    return std::max<int64_t>(1, std::llround(frames * rate));
  };
  cheap_every_ = every(row.cheap_every);
  fine_every_ = every(row.fine_every);
}

std::vector<LookPass> Schedule::At(int64_t index) const {
  std::vector<LookPass> passes;
  const bool fine = index % fine_every_ == 0;
  if (fine) passes.push_back({fine_scale_, gate_scale_});
  const bool seen = fine && (gate_scale_ > 0 || cheap_scale_ >= fine_scale_);
  if ((fine || index % cheap_every_ == 0) && !seen) passes.push_back({cheap_scale_});
  // The largest faces are seen best when they are small.
  if (fine) passes.push_back({cheap_scale_ / 2});
  return passes;
}

}  // namespace efface
