// The DCT against the formula of ITU-T T.81 A.3.3, in double precision.
#include "efface/media/jpeg_dct.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <random>

namespace efface {
namespace {

using Quantisers = std::array<uint16_t, 64>;
using Levels = std::array<int16_t, 64>;
using Samples = std::array<uint8_t, 64>;

double Basis(int u, int x) {
  return (u == 0 ? std::sqrt(0.5) : 1.0) / 2 * std::cos((2 * x + 1) * u * std::numbers::pi / 16);
}

Quantisers All(uint16_t value) {
  Quantisers quantisers;
  quantisers.fill(value);
  return quantisers;
}

TEST(JpegDctTest, DecodesAsTheFormulaSays) {
  std::mt19937 random(1);
  const Quantisers quantisers = All(3);
  for (int round = 0; round < 50; ++round) {
    Levels levels;
    for (int16_t& level : levels) level = static_cast<int16_t>(int(random() % 21) - 10);
    Samples samples;
    DecodeJpegBlock(levels.data(), quantisers.data(), samples.data(), 8);
    for (int y = 0; y < 8; ++y) {
      for (int x = 0; x < 8; ++x) {
        double sum = 128;
        for (int v = 0; v < 8; ++v) {
          for (int u = 0; u < 8; ++u) sum += 3 * levels[8 * v + u] * Basis(v, y) * Basis(u, x);
        }
        EXPECT_NEAR(samples[8 * y + x], std::clamp(sum, 0.0, 255.0), 0.501);
      }
    }
  }
}

TEST(JpegDctTest, EncodesAsTheFormulaSays) {
  std::mt19937 random(2);
  const Quantisers quantisers = All(5);
  for (int round = 0; round < 50; ++round) {
    Samples samples;
    for (uint8_t& sample : samples) sample = static_cast<uint8_t>(random());
    Levels levels;
    EncodeJpegBlock(samples.data(), 8, quantisers.data(), levels.data());
    for (int v = 0; v < 8; ++v) {
      for (int u = 0; u < 8; ++u) {
        double sum = 0;
        for (int y = 0; y < 8; ++y) {
          for (int x = 0; x < 8; ++x) sum += (samples[8 * y + x] - 128) * Basis(v, y) * Basis(u, x);
        }
        EXPECT_NEAR(levels[8 * v + u], sum / 5, 0.501);
      }
    }
  }
}

TEST(JpegDctTest, EverySampleComesBackWithoutQuantisation) {
  std::mt19937 random(3);
  const Quantisers quantisers = All(1);
  for (int round = 0; round < 200; ++round) {
    std::array<uint8_t, 8 * 20> samples = {}, again = {};  // rows of 20 samples
    for (uint8_t& sample : samples) sample = static_cast<uint8_t>(random());
    Levels levels;
    EncodeJpegBlock(samples.data(), 20, quantisers.data(), levels.data());
    DecodeJpegBlock(levels.data(), quantisers.data(), again.data(), 20);
    for (size_t i = 0; i < samples.size(); ++i) {
      if (i % 20 < 8) {
        EXPECT_NEAR(samples[i], again[i], 2);
      } else {
        EXPECT_EQ(again[i], 0);  // outside the block
      }
    }
  }
}

TEST(JpegDctTest, AFlatBlockIsItsDcAlone) {
  for (int value = 0; value < 256; ++value) {
    Samples samples;
    samples.fill(static_cast<uint8_t>(value));
    Levels levels;
    EncodeJpegBlock(samples.data(), 8, All(1).data(), levels.data());
    EXPECT_EQ(levels[0], std::min(8 * (value - 128), 1023));
    EXPECT_EQ(std::count(levels.begin() + 1, levels.end(), 0), 63);
  }
}

TEST(JpegDctTest, ExtremesAreSafe) {
  Levels levels;
  Samples samples;
  for (const int16_t value : {INT16_MIN, INT16_MAX}) {
    levels.fill(value);
    for (const uint16_t quantiser : {0, 1, 65535}) {
      DecodeJpegBlock(levels.data(), All(quantiser).data(), samples.data(), 8);
      Levels again;
      EncodeJpegBlock(samples.data(), 8, All(quantiser).data(), again.data());
      for (const int16_t level : again) EXPECT_LE(std::abs(level), 1024);
    }
  }
}

}  // namespace
}  // namespace efface
