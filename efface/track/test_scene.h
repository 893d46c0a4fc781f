// Grey planes of a textured background with textured heads on it, for tests.
#ifndef EFFACE_TRACK_TEST_SCENE_H_
#define EFFACE_TRACK_TEST_SCENE_H_

#include <cmath>
#include <cstdint>
#include <vector>

#include "efface/media/clip.h"
#include "efface/track/mover.h"

namespace efface {

// Smooth noise, 0..255, the same for the same seed: continuous, so that it can be moved by parts of
// a sample.
inline double Texture(uint32_t seed, double x, double y, double grain = 6) {
  const auto knot = [&](int i, int j) {
    uint32_t h = seed * 0x9E3779B9u ^ static_cast<uint32_t>(i) * 0x85EBCA6Bu ^
                 static_cast<uint32_t>(j) * 0xC2B2AE35u;
    h ^= h >> 15, h *= 0x2C1B3C6Du, h ^= h >> 12, h *= 0x297A2D39u, h ^= h >> 15;
    return static_cast<double>(h & 255);
  };
  x /= grain, y /= grain;
  const int i = static_cast<int>(std::floor(x)), j = static_cast<int>(std::floor(y));
  const auto ease = [](double t) { return t * t * (3 - 2 * t); };
  const double u = ease(x - i), v = ease(y - j);
  return (1 - v) * ((1 - u) * knot(i, j) + u * knot(i + 1, j)) +
         v * ((1 - u) * knot(i, j + 1) + u * knot(i + 1, j + 1));
}

// A head: its box, in plane samples, and the seed of its texture.
struct Head {
  Box box;
  uint32_t seed = 0;
};

// The background's point (0, 0) lies at (shift_x, shift_y). Later heads lie in front.
inline GreyPicture Scene(int width, int height, uint32_t background, double shift_x, double shift_y,
                         const std::vector<Head>& heads) {
  GreyPicture plane{width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height)};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double px = x + 0.5, py = y + 0.5;
      double value = Texture(background, px - shift_x, py - shift_y);
      for (const Head& head : heads) {
        const double u = (px - head.box.x) / head.box.width,
                     v = (py - head.box.y) / head.box.height;
        if (u * u + v * v > 0.25) continue;
        value = Texture(head.seed, u * 40 + 100, v * 40 + 100);
      }
      plane.samples[static_cast<size_t>(y) * width + x] = static_cast<uint8_t>(value);
    }
  }
  return plane;
}

}  // namespace efface

#endif  // EFFACE_TRACK_TEST_SCENE_H_
