#include "efface/detect/resample.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace efface {

RgbPicture Upright(const RgbPicture& stored, Orientation orientation) {
  if (orientation <= 1 || orientation > 8) return stored;
  const bool swaps = orientation >= 5;
  const int width = swaps ? stored.height : stored.width;
  const int height = swaps ? stored.width : stored.height;
  RgbPicture upright{width, height, std::vector<uint8_t>(stored.samples.size())};

  // The stored pixel of upright (u, v) is at origin + u * across + v * down.
  const ptrdiff_t right = 3, below = 3 * static_cast<ptrdiff_t>(stored.width);
  const bool from_right =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const uint8_t* origin = stored.samples.data() + (from_right ? right * (stored.width - 1) : 0) +
                          (from_bottom ? below * (stored.height - 1) : 0);
  const ptrdiff_t x_step = from_right ? -right : right;
  const ptrdiff_t y_step = from_bottom ? -below : below;
  const ptrdiff_t across = swaps ? y_step : x_step;
  const ptrdiff_t down = swaps ? x_step : y_step;
  uint8_t* out = upright.samples.data();
  for (int v = 0; v < height; ++v) {
    const uint8_t* in = origin + v * down;
    for (int u = 0; u < width; ++u, in += across, out += 3) {
      out[0] = in[0];
      out[1] = in[1];
      out[2] = in[2];
    }
  }
  return upright;
}

RgbPicture Halve(const RgbPicture& picture) {
  const int width = (picture.width + 1) / 2, height = (picture.height + 1) / 2;
  RgbPicture half{width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height * 3)};
  const size_t row = static_cast<size_t>(picture.width) * 3;
  for (int y = 0; y < height; ++y) {
    const uint8_t* top = picture.samples.data() + 2 * y * row;
    const uint8_t* bottom = 2 * y + 1 < picture.height ? top + row : top;
    uint8_t* out = half.samples.data() + static_cast<size_t>(y) * width * 3;
    const int pairs = picture.width / 2;
    for (int x = 0; x < pairs; ++x) {
      for (int c = 0; c < 3; ++c) {
        out[3 * x + c] = static_cast<uint8_t>(
            (top[6 * x + c] + top[6 * x + 3 + c] + bottom[6 * x + c] + bottom[6 * x + 3 + c] + 2) >>
            2);
      }
    }
    if (picture.width % 2 == 1) {
      for (int c = 0; c < 3; ++c) {
        out[3 * pairs + c] =
            static_cast<uint8_t>((top[6 * pairs + c] + bottom[6 * pairs + c] + 1) >> 1);
      }
    }
  }
  return half;
}

void FillCanvas(const RgbPicture& picture, double x, double y, double scale, int width, int height,
                uint8_t* canvas) {
  // Canvas pixels that show the picture; the rest is black.
  const int shown_width =
      std::clamp(static_cast<int>(std::lround((picture.width - x) * scale)), 0, width);
  const int shown_height =
      std::clamp(static_cast<int>(std::lround((picture.height - y) * scale)), 0, height);
  const size_t stride = static_cast<size_t>(picture.width) * 3;

  // Weights of 1/128, so that two blends of 8-bit samples fit 22 bits.
  constexpr int kOne = 128;
  struct Tap {
    int offset = 0;  // of the left sample, in bytes
    int next = 0;    // of the right sample
    int weight = 0;  // of the right sample
  };
  const auto tap = [&](double at, int length, int step) {
    at = std::clamp(at, 0.0, length - 1.0);
    const int low = std::min(static_cast<int>(at), length - 1);
    return Tap{low * step, std::min(low + 1, length - 1) * step,
               static_cast<int>(std::lround((at - low) * kOne))};
  };
  std::vector<Tap> taps(shown_width);
  for (int i = 0; i < shown_width; ++i)
    taps[i] = tap(x + (i + 0.5) / scale - 0.5, picture.width, 3);
  const bool plain =
      std::all_of(taps.begin(), taps.end(), [](const Tap& t) { return t.weight == 0; }) &&
      scale == 1;

  // The columns of the picture that are read.
  const int first = shown_width > 0 ? taps.front().offset : 0;
  const int last = shown_width > 0 ? taps.back().next + 3 : 0;
  std::vector<uint16_t> blended(static_cast<size_t>(last - first));
  for (int j = 0; j < height; ++j) {
    uint8_t* out = canvas + static_cast<size_t>(j) * width * 3;
    if (j >= shown_height || shown_width == 0) {
      std::memset(out, 0, static_cast<size_t>(width) * 3);
      continue;
    }
    const Tap row = tap(y + (j + 0.5) / scale - 0.5, picture.height, 1);
    const uint8_t* top = picture.samples.data() + row.offset * stride;
    const uint8_t* bottom = picture.samples.data() + row.next * stride;
    if (plain && row.weight == 0) {
      std::memcpy(out, top + first, static_cast<size_t>(shown_width) * 3);
    } else {
      for (int i = first; i < last; ++i) {
        blended[i - first] =
            static_cast<uint16_t>(top[i] * (kOne - row.weight) + bottom[i] * row.weight);
      }
      for (int i = 0; i < shown_width; ++i) {
        const uint16_t* left = blended.data() + taps[i].offset - first;
        const uint16_t* right = blended.data() + taps[i].next - first;
        for (int c = 0; c < 3; ++c) {
          out[3 * i + c] = static_cast<uint8_t>(
              (left[c] * (kOne - taps[i].weight) + right[c] * taps[i].weight + kOne * kOne / 2) /
              (kOne * kOne));
        }
      }
    }
    std::memset(out + static_cast<size_t>(shown_width) * 3, 0,
                static_cast<size_t>(width - shown_width) * 3);
  }
}

}  // namespace efface
