// A plane in memory for the tests of the fills, in any depth and layout.
#ifndef EFFACE_FILL_TEST_PLANE_H_
#define EFFACE_FILL_TEST_PLANE_H_

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "efface/fill/fill.h"
#include "efface/media/plane.h"

namespace efface {

// Samples all 0 at first, nothing hidden.
struct TestPlane {
  TestPlane(int width, int height, int bit_count, int sample_step = 1, int padding = 0)
      : bits(bit_count), step(sample_step), stride(width * sample_step + padding) {
    patch.width = width;
    patch.height = height;
    patch.face_size = std::max(width, height);
    patch.hidden.assign(static_cast<size_t>(width) * height, 0);
    memory.assign(static_cast<size_t>(stride) * height, 0);
  }

  int max() const { return (1 << bits) - 1; }
  size_t offset(int x, int y) const { return static_cast<size_t>(y) * stride + x * step; }
  uint16_t& at(int x, int y) { return memory[offset(x, y)]; }
  void hide(int x, int y) { patch.hidden[static_cast<size_t>(y) * patch.width + x] = 1; }

  template <typename ValueAt>
  void SetAll(ValueAt value_at) {
    for (int y = 0; y < patch.height; ++y) {
      for (int x = 0; x < patch.width; ++x) at(x, y) = static_cast<uint16_t>(value_at(x, y));
    }
  }

  void HideEllipse(double x0, double y0, double width, double height) {
    for (int y = 0; y < patch.height; ++y) {
      for (int x = 0; x < patch.width; ++x) {
        const double dx = (x + 0.5 - x0) / width * 2 - 1, dy = (y + 0.5 - y0) / height * 2 - 1;
        if (dx * dx + dy * dy < 1) hide(x, y);
      }
    }
    patch.face_size = std::max(width, height);
  }

  template <typename Visit>
  void ForEachHidden(Visit visit) {
    for (int y = 0; y < patch.height; ++y) {
      for (int x = 0; x < patch.width; ++x) {
        if (patch.hidden[static_cast<size_t>(y) * patch.width + x] != 0) visit(x, y);
      }
    }
  }

  // True where memory[i] is a hidden sample; false for padding and other channels.
  bool IsHiddenAt(size_t i) const {
    const size_t y = i / stride, x = i % stride / step;
    return i % stride % step == 0 && x < static_cast<size_t>(patch.width) &&
           patch.hidden[y * patch.width + x] != 0;
  }

  PlaneView view() {
    PlaneView plane;
    plane.samples16 = memory.data();
    plane.stride = stride;
    plane.step = step;
    plane.width = patch.width;
    plane.height = patch.height;
    plane.bits = bits;
    plane.channel = channel;
    return plane;
  }

  int bits, step, stride;
  bool bytes = false;  // show the samples to Fill as bytes
  Channel channel = Channel::kGrey;
  Patch patch;
  std::vector<uint16_t> memory;
};

inline void Fill(FillKind kind, Color color, TestPlane& plane) {
  PlaneView view = plane.view();
  if (!plane.bytes) return Fill(kind, color, plane.patch, view);
  std::vector<uint8_t> samples(plane.memory.begin(), plane.memory.end());
  view.samples16 = nullptr;
  view.samples8 = samples.data();
  Fill(kind, color, plane.patch, view);
  plane.memory.assign(samples.begin(), samples.end());
}

// Noise of any depth and layout under a mask of ellipses, specks, both, or all.
inline TestPlane RandomPlane(std::mt19937& random) {
  const auto number = [&](int from, int to) {
    return std::uniform_int_distribution<int>(from, to)(random);
  };
  TestPlane plane(number(1, 70), number(1, 70), number(1, 16), number(1, 4), number(0, 9));
  plane.bytes = plane.bits <= 8 && number(0, 1) == 0;
  for (uint16_t& word : plane.memory) word = static_cast<uint16_t>(random() & plane.max());
  const int width = plane.patch.width, height = plane.patch.height;
  const int mask = number(0, 9);
  if (mask < 7) {
    for (int i = number(1, 3); i > 0; --i) {
      plane.HideEllipse(number(-9, width), number(-9, height), number(1, 40), number(1, 40));
    }
  }
  if (mask > 4) {
    const int share = number(0, 100);  // percent
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        if (number(0, 99) < share) plane.hide(x, y);
      }
    }
  }
  return plane;
}

}  // namespace efface

#endif  // EFFACE_FILL_TEST_PLANE_H_
