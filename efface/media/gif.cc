// GIF of one frame, through giflib. Written: the screen's size, background and aspect, the palette
// (global, local or both), the frame's place and interlacing, and its transparent colour. Comments,
// plain text and application extensions are dropped. The page is the frame, which on most files is
// the whole screen.
#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

#include "base/status.h"
#include "efface/media/raster.h"
#include "efface/media/still.h"
#include "efface/media/unseen.h"

namespace efface {
namespace {

constexpr char kDamaged[] = "the GIF file is damaged or cut short";

// The order in which an interlaced frame's rows are stored (GIF89a, appendix E).
std::vector<int> RowOrder(int height, bool interlaced) {
  constexpr std::array<std::array<int, 2>, 4> kPasses = {{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
  std::vector<int> rows;
  if (interlaced) {
    for (const auto& [start, step] : kPasses) {
      for (int y = start; y < height; y += step) rows.push_back(y);
    }
  } else {
    for (int y = 0; y < height; ++y) rows.push_back(y);
  }
  return rows;
}

std::vector<PaletteEntry> Palette(const ColorMapObject* map) {
  std::vector<PaletteEntry> palette;
  if (map == nullptr) return palette;
  for (int i = 0; i < map->ColorCount; ++i) {
    palette.push_back({map->Colors[i].Red, map->Colors[i].Green, map->Colors[i].Blue});
  }
  return palette;
}

// All of a GIF file but its samples.
struct Header {
  int screen_width = 0, screen_height = 0;
  int color_resolution = 8;
  int background = 0;
  int aspect = 0;
  std::vector<PaletteEntry> global, local;
  int left = 0, top = 0, width = 0, height = 0;
  bool interlaced = false;
  int transparent = NO_TRANSPARENT_COLOR;

  std::vector<PaletteEntry> Colors() const {  // as they are shown
    std::vector<PaletteEntry> colors = local.empty() ? global : local;
    if (transparent >= 0 && transparent < static_cast<int>(colors.size())) {
      colors[static_cast<size_t>(transparent)].alpha = 0;
    }
    return colors;
  }
};

// A giflib reader over bytes that it borrows.
class Reader {
 public:
  explicit Reader(ByteView file) : rest_(file), gif_(DGifOpen(this, &Reader::OnRead, nullptr)) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() {
    if (gif_ != nullptr) DGifCloseFile(gif_, nullptr);
  }

  // Reads up to the first frame's samples.
  absl::StatusOr<Header> ReadHeader() {
    if (gif_ == nullptr) return absl::DataLossError(kDamaged);
    Header header;
    header.screen_width = gif_->SWidth;
    header.screen_height = gif_->SHeight;
    header.color_resolution = std::clamp(gif_->SColorResolution, 1, 8);
    header.background = gif_->SBackGroundColor;
    header.aspect = gif_->AspectByte;
    header.global = Palette(gif_->SColorMap);
    GifRecordType record = UNDEFINED_RECORD_TYPE;
    while (record != IMAGE_DESC_RECORD_TYPE) {
      if (DGifGetRecordType(gif_, &record) == GIF_ERROR || record == TERMINATE_RECORD_TYPE) {
        return absl::DataLossError(kDamaged);
      }
      if (record == EXTENSION_RECORD_TYPE) RETURN_IF_ERROR(ReadExtension(header));
    }
    if (DGifGetImageDesc(gif_) == GIF_ERROR) return absl::DataLossError(kDamaged);
    const GifImageDesc& frame = gif_->Image;
    header.local = Palette(frame.ColorMap);
    header.left = frame.Left;
    header.top = frame.Top;
    header.width = frame.Width;
    header.height = frame.Height;
    header.interlaced = frame.Interlace;
    if (header.global.empty() && header.local.empty()) {
      return absl::InvalidArgumentError("the GIF file has no colour table");
    }
    return header;
  }

  // After ReadHeader.
  absl::Status ReadRows(const Header& header, Raster& raster) {
    for (const int y : RowOrder(header.height, header.interlaced)) {
      if (DGifGetLine(gif_, raster.row8(y), header.width) == GIF_ERROR) {
        return absl::DataLossError(kDamaged);
      }
    }
    return absl::OkStatus();
  }

 private:
  static int OnRead(GifFileType* gif, GifByteType* out, int size) {
    auto* reader = static_cast<Reader*>(gif->UserData);
    const size_t count = std::min(static_cast<size_t>(std::max(size, 0)), reader->rest_.size());
    if (count > 0) std::memcpy(out, reader->rest_.data(), count);
    reader->rest_ = reader->rest_.subspan(count);
    return static_cast<int>(count);
  }

  absl::Status ReadExtension(Header& header) {
    int code = 0;
    GifByteType* block = nullptr;
    if (DGifGetExtension(gif_, &code, &block) == GIF_ERROR) return absl::DataLossError(kDamaged);
    while (block != nullptr) {
      GraphicsControlBlock control;
      if (code == GRAPHICS_EXT_FUNC_CODE &&
          DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK) {
        header.transparent = control.TransparentColor;
      }
      if (DGifGetExtensionNext(gif_, &block) == GIF_ERROR) return absl::DataLossError(kDamaged);
    }
    return absl::OkStatus();
  }

  ByteView rest_;
  GifFileType* gif_;
};

// giflib's palette; null for an empty one.
class ColorMap {
 public:
  explicit ColorMap(const std::vector<PaletteEntry>& palette) {
    if (palette.empty()) return;
    map_ = GifMakeMapObject(static_cast<int>(palette.size()), nullptr);
    if (map_ == nullptr) return;
    for (size_t i = 0; i < palette.size(); ++i) {
      map_->Colors[i] = {palette[i].red, palette[i].green, palette[i].blue};
    }
  }
  ColorMap(const ColorMap&) = delete;
  ColorMap& operator=(const ColorMap&) = delete;
  ~ColorMap() { GifFreeMapObject(map_); }
  const ColorMapObject* get() const { return map_; }

 private:
  ColorMapObject* map_ = nullptr;
};

// Writes to a vector that it owns until Take.
class Writer {
 public:
  // False where giflib gave up or memory ran out.
  bool Write(const Header& header, Raster& raster) {
    const ColorMap global(header.global), local(header.local);
    GifFileType* gif = EGifOpen(this, &Writer::OnWrite, nullptr);
    if (gif == nullptr) return false;
    gif->AspectByte = static_cast<GifByteType>(header.aspect);
    EGifSetGifVersion(gif, header.transparent >= 0);
    bool ok = EGifPutScreenDesc(gif, header.screen_width, header.screen_height,
                                header.color_resolution, header.background, global.get()) == GIF_OK;
    if (ok && header.transparent >= 0) ok = WriteTransparent(gif, header.transparent);
    ok = ok && EGifPutImageDesc(gif, header.left, header.top, header.width, header.height,
                                header.interlaced, local.get()) == GIF_OK;
    if (ok) {
      for (const int y : RowOrder(header.height, header.interlaced)) {
        if (EGifPutLine(gif, raster.row8(y), header.width) == GIF_ERROR) {
          ok = false;
          break;
        }
      }
    }
    return EGifCloseFile(gif, nullptr) == GIF_OK && ok;
  }

  Bytes Take() { return std::move(file_); }

 private:
  static int OnWrite(GifFileType* gif, const GifByteType* data, int size) {
    auto* writer = static_cast<Writer*>(gif->UserData);
    try {
      Append(writer->file_, {data, static_cast<size_t>(std::max(size, 0))});
    } catch (const std::bad_alloc&) {
      return 0;
    }
    return size;
  }

  static bool WriteTransparent(GifFileType* gif, int index) {
    const GraphicsControlBlock control = {.DisposalMode = DISPOSAL_UNSPECIFIED,
                                          .UserInputFlag = false,
                                          .DelayTime = 0,
                                          .TransparentColor = index};
    std::array<GifByteType, 4> bytes{};
    EGifGCBToExtension(&control, bytes.data());
    return EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, static_cast<int>(bytes.size()),
                            bytes.data()) == GIF_OK;
  }

  Bytes file_;
};

// Makes the palette in use long enough for every sample, in black: giflib's encoder would change
// samples past it. Broken files alone have such samples, and none of them is a hidden one.
void CoverAll(const Raster& raster, Header& header) {
  std::vector<PaletteEntry>& palette = header.local.empty() ? header.global : header.local;
  const auto most = std::max_element(raster.samples8.begin(), raster.samples8.end());
  while (palette.size() <= *most) palette.resize(palette.size() * 2);
}

// Of a palette that the picture doesn't use, the background alone is left.
void TakePalette(const Raster& raster, Header& header) {
  const auto background = static_cast<size_t>(header.background);
  std::vector<PaletteEntry> global(header.global.size());
  if (header.local.empty()) {
    global = raster.palette;
  } else {
    header.local = raster.palette;
  }
  if (background < global.size()) global[background] = header.global[background];
  header.global = std::move(global);
}

class GifStill : public Still {
 public:
  GifStill(ByteView file, Header header)
      : file_(file), header_(std::move(header)), pages_({{header_.width, header_.height, 1}}) {}

  const std::vector<PageInfo>& pages() const override { return pages_; }

  int64_t memory() const override {
    return PageMemory(header_.width, header_.height, {ChannelInfo{}},
                      int64_t{header_.width} * header_.height * 3 / 2);
  }

  absl::StatusOr<RgbPicture> Rgb(int) override {
    ASSIGN_OR_RETURN(Raster raster, Read());
    RgbPicture picture = ToRgb(raster);
    if (static_cast<int64_t>(raster.samples8.size()) <= kKeptRasterBytes) kept_ = std::move(raster);
    return picture;
  }

  absl::StatusOr<std::vector<uint8_t>> Unseen(int) override {
    ASSIGN_OR_RETURN(Raster raster, Read());
    std::vector<uint8_t> unseen = UnseenPixels(raster);
    if (static_cast<int64_t>(raster.samples8.size()) <= kKeptRasterBytes) kept_ = std::move(raster);
    return unseen;
  }

  absl::StatusOr<WrittenStill> Write(std::span<const Hider* const> hiders,
                                     const WriteOptions&) override {
    ASSIGN_OR_RETURN(Raster raster, Read());
    if (hiders[0] != nullptr) Hide(*hiders[0], raster);
    ClearUnseen(raster);
    Header header = header_;
    TakePalette(raster, header);
    CoverAll(raster, header);
    Writer writer;
    if (!writer.Write(header, raster)) {
      return absl::InternalError("the GIF file could not be written");
    }
    return WrittenStill{.file = writer.Take(), .fidelity = Fidelity::kLossless};
  }

 private:
  absl::StatusOr<Raster> Read() {
    if (kept_) return *std::exchange(kept_, std::nullopt);
    Reader reader(file_);
    RETURN_IF_ERROR(reader.ReadHeader().status());
    Raster raster(header_.width, header_.height, {ChannelInfo{}});
    raster.palette = header_.Colors();
    RETURN_IF_ERROR(reader.ReadRows(header_, raster));
    return raster;
  }

  ByteView file_;
  Header header_;
  std::vector<PageInfo> pages_;
  std::optional<Raster> kept_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Still>> OpenGif(ByteView file, const StillLimits& limits) {
  Reader reader(file);
  ASSIGN_OR_RETURN(Header header, reader.ReadHeader());
  RETURN_IF_ERROR(CheckSize(header.width, header.height, limits.max_pixels, limits));
  return std::make_unique<GifStill>(file, std::move(header));
}

}  // namespace efface
