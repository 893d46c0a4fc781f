#include "efface/media/picture_scale.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace efface {
namespace {

// One sample of the result is the sum of source samples first, first + 1, ... by these weights,
// whose sum is 1.
struct Taps {
  int first = 0;
  std::vector<float> weights;
};

// Along one side: the source has `source` samples, of which [start, start + length) become `count`.
std::vector<Taps> MakeTaps(int source, double start, double length, int count) {
  std::vector<Taps> all(static_cast<size_t>(count));
  const double step = length / count;
  for (int i = 0; i < count; ++i) {
    Taps& taps = all[static_cast<size_t>(i)];
    if (step > 1) {  // the mean over [from, to)
      const double from = std::clamp(start + i * step, 0.0, double(source));
      const double to = std::clamp(start + (i + 1) * step, from, double(source));
      taps.first = std::min(static_cast<int>(from), source - 1);
      const int last = std::clamp(static_cast<int>(std::ceil(to)) - 1, taps.first, source - 1);
      double sum = 0;
      for (int at = taps.first; at <= last; ++at) {
        const double covered = std::max(std::min(to, at + 1.0) - std::max(from, double(at)), 1e-6);
        taps.weights.push_back(static_cast<float>(covered));
        sum += covered;
      }
      for (float& weight : taps.weights) weight = static_cast<float>(weight / sum);
    } else {  // between the two nearest centres
      const double centre = std::clamp(start + (i + 0.5) * step - 0.5, 0.0, source - 1.0);
      taps.first = static_cast<int>(centre);
      const double share = centre - taps.first;
      taps.weights.push_back(static_cast<float>(1 - share));
      if (share > 0 && taps.first + 1 < source) {
        taps.weights.push_back(static_cast<float>(share));
      } else {
        taps.weights[0] = 1;
      }
    }
  }
  return all;
}

}  // namespace

std::vector<uint8_t> ScalePart(const SourceRow& source, int source_width, int source_height,
                               int channels, const FramePart& part, int width, int height) {
  const auto step = static_cast<size_t>(channels);
  const size_t row_size = static_cast<size_t>(width) * step;
  std::vector<uint8_t> result(row_size * static_cast<size_t>(height));
  if (part.x == 0 && part.y == 0 && width == source_width && height == source_height &&
      part.width == width && part.height == height) {
    for (int y = 0; y < height; ++y) source(y, result.data() + row_size * static_cast<size_t>(y));
    return result;
  }
  const std::vector<Taps> across = MakeTaps(source_width, part.x, part.width, width);
  const std::vector<Taps> down = MakeTaps(source_height, part.y, part.height, height);

  std::vector<uint8_t> row(static_cast<size_t>(source_width) * step);
  // The last two source rows, scaled across: neighbouring rows of the result share them.
  std::vector<float> scaled[2] = {std::vector<float>(row_size), std::vector<float>(row_size)};
  int held[2] = {-1, -1};
  const auto scaled_row = [&](int y) -> const std::vector<float>& {
    const auto slot = static_cast<size_t>(y & 1);
    if (held[slot] == y) return scaled[slot];
    held[slot] = y;
    source(y, row.data());
    float* out = scaled[slot].data();
    for (const Taps& taps : across) {
      for (size_t c = 0; c < step; ++c) {
        const uint8_t* in = row.data() + static_cast<size_t>(taps.first) * step + c;
        float sum = 0;
        for (const float weight : taps.weights) {
          sum += weight * static_cast<float>(*in);
          in += step;
        }
        *out++ = sum;
      }
    }
    return scaled[slot];
  };

  std::vector<float> sums(row_size);
  for (int y = 0; y < height; ++y) {
    const Taps& taps = down[static_cast<size_t>(y)];
    std::fill(sums.begin(), sums.end(), 0.5f);  // rounds
    for (size_t i = 0; i < taps.weights.size(); ++i) {
      const std::vector<float>& from = scaled_row(taps.first + static_cast<int>(i));
      for (size_t x = 0; x < row_size; ++x) sums[x] += taps.weights[i] * from[x];
    }
    uint8_t* out = result.data() + row_size * static_cast<size_t>(y);
    for (size_t x = 0; x < row_size; ++x) {
      out[x] = static_cast<uint8_t>(std::clamp(sums[x], 0.0f, 255.0f));
    }
  }
  return result;
}

}  // namespace efface
