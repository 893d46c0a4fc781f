// Animated WebP: webp_frames.h finds the frames, libwebp decodes and encodes them one by one.
// Lossless frames stay lossless, every pixel equal; lossy ones are encoded anew, through RGB, at
// the quality asked for. Only what changes from frame to frame is coded. Written, in this order:
// VP8X, ICCP where the input has it, ANIM with its loop count and background, the frames, and EXIF
// with the orientation where there is one.
#include <webp/decode.h>
#include <webp/encode.h>

#include <algorithm>
#include <limits>
#include <new>
#include <utility>

#include "base/exif.h"
#include "base/status.h"
#include "efface/media/animation.h"
#include "efface/media/icc.h"
#include "efface/media/webp_frames.h"

namespace efface {
namespace {

constexpr int kDefaultQuality = 90;  // 1..100, libwebp's scale; as for stills
constexpr int kLosslessLevel = 2;    // as for stills
constexpr int64_t kFlagsAt = 20;     // in the file, of VP8X
constexpr uint8_t kHasIcc = 0x20, kHasAlpha = 0x10, kHasExif = 0x08, kIsAnimated = 0x02;

constexpr char kFailed[] = "the WebP file could not be written";

void AppendChunk(std::string_view type, ByteView data, Bytes& file) {
  Append(file, AsBytes(type));
  AppendUint(file, data.size(), 4, Endian::kLittle);
  Append(file, data);
  if (data.size() % 2 != 0) file.push_back(0);
}

bool HasTransparency(const Raster& samples) {
  for (size_t i = 3; i < samples.samples8.size(); i += 4) {
    if (samples.samples8[i] != 255) return true;
  }
  return false;
}

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

// The chunks ALPH, VP8 or VP8L of a picture. quality 0: lossless.
absl::StatusOr<Bytes> Encode(const Raster& samples, int quality) {
  WebPConfig config;
  Picture picture;
  if (!picture.valid() || WebPConfigInit(&config) == 0 ||
      (quality == 0 && WebPConfigLosslessPreset(&config, kLosslessLevel) == 0)) {
    return absl::InternalError("the WebP encoder could not be started");
  }
  if (quality > 0) config.quality = static_cast<float>(quality);
  config.alpha_quality = 100;  // lossless
  picture->use_argb = quality == 0 ? 1 : 0;
  picture->width = samples.width;
  picture->height = samples.height;
  if (WebPPictureImportRGBA(&*picture, samples.samples8.data(),
                            static_cast<int>(samples.stride())) == 0) {
    return absl::ResourceExhaustedError("there is not enough memory to write the WebP file");
  }
  Bytes file;
  picture->writer = OnWrite;
  picture->custom_ptr = &file;
  if (WebPEncode(&config, &*picture) == 0) return absl::InternalError(kFailed);
  size_t at = 12;  // "RIFF", size, "WEBP"
  if (HasText(file, at, "VP8X")) at += 18;
  if (at >= file.size()) return absl::InternalError(kFailed);
  file.erase(file.begin(), file.begin() + static_cast<ptrdiff_t>(at));
  return file;
}

class WebpWriter : public AnimationWriter {
 public:
  WebpWriter(int fd, const WebpFile& input, const ClipWriteOptions& options)
      : out_(fd),
        width_(input.animation.width),
        height_(input.animation.height),
        orientation_(input.animation.orientation),
        background_(input.background),
        loops_(input.loops),
        icc_(KeptIcc(input.icc, options.keep, written_.kept, written_.warnings)),
        quality_(options.quality > 0 ? options.quality : kDefaultQuality) {
    written_.removed = input.animation.removed;
    written_.kept.orientation = orientation_ != 1;
  }

  absl::StatusOr<WrittenClip> Finish() override {
    if (!last_) RETURN_IF_ERROR(Begin());
    KeptExif kept;
    kept.orientation = orientation_;
    const Bytes exif = WriteKeptExif(kept);
    Bytes end;
    if (!exif.empty()) AppendChunk("EXIF", exif, end);
    RETURN_IF_ERROR(out_.Append(end));
    const int64_t size = out_.size() - 8;
    if (size > std::numeric_limits<uint32_t>::max() - 1) {
      return absl::ResourceExhaustedError("the WebP file would be larger than the format allows");
    }
    Bytes size_bytes;
    AppendUint(size_bytes, static_cast<uint64_t>(size), 4, Endian::kLittle);
    RETURN_IF_ERROR(out_.Overwrite(4, size_bytes));
    const auto flags =
        static_cast<uint8_t>(kIsAnimated | (icc_.empty() ? 0 : kHasIcc) |
                             (exif.empty() ? 0 : kHasExif) | (alpha_ ? kHasAlpha : 0));
    RETURN_IF_ERROR(out_.Overwrite(kFlagsAt, Bytes{flags}));
    if (lossy_frames_ > 0) {
      written_.warnings.push_back(
          absl::StrCat("the lossy frames were encoded anew at quality ", quality_));
    }
    return written_;
  }

