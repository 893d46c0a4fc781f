#include "lineup/row_kernel.h"

#include <algorithm>
#include <cmath>

#include "lineup/processor.h"

namespace lineup {
namespace {

__attribute__((always_inline)) inline int Count(const float* __restrict scores, int count,
                                                const RowCounts& to) {
  alignas(64) int32_t bins[kTile];
  const float last = static_cast<float>(to.bins - 1), low = to.low, scale = to.scale;
  for (int j = 0; j < count; ++j) {
    float place = (scores[j] - low) * scale;
    place = place > 0 ? place : 0;
    bins[j] = static_cast<int32_t>(place < last ? place : last);
  }
  uint32_t* __restrict even = to.histogram;
  uint32_t* __restrict odd = to.histogram + to.bins;
  int j = 0;
  for (; j + 1 < count; j += 2) {
    ++even[bins[j]];
    ++odd[bins[j + 1]];
  }
  if (j < count) ++even[bins[j]];

  for (int k = 0; k < to.threshold_count; ++k) {
    const float threshold = to.thresholds[k];
    uint32_t* __restrict columns = to.column_errors + k * kTile;
    uint32_t errors = 0;
    for (j = 0; j < count; ++j) {
      const uint32_t error = scores[j] >= threshold ? 1 : 0;
      errors += error;
      columns[j] += error;
    }
    to.row_errors[k] += errors;
  }

  const float from = to.tail_from;
  int found = 0;
  for (j = 0; j < count; j += 32) {
    const int end = std::min(j + 32, count);
    int any = 0;
    for (int c = j; c < end; ++c) any |= scores[c] >= from ? 1 : 0;
    if (any == 0) continue;
    for (int c = j; c < end; ++c)
      if (scores[c] >= from) to.above[found++] = c;
  }
  return found;
}

__attribute__((always_inline)) inline void Distances(float* __restrict scores, int count,
                                                     float row_norm,
                                                     const float* __restrict norms) {
  for (int j = 0; j < count; ++j) {
    const float square = row_norm + norms[j] - 2 * scores[j];
    scores[j] = -std::sqrt(square > 0 ? square : 0);
  }
}

LINEUP_AVX512 int CountWide(const float* scores, int count, const RowCounts& to) {
  return Count(scores, count, to);
}
LINEUP_AVX512 void DistancesWide(float* s, int count, float norm, const float* norms) {
  Distances(s, count, norm, norms);
}
LINEUP_AVX2 int CountAvx2(const float* scores, int count, const RowCounts& to) {
  return Count(scores, count, to);
}
LINEUP_AVX2 void DistancesAvx2(float* s, int count, float norm, const float* norms) {
  Distances(s, count, norm, norms);
}

}  // namespace

int CountRow(const float* scores, int count, const RowCounts& to) {
  switch (ThisProcessor()) {
    case Processor::kAvx512:
      return CountWide(scores, count, to);
    case Processor::kAvx2:
      return CountAvx2(scores, count, to);
    case Processor::kPlain:
      break;
  }
  return Count(scores, count, to);
}

void ToDistances(float* scores, int count, float row_norm, const float* norms) {
  switch (ThisProcessor()) {
    case Processor::kAvx512:
      return DistancesWide(scores, count, row_norm, norms);
    case Processor::kAvx2:
      return DistancesAvx2(scores, count, row_norm, norms);
    case Processor::kPlain:
      return Distances(scores, count, row_norm, norms);
  }
}

}  // namespace lineup
