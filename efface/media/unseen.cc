#include "efface/media/unseen.h"

#include <algorithm>
#include <array>
#include <optional>

namespace efface {
namespace {

template <typename Sample>
void ClearUnderAlpha(std::vector<Sample>& samples, size_t channels, size_t alpha, Sample clear) {
  for (size_t at = 0; at + channels <= samples.size(); at += channels) {
    if (samples[at + alpha] != clear) continue;
    for (size_t c = 0; c < channels; ++c) {
      if (c != alpha) samples[at + c] = 0;
    }
  }
}

void ClearPalette(Raster& raster) {
  std::array<bool, 256> seen = {};
  for (const uint8_t index : raster.samples8) seen[index] = true;
  for (size_t i = 0; i < raster.palette.size(); ++i) {
    PaletteEntry& entry = raster.palette[i];
    const bool has = i < seen.size() && seen[i];
    if (!has) entry = PaletteEntry();
    if (entry.alpha == 0) entry.red = entry.green = entry.blue = 0;
  }
}

// Where a raster's alpha stands, and its value of full transparency.
struct Alpha {
  size_t at = 0;
  uint16_t clear = 0;
};

std::optional<Alpha> AlphaOf(const Raster& raster) {
  const auto alpha =
      std::find_if(raster.channels.begin(), raster.channels.end(),
                   [](const ChannelInfo& channel) { return channel.channel == Channel::kAlpha; });
  if (alpha == raster.channels.end()) return std::nullopt;
  return Alpha{static_cast<size_t>(alpha - raster.channels.begin()),
               static_cast<uint16_t>(alpha->inverted ? (1 << alpha->bits) - 1 : 0)};
}

// A byte for each of `count` pixels; none where all are 0.
template <typename IsClear>
std::vector<uint8_t> Marks(size_t count, const IsClear& is_clear) {
  std::vector<uint8_t> marks(count);
  bool any = false;
  for (size_t i = 0; i < count; ++i) {
    marks[i] = is_clear(i) ? 1 : 0;
    any = any || marks[i] != 0;
  }
  if (!any) marks.clear();
  return marks;
}

}  // namespace

std::vector<uint8_t> UnseenPixels(const Raster& raster) {
  if (!raster.palette.empty()) {
    return Marks(raster.samples8.size(), [&](size_t i) {
      const size_t index = raster.samples8[i];
      return index < raster.palette.size() && raster.palette[index].alpha == 0;
    });
  }
  const std::optional<Alpha> alpha = AlphaOf(raster);
  if (!alpha) return {};
  const size_t channels = raster.channels.size();
  return Marks(
      static_cast<size_t>(raster.width) * static_cast<size_t>(raster.height), [&](size_t i) {
        const size_t at = i * channels + alpha->at;
        return (raster.wide() ? raster.samples16[at] : raster.samples8[at]) == alpha->clear;
      });
}

std::vector<uint8_t> UnseenPixels(ByteView rgba) {
  return Marks(rgba.size() / 4, [&](size_t i) { return rgba[4 * i + 3] == 0; });
}

void ClearUnseen(Raster& raster) {
  if (!raster.palette.empty()) return ClearPalette(raster);
  const std::optional<Alpha> alpha = AlphaOf(raster);
  if (!alpha) return;
  const size_t at = alpha->at;
  const uint16_t clear = alpha->clear;
  if (raster.wide()) {
    ClearUnderAlpha(raster.samples16, raster.channels.size(), at, clear);
  } else {
    ClearUnderAlpha(raster.samples8, raster.channels.size(), at, static_cast<uint8_t>(clear));
  }
}

bool HasUnseen(ByteView rgba) {
  for (size_t at = 0; at + 4 <= rgba.size(); at += 4) {
    if (rgba[at + 3] == 0 && (rgba[at] | rgba[at + 1] | rgba[at + 2]) != 0) return true;
  }
  return false;
}

bool HasUnseenBlock(ByteView rgba, int width, int height) {
  constexpr int kBlock = 8;
  constexpr int kFlat = 24;  // of 256 levels, between least and most
  const auto pixel = [&](int x, int y) {
    return &rgba[4 *
                 (static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x))];
  };
  const auto is_flat = [&](int left, int top, size_t channel) {
    int least = 255, most = 0;
    for (int y = top; y < std::min(top + kBlock, height); ++y) {
      for (int x = left; x < std::min(left + kBlock, width); ++x) {
        if (pixel(x, y)[3] != 0) return true;  // it is seen
        least = std::min<int>(least, pixel(x, y)[channel]);
        most = std::max<int>(most, pixel(x, y)[channel]);
      }
    }
    return most - least <= kFlat;
  };
  for (int top = 0; top < height; top += kBlock) {
    for (int left = 0; left < width; left += kBlock) {
      for (size_t channel = 0; channel < 3; ++channel) {
        if (!is_flat(left, top, channel)) return true;
      }
    }
  }
  return false;
}

}  // namespace efface
