#include "efface/media/raster.h"

#include <algorithm>
#include <array>
#include <utility>

#include "efface/media/indexed.h"

namespace efface {
namespace {

bool IsWide(const std::vector<ChannelInfo>& channels) {
  return std::any_of(channels.begin(), channels.end(),
                     [](const ChannelInfo& info) { return info.bits > 8; });
}

// For the samples of one channel, brought to at most 8 bits, what they are in 0..255.
struct Scale {
  size_t offset = 0;  // of the channel within a pixel
  int shift = 0;      // bits above 8
  std::array<uint8_t, 256> table{};
};

Scale ScaleOf(const Raster& raster, size_t offset) {
  const ChannelInfo& info = raster.channels[offset];
  Scale scale;
  scale.offset = offset;
  scale.shift = std::max(info.bits - 8, 0);
  const int full = (1 << std::min(info.bits, 8)) - 1;
  for (int i = 0; i < 256; ++i) {
    const int value = std::min(i, full) * 255 / full;
    scale.table[static_cast<size_t>(i)] = static_cast<uint8_t>(info.inverted ? 255 - value : value);
  }
  return scale;
}

template <typename Sample>
void ConvertToRgb(const Raster& raster, const Sample* samples, uint8_t* rgb) {
  // The channels that make red, green and blue, and black where there is one.
  std::array<Channel, 4> wanted = {Channel::kRed, Channel::kGreen, Channel::kBlue, Channel::kBlack};
  bool inks = false;
  if (raster.channels[0].channel == Channel::kGrey) {
    wanted = {Channel::kGrey, Channel::kGrey, Channel::kGrey, Channel::kBlack};
  } else if (raster.channels[0].channel == Channel::kCyan) {
    wanted = {Channel::kCyan, Channel::kMagenta, Channel::kYellow, Channel::kBlack};
    inks = true;
  }
  std::array<Scale, 4> scales;
  for (size_t i = 0; i < 4; ++i) {
    for (size_t c = 0; c < raster.channels.size(); ++c) {
      if (raster.channels[c].channel == wanted[i]) {
        scales[i] = ScaleOf(raster, c);
        break;
      }
    }
  }
  const size_t step = raster.channels.size();
  const size_t count = static_cast<size_t>(raster.width) * static_cast<size_t>(raster.height);
  for (size_t p = 0; p < count; ++p, samples += step, rgb += 3) {
    for (size_t i = 0; i < 3; ++i) {
      rgb[i] = scales[i].table[static_cast<size_t>(samples[scales[i].offset] >> scales[i].shift)];
    }
    if (inks) {
      const int light =
          255 - scales[3].table[static_cast<size_t>(samples[scales[3].offset] >> scales[3].shift)];
      for (size_t i = 0; i < 3; ++i) rgb[i] = static_cast<uint8_t>((255 - rgb[i]) * light / 255);
    }
  }
}

}  // namespace

Raster::Raster(int w, int h, std::vector<ChannelInfo> c)
    : width(w), height(h), channels(std::move(c)) {
  const size_t count = stride() * static_cast<size_t>(height);
  if (IsWide(channels)) {
    samples16.resize(count);
  } else {
    samples8.resize(count);
  }
}

int64_t RasterBytes(int width, int height, const std::vector<ChannelInfo>& channels) {
  return int64_t{width} * height * static_cast<int64_t>(channels.size()) *
         (IsWide(channels) ? 2 : 1);
}

int64_t PageMemory(int width, int height, const std::vector<ChannelInfo>& channels,
                   int64_t written) {
  return RasterBytes(width, height, channels) + std::max(int64_t{3} * width * height, written);
}

void Hide(const Hider& hider, Raster& raster) {
  if (!raster.palette.empty()) return HideIndexed(hider, raster);
  const PlaneGrid grid{.width = raster.width, .height = raster.height};
  for (const Patch& patch : hider.Patches(grid)) {
    for (size_t c = 0; c < raster.channels.size(); ++c) {
      const size_t start = static_cast<size_t>(patch.y) * raster.stride() +
                           static_cast<size_t>(patch.x) * raster.channels.size() + c;
      PlaneView view;
      if (raster.wide()) {
        view.samples16 = raster.samples16.data() + start;
      } else {
        view.samples8 = raster.samples8.data() + start;
      }
      view.stride = static_cast<ptrdiff_t>(raster.stride());
      view.step = static_cast<ptrdiff_t>(raster.channels.size());
      view.width = patch.width;
      view.height = patch.height;
      view.bits = raster.channels[c].bits;
      view.channel = raster.channels[c].channel;
      view.inverted = raster.channels[c].inverted;
      hider.Fill(patch, view);
    }
  }
}

RgbPicture ToRgb(const Raster& raster) {
  if (!raster.palette.empty()) return IndexedToRgb(raster);
  RgbPicture picture;
  picture.width = raster.width;
  picture.height = raster.height;
  picture.samples.resize(static_cast<size_t>(raster.width) * static_cast<size_t>(raster.height) *
                         3);
  if (raster.wide()) {
    ConvertToRgb(raster, raster.samples16.data(), picture.samples.data());
  } else {
    ConvertToRgb(raster, raster.samples8.data(), picture.samples.data());
  }
  return picture;
}

void UnpackRow(const uint8_t* packed, int bits, size_t count, uint8_t* samples) {
  const size_t a_byte = static_cast<size_t>(8 / bits);
  const int full = (1 << bits) - 1;
  for (size_t i = 0; i < count; ++i) {
    const int shift = 8 - bits - static_cast<int>(i % a_byte) * bits;
    samples[i] = static_cast<uint8_t>(packed[i / a_byte] >> shift & full);
  }
}

void PackRow(const uint8_t* samples, int bits, size_t count, uint8_t* packed) {
  const size_t a_byte = static_cast<size_t>(8 / bits);
  const int full = (1 << bits) - 1;
  std::fill_n(packed, (count + a_byte - 1) / a_byte, uint8_t{0});
  for (size_t i = 0; i < count; ++i) {
    const int shift = 8 - bits - static_cast<int>(i % a_byte) * bits;
    packed[i / a_byte] = static_cast<uint8_t>(packed[i / a_byte] | (samples[i] & full) << shift);
  }
}

}  // namespace efface
