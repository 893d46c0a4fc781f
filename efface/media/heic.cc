// HEIC: stills coded with HEVC (ISO/IEC 23008-12), encoded by libheif with x265. What is hidden is
// filled in the decoded planes, which are encoded anew at a quality that keeps 42 dB of photographs
// (alpha: without loss). Where nothing is hidden, the coded picture is copied.
#include <libheif/heif.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/exif.h"
#include "base/isobmff.h"
#include "base/status.h"
#include "efface/media/heif_beyond.h"
#include "efface/media/heif_check.h"
#include "efface/media/heif_copy.h"
#include "efface/media/heif_hevc_picture.h"
#include "efface/media/heif_shape.h"
#include "efface/media/heif_write.h"
#include "efface/media/heif_yuv.h"
#include "efface/media/still.h"

namespace efface {
namespace {

constexpr int kThreads = 2;
constexpr int kDefaultQuality = 65;     // at least 42 dB; see heic_test.cc
constexpr char kPreset[] = "veryfast";  // of x265

struct Deleter {
  void operator()(heif_context* context) const { heif_context_free(context); }
  void operator()(heif_image* image) const { heif_image_release(image); }
  void operator()(heif_encoder* encoder) const { heif_encoder_release(encoder); }
  void operator()(heif_color_profile_nclx* nclx) const { heif_nclx_color_profile_free(nclx); }
  void operator()(heif_encoding_options* options) const { heif_encoding_options_free(options); }
};
using Context = std::unique_ptr<heif_context, Deleter>;
using Image = std::unique_ptr<heif_image, Deleter>;
using Nclx = std::unique_ptr<heif_color_profile_nclx, Deleter>;

absl::Status OutOfMemory() {
  return absl::ResourceExhaustedError("there is not enough memory to encode the picture");
}

heif_error AppendTo(heif_context*, const void* data, size_t size, void* bytes) {
  const auto* begin = static_cast<const uint8_t*>(data);
  static_cast<Bytes*>(bytes)->insert(static_cast<Bytes*>(bytes)->end(), begin, begin + size);
  return {heif_error_Ok, heif_suberror_Unspecified, ""};
}

const char* ChromaName(const YuvPicture& picture) {
  return picture.shift_y != 0 || picture.grey() ? "420" : picture.shift_x != 0 ? "422" : "444";
}

// Colour for libheif, where the coded data says nothing of it too: without any, libheif has x265
// state full range. Code points that libheif does not know stay as it sets them, unspecified.
Nclx MakeNclx(const YuvPicture& picture) {
  Nclx nclx(heif_nclx_color_profile_alloc());
  if (nclx == nullptr) return nclx;
  const auto code = [](int value) { return static_cast<uint16_t>(value); };
  heif_nclx_color_profile_set_color_primaries(nclx.get(), code(picture.primaries));
  heif_nclx_color_profile_set_transfer_characteristics(nclx.get(), code(picture.transfer));
  heif_nclx_color_profile_set_matrix_coefficients(nclx.get(), code(picture.coefficients));
  nclx->full_range_flag = picture.full_range;
  return nclx;
}

// A copy of the planes but for alpha, as libheif takes them.
absl::StatusOr<Image> MakeImage(const YuvPicture& picture) {
  heif_image* made = nullptr;
  const bool grey = picture.grey();
  const heif_chroma chroma = grey                   ? heif_chroma_monochrome
                             : picture.shift_y != 0 ? heif_chroma_420
                             : picture.shift_x != 0 ? heif_chroma_422
                                                    : heif_chroma_444;
  heif_error error =
      heif_image_create(picture.width, picture.height,
                        grey ? heif_colorspace_monochrome : heif_colorspace_YCbCr, chroma, &made);
  if (error.code != heif_error_Ok) return OutOfMemory();
  Image image(made);
  constexpr heif_channel kChannels[] = {heif_channel_Y, heif_channel_Cb, heif_channel_Cr};
  for (int plane = 0; plane < (grey ? 1 : 3); ++plane) {
    const PlaneGrid grid = GridOf(picture, plane);
    error = heif_image_add_plane(made, kChannels[plane], grid.width, grid.height, picture.bits);
    if (error.code != heif_error_Ok) return OutOfMemory();
    int stride = 0;
    uint8_t* out = heif_image_get_plane(made, kChannels[plane], &stride);
    if (out == nullptr) return OutOfMemory();
    for (int y = 0; y < grid.height; ++y) {
      const uint8_t* row = picture.planes[plane] + y * picture.row_bytes[plane];
      std::copy(row, row + int64_t{grid.width} * (picture.bits > 8 ? 2 : 1),
                out + static_cast<ptrdiff_t>(y) * stride);
    }
  }
  return image;
}

// Encodes the picture without its alpha plane: the parts of a HEIF file of it. `nclx`: null for
// full range alone.
absl::StatusOr<HeifOut> EncodeParts(const YuvPicture& picture, heif_color_profile_nclx* nclx,
                                    bool lossless, int quality) {
  const auto failed = [](const heif_error& error) {
    return absl::InternalError(absl::StrCat("the HEIC picture cannot be encoded: ", error.message));
  };
  const Context context(heif_context_alloc());
  if (context == nullptr) return OutOfMemory();
  heif_encoder* made = nullptr;
  heif_error error =
      heif_context_get_encoder_for_format(context.get(), heif_compression_HEVC, &made);
  if (error.code != heif_error_Ok) {
    return absl::UnimplementedError("this build of libheif cannot encode HEIC: it lacks x265");
  }
  const std::unique_ptr<heif_encoder, Deleter> encoder(made);
  heif_encoder_set_logging_level(made, 0);
  for (const auto& [name, value] : {std::pair<const char*, std::string>{"preset", kPreset},
                                    {"chroma", ChromaName(picture)},
                                    {"x265:pools", std::to_string(kThreads)},
                                    {"x265:frame-threads", "1"},
                                    {"x265:info", "0"}}) {
    error = heif_encoder_set_parameter(made, name, value.c_str());
    if (error.code != heif_error_Ok) return failed(error);
  }
  error =
      lossless ? heif_encoder_set_lossless(made, 1) : heif_encoder_set_lossy_quality(made, quality);
  if (error.code != heif_error_Ok) return failed(error);

  const std::unique_ptr<heif_encoding_options, Deleter> options(heif_encoding_options_alloc());
  if (options == nullptr) return OutOfMemory();
  ASSIGN_OR_RETURN(const Image image, MakeImage(picture));
  if (nclx != nullptr) heif_image_set_nclx_color_profile(image.get(), nclx);
  options->save_alpha_channel = 0;
  options->output_nclx_profile = nclx;
  options->image_orientation = heif_orientation_normal;
  error = heif_context_encode_image(context.get(), image.get(), made, options.get(), nullptr);
  if (error.code != heif_error_Ok) return failed(error);
  Bytes encoded;
  heif_writer writer = {1, AppendTo};
  error = heif_context_write(context.get(), &writer, &encoded);
  if (error.code != heif_error_Ok) return failed(error);
  ASSIGN_OR_RETURN(const HeifFile heif, ReadHeif(encoded));
  return ExtractHeif(heif);
}

// The alpha plane of `picture` as a grey picture of its own.
YuvPicture AlphaOf(const YuvPicture& picture) {
  YuvPicture alpha;
  alpha.width = picture.width;
  alpha.height = picture.height;
  alpha.bits = picture.bits;
  alpha.planes[0] = picture.planes[3];
  alpha.row_bytes[0] = picture.row_bytes[3];
  return alpha;
}

class HeicStill : public Still {
 public:
  HeicStill(ByteView file, HeifFile heif, const HevcHeader& header, const PixelRect& visible)
      : file_(file), heif_(std::move(heif)), header_(header), visible_(visible) {
    const HeifItem* primary = heif_.Find(heif_.primary);
    pages_ = {{visible.width, visible.height, primary == nullptr ? 1 : OrientationOf(*primary)}};
    YuvPicture format;
    format.width = header.width;
    format.height = header.height;
    format.bits = header.bits;
    format.shift_x = header.shift_x;
    format.shift_y = header.shift_y;
    memory_ = HeifMemory(format, header.grey, header.alpha);
  }

