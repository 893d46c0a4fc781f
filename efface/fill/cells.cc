#include "efface/fill/cells.h"

#include <algorithm>
#include <cmath>

namespace efface {
namespace {

// Where a sample lies between the centres of two cells.
struct Place {
  int first, second;
  float second_weight;
};

Place PlaceOf(int sample, int cell_size, int cells) {
  const float at = (static_cast<float>(sample) + 0.5f) / static_cast<float>(cell_size) - 0.5f;
  const float floor = std::floor(at);
  const int first = static_cast<int>(floor);
  return {std::clamp(first, 0, cells - 1), std::clamp(first + 1, 0, cells - 1), at - floor};
}

}  // namespace

Cells CellMeans(const Patch& patch, const Samples& samples, int size, Source source) {
  const int columns = (patch.width - 1) / size + 1, rows = (patch.height - 1) / size + 1;
  Cells cells{size, Grid(columns, rows),
              std::vector<uint8_t>(static_cast<size_t>(columns) * rows, 0)};
  std::vector<uint64_t> sums(columns), counts(columns);
  for (int cy = 0; cy < rows; ++cy) {
    std::fill(sums.begin(), sums.end(), 0);
    std::fill(counts.begin(), counts.end(), 0);
    for (int y = cy * size; y < std::min((cy + 1) * size, patch.height); ++y) {
      for (int x = 0; x < patch.width; ++x) {
        if (source != Source::kAll && IsHidden(patch, x, y) != (source == Source::kHidden)) {
          continue;
        }
        sums[x / size] += static_cast<uint64_t>(samples.Get(x, y));
        ++counts[x / size];
      }
    }
    for (int cx = 0; cx < columns; ++cx) {
      cells.empty[static_cast<size_t>(cy) * columns + cx] = counts[cx] == 0;
      if (counts[cx] == 0) continue;
      cells.mean.row(cy)[cx] =
          static_cast<float>(static_cast<double>(sums[cx]) / static_cast<double>(counts[cx]));
    }
  }
  return cells;
}

void SetBilinear(const Patch& patch, const Cells& cells, Samples& samples) {
  std::vector<Place> columns;
  for (int x = 0; x < patch.width; ++x) {
    columns.push_back(PlaceOf(x, cells.size, cells.mean.width));
  }
  for (int y = 0; y < patch.height; ++y) {
    const Place row = PlaceOf(y, cells.size, cells.mean.height);
    const float* above = cells.mean.row(row.first);
    const float* below = cells.mean.row(row.second);
    for (int x = 0; x < patch.width; ++x) {
      if (!IsHidden(patch, x, y)) continue;
      const Place& column = columns[x];
      const auto across = [&](const float* cell) {
        return cell[column.first] +
               (cell[column.second] - cell[column.first]) * column.second_weight;
      };
      const float top = across(above);
      samples.SetRounded(x, y, top + (across(below) - top) * row.second_weight);
    }
  }
}

}  // namespace efface
