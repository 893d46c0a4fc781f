#include "efface/media/apng_chunks.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/exif.h"
#include "base/status.h"

namespace efface {
namespace {

constexpr uint32_t kMaxPngInteger = 0x7FFFFFFF;
constexpr size_t kChunkOverhead = 12;

// The CRC of PNG (annex D), of bytes that follow one another.
class Crc {
 public:
  void Add(ByteView bytes) {
    static constexpr std::array<uint32_t, 256> kTable = [] {
      std::array<uint32_t, 256> table{};
      for (uint32_t i = 0; i < 256; ++i) {
        uint32_t value = i;
        for (int k = 0; k < 8; ++k) value = (value & 1) != 0 ? 0xEDB88320 ^ value >> 1 : value >> 1;
        table[i] = value;
      }
      return table;
    }();
    for (const uint8_t byte : bytes) value_ = kTable[(value_ ^ byte) & 0xFF] ^ value_ >> 8;
  }
  uint32_t value() const { return ~value_; }

 private:
  uint32_t value_ = 0xFFFFFFFF;
};

uint32_t U32(ByteView bytes, size_t at) {
  return static_cast<uint32_t>(ReadUint(bytes, at, 4, Endian::kBig).value_or(0));
}

bool AllowedDepth(int color_type, int depth) {
  switch (color_type) {
    case 0:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case 3:
      return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case 2:
    case 4:
    case 6:
      return depth == 8 || depth == 16;
    default:
      return false;
  }
}

// What a chunk that is not written holds; names as for still PNG.
std::string_view NameOf(const PngChunk& chunk) {
  const auto keyword = [&](std::string_view text) {
    return HasText(chunk.data, 0, text) && chunk.data.size() > text.size() &&
           chunk.data[text.size()] == 0;
  };
  if (chunk.type == "tEXt" || chunk.type == "zTXt" || chunk.type == "iTXt") {
    if (keyword("XML:com.adobe.xmp") || keyword("Raw profile type xmp")) return "xmp";
    if (keyword("Raw profile type exif") || keyword("Raw profile type APP1")) return "exif";
    if (keyword("Raw profile type iptc")) return "iptc";
    if (keyword("Raw profile type 8bim")) return "photoshop";
    return "text";
  }
  if (chunk.type == "eXIf") return "exif";
  if (chunk.type == "tIME") return "date";
  if (chunk.type == "caBX") return "jumbf";
  return "unknown-chunk";
}

class Walker {
 public:
  explicit Walker(ByteView file) : file_(file) {}

  absl::StatusOr<ApngFile> Walk() {
    if (!HasText(file_, 0, kPngSignature)) {
      return absl::InvalidArgumentError("it is not a PNG file");
    }
    size_t at = kPngSignature.size();
    bool ended = false;
    while (at < file_.size() && !ended) {
      const auto chunk = ReadPngChunk(file_, at);
      if (!chunk) {
        if (CutOffInFrame(at)) at = file_.size();
        break;
      }
      RETURN_IF_ERROR(Take(*chunk, at));
      at += chunk->whole.size();
      ended = chunk->type == "IEND";
    }
    Close();
    if (!announced_) return absl::InvalidArgumentError("the PNG file is not animated");
    if (!ended || animation_.frames.size() < *announced_) {
      animation_.warnings.push_back(absl::StrCat("the PNG file is damaged or cut off: it has ",
                                                 animation_.frames.size(), " of ", *announced_,
                                                 " frames"));
    }
    if (extra_) {
      animation_.warnings.push_back(
          "the PNG file has more frames than it says: those after the last are dropped");
    }
    AddRemoved("trailing-bytes", file_.size() - at, animation_.removed);
    return std::move(png_);
  }

 private:
  absl::Status Take(const PngChunk& chunk, size_t at) {
    const std::string_view type = chunk.type;
    if (at == kPngSignature.size()) {
      if (type != "IHDR") return absl::DataLossError("the PNG file has no header");
      return Header(chunk);
    }
    if (type == "acTL") return Control(chunk);
    if (type == "fcTL") return Frame(chunk);
    if (type == "IDAT" || type == "fdAT") {
      Data(chunk, at);
      return absl::OkStatus();
    }
    if (type == "IEND") return absl::OkStatus();
    Ancillary(chunk);
    return absl::OkStatus();
  }

