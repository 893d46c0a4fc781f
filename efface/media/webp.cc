// Still WebP through libwebp and libwebpmux. Lossless files are decoded to ARGB and written
// lossless anew, every sample equal. Lossy files are decoded to their own YCbCr planes (no
// conversion to RGB, which would cost quality), and coded again; alpha, which WebP codes losslessly
// in both, stays equal. Where nothing is hidden, the coded picture is copied into a new container.
// Chunks written: VP8X where needed, ICCP, ALPH, VP8 or VP8L, and EXIF with what WriteKeptExif
// gives.
#include <webp/decode.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "base/exif.h"
#include "base/status.h"
#include "efface/media/icc.h"
#include "efface/media/raster.h"
#include "efface/media/still.h"
#include "efface/media/unseen.h"
#include "efface/media/webp_trim.h"

namespace efface {
namespace {

constexpr int kDefaultQuality = 90;  // 1..100, libwebp's scale

// libwebp's lossless presets go from 0, fast, to 9. On two photos, level 2 took 62 % of the time of
// level 6 (3 to 4 megapixels a second), for files under 1 % larger; level 1 43 to 31 %, for files 2
// to 4 % larger.
constexpr int kLosslessLevel = 2;

constexpr char kDamaged[] = "the WebP file is damaged or cut short";

WebPData Data(ByteView bytes) { return {bytes.data(), bytes.size()}; }

using Mux = std::unique_ptr<WebPMux, decltype(&WebPMuxDelete)>;

Mux OpenMux(ByteView file) {
  const WebPData data = Data(file);
  return {WebPMuxCreate(&data, 0), &WebPMuxDelete};
}

Bytes Chunk(const WebPMux* mux, const char* name) {
  WebPData data;
  WebPDataInit(&data);
  if (WebPMuxGetChunk(mux, name, &data) != WEBP_MUX_OK) return {};
  return {data.bytes, data.bytes + data.size};
}

struct Header {
  int width = 0, height = 0;
  bool lossless = false;
  bool alpha = false;
  Bytes icc;
  KeptExif exif;
};

// The planes of a picture, as libwebp decodes and encodes them.
struct Planes {
  Bytes luma, cb, cr, alpha;  // rows without padding; chroma of half size, rounded up
};

// The memory of a WebPPicture.
class Picture {
 public:
  Picture() { valid_ = WebPPictureInit(&picture_) != 0; }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;
  ~Picture() { WebPPictureFree(&picture_); }
  bool valid() const { return valid_; }
  WebPPicture& operator*() { return picture_; }
  WebPPicture* operator->() { return &picture_; }

 private:
  WebPPicture picture_;
  bool valid_ = false;
};

int OnWrite(const uint8_t* data, size_t size, const WebPPicture* picture) {
  try {
    Append(*static_cast<Bytes*>(picture->custom_ptr), {data, size});
  } catch (const std::bad_alloc&) {
    return 0;
  }
  return 1;
}

struct FreeDecoded {
  void operator()(uint8_t* pixels) const { WebPFree(pixels); }
};
using Decoded = std::unique_ptr<uint8_t, FreeDecoded>;

// Hides nothing.
class NoHider : public Hider {
 public:
  std::vector<Patch> Patches(const PlaneGrid&) const override { return {}; }
  void Fill(const Patch&, const PlaneView&) const override {}
};

std::vector<ChannelInfo> Channels(bool alpha) {
  std::vector<ChannelInfo> channels = {{Channel::kRed}, {Channel::kGreen}, {Channel::kBlue}};
  if (alpha) channels.push_back({Channel::kAlpha});
  return channels;
}

class WebpStill : public Still {
 public:
  WebpStill(ByteView file, Header header)
      : file_(file),
        header_(std::move(header)),
        pages_({{header_.width, header_.height, header_.exif.orientation}}) {}

  const std::vector<PageInfo>& pages() const override { return pages_; }

  // By measure on 16 megapixels: lossless coding, which alpha has too, takes 28 bytes a pixel;
  // lossy coding without alpha 6.
  int64_t memory() const override {
    const int64_t pixels = int64_t{header_.width} * header_.height;
    return pixels * (header_.lossless || header_.alpha ? 30 : 10) +
           2 * static_cast<int64_t>(file_.size());
  }

