// One photo in memory, of any format that Efface reads: its pages as pixels, and the file written
// anew with areas hidden. Implementations, one file a format family:
//
//   format  file     what is written
//   JPEG    jpeg.cc  hidden blocks encoded anew, all other coefficients unchanged
//   PNG     png.cc   all samples anew, lossless; palette, depth, interlace kept
//   TIFF    tiff.cc  every page anew, lossless
//   BMP     bmp.cc   samples anew, lossless
//   GIF     gif.cc   one frame; palette kept, replaced samples take the nearest colour
//   WebP    webp.cc  lossless anew; lossy encoded anew, or the coded picture copied
//   HEIC    heic.cc  encoded anew, or the coded picture copied
//   AVIF    avif.cc  lossless anew; lossy encoded anew, or the coded picture copied
//
// A written file is built from the picture and what WriteOptions asks for alone; nothing else of
// the input is copied.
#ifndef EFFACE_MEDIA_STILL_H_
#define EFFACE_MEDIA_STILL_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "efface/media/format.h"
#include "efface/media/keep.h"
#include "efface/media/plane.h"

namespace efface {

// Limits on hostile sizes. A picture over a limit is refused with ResourceExhausted before its
// pixels are decoded.
struct StillLimits {
  int64_t max_pixels = 200'000'000;          // a page of JPEG, PNG, TIFF, BMP, GIF, WebP
  int64_t max_pixels_heif = 50'000'000;      // HEIC and AVIF, which are decoded in one piece
  int max_side = 65'535;                     // pixels, either side
  int max_pages = 1'000;                     // pages of a TIFF
  int64_t max_memory = int64_t{1500} << 20;  // bytes that one photo may take at its peak, estimated
};

struct PageInfo {
  int width = 0, height = 0;    // pixels, as stored
  Orientation orientation = 1;  // how it is turned to stand upright
};

struct WriteOptions {
  int quality = 0;  // 1..100 where the format is lossy and re-encoded; 0: the format's default
  Keep keep;        // what is carried over beside the picture
};

// How the picture outside the masks came through, for the record.
enum class Fidelity {
  kCopied,     // the coded picture is the input's, bit for bit
  kLossless,   // every sample (JPEG: coefficient) outside the masks is equal
  kReencoded,  // lossy, at the quality given
};

struct WrittenStill {
  Bytes file;
  Fidelity fidelity = Fidelity::kLossless;
  std::vector<std::string> warnings;  // sentences for the record
  Keep kept = kKeepNothing;           // what the file carries beside its picture
};

// Not safe for use by two threads at once. `file` given to OpenStill must outlive it.
class Still {
 public:
  virtual ~Still() = default;

  // At least one page; page 0 is the picture. Only TIFF has more.
  virtual const std::vector<PageInfo>& pages() const = 0;

  // Sentences about the input that the user should read, found while opening or reading it.
  virtual std::vector<std::string> warnings() const { return {}; }

  // An estimate, from the header alone, of the most memory in bytes that Rgb and Write take.
  virtual int64_t memory() const = 0;

  // The pixels of a page. DataLoss where the file is truncated or damaged.
  virtual absl::StatusOr<RgbPicture> Rgb(int page) = 0;

  // One byte a pixel of a page, as stored: 1 where it is fully transparent, so that its colour is
  // not seen and Write may clear it. Empty where there is none, or the format's writer clears none.
  // Errors as Rgb.
  virtual absl::StatusOr<std::vector<uint8_t>> Unseen(int /*page*/) {
    return std::vector<uint8_t>();
  }

  // The whole file anew; all of the picture is decoded for it, whether Rgb was called or not, so
  // that what is damaged is never copied. `hiders` has one entry a page, null where nothing is
  // hidden on it.
  virtual absl::StatusOr<WrittenStill> Write(std::span<const Hider* const> hiders,
                                             const WriteOptions& options) = 0;
};

// Opens a photo by its content, never by its name. InvalidArgument: not a picture, or broken;
// Unimplemented: a format or variant that Efface does not redact, with a sentence that says which;
// ResourceExhausted: over a limit.
absl::StatusOr<std::unique_ptr<Still>> OpenStill(ByteView file, const StillLimits& limits);

// One per format family; OpenStill calls them. `file` has been sniffed.
absl::StatusOr<std::unique_ptr<Still>> OpenJpeg(ByteView file, const StillLimits& limits);
absl::StatusOr<std::unique_ptr<Still>> OpenPng(ByteView file, const StillLimits& limits);
absl::StatusOr<std::unique_ptr<Still>> OpenTiff(ByteView file, const StillLimits& limits);
absl::StatusOr<std::unique_ptr<Still>> OpenBmp(ByteView file, const StillLimits& limits);
absl::StatusOr<std::unique_ptr<Still>> OpenGif(ByteView file, const StillLimits& limits);
absl::StatusOr<std::unique_ptr<Still>> OpenWebp(ByteView file, const StillLimits& limits);
absl::StatusOr<std::unique_ptr<Still>> OpenHeic(ByteView file, const StillLimits& limits);
absl::StatusOr<std::unique_ptr<Still>> OpenAvif(ByteView file, const StillLimits& limits);

// ResourceExhausted where width x height is over max_pixels or a side is over limits.max_side;
// InvalidArgument where a side is 0.
absl::Status CheckSize(int64_t width, int64_t height, int64_t max_pixels,
                       const StillLimits& limits);

}  // namespace efface

#endif  // EFFACE_MEDIA_STILL_H_
