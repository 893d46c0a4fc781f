// Animated PNG: apng_chunks.h finds the frames, apng_pixels.h decodes and encodes them. Written, in
// this order: IHDR; cICP; one kind of iCCP, sRGB, gAMA and cHRM; pHYs; eXIf with the orientation,
// where there is one; acTL; the frames, of 8 or 16 bits as the input's, grey or RGB, with alpha
// where the input can be transparent; IEND. The first frame is the default image: one that is no
// part of the animation is dropped.
#include <algorithm>
#include <optional>
#include <utility>

#include "base/exif.h"
#include "base/status.h"
#include "efface/media/animation.h"
#include "efface/media/apng_chunks.h"
#include "efface/media/apng_pixels.h"
#include "efface/media/icc.h"

namespace efface {
namespace {

constexpr char kFailed[] = "the PNG file could not be written";

class ApngWriter : public AnimationWriter {
 public:
  ApngWriter(int fd, const ApngFile& input, const Keep& keep)
      : out_(fd),
        color_(ReadPngColor(input)),
        cicp_(input.cicp),
        plays_(input.plays),
        orientation_(input.animation.orientation),
        alpha_(CanBeTransparent(input)),
        removed_(input.animation.removed) {
    color_.icc = KeptIcc(color_.icc, keep, kept_, warnings_);
    kept_.orientation = orientation_ != 1;
    if (!keep.resolution && color_.resolution && color_.resolution->unit == 1) {
      color_.resolution.reset();
    }
    kept_.resolution = color_.resolution && color_.resolution->unit == 1;
  }

  absl::StatusOr<WrittenClip> Finish() override {
    Bytes end;
    AppendPngChunk("IEND", {}, end);
    RETURN_IF_ERROR(out_.Append(end));
    if (frames_ > 0) RETURN_IF_ERROR(out_.Overwrite(control_at_, Control()));
    return WrittenClip{.removed = removed_, .warnings = warnings_, .kept = kept_};
  }

 protected:
  absl::Status WriteFrame(std::unique_ptr<AnimationFrame> frame) override {
    const Change change = MakeChange(last_ ? &last_->pixels() : nullptr, frame->pixels(), alpha_,
                                     /*even=*/false);
    const Bytes coded = EncodeApngFrame(change.samples, alpha_, last_ ? PngColor() : color_);
    if (coded.empty()) return absl::InternalError(kFailed);
    Bytes head, samples;
    size_t at = kPngSignature.size();
    Append(head, AsBytes(kPngSignature));
    while (const auto chunk = ReadPngChunk(coded, at)) {
      at += chunk->whole.size();
      if (chunk->type == "IDAT") {
        Append(samples, chunk->data);
      } else if (chunk->type != "IEND") {
        Append(head, chunk->whole);
        if (chunk->type == "IHDR" && cicp_) AppendPngChunk("cICP", *cicp_, head);
      }
    }
    Bytes out;
    if (!last_) {
      KeptExif exif;
      exif.orientation = orientation_;
      if (const Bytes kept = WriteKeptExif(exif); !kept.empty()) AppendPngChunk("eXIf", kept, head);
      control_at_ = static_cast<int64_t>(head.size());
      Append(head, Control());  // anew at the end, when the frames are counted
      out = std::move(head);
    }
    AppendPngChunk("fcTL", FrameControl(change, *frame), out);
    if (!last_) {
      AppendPngChunk("IDAT", samples, out);
    } else {
      Bytes numbered;
      AppendUint(numbered, sequence_++, 4, Endian::kBig);
      Append(numbered, samples);
      AppendPngChunk("fdAT", numbered, out);
    }
    RETURN_IF_ERROR(out_.Append(out));
    ++frames_;
    last_ = std::move(frame);
    return absl::OkStatus();
  }

 private:
  static bool CanBeTransparent(const ApngFile& png) {
    const FrameRect& first = png.animation.frames[0].rect;
    const auto clears = [](const FrameSpec& frame) { return frame.disposal == Disposal::kClear; };
    return (png.color_type & 4) != 0 || !png.transparency.empty() ||
           first.width < png.animation.width || first.height < png.animation.height ||
           png.animation.frames[0].disposal != Disposal::kKeep ||
           std::any_of(png.animation.frames.begin(), png.animation.frames.end(), clears);
  }

  Bytes Control() const {
    Bytes data, chunk;
    AppendUint(data, frames_, 4, Endian::kBig);
    AppendUint(data, plays_, 4, Endian::kBig);
    AppendPngChunk("acTL", data, chunk);
    return chunk;
  }

  Bytes FrameControl(const Change& change, const AnimationFrame& frame) {
    Bytes data;
    AppendUint(data, sequence_++, 4, Endian::kBig);
    for (const int value : {change.rect.width, change.rect.height, change.rect.x, change.rect.y}) {
      AppendUint(data, static_cast<uint64_t>(value), 4, Endian::kBig);
    }
    AppendUint(data, frame.delay(), 2, Endian::kBig);
    AppendUint(data, frame.delay_units(), 2, Endian::kBig);
    data.push_back(0);  // left as it is
    data.push_back(change.blend == Blend::kReplace ? 0 : 1);
    return data;
  }

  DescriptorWriter out_;
  PngColor color_;
  std::optional<std::array<uint8_t, 4>> cicp_;
  uint32_t plays_;
  Orientation orientation_;
  bool alpha_;
  std::vector<Removed> removed_;
  std::vector<std::string> warnings_;
  Keep kept_ = kKeepNothing;
  std::unique_ptr<AnimationFrame> last_;
  int64_t control_at_ = 0;
  uint32_t frames_ = 0;
  uint32_t sequence_ = 0;
};

class ApngFamily : public AnimationFamily {
 public:
  ApngFamily(Bytes bytes, ApngFile png) : bytes_(std::move(bytes)), png_(std::move(png)) {}

  const Animation& animation() const override { return png_.animation; }
  std::string_view name() const override { return "PNG"; }

  std::vector<ChannelInfo> channels() const override {
    const int bits = png_.depth == 16 ? 16 : 8;
    if (png_.grey()) return {{Channel::kGrey, bits}, {Channel::kAlpha, bits}};
    return {{Channel::kRed, bits},
            {Channel::kGreen, bits},
            {Channel::kBlue, bits},
            {Channel::kAlpha, bits}};
  }

  bool Decode(const FrameSpec& frame, Raster& samples) const override {
    return DecodeApngFrame(png_, frame, samples);
  }

  absl::StatusOr<std::unique_ptr<ClipWriter>> NewWriter(
      int fd, const ClipWriteOptions& options) const override {
    if (!options.codec.empty() && options.codec != "png" && options.codec != "apng") {
      return absl::UnimplementedError("an animated PNG can be written as PNG only");
    }
    return std::make_unique<ApngWriter>(fd, png_, options.keep);
  }

 private:
  Bytes bytes_;  // png_ has views of it
  ApngFile png_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ClipReader>> OpenApngClip(int fd, const ClipReadOptions& options) {
  ASSIGN_OR_RETURN(Bytes bytes, ReadDescriptor(fd, kMaxAnimationBytes));
  ASSIGN_OR_RETURN(ApngFile png, ReadApngChunks(bytes));
  return NewAnimationReader(std::make_unique<ApngFamily>(std::move(bytes), std::move(png)),
                            options.limits);
}

}  // namespace efface
