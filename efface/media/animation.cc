#include "efface/media/animation.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "efface/media/picture_scale.h"

namespace efface {
namespace {

// Calls `function` with the samples of a raster, whichever they are.
template <typename Function>
void WithSamples(Raster& raster, const Function& function) {
  if (raster.wide()) {
    function(raster.samples16.data(), uint16_t{65535});
  } else {
    function(raster.samples8.data(), uint8_t{255});
  }
}

template <typename Sample>
const Sample* SamplesOf(const Raster& raster) {
  if constexpr (sizeof(Sample) == 1) {
    return raster.samples8.data();
  } else {
    return raster.samples16.data();
  }
}

FrameRect Clip(const FrameRect& rect, int width, int height) {
  const int64_t right = std::min<int64_t>(int64_t{rect.x} + rect.width, width);
  const int64_t bottom = std::min<int64_t>(int64_t{rect.y} + rect.height, height);
  FrameRect clipped;
  clipped.x = std::clamp(rect.x, 0, width);
  clipped.y = std::clamp(rect.y, 0, height);
  clipped.width = static_cast<int>(std::max<int64_t>(right - clipped.x, 0));
  clipped.height = static_cast<int>(std::max<int64_t>(bottom - clipped.y, 0));
  return clipped;
}

size_t Offset(const Raster& raster, int x, int y) {
  return static_cast<size_t>(y) * raster.stride() + static_cast<size_t>(x) * raster.channels.size();
}

Raster Cut(const Raster& from, const FrameRect& rect) {
  Raster part(rect.width, rect.height, from.channels);
  WithSamples(part, [&](auto* samples, auto) {
    const auto* source = SamplesOf<std::remove_pointer_t<decltype(samples)>>(from);
    for (int y = 0; y < rect.height; ++y) {
      std::copy_n(source + Offset(from, rect.x, rect.y + y), part.stride(),
                  samples + Offset(part, 0, y));
    }
  });
  return part;
}

void Paste(const Raster& part, const FrameRect& rect, Raster& to) {
  WithSamples(to, [&](auto* samples, auto) {
    const auto* source = SamplesOf<std::remove_pointer_t<decltype(samples)>>(part);
    for (int y = 0; y < rect.height; ++y) {
      std::copy_n(source + Offset(part, 0, y), part.stride(),
                  samples + Offset(to, rect.x, rect.y + y));
    }
  });
}

// Makes every pixel of the rectangle transparent, or opaque mid grey.
void FillRect(const FrameRect& rect, bool clear, Raster& raster) {
  const size_t channels = raster.channels.size();
  WithSamples(raster, [&](auto* samples, auto full) {
    using Sample = std::remove_pointer_t<decltype(samples)>;
    const auto grey = static_cast<Sample>(full / 2 + 1);
    for (int y = 0; y < rect.height; ++y) {
      Sample* row = samples + Offset(raster, rect.x, rect.y + y);
      for (size_t i = 0; i < static_cast<size_t>(rect.width) * channels; ++i) {
        row[i] = clear ? Sample{0} : i % channels == channels - 1 ? full : grey;
      }
    }
  });
}

// Draws one pixel over another, neither premultiplied (PNG third edition, 13.16). `channels` counts
// alpha, the last.
template <typename Sample>
void DrawOver(const Sample* source, size_t channels, Sample full, Sample* target) {
  const uint64_t source_alpha = source[channels - 1];
  const uint64_t target_alpha = target[channels - 1];
  if (source_alpha == 0) return;
  if (source_alpha == full || target_alpha == 0) {
    std::copy_n(source, channels, target);
    return;
  }
  const uint64_t over = source_alpha * full;
  const uint64_t under = target_alpha * (full - source_alpha);
  for (size_t c = 0; c + 1 < channels; ++c) {
    target[c] = static_cast<Sample>((source[c] * over + target[c] * under) / (over + under));
  }
  target[channels - 1] = static_cast<Sample>((over + under) / full);
}

// The same with four channels of 8 bits, rounded as libwebp 1.2.4 does (src/demux/anim_decode.c,
// BlendPixelNonPremult), so that the canvas is the one that other readers show. There a pixel that
// was just cleared is replaced, which rounds less than drawing over it.
void DrawOverWebp(const uint8_t* source, uint8_t* target) {
  const uint32_t source_alpha = source[3];
  if (source_alpha == 0) return;
  if (source_alpha == 255) {
    std::copy_n(source, 4, target);
    return;
  }
  const uint32_t under = target[3] * (256 - source_alpha) >> 8;
  const uint32_t alpha = source_alpha + under;
  const uint32_t scale = (uint32_t{1} << 24) / alpha;
  for (size_t c = 0; c < 3; ++c) {
    target[c] = static_cast<uint8_t>((source[c] * source_alpha + target[c] * under) * scale >> 24);
  }
  target[3] = static_cast<uint8_t>(alpha);
}

bool SamePixels(const Raster& before, const Raster& after, int x, int y, int count) {
  const size_t at = Offset(after, x, y);
  const size_t samples = static_cast<size_t>(count) * after.channels.size();
  if (after.wide()) {
    return std::equal(&after.samples16[at], &after.samples16[at] + samples, &before.samples16[at]);
  }
  return std::memcmp(&after.samples8[at], &before.samples8[at], samples) == 0;
}

FrameRect ChangedRect(const Raster& before, const Raster& after) {
  int top = 0, bottom = after.height;
  while (top < bottom && SamePixels(before, after, 0, top, after.width)) ++top;
  if (top == bottom) return {0, 0, 1, 1};
  while (SamePixels(before, after, 0, bottom - 1, after.width)) --bottom;
  int left = after.width, right = 0;
  for (int y = top; y < bottom; ++y) {
    for (int x = 0; x < left; ++x) {
      if (!SamePixels(before, after, x, y, 1)) left = x;
    }
    for (int x = after.width; x > right; --x) {
      if (!SamePixels(before, after, x - 1, y, 1)) right = x;
    }
  }
  return {left, top, right - left, bottom - top};
}

class AnimationReader : public ClipReader {
 public:
  explicit AnimationReader(std::unique_ptr<AnimationFamily> family)
      : family_(std::move(family)),
        canvas_(family_->animation().width, family_->animation().height, family_->channels()) {
    const Animation& animation = family_->animation();
    ClipTrack track;
    track.width = animation.width;
    track.height = animation.height;
    track.orientation = animation.orientation;
    track.frames = static_cast<int64_t>(animation.frames.size());
    for (const FrameSpec& frame : animation.frames) track.seconds += frame.seconds();
    track.frames_a_second = static_cast<double>(track.frames) / track.seconds;
    track.codec = family_->name();
    info_.container = family_->name();
    info_.tracks = {track};
  }