  absl::StatusOr<RgbPicture> Rgb(int) override {
    RgbPicture picture;
    picture.width = header_.width;
    picture.height = header_.height;
    picture.samples.resize(Pixels() * 3);
    if (WebPDecodeRGBInto(file_.data(), file_.size(), picture.samples.data(),
                          picture.samples.size(), header_.width * 3) == nullptr) {
      return absl::DataLossError(kDamaged);
    }
    return picture;
  }

  absl::StatusOr<std::vector<uint8_t>> Unseen(int) override {
    if (!header_.alpha) return std::vector<uint8_t>();
    int width = 0, height = 0;
    const Decoded pixels(WebPDecodeRGBA(file_.data(), file_.size(), &width, &height));
    if (pixels == nullptr) return absl::DataLossError(kDamaged);
    return UnseenPixels(ByteView(pixels.get(), 4 * Pixels()));
  }

  absl::StatusOr<WrittenStill> Write(std::span<const Hider* const> hiders,
                                     const WriteOptions& options) override {
    WrittenStill written;
    Bytes coded;
    if (hiders[0] == nullptr) {
      written.fidelity = Fidelity::kCopied;
      RETURN_IF_ERROR(Copy(coded, written.fidelity));
    } else if (header_.lossless) {
      written.fidelity = Fidelity::kLossless;
      ASSIGN_OR_RETURN(coded, CodeLossless(*hiders[0]));
    } else {
      written.fidelity = Fidelity::kReencoded;
      ASSIGN_OR_RETURN(coded, CodeLossy(*hiders[0], options.quality));
    }
    RETURN_IF_ERROR(Wrap(coded, options.keep, written));
    return written;
  }

 private:
  size_t Pixels() const {
    return static_cast<size_t>(header_.width) * static_cast<size_t>(header_.height);
  }

  // Nothing is hidden: `coded` stays empty where the coded picture may be copied as it is.
  absl::Status Copy(Bytes& coded, Fidelity& fidelity) const {
    ASSIGN_OR_RETURN(const bool unseen, HoldsUnseen());  // a damaged picture is not copied
    if (!unseen) {
      ASSIGN_OR_RETURN(const Bytes picture, CodedPicture());
      std::optional<Bytes> trimmed = TrimWebp(picture);
      if (!trimmed) return absl::OkStatus();
      coded = *std::move(trimmed);
      return absl::OkStatus();
    }
    const NoHider nothing;
    fidelity = header_.lossless ? Fidelity::kLossless : Fidelity::kReencoded;
    ASSIGN_OR_RETURN(coded, header_.lossless ? CodeLossless(nothing) : CodeLossy(nothing, 0));
    return absl::OkStatus();
  }

  absl::StatusOr<bool> HoldsUnseen() const {
    int width = 0, height = 0;
    const Decoded pixels((header_.alpha ? WebPDecodeRGBA : WebPDecodeRGB)(
        file_.data(), file_.size(), &width, &height));
    if (pixels == nullptr) return absl::DataLossError(kDamaged);
    if (!header_.alpha) return false;
    const ByteView rgba(pixels.get(), 4 * Pixels());
    return header_.lossless ? HasUnseen(rgba) : HasUnseenBlock(rgba, width, height);
  }

  absl::StatusOr<Bytes> CodeLossless(const Hider& hider) const {
    // Without an alpha channel the fourth byte stays 255, and nothing hides in it.
    Raster raster(header_.width, header_.height, Channels(header_.alpha));
    const auto decode = header_.alpha ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
    if (decode(file_.data(), file_.size(), raster.samples8.data(), raster.samples8.size(),
               static_cast<int>(raster.stride())) == nullptr) {
      return absl::DataLossError(kDamaged);
    }
    Hide(hider, raster);
    ClearUnseen(raster);
    WebPConfig config;
    Picture picture;
    if (!picture.valid() || WebPConfigInit(&config) == 0 ||
        WebPConfigLosslessPreset(&config, kLosslessLevel) == 0) {
      return absl::InternalError("the WebP encoder could not be started");
    }
    config.exact = 1;  // what is under full transparency stays as clear as it is now
    picture->use_argb = 1;
    picture->width = header_.width;
    picture->height = header_.height;
    const auto import = header_.alpha ? WebPPictureImportRGBA : WebPPictureImportRGB;
    if (import(&*picture, raster.samples8.data(), static_cast<int>(raster.stride())) == 0) {
      return absl::ResourceExhaustedError("there is not enough memory to write the WebP file");
    }
    raster = Raster();
    return Encode(config, picture);
  }

