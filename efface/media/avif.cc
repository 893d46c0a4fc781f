// AVIF: stills coded with AV1 (AV1 Image File Format), by libavif. What is hidden is filled in the
// decoded planes, which are encoded anew: exactly where the input was coded without loss, else at a
// quality that keeps 42 dB of photographs. Where nothing is hidden, the coded picture is copied.
#include <avif/avif.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/exif.h"
#include "base/isobmff.h"
#include "base/status.h"
#include "efface/media/heif_av1.h"
#include "efface/media/heif_beyond.h"
#include "efface/media/heif_check.h"
#include "efface/media/heif_copy.h"
#include "efface/media/heif_items.h"
#include "efface/media/heif_shape.h"
#include "efface/media/heif_write.h"
#include "efface/media/heif_yuv.h"
#include "efface/media/still.h"

namespace efface {
namespace {

constexpr int kThreads = 2;
constexpr int kSpeed = 8;            // of libavif's 0 (slowest) .. 10
constexpr int kDefaultQuality = 80;  // at least 42 dB; see avif_test.cc

struct Deleter {
  void operator()(avifImage* image) const { avifImageDestroy(image); }
  void operator()(avifDecoder* decoder) const { avifDecoderDestroy(decoder); }
  void operator()(avifEncoder* encoder) const { avifEncoderDestroy(encoder); }
};
using Image = std::unique_ptr<avifImage, Deleter>;

absl::Status ReadError(avifResult result) {
  const char* text = avifResultToString(result);
  switch (result) {
    case AVIF_RESULT_TRUNCATED_DATA:
    case AVIF_RESULT_IO_ERROR:
    case AVIF_RESULT_NO_CONTENT:
    case AVIF_RESULT_DECODE_COLOR_FAILED:
    case AVIF_RESULT_DECODE_ALPHA_FAILED:
    case AVIF_RESULT_ISPE_SIZE_MISMATCH:
      return absl::DataLossError(absl::StrCat("the AVIF file is truncated or damaged: ", text));
    case AVIF_RESULT_OUT_OF_MEMORY:
      return absl::ResourceExhaustedError("the AVIF file needs more memory than there is");
    case AVIF_RESULT_NOT_IMPLEMENTED:
    case AVIF_RESULT_UNSUPPORTED_DEPTH:
      return absl::UnimplementedError(
          absl::StrCat("this kind of AVIF file is not supported: ", text));
    default:
      return absl::InvalidArgumentError(absl::StrCat("the AVIF file is broken: ", text));
  }
}

// Beside libavif's defaults: pictures that lack "pixi" (libheif up to 1.11) or the size of their
// alpha plane (cavif) are read, and the clean aperture is left to VisibleRect.
std::unique_ptr<avifDecoder, Deleter> MakeDecoder(const StillLimits& limits) {
  std::unique_ptr<avifDecoder, Deleter> decoder(avifDecoderCreate());
  if (decoder == nullptr) return decoder;
  decoder->codecChoice = AVIF_CODEC_CHOICE_DAV1D;
  decoder->maxThreads = kThreads;
  decoder->requestedSource = AVIF_DECODER_SOURCE_PRIMARY_ITEM;
  decoder->ignoreExif = AVIF_TRUE;
  decoder->ignoreXMP = AVIF_TRUE;
  decoder->imageSizeLimit = static_cast<uint32_t>(
      std::clamp<int64_t>(limits.max_pixels_heif, 1, AVIF_DEFAULT_IMAGE_SIZE_LIMIT));
  decoder->imageDimensionLimit = static_cast<uint32_t>(limits.max_side);
  decoder->strictFlags = AVIF_STRICT_DISABLED;
  return decoder;
}

// The planes of `image`, which it keeps.
YuvPicture PlanesOf(const avifImage& image) {
  YuvPicture picture;
  picture.width = static_cast<int>(image.width);
  picture.height = static_cast<int>(image.height);
  picture.bits = static_cast<int>(image.depth);
  const bool grey = image.yuvFormat == AVIF_PIXEL_FORMAT_YUV400;
  for (int plane = 0; plane < (grey ? 1 : 3); ++plane) {
    picture.planes[plane] = image.yuvPlanes[plane];
    picture.row_bytes[plane] = image.yuvRowBytes[plane];
  }
  picture.planes[3] = image.alphaPlane;
  picture.row_bytes[3] = image.alphaRowBytes;
  picture.shift_x =
      image.yuvFormat == AVIF_PIXEL_FORMAT_YUV420 || image.yuvFormat == AVIF_PIXEL_FORMAT_YUV422;
  picture.shift_y = image.yuvFormat == AVIF_PIXEL_FORMAT_YUV420;
  picture.full_range = image.yuvRange == AVIF_RANGE_FULL;
  picture.primaries = image.colorPrimaries;
  picture.transfer = image.transferCharacteristics;
  picture.coefficients = image.matrixCoefficients;
  return picture;
}

class AvifStill : public Still {
 public:
  AvifStill(ByteView file, HeifFile heif, const StillLimits& limits, const avifImage& header,
            bool alpha, const PixelRect& crop)
      : file_(file), heif_(std::move(heif)), limits_(limits), crop_(crop) {
    const HeifItem* primary = heif_.Find(heif_.primary);
    pages_ = {{crop.width, crop.height, primary == nullptr ? 1 : OrientationOf(*primary)}};
    memory_ = HeifMemory(PlanesOf(header), header.yuvFormat == AVIF_PIXEL_FORMAT_YUV400, alpha);
  }

