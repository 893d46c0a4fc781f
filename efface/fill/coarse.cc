// The membrane on cells of several samples, for clips: the rim's cells have the mean of their
// unhidden samples, the hidden ones between them are solved, and the samples interpolated
// bilinearly. Row by row, in loops that a compiler makes into vector instructions.
#include "efface/fill/coarse.h"

#include <algorithm>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "efface/fill/grid.h"
#include "efface/fill/harmonic.h"

namespace efface {
namespace {

constexpr float kTolerance = 0.25f;  // of a level

// A column's sum of as many samples as a cell is high.
template <typename Sample>
using ColumnSum = std::conditional_t<sizeof(Sample) == 1, uint16_t, uint32_t>;

// Sums and numbers of the unhidden samples of the rows from `begin` to before `end`, column by
// column, the patch's first column at `shift`.
template <typename Sample>
void AddColumns(const Patch& patch, const PlaneView& plane, const Sample* samples, int begin,
                int end, int shift, std::vector<ColumnSum<Sample>>& sums,
                std::vector<uint8_t>& counts) {
  std::fill(sums.begin(), sums.end(), 0);
  std::fill(counts.begin(), counts.end(), 0);
  ColumnSum<Sample>* sum = sums.data() + shift;
  uint8_t* count = counts.data() + shift;
  const int width = patch.width;  // here, so that a compiler knows that it stays
  for (int i = begin; i < end; ++i) {
    const Sample* row = samples + i * plane.stride;
    const uint8_t* hidden = patch.hidden.data() + static_cast<size_t>(i) * width;
    for (int x = 0; x < width; ++x) {
      // `hidden` is 0 or 1: all bits of what is shown stay.
      sum[x] += static_cast<Sample>(row[x] & static_cast<Sample>(hidden[x] - 1));
      count[x] += static_cast<uint8_t>(1 - hidden[x]);
    }
  }
}

// `line`: values of the cells of a row, one more at each end. Sets `out` (cells * kSize)
// bilinearly.
template <int kSize>
void Widen(const float* line, int cells, float* out) {
  for (int cell = 0; cell < cells; ++cell) {
    const float before = line[cell], here = line[cell + 1], after = line[cell + 2];
    for (int k = 0; k < kSize; ++k) {
      // Of the distance of two centres, from this cell's.
      const float at = (static_cast<float>(k) + 0.5f) / kSize - 0.5f;
      out[cell * kSize + k] = at < 0 ? here + at * (here - before) : here + at * (after - here);
    }
  }
}

template <typename Sample, int kSize>
void FillOnCells(const Patch& patch, const PlaneView& plane, Sample* samples) {
  const auto cells = [](int samples_long) {  // at least 1; unsigned, so that a compiler knows
    return static_cast<int>((static_cast<unsigned>(samples_long) + kSize - 1) / kSize);
  };
  // Cells lie where the plane has them, not the patch: a mask that grows by a sample changes
  // nothing far from there.
  const int shift_x = patch.x % kSize, shift_y = patch.y % kSize;
  const int columns = cells(shift_x + patch.width), rows = cells(shift_y + patch.height);
  Grid means(columns, rows);
  std::vector<uint8_t> empty(static_cast<size_t>(columns) * rows);
  std::vector<ColumnSum<Sample>> sums(static_cast<size_t>(columns) * kSize);
  std::vector<uint8_t> counts(sums.size());
  for (int cy = 0; cy < rows; ++cy) {
    const int begin = cy * kSize - shift_y;
    AddColumns(patch, plane, samples, std::max(begin, 0), std::min(begin + kSize, patch.height),
               shift_x, sums, counts);
    for (int cx = 0; cx < columns; ++cx) {
      uint32_t sum = 0, count = 0;
      for (int k = 0; k < kSize; ++k) {
        sum += sums[static_cast<size_t>(cx) * kSize + k];
        count += counts[static_cast<size_t>(cx) * kSize + k];
      }
      empty[static_cast<size_t>(cy) * columns + cx] = count == 0;
      means.row(cy)[cx] = count == 0 ? 0 : static_cast<float>(sum) / static_cast<float>(count);
    }
  }
  SolveHarmonic(empty, kTolerance, means);
  const float most = static_cast<float>((1 << plane.bits) - 1);
  for (float& mean : means.cells) mean = std::clamp(mean, 0.f, most);

  // Three rows of cells, interpolated along the row, around the row of samples in hand.
  const size_t wide = static_cast<size_t>(columns) * kSize;
  std::vector<float> line(static_cast<size_t>(columns) + 2), above(wide), here(wide), below(wide);
  const auto widen = [&](int cy, std::vector<float>& out) {
    const float* row = means.row(std::clamp(cy, 0, rows - 1));
    std::copy_n(row, columns, line.begin() + 1);
    line.front() = line[1];
    line.back() = line[columns];
    Widen<kSize>(line.data(), columns, out.data());
  };
  widen(-1, here);
  widen(0, below);
  const int width = patch.width;
  for (int cy = 0; cy < rows; ++cy) {
    above.swap(here);
    here.swap(below);
    widen(cy + 1, below);
    const int begin = cy * kSize - shift_y;
    for (int y = std::max(begin, 0); y < std::min(begin + kSize, patch.height); ++y) {
      const uint8_t* hidden = patch.hidden.data() + static_cast<size_t>(y) * width;
      const float at = (static_cast<float>(y - begin) + 0.5f) / kSize - 0.5f;
      const float weight = at < 0 ? -at : at;
      const float* near = here.data() + shift_x;
      const float* far = (at < 0 ? above : below).data() + shift_x;
      Sample* row = samples + y * plane.stride;
      for (int x = 0; x < width; ++x) {
        const float value = near[x] + weight * (far[x] - near[x]);
        const auto filled = static_cast<Sample>(static_cast<int>(value + 0.5f));
        const auto shown = static_cast<Sample>(hidden[x] - 1);  // all bits, or none
        row[x] = static_cast<Sample>((row[x] & shown) | (filled & static_cast<Sample>(~shown)));
      }
    }
  }
}

template <typename Sample>
bool Fill(const Patch& patch, const PlaneView& plane, Sample* samples) {
  const int side = std::max(patch.width, patch.height);
  if (side >= kLeastForEight) {
    FillOnCells<Sample, 8>(patch, plane, samples);
  } else if (side >= kLeastForFour) {
    FillOnCells<Sample, 4>(patch, plane, samples);
  } else if (side >= kLeastForTwo) {
    FillOnCells<Sample, 2>(patch, plane, samples);
  } else {
    return false;
  }
  return true;
}

}  // namespace

bool FillCoarsely(const Patch& patch, const PlaneView& plane) {
  if (plane.step != 1) return false;
  return plane.samples8 != nullptr ? Fill(patch, plane, plane.samples8)
                                   : Fill(patch, plane, plane.samples16);
}

}  // namespace efface
