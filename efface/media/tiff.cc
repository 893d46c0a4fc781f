// TIFF through libtiff: every page is decoded and written anew, in the same strips or tiles, planar
// layout, depth and colour model, with the same compression where that was lossless. Pages in lossy
// compression (JPEG, WebP) are written with Deflate, so that their decoded samples stay as they
// are; YCbCr, which is read only where it is compressed as JPEG, becomes RGB on the way.
//
// Pages are the directories of the main chain that are not flagged as reduced versions or masks of
// another page. Those, and SubIFDs (thumbnails, pyramids), are dropped. Tags written: what the
// layout needs, Orientation, resolution, ICC profile, and, where dates are kept, DateTime and
// EXIF's DateTimeOriginal.
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/exif.h"
#include "base/status.h"
#include "efface/media/icc.h"
#include "efface/media/raster.h"
#include "efface/media/still.h"
#include "efface/media/unseen.h"

namespace efface {
namespace {

constexpr char kDamaged[] = "the TIFF file is damaged or cut short";

// Files that may pass this are written as BigTIFF.
constexpr int64_t kMaxClassicBytes = int64_t{4} << 30;

// Memory as libtiff wants it: read where `written` is null, else written and read back.
struct Memory {
  ByteView file;
  Bytes* written = nullptr;
  uint64_t at = 0;

  ByteView bytes() const { return written != nullptr ? ByteView(*written) : file; }

  static tmsize_t Read(thandle_t handle, void* out, tmsize_t size) {
    auto* memory = static_cast<Memory*>(handle);
    const ByteView bytes = memory->bytes();
    if (size <= 0 || memory->at >= bytes.size()) return 0;
    const size_t count =
        std::min(static_cast<size_t>(size), bytes.size() - static_cast<size_t>(memory->at));
    std::memcpy(out, bytes.data() + memory->at, count);
    memory->at += count;
    return static_cast<tmsize_t>(count);
  }

  static tmsize_t Write(thandle_t handle, void* data, tmsize_t size) {
    auto* memory = static_cast<Memory*>(handle);
    if (memory->written == nullptr || size < 0) return -1;
    const uint64_t end = memory->at + static_cast<uint64_t>(size);
    try {
      if (end > memory->written->size()) memory->written->resize(static_cast<size_t>(end));
    } catch (const std::exception&) {
      return -1;
    }
    std::memcpy(memory->written->data() + memory->at, data, static_cast<size_t>(size));
    memory->at = end;
    return size;
  }

  static toff_t Seek(thandle_t handle, toff_t offset, int whence) {
    auto* memory = static_cast<Memory*>(handle);
    if (whence == SEEK_CUR) offset += memory->at;
    if (whence == SEEK_END) offset += memory->bytes().size();
    return memory->at = offset;
  }

  static toff_t Size(thandle_t handle) { return static_cast<Memory*>(handle)->bytes().size(); }

  static int Map(thandle_t handle, void** base, toff_t* size) {
    auto* memory = static_cast<Memory*>(handle);
    if (memory->written != nullptr) return 0;
    *base = const_cast<uint8_t*>(memory->file.data());  // libtiff only reads it
    *size = memory->file.size();
    return 1;
  }
};

int Silent(TIFF*, void*, const char*, const char*, va_list) { return 1; }

// A libtiff handle over memory. Errors and warnings are told to nobody but the caller.
class Handle {
 public:
  Handle(Memory memory, const char* mode, int64_t max_memory) : memory_(memory) {
    TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
    if (options == nullptr) return;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, static_cast<tmsize_t>(max_memory));
    TIFFOpenOptionsSetErrorHandlerExtR(options, Silent, nullptr);
    TIFFOpenOptionsSetWarningHandlerExtR(options, Silent, nullptr);
    tiff_ = TIFFClientOpenExt(
        "memory", mode, &memory_, Memory::Read, Memory::Write, Memory::Seek,
        [](thandle_t) { return 0; }, Memory::Size, Memory::Map, [](thandle_t, void*, toff_t) {},
        options);
    TIFFOpenOptionsFree(options);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (tiff_ != nullptr) TIFFClose(tiff_);
  }

  TIFF* get() const { return tiff_; }

