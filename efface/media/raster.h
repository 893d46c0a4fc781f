// The samples of one page in memory, whatever the file's layout was: what PNG, TIFF and BMP share.
#ifndef EFFACE_MEDIA_RASTER_H_
#define EFFACE_MEDIA_RASTER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "efface/media/plane.h"

namespace efface {

struct ChannelInfo {
  Channel channel = Channel::kGrey;
  int bits = 8;  // 1..16
  bool inverted = false;
};

struct PaletteEntry {
  uint8_t red = 0, green = 0, blue = 0;
  uint8_t alpha = 255;
};

// Interleaved samples, rows without padding, values 0 .. 2^bits - 1. With a palette there is one
// channel, and its 8-bit samples are indices, which may pass the palette's end in broken files.
struct Raster {
  Raster() = default;
  Raster(int w, int h, std::vector<ChannelInfo> c);  // all zero

  int width = 0, height = 0;  // pixels
  std::vector<ChannelInfo> channels;
  std::vector<PaletteEntry> palette;  // empty: none
  Bytes samples8;                     // filled where no channel has more than 8 bits
  std::vector<uint16_t> samples16;    // filled otherwise, host order

  bool wide() const { return !samples16.empty(); }
  size_t stride() const { return static_cast<size_t>(width) * channels.size(); }  // samples a row
  uint8_t* row8(int y) { return samples8.data() + static_cast<size_t>(y) * stride(); }
  uint16_t* row16(int y) { return samples16.data() + static_cast<size_t>(y) * stride(); }
  const uint8_t* row8(int y) const { return samples8.data() + static_cast<size_t>(y) * stride(); }
};

// Bytes that a raster of this size takes.
int64_t RasterBytes(int width, int height, const std::vector<ChannelInfo>& channels);

// The most that a page takes: its raster, and then its 8-bit RGB or the written file of at most
// `written` bytes.
int64_t PageMemory(int width, int height, const std::vector<ChannelInfo>& channels,
                   int64_t written);

// Rasters up to this size are kept between Rgb and Write; larger ones are decoded twice, so that
// they take no memory while faces are looked for.
constexpr int64_t kKeptRasterBytes = int64_t{128} << 20;

// Hides what `hider` says, in every channel, alpha too: its outline would be a silhouette.
void Hide(const Hider& hider, Raster& raster);

// Alpha is ignored; 16 bits give their high byte; CMYK is converted without a profile.
RgbPicture ToRgb(const Raster& raster);

// `count` samples of 1, 2, 4 or 8 bits, most significant first, from and to rows of bytes. The last
// byte's unused bits are written as 0.
void UnpackRow(const uint8_t* packed, int bits, size_t count, uint8_t* samples);
void PackRow(const uint8_t* samples, int bits, size_t count, uint8_t* packed);

}  // namespace efface

#endif  // EFFACE_MEDIA_RASTER_H_
