#include "efface/media/gif_blocks.h"

#include <algorithm>
#include <string_view>

namespace efface {
namespace {

constexpr uint8_t kExtension = 0x21, kImage = 0x2C, kTrailer = 0x3B;
constexpr uint8_t kPlainText = 0x01, kGraphicControl = 0xF9, kComment = 0xFE, kApplication = 0xFF;
constexpr size_t kHeaderSize = 13;
constexpr size_t kDescriptorSize = 10;

// Bytes of the colour table that `packed` announces.
size_t TableSize(uint8_t packed) {
  return (packed & 0x80) != 0 ? size_t{3} << ((packed & 7) + 1) : 0;
}

std::vector<PaletteEntry> Table(ByteView bytes) {
  std::vector<PaletteEntry> colors;
  for (size_t i = 0; i + 2 < bytes.size(); i += 3) {
    colors.push_back({bytes[i], bytes[i + 1], bytes[i + 2]});
  }
  return colors;
}

int Short(ByteView bytes, size_t at) { return bytes[at] | bytes[at + 1] << 8; }

// After the sub-blocks that begin at `at`; nullopt where they are cut off.
std::optional<size_t> SkipSubBlocks(ByteView file, size_t at) {
  while (at < file.size()) {
    const size_t size = file[at];
    at += 1 + size;
    if (size == 0) return at;
  }
  return std::nullopt;
}

// What a graphic control extension says of the next image.
struct Control {
  Disposal disposal = Disposal::kKeep;
  uint32_t delay = 0;
  int transparent = -1;
};

// `payload`: the first sub-block, with its size.
Control ReadControl(ByteView payload) {
  Control control;
  if (payload.size() < 5 || payload[0] < 4) return control;
  const int method = payload[1] >> 2 & 7;
  if (method == 2) control.disposal = Disposal::kClear;
  if (method == 3) control.disposal = Disposal::kRestore;
  control.delay = static_cast<uint32_t>(Short(payload, 2));
  if ((payload[1] & 1) != 0) control.transparent = payload[4];
  return control;
}

// The loop count of a NETSCAPE2.0 or ANIMEXTS1.0 extension.
std::optional<int> ReadLoops(ByteView payload) {
  if (!HasText(payload, 1, "NETSCAPE2.0") && !HasText(payload, 1, "ANIMEXTS1.0")) {
    return std::nullopt;
  }
  if (payload.size() < 16 || payload[0] != 11 || payload[12] != 3 || (payload[13] & 7) != 1) {
    return std::nullopt;
  }
  return Short(payload, 14);
}

std::string_view NameOf(uint8_t label, ByteView payload) {
  switch (label) {
    case kComment:
      return "comment";
    case kPlainText:
      return "text";
    case kApplication:
      return HasText(payload, 1, "XMP DataXMP") ? "xmp" : "application-extension";
    default:
      return "unknown-chunk";
  }
}

class Walker {
 public:
  Walker(ByteView file, const ClipLimits& limits) : file_(file), limits_(limits) {}

  absl::StatusOr<GifFile> Walk() {
    if (file_.size() < kHeaderSize ||
        (!HasText(file_, 0, "GIF87a") && !HasText(file_, 0, "GIF89a"))) {
      return absl::InvalidArgumentError("it is not a GIF file");
    }
    const uint8_t packed = file_[10];
    gif_.color_resolution = (packed >> 4 & 7) + 1;
    gif_.background = file_[11];
    gif_.aspect = file_[12];
    animation_.width = Short(file_, 6);
    animation_.height = Short(file_, 8);
    size_t at = std::min(kHeaderSize + TableSize(packed), file_.size());
    gif_.colors = Table(file_.subspan(kHeaderSize, at - kHeaderSize));
    bool ended = false;
    while (at < file_.size() && !ended) {
      const uint8_t kind = file_[at];
      std::optional<size_t> end;
      if (kind == kTrailer) {
        end = at + 1;
        ended = true;
      } else if (kind == 0) {
        end = at + 1;  // a stray empty sub-block, which decoders forgive
        AddRemoved("stray-bytes", 1, animation_.removed);
      } else if (kind == kExtension && at + 1 < file_.size()) {
        end = SkipSubBlocks(file_, at + 2);
        if (end) Extension(at, *end);
      } else if (kind == kImage) {
        if (animation_.frames.size() == kMaxAnimationFrames) {
          return absl::ResourceExhaustedError(absl::StrCat(
              "the animation has more frames than the limit of ", kMaxAnimationFrames));
        }
        end = Image(at);
        if (!end) at = file_.size();
      }
      if (!end) break;
      at = *end;
    }
    if (!ended) {
      animation_.warnings.push_back("the GIF file is damaged or cut off after " +
                                    absl::StrCat(animation_.frames.size()) + " frames");
    }
    AddRemoved("trailing-bytes", file_.size() - at, animation_.removed);
    return std::move(gif_);
  }

