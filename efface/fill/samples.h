// Reads and writes the samples of a plane, of one byte or two.
#ifndef EFFACE_FILL_SAMPLES_H_
#define EFFACE_FILL_SAMPLES_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "efface/media/plane.h"

namespace efface {

// Borrows the samples of the plane.
class Samples {
 public:
  explicit Samples(const PlaneView& plane) : plane_(plane) {}

  int max() const { return (1 << plane_.bits) - 1; }

  int Get(int x, int y) const {
    const ptrdiff_t at = Offset(x, y);
    return std::min<int>(plane_.samples8 ? plane_.samples8[at] : plane_.samples16[at], max());
  }

  void Set(int x, int y, int value) {
    const ptrdiff_t at = Offset(x, y);
    if (plane_.samples8) {
      plane_.samples8[at] = static_cast<uint8_t>(value);
    } else {
      plane_.samples16[at] = static_cast<uint16_t>(value);
    }
  }

  // Sets the nearest value that a sample can have.
  void SetRounded(int x, int y, float value) {
    Set(x, y, static_cast<int>(std::clamp(value, 0.f, static_cast<float>(max())) + 0.5f));
  }

 private:
  ptrdiff_t Offset(int x, int y) const { return y * plane_.stride + x * plane_.step; }

  PlaneView plane_;
};

inline bool IsHidden(const Patch& patch, int x, int y) {
  return patch.hidden[static_cast<size_t>(y) * patch.width + x] != 0;
}

// Calls visit(x, y) for the hidden samples, row by row.
template <typename Visit>
void VisitHidden(const Patch& patch, Visit visit) {
  for (int y = 0; y < patch.height; ++y) {
    for (int x = 0; x < patch.width; ++x) {
      if (IsHidden(patch, x, y)) visit(x, y);
    }
  }
}

}  // namespace efface

#endif  // EFFACE_FILL_SAMPLES_H_