 private:
  Memory memory_;
  TIFF* tiff_ = nullptr;
};

// All of a page but its samples.
struct Layout {
  uint64_t offset = 0;  // of its directory
  uint32_t width = 0, height = 0;
  uint16_t bits = 1, samples = 1;
  uint16_t photometric = 0, planar = PLANARCONFIG_CONTIG;
  uint16_t compression = COMPRESSION_NONE, predictor = PREDICTOR_NONE;
  bool tiled = false;
  uint32_t block_width = 0, block_height = 0;  // a tile; or the width and the rows of a strip
  std::vector<uint16_t> extra;
  bool has_ink_set = false;
  std::array<std::vector<uint16_t>, 3> color_map;

  // True where samples may be transparent: further channels often say something else.
  bool has_unseen() const {
    return !palette.empty() || (!extra.empty() && extra.front() != EXTRASAMPLE_UNSPECIFIED);
  }
  // Black where no sample has the colour.
  void ClearColors(const Raster& raster) {
    std::array<bool, 256> seen = {};
    if (!palette.empty()) {
      for (const uint8_t index : raster.samples8) seen.at(index) = true;
    }
    for (std::vector<uint16_t>& colors : color_map) {
      for (size_t i = 0; i < colors.size(); ++i) {
        if (i >= seen.size() || !seen.at(i)) colors[i] = 0;
      }
    }
  }
  std::vector<PaletteEntry> palette;
  std::optional<uint16_t> orientation;
  float x_resolution = 0, y_resolution = 0;
  uint16_t resolution_unit = RESUNIT_INCH;
  Bytes icc;
  std::string date;  // DateTime
  KeptExif exif;     // DateTimeOriginal and the position
  std::vector<ChannelInfo> channels;

