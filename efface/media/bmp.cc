// BMP (DIB headers of OS/2 1 and 2, Windows 3, 4 and 5), read and written here, since no small
// library does. Samples: 1, 2, 4 and 8 bits with a palette, packed or in run lengths; 16, 24 and 32
// bits by masks. The written file has the same depth, masks, palette, row order, resolution and
// colour space; run lengths are written out, and old headers as BITMAPINFOHEADER, or BITMAPV5HEADER
// where there is alpha or a colour space. The fourth byte of 32 bits without an alpha mask, and
// bits outside all masks, are written as 0; a linked profile, which names a file, is dropped.
// Layout: Microsoft, "Bitmap Storage" and [MS-WMF] 2.2.2.
#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "efface/media/icc.h"
#include "efface/media/raster.h"
#include "efface/media/still.h"
#include "efface/media/unseen.h"

namespace efface {
namespace {

constexpr char kDamaged[] = "the BMP file is damaged or cut short";

enum Compression : uint32_t { kRgb = 0, kRle8 = 1, kRle4 = 2, kBitFields = 3, kAlphaBitFields = 6 };

constexpr uint32_t kCore = 12, kInfo = 40, kOs2 = 64, kV4 = 108, kV5 = 124;
constexpr uint32_t kFileHeader = 14;

// bV5CSType values, as the numbers that the four letters make.
constexpr uint32_t kCalibrated = 0, kSrgb = 0x73524742, kEmbedded = 0x4D424544;

struct Mask {
  uint32_t bits = 0;
  int shift() const { return std::countr_zero(bits); }
  int width() const { return std::popcount(bits); }
  bool contiguous() const {
    return bits != 0 && std::has_single_bit((uint64_t{bits} >> shift()) + 1);
  }
};

struct Header {
  uint32_t size = 0;  // of the DIB header
  int width = 0, height = 0;
  bool top_down = false;
  int depth = 0;  // bits a pixel
  uint32_t compression = kRgb;
  uint32_t x_per_metre = 0, y_per_metre = 0;
  std::vector<PaletteEntry> palette;
  std::vector<Mask> masks;  // red, green, blue, and alpha where there is one
  uint32_t color_space = kSrgb;
  Bytes calibration;  // end points and gamma, 48 bytes, where the colour space is calibrated
  uint32_t intent = 0;
  Bytes icc;
  size_t pixels = 0;  // offset in the file

  bool indexed() const { return depth <= 8; }
  bool rle() const { return compression == kRle4 || compression == kRle8; }
  bool bgr() const { return compression == kRgb && depth == 24; }
  size_t row_bytes() const {  // padded to four
    return (static_cast<size_t>(width) * static_cast<size_t>(depth) + 31) / 32 * 4;
  }
  std::vector<ChannelInfo> Channels() const {
    if (indexed()) return {{Channel::kGrey, depth}};
    constexpr std::array<Channel, 4> kOrder = {Channel::kRed, Channel::kGreen, Channel::kBlue,
                                               Channel::kAlpha};
    std::vector<ChannelInfo> channels;
    for (const Mask& mask : masks) channels.push_back({kOrder[channels.size()], mask.width()});
    return channels;
  }
};

// Reads little-endian fields; past the end they are 0, and ok turns false.
class Fields {
 public:
  explicit Fields(ByteView file) : file_(file) {}
  uint32_t Get(size_t offset, int size) {
    const auto value = ReadUint(file_, offset, size, Endian::kLittle);
    if (!value) ok_ = false;
    return static_cast<uint32_t>(value.value_or(0));
  }
  bool ok() const { return ok_; }