  const ClipInfo& info() const override { return info_; }

  absl::StatusOr<Item> Next() override {
    const std::vector<FrameSpec>& frames = family_->animation().frames;
    if (next_ == frames.size()) return Item(std::monostate());
    const FrameSpec& spec = frames[next_];
    bool decoded = false;
    if (!spec.damaged) {
      Raster samples(spec.rect.width, spec.rect.height, canvas_.pixels().channels);
      decoded = family_->Decode(spec, samples);
      canvas_.Draw(spec, decoded ? &samples : nullptr);
    } else {
      canvas_.Draw(spec, nullptr);
    }
    auto frame = std::make_unique<AnimationFrame>(canvas_.pixels(), spec, family_->Colors(spec));
    frame->index = static_cast<int64_t>(next_++);
    frame->seconds = seconds_;
    frame->duration = spec.seconds();
    seconds_ += spec.seconds();
    if (!decoded) {
      frame->damaged = true;
      ++damaged_;
      RETURN_IF_ERROR(frame->Blank());
    }
    return Item(std::unique_ptr<ClipFrame>(std::move(frame)));
  }

  std::vector<std::string> warnings() const override {
    std::vector<std::string> all = family_->animation().warnings;
    if (damaged_ > 0) {
      all.push_back(absl::StrCat(damaged_, damaged_ == 1 ? " frame is" : " frames are",
                                 " damaged and became plain grey"));
    }
    return all;
  }

  absl::StatusOr<std::unique_ptr<ClipWriter>> NewWriter(int fd,
                                                        const ClipWriteOptions& options) override {
    return family_->NewWriter(fd, options);
  }

 private:
  std::unique_ptr<AnimationFamily> family_;
  ClipInfo info_;
  Canvas canvas_;
  size_t next_ = 0;
  double seconds_ = 0;
  int64_t damaged_ = 0;
};

}  // namespace

void AddRemoved(std::string_view what, uint64_t bytes, std::vector<Removed>& removed) {
  if (bytes == 0) return;
  const auto found = std::find_if(removed.begin(), removed.end(),
                                  [&](const Removed& each) { return each.what == what; });
  if (found == removed.end()) {
    removed.push_back({std::string(what), static_cast<int64_t>(bytes)});
  } else {
    found->bytes += static_cast<int64_t>(bytes);
  }
}

absl::Status CheckCanvas(int64_t width, int64_t height, const ClipLimits& limits) {
  if (width <= 0 || height <= 0) {
    return absl::InvalidArgumentError("the animation says that it has no pixels");
  }
  if (width > limits.max_side || height > limits.max_side || width * height > limits.max_pixels) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the animation is ", width, " x ", height, " pixels, more than the limit of ",
                     limits.max_side, " a side and ", limits.max_pixels, " in all"));
  }
  return absl::OkStatus();
}