  bool jpeg_ycbcr() const {
    return compression == COMPRESSION_JPEG && photometric == PHOTOMETRIC_YCBCR;
  }
  bool lossy() const { return compression == COMPRESSION_JPEG || compression == COMPRESSION_WEBP; }
  bool separate() const { return planar == PLANARCONFIG_SEPARATE && samples > 1; }
  size_t block_samples() const {  // a row of a block
    return size_t{block_width} * (separate() ? 1 : samples);
  }
  size_t row_bytes() const { return (block_samples() * bits + 7) / 8; }
  int64_t block_bytes() const { return static_cast<int64_t>(row_bytes()) * block_height; }
  int64_t page_bytes() const {
    const int64_t across = (width + block_width - 1) / block_width;
    const int64_t down = (height + block_height - 1) / block_height;
    const int64_t rows = tiled ? down * block_height : height;
    return across * static_cast<int64_t>(row_bytes()) * rows * (separate() ? samples : 1);
  }
};

absl::Status NotSupported(absl::string_view what) {
  return absl::UnimplementedError(
      absl::StrCat("TIFF pages ", what, " are not supported: convert them to 8 or 16-bit RGB"));
}

// Which samples a pixel has; sets channels and extra.
absl::Status DescribeChannels(TIFF* tiff, Layout& page) {
  uint16_t ink_set = INKSET_CMYK;
  switch (page.photometric) {
    case PHOTOMETRIC_MINISWHITE:
    case PHOTOMETRIC_MINISBLACK:
      page.channels = {{Channel::kGrey, page.bits, page.photometric == PHOTOMETRIC_MINISWHITE}};
      break;
    case PHOTOMETRIC_RGB:
      page.channels = {
          {Channel::kRed, page.bits}, {Channel::kGreen, page.bits}, {Channel::kBlue, page.bits}};
      break;
    case PHOTOMETRIC_PALETTE: {
      if (page.bits > 8 || page.samples != 1) return NotSupported("with a palette of this kind");
      std::array<uint16_t*, 3> map{};
      if (TIFFGetField(tiff, TIFFTAG_COLORMAP, &map[0], &map[1], &map[2]) == 0) {
        return absl::InvalidArgumentError("a palette page of the TIFF file has no palette");
      }
      const size_t size = size_t{1} << page.bits;
      // Some writers give 8-bit values; then none passes 255.
      bool wide = false;
      for (size_t c = 0; c < 3; ++c) {
        page.color_map[c].assign(map[c], map[c] + size);
        for (const uint16_t value : page.color_map[c]) wide = wide || value > 255;
      }
      for (size_t i = 0; i < size; ++i) {
        const auto byte = [&](size_t c) {
          return static_cast<uint8_t>(wide ? page.color_map[c][i] >> 8 : page.color_map[c][i]);
        };
        page.palette.push_back({byte(0), byte(1), byte(2)});
      }
      page.channels = {{Channel::kGrey, page.bits}};
      break;
    }
    case PHOTOMETRIC_SEPARATED:
      page.has_ink_set = TIFFGetField(tiff, TIFFTAG_INKSET, &ink_set) != 0;
      if (ink_set != INKSET_CMYK) return NotSupported("in inks other than CMYK");
      page.channels = {{Channel::kCyan, page.bits},
                       {Channel::kMagenta, page.bits},
                       {Channel::kYellow, page.bits},
                       {Channel::kBlack, page.bits}};
      break;
    case PHOTOMETRIC_YCBCR:
      if (!page.jpeg_ycbcr() || page.planar != PLANARCONFIG_CONTIG || page.samples != 3) {
        return NotSupported("in YCbCr colour that are not compressed as JPEG");
      }
      page.channels = {
          {Channel::kRed, page.bits}, {Channel::kGreen, page.bits}, {Channel::kBlue, page.bits}};
      break;
    default:
      return NotSupported("in this colour model (CIELab, LogLuv, ...)");
  }
  if (page.samples < page.channels.size() || page.samples > 16) {
    return absl::InvalidArgumentError("a TIFF page has a number of samples that cannot be");
  }
  uint16_t count = 0;
  uint16_t* kinds = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
  while (page.channels.size() < page.samples) {
    const size_t i = page.extra.size();
    page.extra.push_back(i < count && kinds != nullptr ? kinds[i] : EXTRASAMPLE_UNSPECIFIED);
    page.channels.push_back({Channel::kAlpha, page.bits});
  }
  return absl::OkStatus();
}

absl::Status CheckCoding(TIFF* tiff, const Layout& page) {
  uint16_t format = SAMPLEFORMAT_UINT;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &format);
  if (format == SAMPLEFORMAT_IEEEFP) return NotSupported("with floating-point samples");
  if (format != SAMPLEFORMAT_UINT && format != SAMPLEFORMAT_VOID) {
    return NotSupported("with signed or complex samples");
  }
  constexpr std::array<int, 5> kDepths = {1, 2, 4, 8, 16};
  if (std::find(kDepths.begin(), kDepths.end(), page.bits) == kDepths.end()) {
    return NotSupported(absl::StrCat("with ", page.bits, " bits a sample"));
  }
  switch (page.compression) {
    case COMPRESSION_CCITTRLE:
    case COMPRESSION_CCITTRLEW:
    case COMPRESSION_CCITTFAX3:
    case COMPRESSION_CCITTFAX4:
      if (page.bits != 1 || page.samples != 1) return absl::DataLossError(kDamaged);
      break;
    case COMPRESSION_JPEG:
    case COMPRESSION_WEBP:
      if (page.bits != 8) return NotSupported("with JPEG compression of more than 8 bits");
      break;
    case COMPRESSION_NONE:
    case COMPRESSION_LZW:
    case COMPRESSION_ADOBE_DEFLATE:
    case COMPRESSION_DEFLATE:
    case COMPRESSION_PACKBITS:
    case COMPRESSION_ZSTD:
      break;
    default:
      return NotSupported(absl::StrCat("with compression ", page.compression));
  }
  if (TIFFIsCODECConfigured(page.compression) == 0) {
    return NotSupported(absl::StrCat("with compression ", page.compression));
  }
  return absl::OkStatus();
}

// The date in a field of the current directory; empty where it has none of the form that TIFF asks.
std::string DateOf(TIFF* tiff, uint32_t tag) {
  constexpr std::string_view kForm = "0000:00:00 00:00:00";
  const char* date = nullptr;
  if (TIFFGetField(tiff, tag, &date) == 0 || date == nullptr || std::strlen(date) != kForm.size()) {
    return {};
  }
  for (size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == '0' ? date[i] < '0' || date[i] > '9' : date[i] != kForm[i]) return {};
  }
  return date;
}

