// The inner loop over one row of scores, compiled for AVX-512, AVX2 and plain x86-64; picks at run
// time.
#ifndef EFFACE_LINEUP_ROW_KERNEL_H_
#define EFFACE_LINEUP_ROW_KERNEL_H_

#include <cstdint>

namespace lineup {

constexpr int kTile = 448;  // the longest row

constexpr int kHistograms = 4;

// Where a row is counted. Nothing is owned.
struct RowCounts {
  float low, scale;  // bin = (score - low) * scale, clamped to 0..bins - 1
  int bins;
  uint32_t* histogram;  // kHistograms * bins, to be added up later
  const float* thresholds;
  int threshold_count;
  uint32_t* row_errors;     // [threshold]: increased by the row's errors
  uint32_t* column_errors;  // [threshold * kTile + column]: increased where the column errs
  float tail_from;
  int* above;  // columns with score >= tail_from, room for kTile + 1
};

// Counts scores[0..count), count <= kTile; returns how many were written to `above`. Columns are
// counted from 0; shift the pointers for others.
int CountRow(const float* scores, int count, const RowCounts& to);

// scores[j] = -sqrt(max(0, row_norm + norms[j] - 2 scores[j])): products to negative distances.
void ToDistances(float* scores, int count, float row_norm, const float* norms);

}  // namespace lineup

#endif  // EFFACE_LINEUP_ROW_KERNEL_H_
