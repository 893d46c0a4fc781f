#include "efface/track/pyramid.h"

#include <algorithm>
#include <utility>

namespace efface {

std::vector<GreyPicture> PyramidOf(GreyPicture plane) {
  std::vector<GreyPicture> levels;
  levels.push_back(std::move(plane));
  while (std::min(levels.back().width, levels.back().height) >= 16) {
    const GreyPicture& full = levels.back();
    GreyPicture half{full.width / 2, full.height / 2, {}};
    half.samples.resize(static_cast<size_t>(half.width) * half.height);
    for (int y = 0; y < half.height; ++y) {
      const uint8_t* top = full.samples.data() + static_cast<size_t>(2 * y) * full.width;
      const uint8_t* bottom = top + full.width;
      uint8_t* out = half.samples.data() + static_cast<size_t>(y) * half.width;
      for (int x = 0; x < half.width; ++x) {
        out[x] = static_cast<uint8_t>(
            (top[2 * x] + top[2 * x + 1] + bottom[2 * x] + bottom[2 * x + 1] + 2) >> 2);
      }
    }
    levels.push_back(std::move(half));
  }
  return levels;
}

}  // namespace efface