void DescribeKept(TIFF* tiff, Layout& page) {
  uint16_t orientation = 0;
  if (TIFFGetField(tiff, TIFFTAG_ORIENTATION, &orientation) != 0 && orientation >= 1 &&
      orientation <= 8) {
    page.orientation = orientation;
  }
  float x = 0, y = 0;
  if (TIFFGetField(tiff, TIFFTAG_XRESOLUTION, &x) != 0 &&
      TIFFGetField(tiff, TIFFTAG_YRESOLUTION, &y) != 0 && std::isfinite(x) && std::isfinite(y) &&
      x > 0 && y > 0) {
    page.x_resolution = x;
    page.y_resolution = y;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_RESOLUTIONUNIT, &page.resolution_unit);
  }
  uint32_t icc_size = 0;
  uint8_t* icc = nullptr;
  if (TIFFGetField(tiff, TIFFTAG_ICCPROFILE, &icc_size, &icc) != 0 && icc != nullptr) {
    page.icc.assign(icc, icc + icc_size);
  }
  page.date = DateOf(tiff, TIFFTAG_DATETIME);
}

// Leaves in `page` what is kept of it.
void Choose(const Keep& keep, Layout& page, WrittenStill& written) {
  Keep& kept = written.kept;
  page.icc = KeptIcc(page.icc, keep, kept, written.warnings);
  page.exif = Chosen(page.exif, keep, kept);
  if (!keep.date) page.date.clear();
  if (!keep.resolution) page.x_resolution = page.y_resolution = 0;
  kept.date |= !page.date.empty();
  kept.orientation |= page.orientation.value_or(1) != 1;
  kept.resolution |= page.x_resolution > 0;
}

// The position that the current directory, one of GPS, says.
std::optional<Position> PositionOf(TIFF* tiff) {
  const auto angle = [tiff](uint32_t reference, uint32_t tag, std::string_view sides,
                            double most) -> std::optional<double> {
    const char* side = nullptr;
    const double* degrees = nullptr;
    if (TIFFGetField(tiff, reference, &side) == 0 || TIFFGetField(tiff, tag, &degrees) == 0) {
      return std::nullopt;
    }
    return AngleOf({degrees[0], degrees[1], degrees[2]}, side[0], sides, most);
  };
  const auto latitude = angle(GPSTAG_LATITUDEREF, GPSTAG_LATITUDE, "NS", 90);
  const auto longitude = angle(GPSTAG_LONGITUDEREF, GPSTAG_LONGITUDE, "EW", 180);
  if (!latitude || !longitude) return std::nullopt;
  Position position = {*latitude, *longitude, {}};
  double altitude = 0;
  uint8_t below = 0;
  if (TIFFGetField(tiff, GPSTAG_ALTITUDE, &altitude) != 0 && altitude >= 0 &&
      altitude <= kMaxAltitude) {
    TIFFGetField(tiff, GPSTAG_ALTITUDEREF, &below);
    position.altitude = below == 1 ? -altitude : altitude;
  }
  return position;
}

// Takes from EXIF and GPS what may be kept of them. Leaves another directory than the page's as the
// current one.
void DescribeExif(TIFF* tiff, Layout& page) {
  uint64_t at = 0;
  if (TIFFSetSubDirectory(tiff, page.offset) != 0 &&
      TIFFGetField(tiff, TIFFTAG_EXIFIFD, &at) != 0 && TIFFReadEXIFDirectory(tiff, at) != 0) {
    page.exif.date_time_original = DateOf(tiff, EXIFTAG_DATETIMEORIGINAL);
  }
  if (TIFFSetSubDirectory(tiff, page.offset) != 0 && TIFFGetField(tiff, TIFFTAG_GPSIFD, &at) != 0 &&
      TIFFReadGPSDirectory(tiff, at) != 0) {
    page.exif.position = PositionOf(tiff);
  }
}

// The current directory's page.
absl::StatusOr<Layout> Describe(TIFF* tiff, const StillLimits& limits) {
  Layout page;
  page.offset = TIFFCurrentDirOffset(tiff);
  if (TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &page.width) == 0 ||
      TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &page.height) == 0 ||
      TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &page.photometric) == 0) {
    return absl::DataLossError(kDamaged);
  }
  RETURN_IF_ERROR(CheckSize(page.width, page.height, limits.max_pixels, limits));
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &page.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &page.samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &page.planar);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &page.compression);
  TIFFGetField(tiff, TIFFTAG_PREDICTOR, &page.predictor);
  RETURN_IF_ERROR(CheckCoding(tiff, page));
  RETURN_IF_ERROR(DescribeChannels(tiff, page));
  page.tiled = TIFFIsTiled(tiff) != 0;
  if (page.tiled) {
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &page.block_width);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &page.block_height);
  } else {
    page.block_width = page.width;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_ROWSPERSTRIP, &page.block_height);
    page.block_height = std::min(page.block_height, page.height);
  }
  // Tiles may pass the page's border, but not be many times as large.
  constexpr int64_t kSmallBlock = 1 << 20;
  if (page.block_width == 0 || page.block_height == 0 ||
      page.block_width > static_cast<uint32_t>(limits.max_side) ||
      page.block_height > static_cast<uint32_t>(limits.max_side) ||
      int64_t{page.block_width} * page.block_height >
          std::max(kSmallBlock, int64_t{4} * page.width * page.height)) {
    return absl::InvalidArgumentError("a TIFF page has tiles of a size that cannot be");
  }
  DescribeKept(tiff, page);
  return page;
}

