#include "lineup/row_kernel.h"

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "lineup/processor.h"

namespace lineup {
namespace {

using FindAbove = int(const float* scores, int count, float from, int* above);

__attribute__((always_inline)) inline int Count(const float* __restrict scores, int count,
                                                const RowCounts& to, FindAbove* find_above) {
  alignas(64) int32_t bins[kTile];
  const float last = static_cast<float>(to.bins - 1), low = to.low, scale = to.scale;
  const auto bin_of = [=](float score) {
    float place = (score - low) * scale;
    place = place > 0 ? place : 0;
    return static_cast<int32_t>(place < last ? place : last);
  };
  int32_t highest = 0;
  for (int j = 0; j < count; ++j) {
    bins[j] = bin_of(scores[j]);
    highest = bins[j] > highest ? bins[j] : highest;
  }
  uint32_t* __restrict histogram = to.histogram;
  const int own = to.bins;  // neighbours, which often have one bin, go to histograms of their own
  int j = 0;
  for (; j + kHistograms <= count; j += kHistograms)
    for (int h = 0; h < kHistograms; ++h) ++histogram[h * own + bins[j + h]];
  for (; j < count; ++j) ++histogram[bins[j]];

  for (int k = 0; k < to.threshold_count; ++k) {
    const float threshold = to.thresholds[k];
    if (highest < bin_of(threshold)) continue;
    uint32_t* __restrict columns = to.column_errors + k * kTile;
    uint32_t errors = 0;
    for (j = 0; j < count; ++j) {
      const uint32_t error = scores[j] >= threshold ? 1 : 0;
      errors += error;
      columns[j] += error;
    }
    to.row_errors[k] += errors;
  }

  return highest < bin_of(to.tail_from) ? 0 : find_above(scores, count, to.tail_from, to.above);
}

int FindAbovePlain(const float* scores, int count, float from, int* above) {
  int found = 0;
  for (int j = 0; j < count; ++j) {
    above[found] = j;
    found += scores[j] >= from ? 1 : 0;
  }
  return found;
}

LINEUP_AVX512 int FindAboveWide(const float* scores, int count, float from, int* above) {
  int found = 0;
  for (int j = 0; j < count; j += 16) {
    const auto in = static_cast<__mmask16>(count - j >= 16 ? 0xffff : (1 << (count - j)) - 1);
    unsigned hits = _mm512_mask_cmp_ps_mask(in, _mm512_maskz_loadu_ps(in, scores + j),
                                            _mm512_set1_ps(from), _CMP_GE_OQ);
    for (; hits != 0; hits &= hits - 1) above[found++] = j + std::countr_zero(hits);
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
  return Count(scores, count, to, FindAboveWide);
}
LINEUP_AVX512 void DistancesWide(float* s, int count, float norm, const float* norms) {
  Distances(s, count, norm, norms);
}
LINEUP_AVX2 int CountAvx2(const float* scores, int count, const RowCounts& to) {
  return Count(scores, count, to, FindAbovePlain);
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
  return Count(scores, count, to, FindAbovePlain);
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
