// libpng reports errors by longjmp. Every call that may do so stands in a step given to Guard, and
// no object with a destructor is made in such a step.
#include "efface/media/apng_pixels.h"

#include <png.h>

#include <algorithm>
#include <bit>
#include <csetjmp>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

namespace efface {
namespace {

constexpr int kCompressionLevel = 6;

// A chunk beside the pixels (an ICC profile, say) may take this once decompressed.
constexpr png_alloc_size_t kMaxChunkBytes = 16 << 20;

// Deflate's greatest ratio is 1,032 (zlib's "Technical Details").
constexpr int64_t kMaxDeflateRatio = 1032;

[[noreturn]] void OnError(png_structp png, png_const_charp) { png_longjmp(png, 1); }
void OnWarning(png_structp, png_const_charp) {}

// Runs `step`; false where libpng gave up.
template <typename Step>
bool Guard(png_structp png, const Step& step) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  step();
  return true;
}

std::vector<png_bytep> Rows(Raster& raster) {
  std::vector<png_bytep> rows(static_cast<size_t>(raster.height));
  for (int y = 0; y < raster.height; ++y) {
    rows[static_cast<size_t>(y)] =
        raster.wide() ? reinterpret_cast<png_bytep>(raster.row16(y)) : raster.row8(y);
  }
  return rows;
}

// A libpng reader of a file that is made of `file` one after another.
class Reader {
 public:
  explicit Reader(ByteView file)
      : rest_(file),
        png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, OnError, OnWarning)),
        info_(png_ != nullptr ? png_create_info_struct(png_) : nullptr) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { png_destroy_read_struct(&png_, &info_, nullptr); }

  bool ReadInfo() {
    if (png_ == nullptr || info_ == nullptr) return false;
    return Guard(png_, [this] {
      png_set_read_fn(png_, this, &Reader::OnRead);
      png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
      png_set_chunk_malloc_max(png_, kMaxChunkBytes);
      png_read_info(png_, info_);
    });
  }

  // After ReadInfo.
  bool ReadRows(Raster& raster) {
    std::vector<png_bytep> rows = Rows(raster);
    const size_t row_bytes = raster.stride() * (raster.wide() ? 2 : 1);
    bool fits = false;
    const bool read = Guard(png_, [&] {
      png_set_expand(png_);
      png_set_add_alpha(png_, 0xFFFF, PNG_FILLER_AFTER);
      if constexpr (std::endian::native == std::endian::little) png_set_swap(png_);
      png_set_interlace_handling(png_);
      png_read_update_info(png_, info_);
      fits = png_get_rowbytes(png_, info_) == row_bytes;
      if (!fits) return;
      png_read_image(png_, rows.data());
      png_read_end(png_, nullptr);
    });
    return read && fits;
  }

  PngColor Color() const {
    PngColor color;
    png_charp name = nullptr;
    int compression = 0;
    png_bytep profile = nullptr;
    png_uint_32 profile_size = 0;
    if (png_get_iCCP(png_, info_, &name, &compression, &profile, &profile_size) != 0) {
      color.icc.assign(profile, profile + profile_size);
    }
    int intent = 0;
    if (png_get_sRGB(png_, info_, &intent) != 0) color.srgb_intent = intent;
    png_fixed_point gamma = 0;
    if (png_get_gAMA_fixed(png_, info_, &gamma) != 0) color.gamma = gamma;
    std::array<png_fixed_point, 8> c{};
    if (png_get_cHRM_fixed(png_, info_, &c[0], &c[1], &c[2], &c[3], &c[4], &c[5], &c[6], &c[7]) !=
        0) {
      color.chromaticities.emplace();
      std::copy(c.begin(), c.end(), color.chromaticities->begin());
    }
    PngColor::Resolution resolution;
    if (png_get_pHYs(png_, info_, &resolution.x, &resolution.y, &resolution.unit) != 0) {
      color.resolution = resolution;
    }
    return color;
  }

 private:
  static void OnRead(png_structp png, png_bytep out, size_t size) {
    auto* reader = static_cast<Reader*>(png_get_io_ptr(png));
    if (size > reader->rest_.size()) png_error(png, "cut short");
    std::memcpy(out, reader->rest_.data(), size);
    reader->rest_ = reader->rest_.subspan(size);
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

  bool Write(Raster& raster, bool alpha, const PngColor& color) {
    if (png_ == nullptr || info_ == nullptr) return false;
    std::vector<png_bytep> rows = Rows(raster);
    const bool grey = raster.channels.size() == 2;
    const int type =
        (grey ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB) | (alpha ? PNG_COLOR_MASK_ALPHA : 0);
    return Guard(png_, [&] {
      png_set_write_fn(png_, this, &Writer::OnWrite, [](png_structp) {});
      png_set_benign_errors(png_, 1);
      png_set_compression_level(png_, kCompressionLevel);
      png_set_IHDR(png_, info_, static_cast<png_uint_32>(raster.width),
                   static_cast<png_uint_32>(raster.height), raster.wide() ? 16 : 8, type,
                   PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
      SetColor(color);
      if (color.resolution) {
        png_set_pHYs(png_, info_, color.resolution->x, color.resolution->y, color.resolution->unit);
      }
      png_write_info(png_, info_);
      if (!alpha) png_set_filler(png_, 0, PNG_FILLER_AFTER);
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
  void SetColor(const PngColor& color) {
    if (!color.icc.empty()) {
      png_set_iCCP(png_, info_, "ICC profile", PNG_COMPRESSION_TYPE_BASE, color.icc.data(),
                   static_cast<png_uint_32>(color.icc.size()));
    } else if (color.srgb_intent) {
      png_set_sRGB(png_, info_, *color.srgb_intent);
    } else {
      if (color.gamma) png_set_gAMA_fixed(png_, info_, *color.gamma);
      if (color.chromaticities) {
        const auto& c = *color.chromaticities;
        png_set_cHRM_fixed(png_, info_, c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]);
      }
    }
  }

  Bytes file_;
  png_structp png_;
  png_infop info_;
};

// The beginning of a file of this size, up to its samples.
Bytes Head(const ApngFile& png, int width, int height) {
  Bytes file;
  Append(file, AsBytes(kPngSignature));
  Bytes header;
  AppendUint(header, static_cast<uint64_t>(width), 4, Endian::kBig);
  AppendUint(header, static_cast<uint64_t>(height), 4, Endian::kBig);
  const auto depth = static_cast<uint8_t>(png.depth), type = static_cast<uint8_t>(png.color_type);
  Append(header, Bytes{depth, type, 0, 0, static_cast<uint8_t>(png.interlace)});
  AppendPngChunk("IHDR", header, file);
  return file;
}

}  // namespace

PngColor ReadPngColor(const ApngFile& png) {
  Bytes file = Head(png, 1, 1);
  for (const ByteView chunk : png.color) Append(file, chunk);
  Append(file, png.palette);
  AppendPngChunk("IDAT", {}, file);
  Reader reader(file);
  if (!reader.ReadInfo()) return {};
  return reader.Color();
}

bool DecodeApngFrame(const ApngFile& png, const FrameSpec& frame, Raster& samples) {
  const int64_t row_bits = int64_t{frame.rect.width} * png.depth * png.channels();
  if ((row_bits + 7) / 8 * frame.rect.height / kMaxDeflateRatio >
      static_cast<int64_t>(frame.data.size())) {
    return false;
  }
  Bytes file = Head(png, frame.rect.width, frame.rect.height);
  Append(file, png.palette);
  Append(file, png.transparency);
  size_t at = 0;
  while (const auto chunk = ReadPngChunk(frame.data, at)) {
    at += chunk->whole.size();
    if (chunk->type == "IDAT") {
      Append(file, chunk->whole);
    } else if (chunk->type == "fdAT" && chunk->data.size() >= 4) {
      AppendPngChunk("IDAT", chunk->data.subspan(4), file);
    }
  }
  AppendPngChunk("IEND", {}, file);
  Reader reader(file);
  return reader.ReadInfo() && reader.ReadRows(samples);
}

Bytes EncodeApngFrame(const Raster& samples, bool alpha, const PngColor& color) {
  Raster copy = samples;  // libpng wants rows that it could write to
  Writer writer;
  if (!writer.Write(copy, alpha, color)) return {};
  return writer.Take();
}

}  // namespace efface