  absl::Status Header(const PngChunk& chunk) {
    const ByteView data = chunk.data;
    if (data.size() != 13 || !chunk.intact || U32(data, 0) > kMaxPngInteger ||
        U32(data, 4) > kMaxPngInteger || !AllowedDepth(data[9], data[8]) || data[10] != 0 ||
        data[11] != 0 || data[12] > 1) {
      return absl::DataLossError("the PNG file's header is damaged");
    }
    animation_.width = static_cast<int>(U32(data, 0));
    animation_.height = static_cast<int>(U32(data, 4));
    png_.depth = data[8];
    png_.color_type = data[9];
    png_.interlace = data[12];
    return absl::OkStatus();
  }

  absl::Status Control(const PngChunk& chunk) {
    if (announced_ || picture_) {  // only the first counts, and only before the picture
      AddRemoved("unknown-chunk", chunk.whole.size(), animation_.removed);
      return absl::OkStatus();
    }
    if (chunk.data.size() != 8 || !chunk.intact) {
      return absl::DataLossError("the animated PNG file's frame count is damaged");
    }
    announced_ = U32(chunk.data, 0);
    png_.plays = U32(chunk.data, 4);
    return absl::OkStatus();
  }

  absl::Status Frame(const PngChunk& chunk) {
    Close();
    if (!announced_) {
      AddRemoved("unknown-chunk", chunk.whole.size(), animation_.removed);
      return absl::OkStatus();
    }
    if (animation_.frames.size() == *announced_) {
      extra_ = true;
      AddRemoved("animation", chunk.whole.size(), animation_.removed);
      return absl::OkStatus();
    }
    if (animation_.frames.size() == kMaxAnimationFrames) {
      return absl::ResourceExhaustedError(
          absl::StrCat("the animation has more frames than the limit of ", kMaxAnimationFrames));
    }
    open_ = true;
    FrameSpec frame;
    frame.rect = {0, 0, animation_.width, animation_.height};
    const ByteView data = chunk.data;
    const bool readable = data.size() == 26;
    frame.damaged = !readable || !chunk.intact;
    if (readable) {
      if (!InSequence(data)) frame.damaged = true;
      const uint64_t width = U32(data, 4), height = U32(data, 8);
      const uint64_t x = U32(data, 12), y = U32(data, 16);
      const auto all_width = static_cast<uint64_t>(animation_.width);
      const auto all_height = static_cast<uint64_t>(animation_.height);
      const bool first = !picture_;  // the picture is a frame: the whole canvas
      if (width == 0 || height == 0 || x + width > all_width || y + height > all_height ||
          (first && (width != all_width || height != all_height))) {
        frame.damaged = true;
      } else {
        frame.rect = {static_cast<int>(x), static_cast<int>(y), static_cast<int>(width),
                      static_cast<int>(height)};
      }
      frame.delay = static_cast<uint32_t>(data[20] << 8 | data[21]);
      frame.delay_units = static_cast<uint32_t>(data[22] << 8 | data[23]);
      if (frame.delay_units == 0) frame.delay_units = 100;
      if (data[24] == 1) frame.disposal = Disposal::kClear;
      if (data[24] == 2) frame.disposal = Disposal::kRestore;
      if (data[25] == 1) frame.blend = Blend::kOver;
      if (data[24] > 2 || data[25] > 1) frame.damaged = true;
    }
    animation_.frames.push_back(frame);
    return absl::OkStatus();
  }

  void Data(const PngChunk& chunk, size_t at) {
    const bool picture = chunk.type == "IDAT";
    if (picture) picture_ = true;
    if (!open_) {
      const bool first = picture && animation_.frames.empty();
      AddRemoved(first ? "second-picture" : "animation", chunk.whole.size(), animation_.removed);
      if (!picture && chunk.data.size() >= 4) InSequence(chunk.data);
      return;
    }
    FrameSpec& frame = animation_.frames.back();
    if (!chunk.intact) frame.damaged = true;
    // The picture is the first frame's; any other frame has its own chunks.
    if (data_begin_ == data_end_) {
      data_is_picture_ = picture;
      data_begin_ = at;
      if (picture && animation_.frames.size() > 1) frame.damaged = true;
      if (!picture && !picture_) frame.damaged = true;
    } else if (picture != data_is_picture_) {
      frame.damaged = true;
    }
    if (!picture && (chunk.data.size() < 4 || !InSequence(chunk.data))) frame.damaged = true;
    data_end_ = at + chunk.whole.size();
  }