 private:
  ByteView file_;
  bool ok_ = true;
};

absl::Status ReadMasks(Fields& fields, Header& header) {
  if (header.compression == kRgb) {
    if (header.depth == 16) header.masks = {{0x7C00}, {0x03E0}, {0x001F}};
    if (header.depth >= 24) header.masks = {{0xFF0000}, {0x00FF00}, {0x0000FF}};
    return absl::OkStatus();
  }
  const bool alpha = header.compression == kAlphaBitFields || header.size >= 56;
  for (size_t i = 0; i < (alpha ? 4 : 3); ++i) {
    const Mask mask{fields.Get(kFileHeader + kInfo + 4 * i, 4)};
    if (i == 3 && mask.bits == 0) break;
    uint32_t others = 0;
    for (const Mask& other : header.masks) others |= other.bits;
    if (!mask.contiguous() || (mask.bits & others) != 0 || mask.width() > 16 ||
        (header.depth == 16 && mask.bits > 0xFFFF)) {
      return absl::InvalidArgumentError("the BMP file has colour masks that cannot be");
    }
    header.masks.push_back(mask);
  }
  return absl::OkStatus();
}

absl::Status ReadColorSpace(ByteView file, Fields& fields, Header& header) {
  if (header.size < kV4) return absl::OkStatus();
  header.color_space = fields.Get(kFileHeader + 56, 4);
  const auto calibration = Slice(file, kFileHeader + 60, 48);
  if (!calibration) return absl::DataLossError(kDamaged);
  if (header.size >= kV5) header.intent = fields.Get(kFileHeader + 108, 4);
  if (header.color_space == kCalibrated) {
    header.calibration.assign(calibration->begin(), calibration->end());
  } else if (header.color_space == kEmbedded && header.size >= kV5) {
    const size_t offset = size_t{kFileHeader} + fields.Get(kFileHeader + 112, 4);
    const auto icc = Slice(file, offset, fields.Get(kFileHeader + 116, 4)).value_or(ByteView());
    header.icc.assign(icc.begin(), icc.end());
  }
  if (header.color_space != kCalibrated && header.icc.empty()) header.color_space = kSrgb;
  return absl::OkStatus();
}

absl::Status ReadPalette(ByteView file, Fields& fields, uint32_t used, Header& header) {
  const size_t entry = header.size == kCore ? 3 : 4;
  const size_t start = size_t{kFileHeader} + header.size;
  size_t count = size_t{1} << header.depth;
  if (used != 0) count = std::min<size_t>(count, used);
  if (header.pixels > start) count = std::min(count, (header.pixels - start) / entry);
  if (count == 0 || !Slice(file, start, count * entry)) return absl::DataLossError(kDamaged);
  for (size_t i = 0; i < count; ++i) {
    const size_t at = start + i * entry;
    header.palette.push_back({static_cast<uint8_t>(fields.Get(at + 2, 1)),
                              static_cast<uint8_t>(fields.Get(at + 1, 1)),
                              static_cast<uint8_t>(fields.Get(at, 1))});
  }
  return absl::OkStatus();
}

absl::Status CheckCoding(const Header& header) {
  bool fits = false;
  switch (header.compression) {
    case kRgb:
      fits = header.depth == 1 || header.depth == 2 || header.depth == 4 || header.depth == 8 ||
             header.depth == 16 || header.depth == 24 || header.depth == 32;
      break;
    case kRle8:
      fits = header.depth == 8;
      break;
    case kRle4:
      fits = header.depth == 4;
      break;
    case kBitFields:
    case kAlphaBitFields:
      // In OS/2 headers these numbers mean other codings.
      fits = header.size != kOs2 && (header.depth == 16 || header.depth == 32);
      break;
    case 4:
    case 5:
      return absl::UnimplementedError(
          "BMP files that hold a JPEG or PNG are not supported: convert them to PNG first");
    default:
      break;
  }
  if (fits) return absl::OkStatus();
  return absl::UnimplementedError(absl::StrCat("BMP files with ", header.depth,
                                               " bits a pixel in compression ", header.compression,
                                               " are not supported: convert them to PNG first"));
}

absl::StatusOr<Header> ReadHeader(ByteView file, const StillLimits& limits) {
  Fields fields(file);
  Header header;
  header.size = fields.Get(14, 4);
  header.pixels = fields.Get(10, 4);
  uint32_t used = 0;
  int64_t height = 0;
  int64_t width = 0;
  if (header.size == kCore) {
    width = fields.Get(18, 2);
    height = fields.Get(20, 2);
    header.depth = static_cast<int>(fields.Get(24, 2));
  } else if (header.size == kInfo || header.size == 52 || header.size == 56 ||
             header.size == kOs2 || header.size == kV4 || header.size == kV5) {
    width = static_cast<int32_t>(fields.Get(18, 4));
    height = static_cast<int32_t>(fields.Get(22, 4));
    header.depth = static_cast<int>(fields.Get(28, 2));
    header.compression = fields.Get(30, 4);
    header.x_per_metre = fields.Get(38, 4);
    header.y_per_metre = fields.Get(42, 4);
    used = fields.Get(46, 4);
  } else {
    return absl::UnimplementedError("BMP files with this old header are not supported");
  }
  if (!fields.ok()) return absl::DataLossError(kDamaged);
  header.top_down = height < 0;
  height = std::abs(height);
  RETURN_IF_ERROR(CheckSize(width, height, limits.max_pixels, limits));
  header.width = static_cast<int>(width);
  header.height = static_cast<int>(height);
  RETURN_IF_ERROR(CheckCoding(header));
  if (header.indexed()) {
    RETURN_IF_ERROR(ReadPalette(file, fields, used, header));
  } else {
    RETURN_IF_ERROR(ReadMasks(fields, header));
  }
  RETURN_IF_ERROR(ReadColorSpace(file, fields, header));
  if (!fields.ok() || header.pixels > file.size()) return absl::DataLossError(kDamaged);
  // Files this short have lost pixels; checked here, so that no memory is taken for them.
  if (!header.rle() &&
      (file.size() - header.pixels) / header.row_bytes() < static_cast<size_t>(header.height)) {
    return absl::DataLossError(kDamaged);
  }
  return header;
}

// Row `y` of the file, counted in file order, is this row of the picture.
int PictureRow(const Header& header, int y) { return header.top_down ? y : header.height - 1 - y; }

// Decodes run lengths ([MS-WMF] 3.1.6). Pixels that are skipped have index 0.
absl::Status ReadRle(ByteView data, const Header& header, Raster& raster) {
  const bool nibbles = header.compression == kRle4;
  size_t at = 0;
  int x = 0, y = 0;
  const auto put = [&](uint8_t index) {
    if (x < header.width && y < header.height) raster.row8(PictureRow(header, y))[x] = index;
    if (x < header.width) ++x;
  };
  while (y < header.height) {
    if (data.size() - at < 2) return absl::DataLossError(kDamaged);
    const int count = data[at];
    const uint8_t value = data[at + 1];
    at += 2;
    if (count > 0) {
      for (int i = 0; i < count; ++i) {
        put(nibbles ? static_cast<uint8_t>(i % 2 == 0 ? value >> 4 : value & 15) : value);
      }
    } else if (value == 0) {
      x = 0;
      ++y;
    } else if (value == 1) {
      return absl::OkStatus();
    } else if (value == 2) {
      if (data.size() - at < 2) return absl::DataLossError(kDamaged);
      x = std::min(x + data[at], header.width);
      y += data[at + 1];
      at += 2;
    } else {
      const size_t bytes = nibbles ? (size_t{value} + 1) / 2 : size_t{value};
      const auto run = Slice(data, at, bytes);
      if (!run) return absl::DataLossError(kDamaged);
      for (size_t i = 0; i < value; ++i) {
        put(!nibbles ? (*run)[i]
                     : static_cast<uint8_t>(i % 2 == 0 ? (*run)[i / 2] >> 4 : (*run)[i / 2] & 15));
      }
      at = std::min(at + (bytes + 1) / 2 * 2, data.size());
    }
  }
  return absl::OkStatus();
}

void UnpackPixels(const Header& header, const uint8_t* in, size_t row, Raster& raster) {
  const auto width = static_cast<size_t>(header.width);
  const int y = static_cast<int>(row);
  if (header.indexed()) return UnpackRow(in, header.depth, width, raster.row8(y));
  if (header.bgr()) {
    uint8_t* out = raster.row8(y);
    for (size_t x = 0; x < width; ++x, in += 3, out += 3) {
      out[0] = in[2];
      out[1] = in[1];
      out[2] = in[0];
    }
    return;
  }
  const auto bytes = static_cast<size_t>(header.depth / 8);
  const size_t channels = header.masks.size();
  for (size_t x = 0; x < width; ++x, in += bytes) {
    uint32_t pixel = 0;
    for (size_t i = 0; i < bytes; ++i) pixel |= uint32_t{in[i]} << (8 * i);
    for (size_t c = 0; c < channels; ++c) {
      const uint32_t sample = (pixel & header.masks[c].bits) >> header.masks[c].shift();
      if (raster.wide()) {
        raster.row16(y)[x * channels + c] = static_cast<uint16_t>(sample);
      } else {
        raster.row8(y)[x * channels + c] = static_cast<uint8_t>(sample);
      }
    }
  }
}

void PackPixels(const Header& header, Raster& raster, int y, uint8_t* out) {
  const auto width = static_cast<size_t>(header.width);
  if (header.indexed()) return PackRow(raster.row8(y), header.depth, width, out);
  if (header.bgr()) {
    const uint8_t* in = raster.row8(y);
    for (size_t x = 0; x < width; ++x, in += 3, out += 3) {
      out[0] = in[2];
      out[1] = in[1];
      out[2] = in[0];
    }
    return;
  }
  const auto bytes = static_cast<size_t>(header.depth / 8);
  const size_t channels = header.masks.size();
  for (size_t x = 0; x < width; ++x, out += bytes) {
    uint32_t pixel = 0;
    for (size_t c = 0; c < channels; ++c) {
      const uint32_t sample =
          raster.wide() ? raster.row16(y)[x * channels + c] : raster.row8(y)[x * channels + c];
      pixel |= sample << header.masks[c].shift();
    }
    for (size_t i = 0; i < bytes; ++i) out[i] = static_cast<uint8_t>(pixel >> (8 * i));
  }
}

Bytes WriteFile(const Header& header, Raster& raster) {
  const bool alpha = header.masks.size() == 4;
  const bool fields = header.compression == kBitFields || header.compression == kAlphaBitFields;
  const uint32_t size = alpha || header.size >= kV4 ? kV5 : kInfo;
  const size_t palette_at = kFileHeader + size + (size == kInfo && fields ? 12 : 0);
  const size_t pixels_at = palette_at + 4 * header.palette.size();
  const size_t pixel_bytes = header.row_bytes() * static_cast<size_t>(header.height);
  Bytes file;
  file.reserve(pixels_at + pixel_bytes + header.icc.size());
  const auto put = [&file](uint64_t value, int bytes) {
    AppendUint(file, value, bytes, Endian::kLittle);
  };
  Append(file, AsBytes("BM"));
  put(pixels_at + pixel_bytes + header.icc.size(), 4);
  put(0, 4);
  put(pixels_at, 4);
  put(size, 4);
  put(static_cast<uint32_t>(header.width), 4);
  put(static_cast<uint32_t>(header.top_down ? -header.height : header.height), 4);
  put(1, 2);
  put(static_cast<uint32_t>(header.depth), 2);
  put(fields ? kBitFields : kRgb, 4);
  put(pixel_bytes, 4);
  put(header.x_per_metre, 4);
  put(header.y_per_metre, 4);
  put(header.palette.size(), 4);
  put(0, 4);
  if (size == kV5 || fields) {
    for (size_t i = 0; i < (size == kV5 ? 4 : 3); ++i) {
      put(fields && i < header.masks.size() ? header.masks[i].bits : 0, 4);
    }
  }
  if (size == kV5) {
    put(header.color_space, 4);
    Append(file, header.calibration);
    file.resize(kFileHeader + kV4);
    put(header.intent, 4);
    put(header.icc.empty() ? 0 : pixels_at + pixel_bytes - kFileHeader, 4);
    put(header.icc.size(), 4);
    put(0, 4);
  }
  for (const PaletteEntry& entry : raster.palette) {
    put(entry.blue, 1);
    put(entry.green, 1);
    put(entry.red, 1);
    put(0, 1);
  }
  file.resize(pixels_at + pixel_bytes);
  for (int y = 0; y < header.height; ++y) {
    PackPixels(header, raster, PictureRow(header, y),
               file.data() + pixels_at + static_cast<size_t>(y) * header.row_bytes());
  }
  Append(file, header.icc);
  return file;
}

class BmpStill : public Still {
 public:
  BmpStill(ByteView file, Header header)
      : file_(file), header_(std::move(header)), pages_({{header_.width, header_.height, 1}}) {}

