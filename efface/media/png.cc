// PNG through libpng: every sample is decoded and written anew, with the same colour type, depth,
// palette, transparency and interlacing. Chunks written: IHDR PLTE tRNS IDAT IEND; one kind of
// cICP, iCCP, sRGB, gAMA and cHRM; pHYs; eXIf with what WriteKeptExif gives. Nothing else.
//
// libpng reports errors by longjmp. Every call that may do so stands in a step given to Guard, and
// no object with a destructor is made in such a step.
#include <png.h>

#include <bit>
#include <csetjmp>
#include <cstring>
#include <limits>
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

// Most of the time of writing is zlib's. On photos, level 3 took 42 % of the time of level 6, for
// files 2 to 4 % larger.
constexpr int kCompressionLevel = 3;

// A chunk beside the pixels (an ICC profile, say) may take this once decompressed.
constexpr png_alloc_size_t kMaxChunkBytes = 16 << 20;
constexpr png_uint_32 kMaxChunks = 1000;

// Deflate's greatest ratio is 1,032 (zlib's "Technical Details").
constexpr int64_t kMaxDeflateRatio = 1032;

constexpr char kDamaged[] = "the PNG file is damaged or cut short";

struct Chromaticities {
  std::array<png_fixed_point, 8> xy{};  // white, red, green, blue; x and y of each
};

// All of a PNG file but its samples.
struct Header {
  int width = 0, height = 0;
  int depth = 8;  // bits a sample, as in IHDR
  int color_type = 0;
  int interlace = 0;
  std::vector<PaletteEntry> palette;
  size_t transparent_entries = 0;           // of the palette, that tRNS names
  std::optional<png_color_16> transparent;  // grey and RGB: the colour that is transparent
  Bytes icc;
  std::optional<int> srgb_intent;
  std::optional<png_fixed_point> gamma;
  std::optional<Chromaticities> chromaticities;
  std::optional<std::array<uint8_t, 4>> cicp;
  struct Resolution {
    png_uint_32 x = 0, y = 0;
    int unit = 0;
  };
  std::optional<Resolution> resolution;
  KeptExif exif;

  std::vector<ChannelInfo> Channels() const {
    std::vector<ChannelInfo> channels = {{Channel::kGrey, depth}};
    if (color_type == PNG_COLOR_TYPE_RGB || color_type == PNG_COLOR_TYPE_RGB_ALPHA) {
      channels = {{Channel::kRed, depth}, {Channel::kGreen, depth}, {Channel::kBlue, depth}};
    }
    if ((color_type & PNG_COLOR_MASK_ALPHA) != 0) channels.push_back({Channel::kAlpha, depth});
    return channels;
  }
};

[[noreturn]] void OnError(png_structp png, png_const_charp) { png_longjmp(png, 1); }
void OnWarning(png_structp, png_const_charp) {}

// Runs `step`; false where libpng gave up.
template <typename Step>
bool Guard(png_structp png, const Step& step) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  step();
  return true;
}

// The first chunk of this type; nullopt where there is none before the file ends or breaks.
std::optional<ByteView> FindChunk(ByteView file, std::string_view type) {
  size_t at = 8;
  while (const auto size = ReadUint(file, at, 4, Endian::kBig)) {
    const auto data = Slice(file, at + 8, static_cast<size_t>(*size));
    if (!data) break;
    if (HasText(file, at + 4, type)) return data;
    at += 12 + static_cast<size_t>(*size);
  }
  return std::nullopt;
}