  const std::vector<PageInfo>& pages() const override { return pages_; }
  std::vector<std::string> warnings() const override { return warnings_; }
  int64_t memory() const override { return memory_; }

  absl::StatusOr<RgbPicture> Rgb(int) override {
    RETURN_IF_ERROR(Load());
    return YuvToRgb(Shown());
  }

  absl::StatusOr<WrittenStill> Write(std::span<const Hider* const> hiders,
                                     const WriteOptions& options) override {
    RETURN_IF_ERROR(Load());
    const Hider* hider = hiders.empty() ? nullptr : hiders[0];
    if (hider != nullptr && !HidesAny(Shown(), *hider)) hider = nullptr;
    const char* why = kCannotCopy;
    if (hider == nullptr) {
      if (auto copy = Copy(options.keep, why)) return *std::move(copy);
    } else {
      HideIn(Shown(), *hider);
    }
    auto parts = Encode(options.quality);
    if (hider != nullptr) decoded_.reset();  // its pixels are no longer the file's
    RETURN_IF_ERROR(parts.status());
    WrittenStill written{.fidelity = Fidelity::kReencoded};
    if (hider == nullptr) written.warnings.emplace_back(why);
    FinishHeif(heif_, *std::move(parts), options.keep, written);
    return written;
  }

 private:
  absl::Status Load() {
    if (decoded_.has_value()) return absl::OkStatus();
    ASSIGN_OR_RETURN(DecodedHevc decoded, DecodeHevcPicture(heif_));
    const YuvPicture& picture = decoded.picture.picture();
    if (picture.width != header_.width || picture.height != header_.height ||
        picture.shift_x != header_.shift_x || picture.shift_y != header_.shift_y) {
      return absl::DataLossError("the file is damaged: its picture is not as it states");
    }
    warnings_.clear();
    if (decoded.faulty) warnings_.push_back("the picture's data has errors; it may look damaged");
    decoded_ = std::move(decoded);
    return absl::OkStatus();
  }