 protected:
  absl::Status WriteFrame(std::unique_ptr<AnimationFrame> frame) override {
    if (!last_) RETURN_IF_ERROR(Begin());
    const Change change =
        MakeChange(last_ ? &last_->pixels() : nullptr, frame->pixels(), true, /*even=*/true);
    Bytes coded;
    ASSIGN_OR_RETURN(coded, Encode(change.samples, frame->lossy() ? quality_ : 0));
    alpha_ = alpha_ || HasTransparency(change.samples);
    lossy_frames_ += frame->lossy();
    Bytes data, chunk;
    for (const int value : {change.rect.x / 2, change.rect.y / 2, change.rect.width - 1,
                            change.rect.height - 1, static_cast<int>(frame->delay())}) {
      AppendUint(data, static_cast<uint64_t>(value), 3, Endian::kLittle);
    }
    data.push_back(change.blend == Blend::kReplace ? 2 : 0);  // left as it is
    Append(data, coded);
    AppendChunk("ANMF", data, chunk);
    RETURN_IF_ERROR(out_.Append(chunk));
    last_ = std::move(frame);
    return absl::OkStatus();
  }

 private:
  absl::Status Begin() {
    Bytes file, header, timing;
    Append(file, AsBytes(std::string_view("RIFF\0\0\0\0WEBP", 12)));  // the size: at the end
    header.resize(4);                                                 // the flags: at the end
    AppendUint(header, static_cast<uint64_t>(width_ - 1), 3, Endian::kLittle);
    AppendUint(header, static_cast<uint64_t>(height_ - 1), 3, Endian::kLittle);
    AppendChunk("VP8X", header, file);
    if (!icc_.empty()) AppendChunk("ICCP", icc_, file);
    AppendUint(timing, background_, 4, Endian::kLittle);
    AppendUint(timing, loops_, 2, Endian::kLittle);
    AppendChunk("ANIM", timing, file);
    return out_.Append(file);
  }

  DescriptorWriter out_;
  int width_, height_;
  Orientation orientation_;
  uint32_t background_, loops_;
  WrittenClip written_;  // before icc_, which notes in it what it is
  Bytes icc_;
  int quality_;
  std::unique_ptr<AnimationFrame> last_;
  int64_t lossy_frames_ = 0;
  bool alpha_ = false;
};

class WebpFamily : public AnimationFamily {
 public:
  WebpFamily(Bytes bytes, WebpFile file) : bytes_(std::move(bytes)), file_(std::move(file)) {}

  const Animation& animation() const override { return file_.animation; }
  std::string_view name() const override { return "WebP"; }
  std::vector<ChannelInfo> channels() const override {
    return {{Channel::kRed}, {Channel::kGreen}, {Channel::kBlue}, {Channel::kAlpha}};
  }

  bool Decode(const FrameSpec& frame, Raster& samples) const override {
    WebPBitstreamFeatures features;
    return WebPGetFeatures(frame.data.data(), frame.data.size(), &features) == VP8_STATUS_OK &&
           features.has_animation == 0 && features.width == frame.rect.width &&
           features.height == frame.rect.height &&
           WebPDecodeRGBAInto(frame.data.data(), frame.data.size(), samples.samples8.data(),
                              samples.samples8.size(),
                              static_cast<int>(samples.stride())) != nullptr;
  }

  absl::StatusOr<std::unique_ptr<ClipWriter>> NewWriter(
      int fd, const ClipWriteOptions& options) const override {
    if (!options.codec.empty() && options.codec != "webp") {
      return absl::UnimplementedError("an animated WebP can be written as WebP only");
    }
    return std::make_unique<WebpWriter>(fd, file_, options);
  }

 private:
  Bytes bytes_;  // file_ has views of it
  WebpFile file_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ClipReader>> OpenWebpClip(int fd, const ClipReadOptions& options) {
  ASSIGN_OR_RETURN(Bytes bytes, ReadDescriptor(fd, kMaxAnimationBytes));
  ASSIGN_OR_RETURN(WebpFile file, ReadWebpFrames(bytes));
  ClipLimits limits = options.limits;
  limits.max_side = std::min(limits.max_side, WEBP_MAX_DIMENSION);
  return NewAnimationReader(std::make_unique<WebpFamily>(std::move(bytes), std::move(file)),
                            limits);
}

}  // namespace efface