// Calls `function(index, x, y, rows, plane)` for each block of a page, in file order: its number
// for libtiff, its top left pixel, the rows that it codes, and its first sample.
template <typename Function>
absl::Status ForEachBlock(const Layout& page, const Function& function) {
  uint32_t index = 0;
  for (uint16_t plane = 0; plane < (page.separate() ? page.samples : 1); ++plane) {
    for (uint32_t y = 0; y < page.height; y += page.block_height) {
      for (uint32_t x = 0; x < page.width; x += page.block_width) {
        const uint32_t rows =
            page.tiled ? page.block_height : std::min(page.block_height, page.height - y);
        RETURN_IF_ERROR(function(index++, x, y, rows, plane));
      }
    }
  }
  return absl::OkStatus();
}

// The place of a raster's sample in bytes, where rows of a strip and of the raster are alike, so
// that no copy is needed; else null.
uint8_t* InPlace(const Layout& page, Raster& raster, uint32_t y) {
  if (page.tiled || page.separate() || page.bits < 8) return nullptr;
  const int row = static_cast<int>(y);
  return raster.wide() ? reinterpret_cast<uint8_t*>(raster.row16(row)) : raster.row8(row);
}

// Copies samples between a row of a block and a row of the raster. `unpacked`: the block's row, one
// sample a Sample; `offset`: the block's first sample in the raster's row.
template <typename Sample>
void CopyRow(const Layout& page, bool to_raster, Sample* unpacked, Sample* row, uint32_t x,
             uint16_t plane) {
  const size_t step = page.samples;
  const size_t pixels = std::min(page.block_width, page.width - x);
  Sample* place = row + size_t{x} * step + plane;
  const size_t count = page.separate() ? pixels : pixels * step;
  const size_t stride = page.separate() ? step : 1;
  for (size_t i = 0; i < count; ++i) {
    if (to_raster) {
      place[i * stride] = unpacked[i];
    } else {
      unpacked[i] = place[i * stride];
    }
  }
}

absl::Status ReadPage(TIFF* tiff, const Layout& page, Raster& raster) {
  Bytes block;
  Bytes unpacked(page.bits < 8 ? page.block_samples() : 0);
  return ForEachBlock(
      page,
      [&](uint32_t index, uint32_t x, uint32_t y, uint32_t rows, uint16_t plane) -> absl::Status {
        const size_t size = page.row_bytes() * rows;
        uint8_t* in_place = InPlace(page, raster, y);
        if (in_place == nullptr) block.resize(static_cast<size_t>(page.block_bytes()));
        uint8_t* out = in_place != nullptr ? in_place : block.data();
        const auto wanted = static_cast<tmsize_t>(size);
        const tmsize_t got = page.tiled ? TIFFReadEncodedTile(tiff, index, out, wanted)
                                        : TIFFReadEncodedStrip(tiff, index, out, wanted);
        if (got != wanted) return absl::DataLossError(kDamaged);
        if (in_place != nullptr) return absl::OkStatus();
        for (uint32_t r = 0; r < std::min(rows, page.height - y); ++r) {
          uint8_t* packed = block.data() + r * page.row_bytes();
          const int row = static_cast<int>(y + r);
          if (page.bits == 16) {
            CopyRow(page, true, reinterpret_cast<uint16_t*>(packed), raster.row16(row), x, plane);
          } else if (page.bits == 8) {
            CopyRow(page, true, packed, raster.row8(row), x, plane);
          } else {
            UnpackRow(packed, page.bits, page.block_samples(), unpacked.data());
            CopyRow(page, true, unpacked.data(), raster.row8(row), x, plane);
          }
        }
        return absl::OkStatus();
      });
}