// A libpng reader over bytes that it borrows.
class Reader {
 public:
  explicit Reader(ByteView file)
      : rest_(file),
        png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, OnError, OnWarning)),
        info_(png_ != nullptr ? png_create_info_struct(png_) : nullptr) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }

  // Reads up to the first IDAT; false where that failed.
  bool ReadInfo() {
    if (png_ == nullptr || info_ == nullptr) return false;
    return Guard(png_, [this] {
      png_set_read_fn(png_, this, &Reader::OnRead);
      png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
      png_set_chunk_malloc_max(png_, kMaxChunkBytes);
      png_set_chunk_cache_max(png_, kMaxChunks);
      png_set_check_for_invalid_index(png_, 0);
      constexpr char kIgnored[] =
          "bKGD\0hIST\0sPLT\0oFFs\0pCAL\0sCAL\0sBIT\0tEXt\0zTXt\0iTXt\0tIME\0eXIf";
      png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER,
                                  reinterpret_cast<png_const_bytep>(kIgnored),
                                  static_cast<int>(sizeof(kIgnored) / 5));
      png_read_info(png_, info_);
    });
  }

  // After ReadInfo. Rows of `raster`, one byte a sample up to 8 bits, then two in host order.
  bool ReadRows(Raster& raster) {
    std::vector<png_bytep> rows(static_cast<size_t>(raster.height));
    for (int y = 0; y < raster.height; ++y) {
      rows[static_cast<size_t>(y)] =
          raster.wide() ? reinterpret_cast<png_bytep>(raster.row16(y)) : raster.row8(y);
    }
    return Guard(png_, [&] {
      png_set_packing(png_);
      if constexpr (std::endian::native == std::endian::little) png_set_swap(png_);
      png_read_image(png_, rows.data());
      png_read_end(png_, nullptr);
    });
  }

  Header Describe() const {
    Header header;
    header.width = static_cast<int>(png_get_image_width(png_, info_));
    header.height = static_cast<int>(png_get_image_height(png_, info_));
    header.depth = png_get_bit_depth(png_, info_);
    header.color_type = png_get_color_type(png_, info_);
    header.interlace = png_get_interlace_type(png_, info_);
    DescribeTransparency(header);
    DescribeColor(header);
    Header::Resolution resolution;
    if (png_get_pHYs(png_, info_, &resolution.x, &resolution.y, &resolution.unit) != 0) {
      header.resolution = resolution;
    }
    return header;
  }

 private:
  static void OnRead(png_structp png, png_bytep out, size_t size) {
    auto* reader = static_cast<Reader*>(png_get_io_ptr(png));
    if (size > reader->rest_.size()) png_error(png, "cut short");
    std::memcpy(out, reader->rest_.data(), size);
    reader->rest_ = reader->rest_.subspan(size);
  }

  void DescribeTransparency(Header& header) const {
    png_colorp colors = nullptr;
    int color_count = 0;
    if (header.color_type == PNG_COLOR_TYPE_PALETTE &&
        png_get_PLTE(png_, info_, &colors, &color_count) != 0) {
      for (int i = 0; i < color_count; ++i) {
        header.palette.push_back({colors[i].red, colors[i].green, colors[i].blue});
      }
    }
    png_bytep alphas = nullptr;
    int alpha_count = 0;
    png_color_16p key = nullptr;
    if (png_get_tRNS(png_, info_, &alphas, &alpha_count, &key) == 0) return;
    if (header.color_type != PNG_COLOR_TYPE_PALETTE) {
      if (key != nullptr) header.transparent = *key;
      return;
    }
    if (alphas == nullptr) return;
    header.transparent_entries =
        std::min(static_cast<size_t>(std::max(alpha_count, 0)), header.palette.size());
    for (size_t i = 0; i < header.transparent_entries; ++i) header.palette[i].alpha = alphas[i];
  }

  void DescribeColor(Header& header) const {
    png_charp name = nullptr;
    int compression = 0;
    png_bytep profile = nullptr;
    png_uint_32 profile_size = 0;
    if (png_get_iCCP(png_, info_, &name, &compression, &profile, &profile_size) != 0) {
      header.icc.assign(profile, profile + profile_size);
    }
    int intent = 0;
    if (png_get_sRGB(png_, info_, &intent) != 0) header.srgb_intent = intent;
    png_fixed_point gamma = 0;
    if (png_get_gAMA_fixed(png_, info_, &gamma) != 0) header.gamma = gamma;
    Chromaticities c;
    if (png_get_cHRM_fixed(png_, info_, &c.xy[0], &c.xy[1], &c.xy[2], &c.xy[3], &c.xy[4], &c.xy[5],
                           &c.xy[6], &c.xy[7]) != 0) {
      header.chromaticities = c;
    }
  }

  ByteView rest_;
  png_structp png_;
  png_infop info_;
};