  const std::vector<PageInfo>& pages() const override { return pages_; }
  int64_t memory() const override { return memory_; }

  absl::StatusOr<RgbPicture> Rgb(int) override {
    RETURN_IF_ERROR(Load());
    return YuvToRgb(PlanesOf(*view_));
  }

  absl::StatusOr<WrittenStill> Write(std::span<const Hider* const> hiders,
                                     const WriteOptions& options) override {
    RETURN_IF_ERROR(Load());
    const Hider* hider = hiders.empty() ? nullptr : hiders[0];
    if (hider != nullptr && !HidesAny(PlanesOf(*view_), *hider)) hider = nullptr;
    const char* why = kCannotCopy;
    if (hider == nullptr) {
      if (auto copy = Copy(options.keep, why)) return *std::move(copy);
    } else {
      HideIn(PlanesOf(*view_), *hider);
    }
    const bool lossless = IsLossless();
    auto parts = Encode(lossless, options.quality);
    if (hider != nullptr) Unload();  // its pixels are no longer the file's
    RETURN_IF_ERROR(parts.status());
    WrittenStill written{.fidelity = lossless ? Fidelity::kLossless : Fidelity::kReencoded};
    if (hider == nullptr) written.warnings.emplace_back(why);
    FinishHeif(heif_, *std::move(parts), options.keep, written);
    return written;
  }

 private:
  absl::StatusOr<Image> Decode(ByteView file) const {
    const auto decoder = MakeDecoder(limits_);
    Image image(avifImageCreateEmpty());
    if (decoder == nullptr || image == nullptr) return ReadError(AVIF_RESULT_OUT_OF_MEMORY);
    const avifResult result =
        avifDecoderReadMemory(decoder.get(), image.get(), file.data(), file.size());
    if (result != AVIF_RESULT_OK) return ReadError(result);
    return image;
  }

  // Decodes the picture into image_, of which view_ shows the visible part.
  absl::Status Load() {
    if (view_ != nullptr) return absl::OkStatus();
    ASSIGN_OR_RETURN(image_, Decode(file_));
    Image view(avifImageCreateEmpty());
    if (view == nullptr) return ReadError(AVIF_RESULT_OUT_OF_MEMORY);
    const avifCropRect rect = {static_cast<uint32_t>(crop_.x), static_cast<uint32_t>(crop_.y),
                               static_cast<uint32_t>(crop_.width),
                               static_cast<uint32_t>(crop_.height)};
    const avifResult result = avifImageSetViewRect(view.get(), image_.get(), &rect);
    if (result != AVIF_RESULT_OK) return ReadError(result);
    view_ = std::move(view);
    return absl::OkStatus();
  }

  void Unload() {
    view_.reset();
    image_.reset();
  }

  // The file with the coded picture alone; nullopt where that does not decode to the same picture,
  // or holds more than is shown, of which `why` tells.
  std::optional<WrittenStill> Copy(const Keep& keep, const char*& why) const {
    auto parts = ExtractHeif(heif_);
    if (!parts.ok()) return std::nullopt;
    WrittenStill copy{.fidelity = Fidelity::kCopied};
    FinishHeif(heif_, *std::move(parts), keep, copy);
    const auto heif = ReadHeif(copy.file);
    if (!heif.ok()) return std::nullopt;
    if (!HoldsShownAlone(*heif, limits_.max_pixels_heif)) {
      why = kMoreThanShown;
      return std::nullopt;
    }
    const auto decoded = Decode(copy.file);
    if (!decoded.ok() || !SamePicture(PlanesOf(**decoded), PlanesOf(*image_))) return std::nullopt;
    return copy;
  }