absl::Status WriteBlocks(TIFF* tiff, const Layout& page, Raster& raster) {
  const absl::Status failed = absl::InternalError("the TIFF file could not be written");
  Bytes block;
  Bytes unpacked(page.bits < 8 ? page.block_samples() : 0);
  return ForEachBlock(
      page,
      [&](uint32_t index, uint32_t x, uint32_t y, uint32_t rows, uint16_t plane) -> absl::Status {
        const size_t size = page.row_bytes() * rows;
        uint8_t* data = InPlace(page, raster, y);
        if (data == nullptr) {
          block.assign(static_cast<size_t>(page.block_bytes()), 0);
          data = block.data();
          for (uint32_t r = 0; r < std::min(rows, page.height - y); ++r) {
            uint8_t* packed = block.data() + r * page.row_bytes();
            const int row = static_cast<int>(y + r);
            if (page.bits == 16) {
              CopyRow(page, false, reinterpret_cast<uint16_t*>(packed), raster.row16(row), x,
                      plane);
            } else if (page.bits == 8) {
              CopyRow(page, false, packed, raster.row8(row), x, plane);
            } else {
              CopyRow(page, false, unpacked.data(), raster.row8(row), x, plane);
              PackRow(unpacked.data(), page.bits, page.block_samples(), packed);
            }
          }
        }
        const auto wanted = static_cast<tmsize_t>(size);
        const tmsize_t got = page.tiled ? TIFFWriteEncodedTile(tiff, index, data, wanted)
                                        : TIFFWriteEncodedStrip(tiff, index, data, wanted);
        return got == wanted ? absl::OkStatus() : failed;
      });
}

// Writes the directory that `create` makes and `fill`, which returns false where it can't, fills;
// returns its offset. Goes before all of the page, since it makes another directory the current
// one.
absl::StatusOr<uint64_t> WriteSpecial(TIFF* tiff, int (*create)(TIFF*),
                                      const std::function<bool()>& fill) {
  uint64_t offset = 0;
  if (create(tiff) != 0 || !fill() || TIFFWriteCustomDirectory(tiff, &offset) == 0) {
    return absl::InternalError("the TIFF file could not be written");
  }
  TIFFFreeDirectory(tiff);  // the next one made would forget this one's values, not free them
  if (TIFFCreateDirectory(tiff) != 0)
    return absl::InternalError("the TIFF file could not be written");
  return offset;
}

// The date at which the photo was taken alone.
absl::StatusOr<uint64_t> WriteExif(TIFF* tiff, const std::string& date_taken) {
  return WriteSpecial(tiff, TIFFCreateEXIFDirectory, [&] {
    return TIFFSetField(tiff, EXIFTAG_DATETIMEORIGINAL, date_taken.c_str()) != 0;
  });
}

absl::StatusOr<uint64_t> WriteGps(TIFF* tiff, const Position& position) {
  return WriteSpecial(tiff, TIFFCreateGPSDirectory, [&] {
    const auto angle = [&](uint32_t reference, uint32_t tag, double value, const char* side) {
      const std::array<double, 3> degrees = DegreesOf(std::abs(value));
      return TIFFSetField(tiff, reference, side) != 0 &&
             TIFFSetField(tiff, tag, degrees.data()) != 0;
    };
    constexpr std::array<uint8_t, 4> kVersion = {2, 3, 0, 0};
    bool ok = TIFFSetField(tiff, GPSTAG_VERSIONID, kVersion.data()) != 0 &&
              angle(GPSTAG_LATITUDEREF, GPSTAG_LATITUDE, position.latitude,
                    position.latitude < 0 ? "S" : "N") &&
              angle(GPSTAG_LONGITUDEREF, GPSTAG_LONGITUDE, position.longitude,
                    position.longitude < 0 ? "W" : "E");
    if (ok && position.altitude) {
      ok = TIFFSetField(tiff, GPSTAG_ALTITUDEREF, *position.altitude < 0 ? 1 : 0) != 0 &&
           TIFFSetField(tiff, GPSTAG_ALTITUDE, std::abs(*position.altitude)) != 0;
    }
    return ok;
  });
}

