#include "efface/media/indexed.h"

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>

namespace efface {
namespace {

using Pixel = std::array<uint8_t, 4>;  // red, green, blue, alpha

Pixel Premultiplied(const Pixel& pixel) {
  Pixel out = pixel;
  for (size_t i = 0; i < 3; ++i) out[i] = static_cast<uint8_t>((pixel[i] * pixel[3] + 127) / 255);
  return out;
}

// Finds palette entries, remembering recent answers: neighbours in a filled area are alike.
class Nearest {
 public:
  explicit Nearest(const std::vector<PaletteEntry>& palette) {
    for (const PaletteEntry& entry : palette) {
      entries_.push_back(Premultiplied({entry.red, entry.green, entry.blue, entry.alpha}));
    }
  }

  uint8_t Find(const Pixel& pixel) {
    uint32_t key = 0;
    std::memcpy(&key, pixel.data(), sizeof(key));
    Known& known = known_[key * 2654435761u >> 22];
    if (known.index < 0 || known.key != key) {
      known.key = key;
      known.index = Search(Premultiplied(pixel));
    }
    return static_cast<uint8_t>(known.index);
  }

 private:
  struct Known {
    uint32_t key = 0;
    int index = -1;
  };

  int Search(const Pixel& pixel) const {
    int best = 0;
    int best_distance = INT_MAX;
    for (size_t i = 0; i < entries_.size(); ++i) {
      int distance = 0;
      for (size_t k = 0; k < 4; ++k) {
        const int difference = pixel[k] - entries_[i][k];
        distance += difference * difference;
      }
      if (distance < best_distance) {
        best_distance = distance;
        best = static_cast<int>(i);
      }
    }
    return best;
  }

  std::vector<Pixel> entries_;
  std::array<Known, 1024> known_;
};

Pixel Color(const std::vector<PaletteEntry>& palette, uint8_t index) {
  if (index >= palette.size()) return {0, 0, 0, 255};
  return {palette[index].red, palette[index].green, palette[index].blue, palette[index].alpha};
}

void HidePatch(const Hider& hider, const Patch& patch, bool alpha, Nearest& nearest,
               Raster& raster) {
  const auto width = static_cast<size_t>(patch.width);
  const auto height = static_cast<size_t>(patch.height);
  std::vector<Pixel> pixels(width * height);
  for (size_t y = 0; y < height; ++y) {
    const uint8_t* row = raster.row8(patch.y + static_cast<int>(y)) + patch.x;
    for (size_t x = 0; x < width; ++x) pixels[y * width + x] = Color(raster.palette, row[x]);
  }
  constexpr std::array<Channel, 4> kChannels = {Channel::kRed, Channel::kGreen, Channel::kBlue,
                                                Channel::kAlpha};
  for (size_t c = 0; c < (alpha ? 4 : 3); ++c) {
    PlaneView view;
    view.samples8 = pixels[0].data() + c;
    view.stride = static_cast<ptrdiff_t>(width * 4);
    view.step = 4;
    view.width = patch.width;
    view.height = patch.height;
    view.channel = kChannels[c];
    hider.Fill(patch, view);
  }
  for (size_t y = 0; y < height; ++y) {
    uint8_t* row = raster.row8(patch.y + static_cast<int>(y)) + patch.x;
    for (size_t x = 0; x < width; ++x) {
      if (patch.hidden[y * width + x] == 0) continue;
      row[x] = nearest.Find(pixels[y * width + x]);
    }
  }
}

}  // namespace

void HideIndexed(const Hider& hider, Raster& raster) {
  const bool alpha = std::any_of(raster.palette.begin(), raster.palette.end(),
                                 [](const PaletteEntry& entry) { return entry.alpha < 255; });
  Nearest nearest(raster.palette);
  for (const Patch& patch : hider.Patches({.width = raster.width, .height = raster.height})) {
    HidePatch(hider, patch, alpha, nearest, raster);
  }
}

RgbPicture IndexedToRgb(const Raster& raster) {
  RgbPicture picture;
  picture.width = raster.width;
  picture.height = raster.height;
  std::array<Pixel, 256> colors;
  for (size_t i = 0; i < 256; ++i) colors[i] = Color(raster.palette, static_cast<uint8_t>(i));
  picture.samples.resize(raster.samples8.size() * 3);
  uint8_t* out = picture.samples.data();
  for (const uint8_t index : raster.samples8) {
    std::copy_n(colors[index].begin(), 3, out);
    out += 3;
  }
  return picture;
}

}  // namespace efface
