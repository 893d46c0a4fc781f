// Decodes the HEVC picture of a HEIF file as it is stored: one coded picture or a grid of them,
// with its alpha plane. Neither cropped nor turned.
#ifndef EFFACE_MEDIA_HEIF_HEVC_PICTURE_H_
#define EFFACE_MEDIA_HEIF_HEVC_PICTURE_H_

#include "absl/status/statusor.h"
#include "base/isobmff.h"
#include "efface/media/heif_de265.h"

namespace efface {

// What is known before decoding.
struct HevcHeader {
  int width = 0, height = 0;
  int shift_x = 0, shift_y = 0;  // of chroma
  bool grey = false;
  int bits = 8;
  bool alpha = false;
  bool premultiplied = false;
};

// Of the primary picture. Unimplemented where it is not coded with HEVC, or put together in a way
// that is not read here; DataLoss where tables or data are missing.
absl::StatusOr<HevcHeader> ReadHevcHeader(const HeifFile& heif);

// The primary picture. CheckHeif must have found `heif` in order. `to_the_end`: look whether there
// is more after the end of slices, which takes another decoding.
absl::StatusOr<DecodedHevc> DecodeHevcPicture(const HeifFile& heif, bool to_the_end = false);

}  // namespace efface

#endif  // EFFACE_MEDIA_HEIF_HEVC_PICTURE_H_
