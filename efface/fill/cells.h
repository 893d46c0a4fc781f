// The picture in coarse squares: their means, and smooth values between them.
#ifndef EFFACE_FILL_CELLS_H_
#define EFFACE_FILL_CELLS_H_

#include <cstdint>
#include <vector>

#include "efface/fill/grid.h"
#include "efface/fill/samples.h"
#include "efface/media/plane.h"

namespace efface {

enum class Source { kHidden, kUnhidden, kAll };

// Squares of `size` samples (the last ones may be cut), from the top left of the patch.
struct Cells {
  int size = 1;
  Grid mean;                   // 0 where empty
  std::vector<uint8_t> empty;  // 1 where a cell has no sample of the source
};

// Reads no samples but those of `source`.
Cells CellMeans(const Patch& patch, const Samples& samples, int size, Source source);

// Sets the hidden samples to the means, bilinearly interpolated between the centres of the cells.
void SetBilinear(const Patch& patch, const Cells& cells, Samples& samples);

}  // namespace efface

#endif  // EFFACE_FILL_CELLS_H_
