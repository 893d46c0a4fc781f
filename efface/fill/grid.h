// A rectangle of floats, the working form of the fills.
#ifndef EFFACE_FILL_GRID_H_
#define EFFACE_FILL_GRID_H_

#include <cstddef>
#include <vector>

namespace efface {

// width x height floats, 0 at first, with a margin of one cell all around, whose content means
// nothing.
struct Grid {
  Grid(int w, int h)
      : width(w),
        height(h),
        stride(static_cast<ptrdiff_t>(w) + 2),
        cells(static_cast<size_t>(stride) * (static_cast<size_t>(h) + 2)) {}

  float* row(int y) { return cells.data() + (y + 1) * stride + 1; }  // y: -1 .. height
  const float* row(int y) const { return cells.data() + (y + 1) * stride + 1; }

  int width, height;
  ptrdiff_t stride;
  std::vector<float> cells;
};

}  // namespace efface

#endif  // EFFACE_FILL_GRID_H_