  // True where every tile was coded without loss.
  bool IsLossless() const {
    const HeifItems items(heif_);
    const HeifItem* primary = items.Find(heif_.primary);
    if (primary == nullptr) return false;
    const auto leaves = items.Leaves(*primary);
    return leaves.ok() && std::all_of(leaves->begin(), leaves->end(), [&](const HeifItem* leaf) {
             return leaf->type == "av01" &&
                    IsLosslessAv1(HeifItemData(*leaf), limits_.max_pixels_heif);
           });
  }

  absl::StatusOr<HeifOut> Encode(bool lossless, int quality) {
    std::unique_ptr<avifEncoder, Deleter> encoder(avifEncoderCreate());
    if (encoder == nullptr) return absl::ResourceExhaustedError("there is not enough memory");
    const int chosen = std::clamp(quality == 0 ? kDefaultQuality : quality, 1, 100);
    encoder->codecChoice = AVIF_CODEC_CHOICE_AOM;
    encoder->maxThreads = kThreads;
    encoder->speed = kSpeed;
    encoder->minQuantizer = encoder->maxQuantizer =
        lossless ? AVIF_QUANTIZER_LOSSLESS : (100 - chosen) * AVIF_QUANTIZER_WORST_QUALITY / 100;
    encoder->minQuantizerAlpha = encoder->maxQuantizerAlpha = AVIF_QUANTIZER_LOSSLESS;

    view_->transformFlags = AVIF_TRANSFORM_NONE;  // KeepTurn sets them
    avifImageSetProfileICC(view_.get(), image_->icc.data, image_->icc.size);
    avifRWData output = AVIF_DATA_EMPTY;
    const avifResult result = avifEncoderWrite(encoder.get(), view_.get(), &output);
    const Bytes encoded(output.data, output.data + output.size);
    avifRWDataFree(&output);
    if (result == AVIF_RESULT_NO_CODEC_AVAILABLE) {
      return absl::UnimplementedError("this build of libavif cannot encode AVIF");
    }
    if (result != AVIF_RESULT_OK) {
      return absl::InternalError(
          absl::StrCat("the AVIF picture cannot be encoded: ", avifResultToString(result)));
    }
    ASSIGN_OR_RETURN(const HeifFile heif, ReadHeif(encoded));
    ASSIGN_OR_RETURN(HeifOut parts, ExtractHeif(heif));
    KeepColor(heif_, parts);
    KeepTurn(heif_, parts);
    return parts;
  }

  const ByteView file_;
  const HeifFile heif_;
  const StillLimits limits_;
  const PixelRect crop_;
  std::vector<PageInfo> pages_;
  int64_t memory_ = 0;
  Image image_;  // null until it is decoded
  Image view_;   // into image_
};

}  // namespace

absl::StatusOr<std::unique_ptr<Still>> OpenAvif(ByteView file, const StillLimits& limits) {
  ASSIGN_OR_RETURN(HeifFile heif, ReadHeif(file));
  RETURN_IF_ERROR(CheckHeif(heif, limits));
  const auto decoder = MakeDecoder(limits);
  if (decoder == nullptr) return ReadError(AVIF_RESULT_OUT_OF_MEMORY);
  avifResult result = avifDecoderSetIOMemory(decoder.get(), file.data(), file.size());
  if (result == AVIF_RESULT_OK) result = avifDecoderParse(decoder.get());
  if (result != AVIF_RESULT_OK) return ReadError(result);
  const avifImage& header = *decoder->image;
  RETURN_IF_ERROR(CheckSize(header.width, header.height, limits.max_pixels_heif, limits));
  avifPixelFormatInfo format = {};
  avifGetPixelFormatInfo(header.yuvFormat, &format);
  const HeifItem* primary = heif.Find(heif.primary);
  if (primary == nullptr) return ReadError(AVIF_RESULT_NO_CONTENT);
  ASSIGN_OR_RETURN(const PixelRect crop, VisibleRect(*primary, static_cast<int>(header.width),
                                                     static_cast<int>(header.height),
                                                     format.chromaShiftX, format.chromaShiftY));
  return std::make_unique<AvifStill>(file, std::move(heif), limits, header,
                                     decoder->alphaPresent != 0, crop);
}

}  // namespace efface