absl::StatusOr<Bytes> ReadDescriptor(int fd, int64_t max_bytes) {
  struct stat status {};
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
    return absl::FailedPreconditionError("it is not a regular file");
  }
  if (status.st_size > max_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat("the animation takes ", status.st_size,
                                                     " bytes, more than the limit of ", max_bytes));
  }
  Bytes bytes(static_cast<size_t>(status.st_size));
  size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t count = pread(fd, bytes.data() + at, bytes.size() - at, static_cast<off_t>(at));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return absl::UnavailableError("the file can't be read");
    if (count == 0) break;  // made shorter meanwhile
    at += static_cast<size_t>(count);
  }
  bytes.resize(at);
  return bytes;
}

void Canvas::Draw(const FrameSpec& frame, const Raster* samples) {
  if (disposal_ == Disposal::kClear) FillRect(last_, true, pixels_);
  if (disposal_ == Disposal::kRestore) Paste(before_, last_, pixels_);
  before_ = Raster();
  const FrameRect cleared = disposal_ == Disposal::kClear ? last_ : FrameRect{};
  const auto is_all = [&](const FrameRect& rect) {
    return rect.width == pixels_.width && rect.height == pixels_.height;
  };
  const bool empty = first_ || (cleared.width > 0 && (is_all(cleared) || alone_));
  first_ = false;
  last_ = Clip(frame.rect, pixels_.width, pixels_.height);
  disposal_ = frame.disposal;
  if (last_.width == 0 || last_.height == 0) disposal_ = Disposal::kKeep;
  if (disposal_ == Disposal::kRestore) before_ = Cut(pixels_, last_);
  alone_ = empty || (is_all(last_) && frame.blend == Blend::kReplace);
  if (samples == nullptr) {
    FillRect(last_, false, pixels_);
    return;
  }
  const size_t channels = pixels_.channels.size();
  WithSamples(pixels_, [&](auto* target, auto full) {
    using Sample = std::remove_pointer_t<decltype(target)>;
    for (int y = 0; y < last_.height; ++y) {
      const Sample* from = SamplesOf<Sample>(*samples) +
                           Offset(*samples, last_.x - frame.rect.x, last_.y - frame.rect.y + y);
      Sample* to = target + Offset(pixels_, last_.x, last_.y + y);
      for (int x = 0; x < last_.width; ++x, from += channels, to += channels) {
        if (frame.blend == Blend::kReplace) {
          std::copy_n(from, channels, to);
        } else if (frame.blend == Blend::kOver) {
          DrawOver<Sample>(from, channels, full, to);
        } else if constexpr (sizeof(Sample) == 1) {
          const int at_x = last_.x + x - cleared.x, at_y = last_.y + y - cleared.y;
          const bool fresh =
              empty || (at_x >= 0 && at_x < cleared.width && at_y >= 0 && at_y < cleared.height);
          if (fresh) {
            std::copy_n(from, channels, to);
          } else {
            DrawOverWebp(from, to);
          }
        }
        if (to[channels - 1] == 0) std::fill_n(to, channels, Sample{0});
      }
    }
  });
}

AnimationFrame::AnimationFrame(Raster samples, const FrameSpec& spec,
                               std::shared_ptr<const std::vector<PaletteEntry>> colors)
    : pixels_(std::move(samples)),
      disposal_(spec.disposal),
      delay_(spec.delay),
      delay_units_(spec.delay_units),
      lossy_(spec.lossy),
      transparent_(spec.transparent),
      colors_(std::move(colors)) {}

void AnimationFrame::Row(int y, uint8_t* rgb) const {
  const size_t channels = pixels_.channels.size();
  const size_t color_step = channels == 4 ? 1 : 0;  // grey is all three
  const auto convert = [&](const auto* row, int shift) {
    for (int x = 0; x < pixels_.width; ++x, row += channels) {
      for (size_t c = 0; c < 3; ++c) {
        *rgb++ = row[channels - 1] == 0 ? uint8_t{128}
                                        : static_cast<uint8_t>(row[c * color_step] >> shift);
      }
    }
  };
  if (pixels_.wide()) {
    convert(pixels_.samples16.data() + Offset(pixels_, 0, y), 8);
  } else {
    convert(pixels_.row8(y), 0);
  }
}

RgbPicture AnimationFrame::Rgb(const FramePart& part, int width, int height) const {
  RgbPicture picture;
  picture.width = width;
  picture.height = height;
  picture.samples = ScalePart([this](int y, uint8_t* rgb) { Row(y, rgb); }, pixels_.width,
                              pixels_.height, 3, part, width, height);
  return picture;
}