 private:
  void Extension(size_t at, size_t end) {
    const uint8_t label = file_[at + 1];
    const ByteView payload = file_.subspan(at + 2, end - at - 2);
    if (label == kGraphicControl) {
      control_ = ReadControl(payload);
      return;
    }
    if (label == kPlainText) control_ = {};  // it was for the text
    if (label == kApplication) {
      if (const auto loops = ReadLoops(payload)) {
        gif_.loops = loops;
        return;
      }
    }
    AddRemoved(NameOf(label, payload), end - at, animation_.removed);
  }

  // Returns where the image ends; nullopt where it is cut off.
  std::optional<size_t> Image(size_t at) {
    FrameSpec frame;
    const auto image = ReadGifImage(file_.subspan(at));
    std::optional<size_t> end;
    if (image) {
      const size_t data = at + kDescriptorSize + TableSize(file_[at + 9]);
      end = SkipSubBlocks(file_, data + 1);  // after the LZW code size
      if (animation_.frames.empty()) {       // as browsers do
        animation_.width = std::max(animation_.width, image->left + image->width);
        animation_.height = std::max(animation_.height, image->top + image->height);
      }
      frame.rect.x = std::min(image->left, animation_.width);
      frame.rect.y = std::min(image->top, animation_.height);
      frame.rect.width = std::min(image->width, animation_.width - frame.rect.x);
      frame.rect.height = std::min(image->height, animation_.height - frame.rect.y);
      frame.damaged = !end || image->width == 0 || image->height == 0 ||
                      int64_t{image->width} * image->height > limits_.max_pixels ||
                      (image->colors.empty() && gif_.colors.empty());
    } else {
      if (animation_.width == 0 || animation_.height == 0) return std::nullopt;
      frame.damaged = true;
      frame.rect = {0, 0, animation_.width, animation_.height};
    }
    frame.blend = Blend::kOver;
    frame.disposal = control_.disposal;
    frame.delay = control_.delay;
    frame.delay_units = 100;
    frame.transparent = control_.transparent;
    if (end) frame.data = file_.subspan(at, *end - at);
    control_ = {};
    animation_.frames.push_back(frame);
    return end;
  }

  ByteView file_;
  ClipLimits limits_;
  GifFile gif_;
  Animation& animation_ = gif_.animation;
  Control control_;
};

}  // namespace

absl::StatusOr<GifFile> ReadGifBlocks(ByteView file, const ClipLimits& limits) {
  return Walker(file, limits).Walk();
}

std::optional<GifImage> ReadGifImage(ByteView data) {
  if (data.size() < kDescriptorSize) return std::nullopt;
  const size_t table = TableSize(data[9]);
  if (data.size() < kDescriptorSize + table + 1) return std::nullopt;
  GifImage image;
  image.left = Short(data, 1);
  image.top = Short(data, 3);
  image.width = Short(data, 5);
  image.height = Short(data, 7);
  image.interlaced = (data[9] & 0x40) != 0;
  image.colors = Table(data.subspan(kDescriptorSize, table));
  return image;
}

}  // namespace efface