  // The visible part.
  YuvPicture Shown() const { return Crop(decoded_->picture.picture(), visible_); }

  // The file with the coded picture alone; nullopt where that does not decode to the same picture,
  // or holds more than is shown, of which `why` tells.
  std::optional<WrittenStill> Copy(const Keep& keep, const char*& why) const {
    auto parts = ExtractHeif(heif_);
    if (!parts.ok()) return std::nullopt;
    WrittenStill copy{.fidelity = Fidelity::kCopied};
    FinishHeif(heif_, *std::move(parts), keep, copy);
    const auto heif = ReadHeif(copy.file);
    if (!heif.ok()) return std::nullopt;
    const auto decoded = DecodeHevcPicture(*heif, /*to_the_end=*/true);
    if (!decoded.ok() || !SamePicture(decoded->picture.picture(), decoded_->picture.picture())) {
      return std::nullopt;
    }
    if (!decoded->alone || !HoldsShownAlone(*heif, 0)) {
      why = kMoreThanShown;
      return std::nullopt;
    }
    return copy;
  }

  absl::StatusOr<HeifOut> Encode(int quality) const {
    const int chosen = std::clamp(quality == 0 ? kDefaultQuality : quality, 1, 100);
    const YuvPicture picture = Shown();
    const Nclx nclx = MakeNclx(picture);
    if (nclx == nullptr) return OutOfMemory();
    ASSIGN_OR_RETURN(HeifOut parts, EncodeParts(picture, nclx.get(), /*lossless=*/false, chosen));
    KeepColor(heif_, parts);
    KeepTurn(heif_, parts);
    if (picture.planes[3] != nullptr) {
      ASSIGN_OR_RETURN(HeifOut alpha,
                       EncodeParts(AlphaOf(picture), nullptr, /*lossless=*/true, 100));
      KeepTurn(heif_, alpha);
      AddAlpha(parts, std::move(alpha), header_.premultiplied);
    }
    return parts;
  }

  const ByteView file_;
  const HeifFile heif_;
  const HevcHeader header_;
  const PixelRect visible_;
  std::vector<PageInfo> pages_;
  std::vector<std::string> warnings_;
  int64_t memory_ = 0;
  std::optional<DecodedHevc> decoded_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Still>> OpenHeic(ByteView file, const StillLimits& limits) {
  ASSIGN_OR_RETURN(HeifFile heif, ReadHeif(file));
  RETURN_IF_ERROR(CheckHeif(heif, limits));
  ASSIGN_OR_RETURN(const HevcHeader header, ReadHevcHeader(heif));
  RETURN_IF_ERROR(CheckSize(header.width, header.height, limits.max_pixels_heif, limits));
  ASSIGN_OR_RETURN(const PixelRect visible,
                   VisibleRect(*heif.Find(heif.primary), header.width, header.height,
                               header.shift_x, header.shift_y));
  return std::make_unique<HeicStill>(file, std::move(heif), header, visible);
}

}  // namespace efface
