// For tests only: a Hider that hides one rectangle of the stored picture in every plane, and fills
// it with the mean of the samples around it, so that what was hidden can leave no trace.
#ifndef EFFACE_MEDIA_TEST_HIDER_H_
#define EFFACE_MEDIA_TEST_HIDER_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "efface/media/plane.h"

namespace efface {

// Samples [left, right) x [top, bottom) of a plane.
struct SampleBox {
  int left = 0, top = 0, right = 0, bottom = 0;

  bool empty() const { return left >= right || top >= bottom; }
  bool Contains(int x, int y) const { return x >= left && x < right && y >= top && y < bottom; }
};

// Immutable. x, y, width, height: pixels of the stored picture; may pass its border.
class RectangleHider : public Hider {
 public:
  RectangleHider(double x, double y, double width, double height)
      : x_(x), y_(y), width_(width), height_(height) {}

  // The samples that are hidden on a plane: all whose footprint touches the rectangle, rounded out
  // to whole blocks.
  SampleBox Hidden(const PlaneGrid& grid) const {
    const int block = std::max(grid.block, 1);
    const auto down = [&](double at, double sub, int end) {
      const int sample = static_cast<int>(std::clamp(std::floor(at / sub), 0.0, double(end)));
      return sample / block * block;
    };
    const auto up = [&](double at, double sub, int end) {
      const int sample = static_cast<int>(std::clamp(std::ceil(at / sub), 0.0, double(end)));
      return std::min((sample + block - 1) / block * block, end);
    };
    return {down(x_, grid.sub_x, grid.width), down(y_, grid.sub_y, grid.height),
            up(x_ + width_, grid.sub_x, grid.width), up(y_ + height_, grid.sub_y, grid.height)};
  }

  std::vector<Patch> Patches(const PlaneGrid& grid) const override {
    const SampleBox hidden = Hidden(grid);
    if (hidden.empty()) return {};
    const int rim = std::max(grid.block, 1);
    Patch patch;
    patch.x = std::max(hidden.left - rim, 0);
    patch.y = std::max(hidden.top - rim, 0);
    patch.width = std::min(hidden.right + rim, grid.width) - patch.x;
    patch.height = std::min(hidden.bottom + rim, grid.height) - patch.y;
    patch.face_size = std::max(hidden.right - hidden.left, hidden.bottom - hidden.top);
    patch.hidden.reserve(static_cast<size_t>(patch.width) * static_cast<size_t>(patch.height));
    for (int y = 0; y < patch.height; ++y) {
      for (int x = 0; x < patch.width; ++x) {
        patch.hidden.push_back(hidden.Contains(patch.x + x, patch.y + y));
      }
    }
    return {patch};
  }

  // The mean of the patch's samples that are not hidden; half of the range where there are none.
  void Fill(const Patch& patch, const PlaneView& plane) const override {
    int64_t sum = 0, count = 0;
    ForEach(patch, plane, 0, [&](auto& sample) {
      sum += sample;
      ++count;
    });
    const int64_t value = count > 0 ? sum / count : int64_t{1} << (plane.bits - 1);
    ForEach(patch, plane, 1, [&](auto& sample) {
      sample = static_cast<std::remove_reference_t<decltype(sample)>>(value);
    });
  }

 private:
  template <typename Function>
  static void ForEach(const Patch& patch, const PlaneView& plane, uint8_t hidden,
                      const Function& function) {
    for (int y = 0; y < patch.height; ++y) {
      for (int x = 0; x < patch.width; ++x) {
        if (patch.hidden[static_cast<size_t>(y) * static_cast<size_t>(patch.width) +
                         static_cast<size_t>(x)] != hidden) {
          continue;
        }
        const ptrdiff_t at = y * plane.stride + x * plane.step;
        if (plane.samples8) {
          function(plane.samples8[at]);
        } else {
          function(plane.samples16[at]);
        }
      }
    }
  }

  double x_, y_, width_, height_;
};

}  // namespace efface

#endif  // EFFACE_MEDIA_TEST_HIDER_H_