  absl::StatusOr<Bytes> CodeLossy(const Hider& hider, int quality) const {
    const auto width = static_cast<size_t>(header_.width);
    const auto height = static_cast<size_t>(header_.height);
    const size_t half_width = (width + 1) / 2, half_height = (height + 1) / 2;
    Planes planes;
    ASSIGN_OR_RETURN(planes, DecodePlanes(half_width, half_height));
    const auto hide = [&](Bytes& plane, Channel channel) {
      const bool chroma = channel == Channel::kCb || channel == Channel::kCr;
      const PlaneGrid grid{.width = static_cast<int>(chroma ? half_width : width),
                           .height = static_cast<int>(chroma ? half_height : height),
                           .sub_x = chroma ? 2.0 : 1.0,
                           .sub_y = chroma ? 2.0 : 1.0};
      for (const Patch& patch : hider.Patches(grid)) {
        PlaneView view;
        view.samples8 = plane.data() + ptrdiff_t{patch.y} * grid.width + patch.x;
        view.stride = grid.width;
        view.width = patch.width;
        view.height = patch.height;
        view.channel = channel;
        view.full_range = channel == Channel::kAlpha;
        hider.Fill(patch, view);
      }
    };
    hide(planes.luma, Channel::kLuma);
    hide(planes.cb, Channel::kCb);
    hide(planes.cr, Channel::kCr);
    if (header_.alpha) hide(planes.alpha, Channel::kAlpha);

    WebPConfig config;
    Picture picture;
    if (!picture.valid() || WebPConfigInit(&config) == 0) {
      return absl::InternalError("the WebP encoder could not be started");
    }
    config.quality = static_cast<float>(quality > 0 ? quality : kDefaultQuality);
    config.alpha_quality = 100;  // lossless
    config.exact = 0;            // what is under full transparency becomes flat
    picture->use_argb = 0;
    picture->colorspace = header_.alpha ? WEBP_YUV420A : WEBP_YUV420;
    picture->width = header_.width;
    picture->height = header_.height;
    picture->y = planes.luma.data();
    picture->u = planes.cb.data();
    picture->v = planes.cr.data();
    picture->y_stride = header_.width;
    picture->uv_stride = static_cast<int>(half_width);
    if (header_.alpha) {
      picture->a = planes.alpha.data();
      picture->a_stride = header_.width;
    }
    return Encode(config, picture);
  }

  absl::StatusOr<Planes> DecodePlanes(size_t half_width, size_t half_height) const {
    Planes planes;
    planes.luma.resize(Pixels());
    planes.cb.resize(half_width * half_height);
    planes.cr.resize(half_width * half_height);
    if (header_.alpha) planes.alpha.resize(Pixels());
    WebPDecoderConfig config;
    if (WebPInitDecoderConfig(&config) == 0) {
      return absl::InternalError("the WebP decoder could not be started");
    }
    config.output.colorspace = header_.alpha ? MODE_YUVA : MODE_YUV;
    config.output.is_external_memory = 1;
    WebPYUVABuffer& out = config.output.u.YUVA;
    out.y = planes.luma.data();
    out.u = planes.cb.data();
    out.v = planes.cr.data();
    out.y_stride = header_.width;
    out.u_stride = out.v_stride = static_cast<int>(half_width);
    out.y_size = planes.luma.size();
    out.u_size = planes.cb.size();
    out.v_size = planes.cr.size();
    if (header_.alpha) {
      out.a = planes.alpha.data();
      out.a_stride = header_.width;
      out.a_size = planes.alpha.size();
    }
    if (WebPDecode(file_.data(), file_.size(), &config) != VP8_STATUS_OK) {
      return absl::DataLossError(kDamaged);
    }
    return planes;
  }