// `page` says nothing that is not kept.
absl::Status WritePage(TIFF* tiff, const Layout& page, Raster& raster) {
  uint64_t exif = 0, gps = 0;
  if (!page.exif.date_time_original.empty()) {
    ASSIGN_OR_RETURN(exif, WriteExif(tiff, page.exif.date_time_original));
  }
  if (page.exif.position) {
    ASSIGN_OR_RETURN(gps, WriteGps(tiff, *page.exif.position));
  }
  if (exif != 0) TIFFSetField(tiff, TIFFTAG_EXIFIFD, exif);
  if (gps != 0) TIFFSetField(tiff, TIFFTAG_GPSIFD, gps);
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, page.width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, page.height);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, page.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, page.samples);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, page.planar);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC,
               page.jpeg_ycbcr() ? uint16_t{PHOTOMETRIC_RGB} : page.photometric);
  const uint16_t compression =
      page.lossy() ? uint16_t{COMPRESSION_ADOBE_DEFLATE} : page.compression;
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, compression);
  if (page.lossy()) {
    TIFFSetField(tiff, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
  } else if (page.predictor != PREDICTOR_NONE) {
    TIFFSetField(tiff, TIFFTAG_PREDICTOR, page.predictor);
  }
  if (page.tiled) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, page.block_width);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, page.block_height);
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, page.block_height);
  }
  if (!page.extra.empty()) {
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, static_cast<int>(page.extra.size()),
                 page.extra.data());
  }
  if (page.has_ink_set) TIFFSetField(tiff, TIFFTAG_INKSET, INKSET_CMYK);
  if (!page.palette.empty()) {
    TIFFSetField(tiff, TIFFTAG_COLORMAP, page.color_map[0].data(), page.color_map[1].data(),
                 page.color_map[2].data());
  }
  if (page.orientation) TIFFSetField(tiff, TIFFTAG_ORIENTATION, *page.orientation);
  if (page.x_resolution > 0) {
    TIFFSetField(tiff, TIFFTAG_XRESOLUTION, page.x_resolution);
    TIFFSetField(tiff, TIFFTAG_YRESOLUTION, page.y_resolution);
    TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, page.resolution_unit);
  }
  if (!page.icc.empty()) {
    TIFFSetField(tiff, TIFFTAG_ICCPROFILE, static_cast<uint32_t>(page.icc.size()), page.icc.data());
  }
  if (!page.date.empty()) TIFFSetField(tiff, TIFFTAG_DATETIME, page.date.c_str());
  RETURN_IF_ERROR(WriteBlocks(tiff, page, raster));
  if (TIFFWriteDirectory(tiff) == 0) {
    return absl::InternalError("the TIFF file could not be written");
  }
  return absl::OkStatus();
}

class TiffStill : public Still {
 public:
  TiffStill(ByteView file, std::unique_ptr<Handle> handle, std::vector<Layout> layouts,
            int64_t max_memory)
      : file_(file),
        max_memory_(max_memory),
        handle_(std::move(handle)),
        layouts_(std::move(layouts)) {
    for (const Layout& page : layouts_) {
      pages_.push_back({static_cast<int>(page.width), static_cast<int>(page.height),
                        page.orientation.value_or(1)});
    }
  }

  const std::vector<PageInfo>& pages() const override { return pages_; }

  int64_t memory() const override {
    int64_t most = 0;
    for (const Layout& page : layouts_) {
      most = std::max(most, PageMemory(static_cast<int>(page.width), static_cast<int>(page.height),
                                       page.channels, Written()) +
                                (page.tiled || page.separate() || page.bits < 8 ||
                                         page.compression != COMPRESSION_NONE
                                     ? page.block_bytes()
                                     : 0));
    }
    return most;
  }

  absl::StatusOr<RgbPicture> Rgb(int page) override {
    ASSIGN_OR_RETURN(Raster raster, Read(static_cast<size_t>(page)));
    RgbPicture picture = ToRgb(raster);
    if (RasterBytes(raster.width, raster.height, raster.channels) <= kKeptRasterBytes) {
      kept_ = std::move(raster);
      kept_page_ = static_cast<size_t>(page);
    }
    return picture;
  }

  absl::StatusOr<std::vector<uint8_t>> Unseen(int page) override {
    if (!layouts_[static_cast<size_t>(page)].has_unseen()) return std::vector<uint8_t>();
    ASSIGN_OR_RETURN(const Raster raster, Read(static_cast<size_t>(page)));
    return UnseenPixels(raster);
  }

