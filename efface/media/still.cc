// Opens a photo with the reader of its format, or says in one sentence why it can't be redacted.
#include "efface/media/still.h"

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace efface {
namespace {

absl::StatusOr<std::unique_ptr<Still>> Open(ByteView file, const StillLimits& limits) {
  switch (SniffFormat(file)) {
    case Format::kJpeg:
      return OpenJpeg(file, limits);
    case Format::kPng:
      return OpenPng(file, limits);
    case Format::kTiff:
      return OpenTiff(file, limits);
    case Format::kBmp:
      return OpenBmp(file, limits);
    case Format::kGif:
      return OpenGif(file, limits);
    case Format::kWebp:
      return OpenWebp(file, limits);
    case Format::kHeic:
      return OpenHeic(file, limits);
    case Format::kAvif:
      return OpenAvif(file, limits);
    case Format::kAnimatedPng:
      return absl::UnimplementedError(
          "animated PNG files are clips, which this version does not redact yet");
    case Format::kAnimatedGif:
      return absl::UnimplementedError(
          "animated GIF files are clips, which this version does not redact yet");
    case Format::kAnimatedWebp:
      return absl::UnimplementedError(
          "animated WebP files are clips, which this version does not redact yet");
    case Format::kImageSequence:
      return absl::UnimplementedError(
          "HEIF and AVIF image sequences are clips, which this version does not redact yet");
    case Format::kClip:
      return absl::UnimplementedError("this is a video, which this version does not redact yet");
    case Format::kRaw:
      return absl::UnimplementedError(
          "camera RAW files are not supported: export them as TIFF or JPEG first");
    case Format::kJpegXl:
      return absl::UnimplementedError(
          "JPEG XL files are not supported: convert them to PNG or JPEG first");
    case Format::kJpeg2000:
      return absl::UnimplementedError(
          "JPEG 2000 files are not supported: convert them to TIFF or PNG first");
    case Format::kPdf:
      return absl::UnimplementedError(
          "PDF files are not supported: export their pages as TIFF or PNG first");
    case Format::kPsd:
      return absl::UnimplementedError(
          "Photoshop files are not supported: export them as TIFF or PNG first");
    case Format::kSvg:
      return absl::UnimplementedError("SVG drawings are not supported: export them as PNG first");
    case Format::kOpenExr:
      return absl::UnimplementedError(
          "OpenEXR files are not supported: export them as 16-bit TIFF or PNG first");
    case Format::kIcon:
      return absl::UnimplementedError("icon files are not supported: export them as PNG first");
    case Format::kUnknown:
      break;
  }
  if (file.empty()) return absl::InvalidArgumentError("the file is empty");
  return absl::InvalidArgumentError("the file is not a picture");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Still>> OpenStill(ByteView file, const StillLimits& limits) {
  ASSIGN_OR_RETURN(std::unique_ptr<Still> still, Open(file, limits));
  if (still->memory() > limits.max_memory) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the picture would take about ", still->memory() >> 20,
                     " MiB of memory, and the limit is ", limits.max_memory >> 20, " MiB"));
  }
  return still;
}

absl::Status CheckSize(int64_t width, int64_t height, int64_t max_pixels,
                       const StillLimits& limits) {
  if (width <= 0 || height <= 0) {
    return absl::InvalidArgumentError("the picture has a side of zero pixels");
  }
  if (width > limits.max_side || height > limits.max_side) {
    return absl::ResourceExhaustedError(absl::StrCat("the picture measures ", width, " x ", height,
                                                     " pixels, and the limit is ", limits.max_side,
                                                     " on a side"));
  }
  if (width > max_pixels / height) {
    return absl::ResourceExhaustedError(absl::StrCat("the picture measures ", width, " x ", height,
                                                     " pixels, and the limit is ", max_pixels,
                                                     " in all"));
  }
  return absl::OkStatus();
}

}  // namespace efface