  const std::vector<PageInfo>& pages() const override { return pages_; }

  int64_t memory() const override {
    return PageMemory(header_.width, header_.height, header_.Channels(),
                      static_cast<int64_t>(header_.row_bytes()) * header_.height);
  }

  absl::StatusOr<RgbPicture> Rgb(int) override {
    ASSIGN_OR_RETURN(const Raster raster, Read());
    return ToRgb(raster);
  }

  absl::StatusOr<WrittenStill> Write(std::span<const Hider* const> hiders,
                                     const WriteOptions& options) override {
    ASSIGN_OR_RETURN(Raster raster, Read());
    if (hiders[0] != nullptr) Hide(*hiders[0], raster);
    // Colours where alpha is 0 stay: many programs show them.
    if (!raster.palette.empty()) ClearUnseen(raster);
    WrittenStill written;
    Header header = header_;
    header.icc = KeptIcc(header_.icc, options.keep, written.kept, written.warnings);
    if (header.color_space == kEmbedded && header.icc.empty()) header.color_space = kSrgb;
    if (!options.keep.resolution) header.x_per_metre = header.y_per_metre = 0;
    written.kept.resolution = header.x_per_metre != 0 && header.y_per_metre != 0;
    written.file = WriteFile(header, raster);
    return written;
  }

 private:
  absl::StatusOr<Raster> Read() const {
    Raster raster(header_.width, header_.height, header_.Channels());
    raster.palette = header_.palette;
    const ByteView data = file_.subspan(header_.pixels);
    if (header_.rle()) {
      RETURN_IF_ERROR(ReadRle(data, header_, raster));
      return raster;
    }
    for (int y = 0; y < header_.height; ++y) {
      UnpackPixels(header_, data.data() + static_cast<size_t>(y) * header_.row_bytes(),
                   static_cast<size_t>(PictureRow(header_, y)), raster);
    }
    return raster;
  }

  ByteView file_;
  Header header_;
  std::vector<PageInfo> pages_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Still>> OpenBmp(ByteView file, const StillLimits& limits) {
  ASSIGN_OR_RETURN(Header header, ReadHeader(file, limits));
  return std::make_unique<BmpStill>(file, std::move(header));
}

}  // namespace efface
