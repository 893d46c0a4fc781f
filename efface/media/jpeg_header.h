// Reads the header of a JPEG file (ITU-T T.81 Annex B): every marker up to the first scan. Decides
// which kinds of JPEG are refused, without any library.
#ifndef EFFACE_MEDIA_JPEG_HEADER_H_
#define EFFACE_MEDIA_JPEG_HEADER_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"

namespace efface {

struct JpegComponent {
  int across = 1, down = 1;  // sampling factors, 1..4, divisors of the largest ones
};

struct JpegHeader {
  int width = 0, height = 0;  // pixels, > 0
  bool progressive = false;
  bool arithmetic = false;
  bool one_scan = false;                  // the first scan holds all components
  std::vector<JpegComponent> components;  // 1, 3 or 4
  int max_across = 1, max_down = 1;       // the largest sampling factors
  ByteView exif;                          // TIFF structure of the first EXIF segment, or empty

  // Blocks of 8 x 8 samples that hold the component, without the padding of its MCUs.
  int BlocksAcross(const JpegComponent& component) const;
  int BlocksDown(const JpegComponent& component) const;
  // Blocks of an MCU that holds all components.
  int BlocksInMcu() const;
  // Bytes of all coefficients, 2 each.
  int64_t CoefficientBytes() const;
};

// InvalidArgument: not a JPEG file, or it ends or breaks within its header. Unimplemented: a kind
// of JPEG that Efface does not redact, with a sentence that says which.
absl::StatusOr<JpegHeader> ReadJpegHeader(ByteView file);

}  // namespace efface

#endif  // EFFACE_MEDIA_JPEG_HEADER_H_
