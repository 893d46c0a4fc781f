// The weaker kinds, which keep traces of what they hide: cells and blur, both scaled to the face.
// Alpha is filled as by membrane: nobody asked to see where hidden things end.
#include <algorithm>
#include <cmath>
#include <vector>

#include "efface/fill/cells.h"
#include "efface/fill/kinds.h"
#include "efface/fill/samples.h"

namespace efface {
namespace {

constexpr double kFaceShare = 0.25;  // of the face: a cell, and the blur's sigma
constexpr int kMinCell = 4;          // samples

// The blur is made of three means over 2 * radius + 1 cells, each with a variance of
// radius * (radius + 1) / 3: together radius * (radius + 1). Cells are as coarse as keeps the
// radius at kRadius or above.
constexpr int kPasses = 3;
constexpr int kRadius = 3;

// kFaceShare of the face in samples, > 0, and no more than the patch's longer side.
double ShareOfFace(const Patch& patch) {
  const double longest = std::max(patch.width, patch.height);
  const double share = kFaceShare * patch.face_size;
  return share > 0 ? std::min(share, longest) : kFaceShare * longest;
}

// Means over [i - radius, i + radius], as far as they exist, of `count` cells `step` apart.
void BoxMean(float* cells, ptrdiff_t step, int count, int radius, std::vector<double>& sums) {
  sums.assign(static_cast<size_t>(count) + 1, 0);
  for (int i = 0; i < count; ++i) sums[i + 1] = sums[i] + cells[i * step];
  for (int i = 0; i < count; ++i) {
    const int begin = std::max(i - radius, 0), end = std::min(i + radius + 1, count);
    cells[i * step] = static_cast<float>((sums[end] - sums[begin]) / (end - begin));
  }
}

void Blur(Grid& grid, int radius) {
  std::vector<double> sums;
  for (int pass = 0; pass < kPasses; ++pass) {
    for (int y = 0; y < grid.height; ++y) BoxMean(grid.row(y), 1, grid.width, radius, sums);
    for (int x = 0; x < grid.width; ++x) {
      BoxMean(grid.row(0) + x, grid.stride, grid.height, radius, sums);
    }
  }
}

}  // namespace

void FillPixelate(const Patch& patch, const PlaneView& plane) {
  if (plane.channel == Channel::kAlpha) return FillMembrane(patch, plane, Accuracy::kExact);
  Samples samples(plane);
  const int size = std::max(kMinCell, static_cast<int>(std::ceil(ShareOfFace(patch))));
  const Cells cells = CellMeans(patch, samples, size, Source::kHidden);
  VisitHidden(patch,
              [&](int x, int y) { samples.SetRounded(x, y, cells.mean.row(y / size)[x / size]); });
}

void FillBlur(const Patch& patch, const PlaneView& plane) {
  if (plane.channel == Channel::kAlpha) return FillMembrane(patch, plane, Accuracy::kExact);
  Samples samples(plane);
  const double sigma = ShareOfFace(patch);
  const int size = std::max(1, static_cast<int>(sigma / std::sqrt(kRadius * (kRadius + 1.0))));
  int radius = 1;
  while (radius * (radius + 1.0) * size * size < sigma * sigma) ++radius;
  Cells cells = CellMeans(patch, samples, size, Source::kAll);
  Blur(cells.mean, radius);
  SetBilinear(patch, cells, samples);
}

}  // namespace efface
