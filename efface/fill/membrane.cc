// The harmonic interpolation of the rim, the unhidden samples beside the hidden ones. No hidden
// sample is ever read.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "efface/fill/cells.h"
#include "efface/fill/coarse.h"
#include "efface/fill/grid.h"
#include "efface/fill/harmonic.h"
#include "efface/fill/kinds.h"
#include "efface/fill/samples.h"

namespace efface {
namespace {

constexpr float kTolerance = 0.25f;  // of a level
constexpr Color kNeutral{128, 128, 128};

// A larger patch is solved on cells of several samples, so that the memory stays below some 400 MB.
constexpr int64_t kMaxSamples = int64_t{1} << 24;

// The rim is smoothed along itself, so that one noisy sample does not tint the whole area: a mean
// over the samples of the rim up to this far across and down.
constexpr int kRimRadius = 2;

bool HasHiddenNeighbour(const Patch& patch, int x, int y) {
  return (x > 0 && IsHidden(patch, x - 1, y)) ||
         (x + 1 < patch.width && IsHidden(patch, x + 1, y)) ||
         (y > 0 && IsHidden(patch, x, y - 1)) ||
         (y + 1 < patch.height && IsHidden(patch, x, y + 1));
}

// width * height: 1 for the rim.
std::vector<uint8_t> FindRim(const Patch& patch) {
  std::vector<uint8_t> rim(patch.hidden.size());
  for (int y = 0; y < patch.height; ++y) {
    for (int x = 0; x < patch.width; ++x) {
      rim[static_cast<size_t>(y) * patch.width + x] =
          !IsHidden(patch, x, y) && HasHiddenNeighbour(patch, x, y);
    }
  }
  return rim;
}

struct Range {
  float low = std::numeric_limits<float>::max();
  float high = 0;
};

// Sets the rim's cells of `grid`. Returns the range of what it set.
Range SetRim(const Patch& patch, const Samples& samples, Grid& grid) {
  const std::vector<uint8_t> rim = FindRim(patch);
  const auto is_rim = [&](int x, int y) {
    return rim[static_cast<size_t>(y) * patch.width + x] != 0;
  };
  const auto mean_around = [&](int x, int y) {
    int sum = 0, count = 0;
    for (int ny = std::max(y - kRimRadius, 0); ny < std::min(y + kRimRadius + 1, patch.height);
         ++ny) {
      for (int nx = std::max(x - kRimRadius, 0); nx < std::min(x + kRimRadius + 1, patch.width);
           ++nx) {
        if (!is_rim(nx, ny)) continue;
        sum += samples.Get(nx, ny);
        ++count;
      }
    }
    return static_cast<float>(sum) / static_cast<float>(count);
  };
  Range range;
  for (int y = 0; y < patch.height; ++y) {
    for (int x = 0; x < patch.width; ++x) {
      if (!is_rim(x, y)) continue;
      const float value = mean_around(x, y);
      grid.row(y)[x] = value;
      range = {std::min(range.low, value), std::max(range.high, value)};
    }
  }
  return range;
}

void FillSampleBySample(const Patch& patch, Accuracy accuracy, Samples& samples) {
  Grid grid(patch.width, patch.height);
  const Range range = SetRim(patch, samples, grid);
  if (accuracy == Accuracy::kExact) {
    SolveHarmonic(patch.hidden, kTolerance, grid);
  } else {
    GuessHarmonic(patch.hidden, grid);
  }
  VisitHidden(patch, [&](int x, int y) {
    samples.SetRounded(x, y, std::clamp(grid.row(y)[x], range.low, range.high));
  });
}

// The same on cells: those with an unhidden sample are the rim, with the mean of such samples.
void FillByCells(const Patch& patch, int size, Samples& samples) {
  Cells cells = CellMeans(patch, samples, size, Source::kUnhidden);
  SolveHarmonic(cells.empty, kTolerance, cells.mean);
  SetBilinear(patch, cells, samples);
}

}  // namespace

void FillMembrane(const Patch& patch, const PlaneView& plane, Accuracy accuracy) {
  if (std::find(patch.hidden.begin(), patch.hidden.end(), 0) == patch.hidden.end()) {
    return FillSolid(kNeutral, patch, plane);
  }
  if (accuracy == Accuracy::kFast && FillCoarsely(patch, plane)) return;
  Samples samples(plane);
  int size = 1;
  while (int64_t{patch.width} * patch.height / size / size > kMaxSamples) ++size;
  if (size == 1) {
    FillSampleBySample(patch, accuracy, samples);
  } else {
    FillByCells(patch, size, samples);
  }
}

}  // namespace efface