// A libpng writer into memory.
class Writer {
 public:
  Writer()
      : png_(png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, OnError, OnWarning)),
        info_(png_ != nullptr ? png_create_info_struct(png_) : nullptr) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { png_destroy_write_struct(&png_, &info_); }

  // False where libpng gave up or memory ran out.
  bool Write(const Header& header, Raster& raster, Bytes exif) {
    if (png_ == nullptr || info_ == nullptr) return false;
    // Reserved but untouched memory costs nothing, and spares the copies of a growing vector.
    file_.reserve(raster.samples8.size() + 2 * raster.samples16.size() + (64 << 10));
    std::vector<png_color> colors;
    Bytes alphas;
    for (const PaletteEntry& entry : raster.palette) {
      colors.push_back({entry.red, entry.green, entry.blue});
      if (alphas.size() < header.transparent_entries) alphas.push_back(entry.alpha);
    }
    std::vector<png_bytep> rows(static_cast<size_t>(raster.height));
    for (int y = 0; y < raster.height; ++y) {
      rows[static_cast<size_t>(y)] =
          raster.wide() ? reinterpret_cast<png_bytep>(raster.row16(y)) : raster.row8(y);
    }
    return Guard(png_, [&] {
      png_set_write_fn(png_, this, &Writer::OnWrite, [](png_structp) {});
      png_set_benign_errors(png_, 1);
      png_set_check_for_invalid_index(png_, 0);
      png_set_compression_level(png_, kCompressionLevel);
      png_set_IHDR(png_, info_, static_cast<png_uint_32>(header.width),
                   static_cast<png_uint_32>(header.height), header.depth, header.color_type,
                   header.interlace, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
      if (!colors.empty()) {
        png_set_PLTE(png_, info_, colors.data(), static_cast<int>(colors.size()));
      }
      if (!alphas.empty()) {
        png_set_tRNS(png_, info_, alphas.data(), static_cast<int>(alphas.size()), nullptr);
      }
      if (header.transparent) {
        png_color_16 key = *header.transparent;
        png_set_tRNS(png_, info_, nullptr, 0, &key);
      }
      SetColor(header);
      if (header.resolution) {
        png_set_pHYs(png_, info_, header.resolution->x, header.resolution->y,
                     header.resolution->unit);
      }
      if (!exif.empty()) {
        png_set_eXIf_1(png_, info_, static_cast<png_uint_32>(exif.size()), exif.data());
      }
      png_write_info_before_PLTE(png_, info_);
      if (header.cicp) {
        png_write_chunk(png_, reinterpret_cast<png_const_bytep>("cICP"), header.cicp->data(), 4);
      }
      png_write_info(png_, info_);
      png_set_packing(png_);
      if constexpr (std::endian::native == std::endian::little) png_set_swap(png_);
      png_write_image(png_, rows.data());
      png_write_end(png_, nullptr);
    });
  }

  Bytes Take() { return std::move(file_); }

 private:
  static void OnWrite(png_structp png, png_bytep data, size_t size) {
    auto* writer = static_cast<Writer*>(png_get_io_ptr(png));
    bool full = false;
    try {
      Append(writer->file_, {data, size});
    } catch (const std::bad_alloc&) {
      full = true;
    }
    if (full) png_error(png, "out of memory");
  }

  // The first of these that the input has, which is the one that readers follow (PNG, 4.3).
  void SetColor(const Header& header) {
    if (!header.icc.empty()) {
      png_set_iCCP(png_, info_, "ICC profile", PNG_COMPRESSION_TYPE_BASE, header.icc.data(),
                   static_cast<png_uint_32>(header.icc.size()));
    } else if (header.srgb_intent) {
      png_set_sRGB(png_, info_, *header.srgb_intent);
    } else {
      if (header.gamma) png_set_gAMA_fixed(png_, info_, *header.gamma);
      if (header.chromaticities) {
        const auto& c = header.chromaticities->xy;
        png_set_cHRM_fixed(png_, info_, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]);
      }
    }
  }

  Bytes file_;
  png_structp png_;
  png_infop info_;
};

