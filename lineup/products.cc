#include "lineup/products.h"

#include <cstring>

#include "lineup/processor.h"

namespace lineup {
namespace {

using Wide = float __attribute__((vector_size(64)));
using Half = float __attribute__((vector_size(32)));
using Narrow = float __attribute__((vector_size(16)));

// One strip of rows with one strip of columns, two vectors wide; the sums stay in registers.
template <typename Vector, int kRows>
[[gnu::always_inline]] inline void Strip(const float* rows, const float* columns, int dimensions,
                                         float* out, size_t stride) {
  constexpr size_t kWidth = sizeof(Vector) / sizeof(float);
  Vector sums[kRows][2] = {};
  for (int k = 0; k < dimensions; ++k, rows += kRows, columns += 2 * kWidth) {
    Vector left, right;
    std::memcpy(&left, columns, sizeof(Vector));
    std::memcpy(&right, columns + kWidth, sizeof(Vector));
#pragma GCC unroll 16
    for (int r = 0; r < kRows; ++r) {
      sums[r][0] += rows[r] * left;
      sums[r][1] += rows[r] * right;
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < kRows; ++r)
    std::memcpy(out + static_cast<size_t>(r) * stride, sums[r], sizeof(sums[r]));
}

template <typename Vector, int kRows>
[[gnu::always_inline]] inline void Strips(const float* rows, int row_strips, const float* columns,
                                          int column_strips, int dimensions, float* out) {
  constexpr int kColumns = 2 * sizeof(Vector) / sizeof(float);
  const auto stride = static_cast<size_t>(column_strips) * kColumns;
  const auto each = static_cast<size_t>(dimensions);
  for (int c = 0; c < column_strips; ++c)
    for (int r = 0; r < row_strips; ++r)
      Strip<Vector, kRows>(
          rows + static_cast<size_t>(r) * kRows * each,
          columns + static_cast<size_t>(c) * kColumns * each, dimensions,
          out + static_cast<size_t>(r) * kRows * stride + static_cast<size_t>(c) * kColumns,
          stride);
}

// Rows of a strip: as many sums as there are registers for. By Processor.
constexpr int kRowStrip[] = {4, 6, 14}, kColumnStrip[] = {8, 16, 32};

LINEUP_AVX512 void StripsWide(const float* rows, int row_strips, const float* columns,
                              int column_strips, int dimensions, float* out) {
  Strips<Wide, 14>(rows, row_strips, columns, column_strips, dimensions, out);
}
LINEUP_AVX2 void StripsHalf(const float* rows, int row_strips, const float* columns,
                            int column_strips, int dimensions, float* out) {
  Strips<Half, 6>(rows, row_strips, columns, column_strips, dimensions, out);
}

}  // namespace

int StripOf(Side side) {
  return (side == Side::kRows ? kRowStrip : kColumnStrip)[static_cast<int>(ThisProcessor())];
}

void Pack(const float* rows, int count, int dimensions, Side side, std::vector<float>& packed) {
  const auto strip = static_cast<size_t>(StripOf(side)), each = static_cast<size_t>(dimensions);
  const size_t begin = packed.size();
  packed.resize(begin + static_cast<size_t>(WholeStrips(count, side)) * each);
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    float* to = packed.data() + begin + i / strip * strip * each + i % strip;
    for (size_t k = 0; k < each; ++k) to[k * strip] = rows[i * each + k];
  }
}

void Products(const float* packed_rows, int rows, const float* packed_columns, int columns,
              int dimensions, float* out) {
  const int row_strips = WholeStrips(rows, Side::kRows) / StripOf(Side::kRows);
  const int column_strips = WholeStrips(columns, Side::kColumns) / StripOf(Side::kColumns);
  switch (ThisProcessor()) {
    case Processor::kAvx512:
      return StripsWide(packed_rows, row_strips, packed_columns, column_strips, dimensions, out);
    case Processor::kAvx2:
      return StripsHalf(packed_rows, row_strips, packed_columns, column_strips, dimensions, out);
    case Processor::kPlain:
      return Strips<Narrow, 4>(packed_rows, row_strips, packed_columns, column_strips, dimensions,
                               out);
  }
}

}  // namespace lineup