GreyPicture AnimationFrame::Grey(int width, int height) const {
  std::vector<uint8_t> rgb(static_cast<size_t>(pixels_.width) * 3);
  const auto row = [&](int y, uint8_t* grey) {
    Row(y, rgb.data());
    for (size_t x = 0; x < static_cast<size_t>(pixels_.width); ++x) {  // BT.601
      grey[x] = static_cast<uint8_t>(
          (299 * rgb[3 * x] + 587 * rgb[3 * x + 1] + 114 * rgb[3 * x + 2] + 500) / 1000);
    }
  };
  GreyPicture picture;
  picture.width = width;
  picture.height = height;
  const FramePart all = {0, 0, double(pixels_.width), double(pixels_.height)};
  picture.samples = ScalePart(row, pixels_.width, pixels_.height, 1, all, width, height);
  return picture;
}

absl::Status AnimationFrame::Hide(const Hider& hider) {
  efface::Hide(hider, pixels_);
  const size_t channels = pixels_.channels.size();
  for (const Patch& patch : hider.Patches({.width = pixels_.width, .height = pixels_.height})) {
    hidden_.resize(static_cast<size_t>(pixels_.width) * static_cast<size_t>(pixels_.height));
    for (int y = 0; y < patch.height; ++y) {
      for (int x = 0; x < patch.width; ++x) {
        if (patch.hidden[static_cast<size_t>(y) * static_cast<size_t>(patch.width) +
                         static_cast<size_t>(x)] == 0) {
          continue;
        }
        const size_t at = Offset(pixels_, patch.x + x, patch.y + y);
        hidden_[at / channels] = 1;
        WithSamples(pixels_, [&](auto* samples, auto) {
          if (samples[at + channels - 1] == 0) std::fill_n(samples + at, channels, 0);
        });
      }
    }
  }
  return absl::OkStatus();
}

absl::Status AnimationFrame::Blank() {
  FillRect({0, 0, pixels_.width, pixels_.height}, false, pixels_);
  hidden_.assign(static_cast<size_t>(pixels_.width) * static_cast<size_t>(pixels_.height), 1);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ClipReader>> NewAnimationReader(
    std::unique_ptr<AnimationFamily> family, const ClipLimits& limits) {
  const Animation& animation = family->animation();
  RETURN_IF_ERROR(CheckCanvas(animation.width, animation.height, limits));
  if (animation.frames.empty()) {
    return absl::DataLossError("the animation is damaged or cut off before its first frame");
  }
  return std::make_unique<AnimationReader>(std::move(family));
}

absl::Status AnimationWriter::Write(std::unique_ptr<ClipFrame> frame) {
  auto* ours = dynamic_cast<AnimationFrame*>(frame.get());
  if (ours == nullptr) return absl::InternalError("a frame is not one of an animation");
  frame.release();
  return WriteFrame(std::unique_ptr<AnimationFrame>(ours));
}

absl::Status AnimationWriter::Write(std::unique_ptr<SoundPacket>) {
  return absl::InternalError("an animation has no sound");
}

absl::Status DescriptorWriter::Append(ByteView bytes) {
  RETURN_IF_ERROR(Overwrite(size_, bytes));
  size_ += static_cast<int64_t>(bytes.size());
  return absl::OkStatus();
}

absl::Status DescriptorWriter::Overwrite(int64_t offset, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = pwrite(fd_, bytes.data(), bytes.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      return absl::UnavailableError(
          absl::StrCat("the output can't be written: ", std::strerror(count < 0 ? errno : ENOSPC)));
    }
    offset += count;
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

Change MakeChange(const Raster* before, const Raster& after, bool may_blend, bool even) {
  Change change;
  if (before == nullptr) {
    change.rect = {0, 0, after.width, after.height};
    change.samples = after;
    return change;
  }
  FrameRect rect = ChangedRect(*before, after);
  if (even) {
    rect.width += rect.x % 2;
    rect.height += rect.y % 2;
    rect.x -= rect.x % 2;
    rect.y -= rect.y % 2;
  }
  change.rect = rect;
  change.samples = Cut(after, rect);
  if (!may_blend) return change;

  const size_t channels = after.channels.size();
  const auto each = [&](const auto& function) {
    WithSamples(change.samples, [&](auto* samples, auto full) {
      for (int y = 0; y < rect.height; ++y) {
        for (int x = 0; x < rect.width; ++x, samples += channels) {
          function(samples, full, SamePixels(*before, after, rect.x + x, rect.y + y, 1));
        }
      }
    });
  };
  int64_t kept = 0;
  bool opaque = true;
  each([&](auto* pixel, auto full, bool same) {
    kept += same;
    opaque = opaque && (same || pixel[channels - 1] == full);
  });
  if (!opaque || 2 * kept < int64_t{rect.width} * rect.height) return change;
  change.blend = Blend::kOver;
  each([&](auto* pixel, auto, bool same) {
    if (same) std::fill_n(pixel, channels, 0);
  });
  return change;
}

}  // namespace efface