class PngStill : public Still {
 public:
  PngStill(ByteView file, Header header)
      : file_(file),
        header_(std::move(header)),
        pages_({{header_.width, header_.height, header_.exif.orientation}}) {}

  const std::vector<PageInfo>& pages() const override { return pages_; }

  int64_t memory() const override {
    const auto channels = header_.Channels();
    return PageMemory(header_.width, header_.height, channels,
                      RasterBytes(header_.width, header_.height, channels));
  }

  absl::StatusOr<RgbPicture> Rgb(int) override {
    ASSIGN_OR_RETURN(Raster raster, Read());
    RgbPicture picture = ToRgb(raster);
    if (RasterBytes(header_.width, header_.height, raster.channels) <= kKeptRasterBytes) {
      kept_ = std::move(raster);
    }
    return picture;
  }

  absl::StatusOr<std::vector<uint8_t>> Unseen(int) override {
    ASSIGN_OR_RETURN(Raster raster, Read());
    std::vector<uint8_t> unseen = UnseenPixels(raster);
    if (RasterBytes(header_.width, header_.height, raster.channels) <= kKeptRasterBytes) {
      kept_ = std::move(raster);
    }
    return unseen;
  }

  absl::StatusOr<WrittenStill> Write(std::span<const Hider* const> hiders,
                                     const WriteOptions& options) override {
    ASSIGN_OR_RETURN(Raster raster, Read());
    if (hiders[0] != nullptr) Hide(*hiders[0], raster);
    ClearUnseen(raster);
    WrittenStill written;
    const KeptExif exif = Chosen(header_.exif, options.keep, written.kept);
    Header header = header_;
    header.icc = KeptIcc(header_.icc, options.keep, written.kept, written.warnings);
    const bool is_length = header.resolution && header.resolution->unit == PNG_RESOLUTION_METER;
    if (is_length && !options.keep.resolution) header.resolution.reset();
    written.kept.resolution = is_length && options.keep.resolution;
    Writer writer;
    if (!writer.Write(header, raster, WriteKeptExif(exif))) {
      return absl::InternalError("the PNG file could not be written");
    }
    written.file = writer.Take();
    return written;
  }

 private:
  absl::StatusOr<Raster> Read() {
    if (kept_) return *std::exchange(kept_, std::nullopt);
    Reader reader(file_);
    if (!reader.ReadInfo()) return absl::DataLossError(kDamaged);
    Raster raster(header_.width, header_.height, header_.Channels());
    raster.palette = header_.palette;
    if (!reader.ReadRows(raster)) return absl::DataLossError(kDamaged);
    return raster;
  }

  ByteView file_;
  Header header_;
  std::vector<PageInfo> pages_;
  std::optional<Raster> kept_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Still>> OpenPng(ByteView file, const StillLimits& limits) {
  Reader reader(file);
  if (!reader.ReadInfo()) return absl::DataLossError(kDamaged);
  Header header = reader.Describe();
  RETURN_IF_ERROR(CheckSize(header.width, header.height, limits.max_pixels, limits));
  const int64_t row_bits =
      int64_t{header.width} * header.depth * static_cast<int64_t>(header.Channels().size());
  if ((row_bits + 7) / 8 * header.height / kMaxDeflateRatio > static_cast<int64_t>(file.size())) {
    return absl::DataLossError(kDamaged);
  }
  if (const auto cicp = FindChunk(file, "cICP"); cicp && cicp->size() == 4) {
    header.cicp.emplace();
    std::copy_n(cicp->begin(), 4, header.cicp->begin());
  }
  if (const auto exif = FindChunk(file, "eXIf")) header.exif = ReadKeptExif(*exif);
  header.exif.x_resolution = header.exif.y_resolution = 0;  // pHYs says it
  header.exif.resolution_unit = 2;
  return std::make_unique<PngStill>(file, std::move(header));
}

}  // namespace efface
