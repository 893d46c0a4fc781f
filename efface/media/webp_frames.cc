#include "efface/media/webp_frames.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/exif.h"
#include "base/status.h"

namespace efface {
namespace {

constexpr size_t kRiffHeader = 12;
constexpr size_t kChunkHeader = 8;
constexpr size_t kFrameHeader = 16;

uint32_t Little(ByteView bytes, size_t at, int size) {
  return static_cast<uint32_t>(ReadUint(bytes, at, size, Endian::kLittle).value_or(0));
}

class Walker {
 public:
  explicit Walker(ByteView file) : file_(file) {}

  absl::StatusOr<WebpFile> Walk() {
    if (!HasText(file_, 0, "RIFF") || !HasText(file_, 8, "WEBP") || !HasText(file_, 12, "VP8X") ||
        file_.size() < 30 || (file_[20] & 2) == 0) {
      return absl::InvalidArgumentError("it is not an animated WebP file");
    }
    animation_.width = static_cast<int>(Little(file_, 24, 3)) + 1;
    animation_.height = static_cast<int>(Little(file_, 27, 3)) + 1;
    const uint64_t announced = kChunkHeader + uint64_t{Little(file_, 4, 4)};
    const size_t end = std::min<uint64_t>(file_.size(), announced);
    bool cut_off = announced > file_.size();
    const ByteView riff = file_.first(end);
    size_t at = kRiffHeader;
    while (at < end) {
      const auto length = ReadUint(riff, at + 4, 4, Endian::kLittle);
      const auto data =
          length ? Slice(riff, at + kChunkHeader, static_cast<size_t>(*length)) : std::nullopt;
      if (!data) {
        cut_off = true;
        if (HasText(riff, at, "ANMF")) {
          RETURN_IF_ERROR(Frame(riff.subspan(std::min(at + kChunkHeader, end)), false));
          at = end;
        }
        break;
      }
      const size_t bytes = std::min(kChunkHeader + data->size() + data->size() % 2, end - at);
      if (HasText(riff, at, "ANMF")) {
        RETURN_IF_ERROR(Frame(*data, true));
      } else {
        Other(riff.subspan(at, 4), *data, bytes);
      }
      at += bytes;
    }
    if (cut_off) {
      animation_.warnings.push_back(absl::StrCat("the WebP file is damaged or cut off after ",
                                                 animation_.frames.size(), " frames"));
    }
    AddRemoved("trailing-bytes", file_.size() - at, animation_.removed);
    return std::move(webp_);
  }

 private:
  absl::Status Frame(ByteView data, bool whole) {
    if (data.size() < kFrameHeader) {
      if (whole || animation_.frames.empty())
        AddRemoved("stray-bytes", data.size(), animation_.removed);
      return absl::OkStatus();
    }
    if (animation_.frames.size() == kMaxAnimationFrames) {
      return absl::ResourceExhaustedError(
          absl::StrCat("the animation has more frames than the limit of ", kMaxAnimationFrames));
    }
    FrameSpec frame;
    const int64_t x = int64_t{2} * Little(data, 0, 3), y = int64_t{2} * Little(data, 3, 3);
    const int64_t width = int64_t{Little(data, 6, 3)} + 1, height = int64_t{Little(data, 9, 3)} + 1;
    frame.rect = {0, 0, animation_.width, animation_.height};
    if (x + width <= animation_.width && y + height <= animation_.height) {
      frame.rect = {static_cast<int>(x), static_cast<int>(y), static_cast<int>(width),
                    static_cast<int>(height)};
    } else {
      frame.damaged = true;
    }
    frame.delay = Little(data, 12, 3);
    frame.delay_units = 1000;
    if ((data[15] & 1) != 0) frame.disposal = Disposal::kClear;
    frame.blend = (data[15] & 2) != 0 ? Blend::kReplace : Blend::kOverWebp;
    if (!whole || !Samples(data, frame)) frame.damaged = true;
    animation_.frames.push_back(frame);
    return absl::OkStatus();
  }

  // Finds the samples among the chunks of a frame.
  bool Samples(ByteView data, FrameSpec& frame) {
    std::optional<size_t> begin, end;
    size_t at = kFrameHeader;
    while (at < data.size()) {
      const auto length = ReadUint(data, at + 4, 4, Endian::kLittle);
      if (!length || !Slice(data, at + kChunkHeader, static_cast<size_t>(*length))) return false;
      const size_t next = std::min<size_t>(at + kChunkHeader + *length + *length % 2, data.size());
      const bool lossy = HasText(data, at, "VP8 ");
      if (end) {
        AddRemoved("unknown-chunk", next - at, animation_.removed);
      } else if (lossy || HasText(data, at, "VP8L")) {
        frame.lossy = lossy;
        if (!begin) begin = at;
        end = next;
      } else if (HasText(data, at, "ALPH") && !begin) {
        begin = at;
      } else {
        AddRemoved("unknown-chunk", next - at, animation_.removed);
      }
      at = next;
    }
    if (!end) return false;
    frame.data = data.subspan(*begin, *end - *begin);
    return true;
  }

  void Other(ByteView type, ByteView data, size_t bytes) {
    const auto is = [&](std::string_view text) { return HasText(type, 0, text); };
    if (is("VP8X") && !header_) {
      header_ = true;
    } else if (is("ANIM") && !animated_ && data.size() >= 6) {
      animated_ = true;
      webp_.background = Little(data, 0, 4);
      webp_.loops = Little(data, 4, 2);
    } else if (is("ICCP") && webp_.icc.empty()) {
      webp_.icc = data;
    } else if (is("EXIF")) {
      // Some writers put JPEG's prefix before it.
      const bool prefix = HasText(data, 0, std::string_view("Exif\0\0", 6));
      animation_.orientation = ReadKeptExif(data.subspan(prefix ? 6 : 0)).orientation;
      AddRemoved("exif", bytes, animation_.removed);
    } else if (is("XMP ")) {
      AddRemoved("xmp", bytes, animation_.removed);
    } else if (is("C2PA")) {
      AddRemoved("jumbf", bytes, animation_.removed);
    } else if (is("VP8 ") || is("VP8L") || is("ALPH")) {
      AddRemoved("second-picture", bytes, animation_.removed);
    } else {
      AddRemoved("unknown-chunk", bytes, animation_.removed);
    }
  }

  ByteView file_;
  WebpFile webp_;
  Animation& animation_ = webp_.animation;
  bool header_ = false, animated_ = false;
};

}  // namespace

absl::StatusOr<WebpFile> ReadWebpFrames(ByteView file) { return Walker(file).Walk(); }

}  // namespace efface