  absl::StatusOr<WrittenStill> Write(std::span<const Hider* const> hiders,
                                     const WriteOptions& options) override {
    WrittenStill written;
    const int64_t size = Written();
    written.file.reserve(static_cast<size_t>(size));
    {
      const Handle out({.written = &written.file}, size < kMaxClassicBytes ? "w4" : "w8",
                       max_memory_);
      if (out.get() == nullptr) return absl::InternalError("the TIFF file could not be written");
      for (size_t i = 0; i < layouts_.size(); ++i) {
        ASSIGN_OR_RETURN(Raster raster, Read(i));
        if (hiders[i] != nullptr) Hide(*hiders[i], raster);
        Layout layout = layouts_[i];
        if (layout.has_unseen()) ClearUnseen(raster);
        layout.ClearColors(raster);
        Choose(options.keep, layout, written);
        RETURN_IF_ERROR(WritePage(out.get(), layout, raster));
      }
    }
    if (std::any_of(layouts_.begin(), layouts_.end(),
                    [](const Layout& page) { return page.lossy(); })) {
      written.warnings.push_back(
          "pages in lossy compression were written with lossless Deflate compression, so that "
          "nothing outside the masks changes, and take more space");
    }
    return written;
  }

 private:
  // The most that the written file may take: samples as they are, or, where all compression stays,
  // a generous share more than the input.
  int64_t Written() const {
    int64_t raw = int64_t{1} << 20;
    bool bounded = true;
    for (const Layout& page : layouts_) {
      raw += page.page_bytes() + static_cast<int64_t>(page.icc.size());
      bounded = bounded && !page.lossy();
    }
    const int64_t by_input = 2 * static_cast<int64_t>(file_.size()) + (int64_t{1} << 20);
    return bounded ? std::min(raw, by_input) : raw;
  }

  absl::StatusOr<Raster> Read(size_t index) {
    if (kept_ && kept_page_ == index) return *std::exchange(kept_, std::nullopt);
    kept_.reset();
    const Layout& page = layouts_[index];
    if (TIFFSetSubDirectory(handle_->get(), page.offset) == 0) {
      return absl::DataLossError(kDamaged);
    }
    if (page.jpeg_ycbcr()) {
      TIFFSetField(handle_->get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
    }
    Raster raster(static_cast<int>(page.width), static_cast<int>(page.height), page.channels);
    raster.palette = page.palette;
    RETURN_IF_ERROR(ReadPage(handle_->get(), page, raster));
    return raster;
  }

  ByteView file_;
  int64_t max_memory_;
  std::unique_ptr<Handle> handle_;
  std::vector<Layout> layouts_;
  std::vector<PageInfo> pages_;
  std::optional<Raster> kept_;
  size_t kept_page_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Still>> OpenTiff(ByteView file, const StillLimits& limits) {
  // c: strips stay as long as the file has them.
  auto handle = std::make_unique<Handle>(Memory{.file = file}, "rc", limits.max_memory);
  TIFF* tiff = handle->get();
  if (tiff == nullptr) return absl::DataLossError(kDamaged);
  std::vector<Layout> layouts;
  std::optional<uint64_t> first;
  while (true) {
    uint32_t kind = 0;
    TIFFGetFieldDefaulted(tiff, TIFFTAG_SUBFILETYPE, &kind);
    if (!first) first = TIFFCurrentDirOffset(tiff);
    if ((kind & (FILETYPE_REDUCEDIMAGE | FILETYPE_MASK)) == 0) {
      if (static_cast<int>(layouts.size()) >= limits.max_pages) {
        return absl::ResourceExhaustedError(
            absl::StrCat("the TIFF file has more than ", limits.max_pages, " pages"));
      }
      ASSIGN_OR_RETURN(Layout page, Describe(tiff, limits));
      layouts.push_back(std::move(page));
    }
    if (TIFFLastDirectory(tiff) != 0) break;
    if (TIFFReadDirectory(tiff) == 0) return absl::DataLossError(kDamaged);
  }
  if (layouts.empty()) {  // nothing but a "reduced" page: that is the picture
    if (TIFFSetSubDirectory(tiff, *first) == 0) return absl::DataLossError(kDamaged);
    ASSIGN_OR_RETURN(Layout page, Describe(tiff, limits));
    layouts.push_back(std::move(page));
  }
  for (Layout& page : layouts) DescribeExif(tiff, page);
  return std::make_unique<TiffStill>(file, std::move(handle), std::move(layouts),
                                     limits.max_memory);
}

}  // namespace efface