  static absl::StatusOr<Bytes> Encode(const WebPConfig& config, Picture& picture) {
    Bytes coded;
    picture->writer = OnWrite;
    picture->custom_ptr = &coded;
    if (WebPEncode(&config, &*picture) == 0) {
      return absl::InternalError("the WebP file could not be written");
    }
    return coded;
  }

  // The input's coded picture, in a container of its own.
  absl::StatusOr<Bytes> CodedPicture() const {
    WebPMuxFrameInfo frame{};
    const Mux input = OpenMux(file_);
    if (input == nullptr || WebPMuxGetFrame(input.get(), 1, &frame) != WEBP_MUX_OK) {
      return absl::DataLossError(kDamaged);
    }
    Bytes coded(frame.bitstream.bytes, frame.bitstream.bytes + frame.bitstream.size);
    WebPDataClear(&frame.bitstream);
    return coded;
  }

  // A new container around a coded picture; around the input's, where `coded` is empty.
  absl::Status Wrap(ByteView coded, const Keep& keep, WrittenStill& written) const {
    const absl::Status failed = absl::InternalError("the WebP file could not be written");
    Bytes own;
    if (coded.empty()) {
      ASSIGN_OR_RETURN(own, CodedPicture());
      coded = own;
    }
    const WebPData picture = Data(coded);
    const Mux mux(WebPMuxNew(), &WebPMuxDelete);
    bool ok = mux != nullptr && WebPMuxSetImage(mux.get(), &picture, 1) == WEBP_MUX_OK;
    const Bytes exif = WriteKeptExif(Chosen(header_.exif, keep, written.kept));
    const Bytes icc = KeptIcc(header_.icc, keep, written.kept, written.warnings);
    const WebPData icc_data = Data(icc), exif_data = Data(exif);
    if (ok && !icc.empty()) {
      ok = WebPMuxSetChunk(mux.get(), "ICCP", &icc_data, 0) == WEBP_MUX_OK;
    }
    if (ok && !exif.empty()) {
      ok = WebPMuxSetChunk(mux.get(), "EXIF", &exif_data, 0) == WEBP_MUX_OK;
    }
    WebPData assembled;
    WebPDataInit(&assembled);
    if (!ok || WebPMuxAssemble(mux.get(), &assembled) != WEBP_MUX_OK) return failed;
    written.file.assign(assembled.bytes, assembled.bytes + assembled.size);
    WebPDataClear(&assembled);
    return absl::OkStatus();
  }

  ByteView file_;
  Header header_;
  std::vector<PageInfo> pages_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Still>> OpenWebp(ByteView file, const StillLimits& limits) {
  // libwebpmux refuses bytes after the RIFF chunk.
  const uint64_t riff_size = 8 + ReadUint(file, 4, 4, Endian::kLittle).value_or(0);
  file = file.first(std::min<size_t>(file.size(), riff_size));
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(file.data(), file.size(), &features) != VP8_STATUS_OK) {
    return absl::DataLossError(kDamaged);
  }
  if (features.has_animation != 0) {
    return absl::UnimplementedError("animated WebP files are not photos");
  }
  Header header;
  header.width = features.width;
  header.height = features.height;
  RETURN_IF_ERROR(CheckSize(header.width, header.height, limits.max_pixels, limits));
  header.lossless = features.format == 2;
  header.alpha = features.has_alpha != 0;
  const Mux mux = OpenMux(file);
  if (mux == nullptr) return absl::DataLossError(kDamaged);
  header.icc = Chunk(mux.get(), "ICCP");
  const Bytes exif = Chunk(mux.get(), "EXIF");
  // Some writers put JPEG's prefix before the TIFF structure.
  const bool prefixed = HasText(exif, 0, std::string_view("Exif\0\0", 6));
  header.exif = ReadKeptExif(ByteView(exif).subspan(prefixed ? 6 : 0));
  return std::make_unique<WebpStill>(file, std::move(header));
}

}  // namespace efface
