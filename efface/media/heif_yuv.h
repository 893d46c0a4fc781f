// A decoded HEIF picture as its coded planes, whoever decoded it (libavif, libheif): what is hidden
// is hidden in the planes themselves, and RGB is made only for the detector.
#ifndef EFFACE_MEDIA_HEIF_YUV_H_
#define EFFACE_MEDIA_HEIF_YUV_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "efface/media/plane.h"

namespace efface {

// Borrowed planes: luma, Cb, Cr, alpha. Samples take one byte where bits == 8, else two, in host
// order. Luma and alpha are width x height; Cb and Cr are that divided by 2^shift, rounded up.
struct YuvPicture {
  int width = 0, height = 0;
  int bits = 8;                                       // 8, 10 or 12
  uint8_t* planes[4] = {};                            // null: Cb and Cr of grey; no alpha
  int64_t row_bytes[4] = {};                          // from row to row
  int shift_x = 0, shift_y = 0;                       // 1 where chroma is subsampled
  bool full_range = true;                             // alpha always has full range
  int primaries = 2, transfer = 2, coefficients = 2;  // CICP code points (ITU-T H.273); 2: unknown

  bool grey() const { return planes[1] == nullptr; }
};

struct PixelRect {
  int x = 0, y = 0, width = 0, height = 0;
};

// The part of `picture` within `rect`, whose corner lies on whole chroma samples.
YuvPicture Crop(const YuvPicture& picture, const PixelRect& rect);

// Memory for a picture. Movable; the planes stay where they are.
class YuvBuffer {
 public:
  // Makes planes for a picture of this format, all 0; `format`'s own planes are not looked at.
  YuvBuffer(const YuvPicture& format, bool grey, bool alpha);

  const YuvPicture& picture() const { return picture_; }
  YuvPicture& picture() { return picture_; }

 private:
  std::vector<uint8_t> memory_[4];
  YuvPicture picture_;
};

// Samples and rows of a plane: 0 luma, 1 Cb, 2 Cr, 3 alpha.
PlaneGrid GridOf(const YuvPicture& picture, int plane);

// Most bytes that decoding, RGB and encoding a picture of this format take, estimated.
int64_t HeifMemory(const YuvPicture& format, bool grey, bool alpha);

// True where `hider` has anything to hide on the picture.
bool HidesAny(const YuvPicture& picture, const Hider& hider);

// Has `hider` fill what it hides in every plane.
void HideIn(const YuvPicture& picture, const Hider& hider);

// True where both have the same format, and all samples are equal.
bool SamePicture(const YuvPicture& a, const YuvPicture& b);

// 8-bit RGB as the detector sees it: alpha ignored, deeper samples reduced. Colour is converted by
// the picture's matrix; by that of BT.601 where the matrix is one that libavif cannot convert.
absl::StatusOr<RgbPicture> YuvToRgb(const YuvPicture& picture);

}  // namespace efface

#endif  // EFFACE_MEDIA_HEIF_YUV_H_