  // Ends the frame that is open.
  void Close() {
    if (open_) {
      FrameSpec& frame = animation_.frames.back();
      if (data_begin_ == data_end_) frame.damaged = true;
      frame.data = file_.subspan(data_begin_, data_end_ - data_begin_);
    }
    open_ = false;
    data_begin_ = data_end_ = 0;
  }

  // True where the file ends in the samples of a frame.
  bool CutOffInFrame(size_t at) {
    if (!HasText(file_, at + 4, "IDAT") && !HasText(file_, at + 4, "fdAT")) return false;
    if (open_) animation_.frames.back().damaged = true;
    return true;
  }

  // True where the number at the beginning of an fcTL or fdAT is the one expected.
  bool InSequence(ByteView data) {
    const uint32_t number = U32(data, 0);
    const bool expected = number == sequence_;
    sequence_ = number + 1;
    return expected;
  }

  void Ancillary(const PngChunk& chunk) {
    constexpr std::array<std::string_view, 5> kColor = {"iCCP", "sRGB", "gAMA", "cHRM", "pHYs"};
    const bool before = !picture_ && chunk.intact;
    if (before && chunk.type == "PLTE" && png_.palette.empty()) {
      png_.palette = chunk.whole;
    } else if (before && chunk.type == "tRNS" && png_.transparency.empty()) {
      png_.transparency = chunk.whole;
    } else if (before && std::count(kColor.begin(), kColor.end(), chunk.type) > 0 &&
               png_.color.size() < 16) {
      png_.color.push_back(chunk.whole);
    } else if (before && chunk.type == "cICP" && chunk.data.size() == 4) {
      png_.cicp.emplace();
      std::copy_n(chunk.data.begin(), 4, png_.cicp->begin());
    } else {
      if (chunk.type == "eXIf" && chunk.intact) {
        animation_.orientation = ReadKeptExif(chunk.data).orientation;
      }
      AddRemoved(NameOf(chunk), chunk.whole.size(), animation_.removed);
    }
  }

  ByteView file_;
  ApngFile png_;
  Animation& animation_ = png_.animation;
  std::optional<size_t> announced_;  // frames
  bool picture_ = false;             // an IDAT was met
  bool open_ = false;                // the last of the frames takes data
  bool extra_ = false;
  bool data_is_picture_ = false;
  size_t data_begin_ = 0, data_end_ = 0;
  uint32_t sequence_ = 0;
};

}  // namespace

std::optional<PngChunk> ReadPngChunk(ByteView file, size_t at) {
  const auto length = ReadUint(file, at, 4, Endian::kBig);
  if (!length || *length > kMaxPngInteger) return std::nullopt;
  const auto whole = Slice(file, at, static_cast<size_t>(*length) + kChunkOverhead);
  if (!whole) return std::nullopt;
  PngChunk chunk;
  chunk.whole = *whole;
  chunk.type = {reinterpret_cast<const char*>(whole->data()) + 4, 4};
  chunk.data = whole->subspan(8, static_cast<size_t>(*length));
  Crc crc;
  crc.Add(whole->subspan(4, 4 + chunk.data.size()));
  chunk.intact = crc.value() == U32(*whole, whole->size() - 4);
  return chunk;
}

void AppendPngChunk(std::string_view type, ByteView data, Bytes& file) {
  AppendUint(file, data.size(), 4, Endian::kBig);
  const size_t checked = file.size();
  Append(file, AsBytes(type));
  Append(file, data);
  Crc crc;
  crc.Add(ByteView(file).subspan(checked));
  AppendUint(file, crc.value(), 4, Endian::kBig);
}

absl::StatusOr<ApngFile> ReadApngChunks(ByteView file) { return Walker(file).Walk(); }

}  // namespace efface
