// Area means of one plane: how a large picture becomes a small one without aliasing.
#ifndef EFFACE_MEDIA_AV_GREY_H_
#define EFFACE_MEDIA_AV_GREY_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "efface/media/clip.h"

namespace efface {

// Samples of 8 bits (uint8_t) or up to 16 (uint16_t) of one plane, rows `stride` samples apart.
template <typename Sample>
struct GreySource {
  const Sample* samples = nullptr;
  ptrdiff_t stride = 0;
  int width = 0, height = 0;
  int bits = 8;
};

// Each sample of the result is the mean over the area of `source` that it covers, in 1/256 of a
// sample, reduced to 8 bits. All sizes > 0.
template <typename Sample>
GreyPicture AreaMeans(const GreySource<Sample>& source, int width, int height);

extern template GreyPicture AreaMeans(const GreySource<uint8_t>&, int, int);
extern template GreyPicture AreaMeans(const GreySource<uint16_t>&, int, int);

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_GREY_H_
