// For tests only: pictures to encode, and what a test must know to compare planes.
#ifndef EFFACE_MEDIA_HEIF_SAMPLES_H_
#define EFFACE_MEDIA_HEIF_SAMPLES_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>

#include "base/bytes.h"
#include "base/file.h"
#include "base/test_data.h"
#include "efface/media/heif_write.h"
#include "efface/media/heif_yuv.h"
#include "efface/media/test_hider.h"

namespace efface {

// Sample of a picture with soft shapes and a little noise, like a photograph's. `seed` changes it.
inline int SampleAt(const YuvPicture& picture, int plane, int x, int y, uint32_t seed) {
  const PlaneGrid grid = GridOf(picture, plane);
  const double u = x * grid.sub_x + plane * 17, v = y * grid.sub_y;
  uint32_t hash = (static_cast<uint32_t>(x) * 73856093U) ^ (static_cast<uint32_t>(y) * 19349663U) ^
                  (static_cast<uint32_t>(plane) * 83492791U) ^ (seed * 2654435761U);
  hash = (hash ^ hash >> 15) * 2246822519U;
  const double noise = static_cast<double>(hash >> 16 & 255) / 255 - 0.5;
  const double soft = 0.5 + 0.2 * std::sin(u / 13 + seed) + 0.15 * std::cos(v / 9) +
                      0.05 * std::sin((u + v) / 3.5) + noise * 0.02;
  const int low = picture.full_range || plane == 3 ? 0 : 16 << (picture.bits - 8);
  const int high =
      picture.full_range || plane == 3 ? (1 << picture.bits) - 1 : 235 << (picture.bits - 8);
  return low + static_cast<int>(std::clamp(soft, 0.0, 1.0) * (high - low));
}

inline int GetSample(const YuvPicture& picture, int plane, int x, int y) {
  const uint8_t* row = picture.planes[plane] + y * picture.row_bytes[plane];
  return picture.bits > 8 ? reinterpret_cast<const uint16_t*>(row)[x] : row[x];
}

inline void SetSample(const YuvPicture& picture, int plane, int x, int y, int value) {
  uint8_t* row = picture.planes[plane] + y * picture.row_bytes[plane];
  if (picture.bits > 8) {
    reinterpret_cast<uint16_t*>(row)[x] = static_cast<uint16_t>(value);
  } else {
    row[x] = static_cast<uint8_t>(value);
  }
}

// Draws the picture of `seed` where `box`, in pixels, holds a sample.
inline void Draw(const YuvPicture& picture, uint32_t seed, const SampleBox& box) {
  for (int plane = 0; plane < 4; ++plane) {
    if (picture.planes[plane] == nullptr) continue;
    const PlaneGrid grid = GridOf(picture, plane);
    for (int y = 0; y < grid.height; ++y) {
      for (int x = 0; x < grid.width; ++x) {
        if (!box.Contains(x * static_cast<int>(grid.sub_x), y * static_cast<int>(grid.sub_y))) {
          continue;
        }
        SetSample(picture, plane, x, y, SampleAt(picture, plane, x, y, seed));
      }
    }
  }
}

inline void Draw(const YuvPicture& picture, uint32_t seed) {
  Draw(picture, seed, {0, 0, picture.width, picture.height});
}

// What lies beyond the shown part of a coded picture.
enum class Beyond {
  kPicture,   // more of it
  kRepeated,  // the last row and column, as most encoders have it
  kFlat,      // one colour, as newer phones have it
  kBoth,      // repeated up to blocks of 32 pixels, then flat, as older ones have it
  kFaint,     // repeated, with a faint picture in it
};

inline void FillBeyond(const YuvPicture& picture, int shown_width, int shown_height,
                       Beyond beyond) {
  if (beyond == Beyond::kPicture) return;
  for (int plane = 0; plane < 4; ++plane) {
    if (picture.planes[plane] == nullptr) continue;
    const PlaneGrid grid = GridOf(picture, plane);
    const auto end = [](int pixels, int64_t sub) {
      return static_cast<int>((pixels + sub - 1) / sub);
    };
    const int width = end(shown_width, grid.sub_x), height = end(shown_height, grid.sub_y);
    const int block = beyond == Beyond::kBoth ? 32 : beyond == Beyond::kFlat ? 2 : 1 << 16;
    const auto up = [&](int pixels) { return (pixels + block - 1) / block * block; };
    const int right = end(up(shown_width), grid.sub_x), bottom = end(up(shown_height), grid.sub_y);
    for (int y = 0; y < grid.height; ++y) {
      for (int x = 0; x < grid.width; ++x) {
        if (x < width && y < height) continue;
        const bool flat = beyond != Beyond::kRepeated && (x >= right || y >= bottom);
        int value = flat ? 1 << (picture.bits - 2)
                         : GetSample(picture, plane, std::clamp(x, 0, std::max(width - 1, 0)),
                                     std::clamp(y, 0, std::max(height - 1, 0)));
        if (beyond == Beyond::kFaint) {
          const int faint = ((x / 8 + y / 8) % 2 == 0 ? 10 : -10) * (1 << (picture.bits - 8));
          value = std::clamp(value + faint, 0, (1 << picture.bits) - 1);
        }
        SetSample(picture, plane, x, y, value);
      }
    }
  }
}

// A file whose picture is a grid, shown to that size, still without its tiles.
inline HeifOut EmptyGrid(const std::string& brand, int rows, int columns, int width, int height) {
  HeifOutItem grid;
  grid.type = "grid";
  grid.data = {0, 0, static_cast<uint8_t>(rows - 1), static_cast<uint8_t>(columns - 1)};
  Bytes ispe(4);
  for (const int side : {width, height}) {
    AppendUint(grid.data, static_cast<uint64_t>(side), 2, Endian::kBig);
    AppendUint(ispe, static_cast<uint64_t>(side), 4, Endian::kBig);
  }
  grid.properties.push_back({MakeBox("ispe", ispe), false});
  HeifOut out;
  out.major_brand = brand;
  out.brands = {"mif1", brand};
  out.items.push_back(std::move(grid));
  return out;
}

// Peak signal-to-noise ratio in dB of one plane, over samples that `hider` leaves; infinite where
// all are equal.
inline double PsnrOutside(const YuvPicture& a, const YuvPicture& b, int plane,
                          const RectangleHider& hider) {
  const PlaneGrid grid = GridOf(a, plane);
  const SampleBox hidden = hider.Hidden(grid);
  double squares = 0;
  int64_t count = 0;
  for (int y = 0; y < grid.height; ++y) {
    for (int x = 0; x < grid.width; ++x) {
      if (hidden.Contains(x, y)) continue;
      const double difference = GetSample(a, plane, x, y) - GetSample(b, plane, x, y);
      squares += difference * difference;
      ++count;
    }
  }
  const double peak = (1 << a.bits) - 1;
  if (squares == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(peak * peak * static_cast<double>(count) / squares);
}

// Samples within the hidden area that are still equal, as a share of all of them.
inline double EqualInside(const YuvPicture& a, const YuvPicture& b, int plane,
                          const RectangleHider& hider) {
  const SampleBox hidden = hider.Hidden(GridOf(a, plane));
  int equal = 0, count = 0;
  for (int y = hidden.top; y < hidden.bottom; ++y) {
    for (int x = hidden.left; x < hidden.right; ++x) {
      equal += GetSample(a, plane, x, y) == GetSample(b, plane, x, y);
      ++count;
    }
  }
  return count == 0 ? 1 : static_cast<double>(equal) / count;
}

inline bool Holds(ByteView file, std::string_view text) {
  return std::search(file.begin(), file.end(), text.begin(), text.end(),
                     [](uint8_t a, char b) { return a == static_cast<uint8_t>(b); }) != file.end();
}

// A file of the test data; empty where that is missing.
inline Bytes RealFile(const std::string& name) {
  auto bytes = ReadFile(TestData() / name, int64_t{1} << 28);
  return bytes.ok() ? *std::move(bytes) : Bytes();
}

}  // namespace efface

#endif  // EFFACE_MEDIA_HEIF_SAMPLES_H_
