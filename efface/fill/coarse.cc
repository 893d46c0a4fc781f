// The membrane on cells of several samples, for clips: the rim's cells have the mean of their
// unhidden samples, the hidden ones between them are solved, and the samples interpolated
// bilinearly. Row by row, in loops that a compiler makes into vector instructions.
#include "efface/fill/coarse.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "efface/fill/grid.h"
#include "efface/fill/harmonic.h"

namespace efface {
namespace {

constexpr float kTolerance = 0.25f;  // of a level

// Sums and numbers of the unhidden samples of the rows from `begin` to before `end`, column by
// column, the patch's first column at `shift`.
template <typename Sample>
void AddColumns(const Patch& patch, const PlaneView& plane, const Sample* samples, int begin,
                int end, int shift, std::vector<uint32_t>& sums, std::vector<uint32_t>& counts) {
  std::fill(sums.begin(), sums.end(), 0);
  std::fill(counts.begin(), counts.end(), 0);
  for (int i = begin; i < end; ++i) {
    const Sample* row = samples + i * plane.stride;
    const uint8_t* hidden = patch.hidden.data() + static_cast<size_t>(i) * patch.width;
    uint32_t *sum = sums.data() + shift, *count = counts.data() + shift;
    for (int x = 0; x < patch.width; ++x) {
      const uint32_t shown = hidden[x] == 0 ? 1 : 0;
      sum[x] += shown * row[x];
      count[x] += shown;
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
  std::vector<uint32_t> sums(static_cast<size_t>(columns) * kSize), counts(sums.size());
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

  std::vector<float> line(static_cast<size_t>(columns) + 2);
  std::vector<float> wide(static_cast<size_t>(columns) * kSize);
  const float most = static_cast<float>((1 << plane.bits) - 1);
  for (int y = 0; y < patch.height; ++y) {
    const uint8_t* hidden = patch.hidden.data() + static_cast<size_t>(y) * patch.width;
    if (std::find(hidden, hidden + patch.width, 1) == hidden + patch.width) continue;
    const int cy = (y + shift_y) / kSize;
    const float at = (static_cast<float>((y + shift_y) % kSize) + 0.5f) / kSize - 0.5f;
    const float* here = means.row(cy);
    const float* next = means.row(std::clamp(at < 0 ? cy - 1 : cy + 1, 0, rows - 1));
    const float weight = at < 0 ? -at : at;
    for (int cx = 0; cx < columns; ++cx) line[cx + 1] = here[cx] + weight * (next[cx] - here[cx]);
    line.front() = line[1];
    line.back() = line[columns];
    Widen<kSize>(line.data(), columns, wide.data());
    Sample* row = samples + y * plane.stride;
    const float* value = wide.data() + shift_x;
    for (int x = 0; x < patch.width; ++x) {
      const auto filled = static_cast<Sample>(std::min(std::max(value[x], 0.f), most) + 0.5f);
      row[x] = hidden[x] != 0 ? filled : row[x];
    }
  }
}

template <typename Sample>
bool Fill(const Patch& patch, const PlaneView& plane, Sample* samples) {
  const int side = std::max(patch.width, patch.height);
  if (side >= kLeastForFour) {
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
