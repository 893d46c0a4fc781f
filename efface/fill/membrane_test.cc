#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "efface/fill/fill.h"
#include "efface/fill/kinds.h"
#include "efface/fill/test_plane.h"

namespace efface {
namespace {

void Membrane(TestPlane& plane) { Fill(FillKind::kMembrane, {}, plane); }

bool IsRim(const TestPlane& plane, int x, int y) {
  const Patch& patch = plane.patch;
  const auto hidden = [&](int hx, int hy) {
    return hx >= 0 && hy >= 0 && hx < patch.width && hy < patch.height &&
           patch.hidden[static_cast<size_t>(hy) * patch.width + hx] != 0;
  };
  return !hidden(x, y) &&
         (hidden(x - 1, y) || hidden(x + 1, y) || hidden(x, y - 1) || hidden(x, y + 1));
}

TEST(Membrane, StaysWithinTheRim) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random(seed);
    TestPlane plane = RandomPlane(random);
    int low = plane.max(), high = 0;
    for (int y = 0; y < plane.patch.height; ++y) {
      for (int x = 0; x < plane.patch.width; ++x) {
        if (!IsRim(plane, x, y)) continue;
        low = std::min<int>(low, plane.at(x, y));
        high = std::max<int>(high, plane.at(x, y));
      }
    }
    if (low > high) continue;  // nothing or all hidden
    Membrane(plane);
    plane.ForEachHidden([&](int x, int y) {
      ASSERT_GE(plane.at(x, y), low);
      ASSERT_LE(plane.at(x, y), high);
    });
  }
}

// A plane is harmonic, so that it comes back.
TEST(Membrane, ReproducesARamp) {
  for (const int size : {6, 15, 40, 64, 65, 130, 400}) {
    for (const int bits : {8, 12, 16}) {
      TestPlane plane(size + 2, size * 3 / 4 + 2, bits);
      const double scale = plane.max() / 255.0;
      const auto value = [&](int x, int y) {
        return scale * (20 + 150.0 * x / size + 60.0 * y / size);
      };
      plane.SetAll([&](int x, int y) { return std::lround(value(x, y)); });
      plane.HideEllipse(1, 1, size, size * 3 / 4);
      plane.ForEachHidden([&](int x, int y) { plane.at(x, y) = 0; });
      Membrane(plane);
      // The mean along a bent rim lies a little beside it: less than a third of a sample.
      const double slope = scale * 210.0 / size;
      const double tolerance = std::max(1.0, 0.3 * slope);
      plane.ForEachHidden([&](int x, int y) {
        ASSERT_NEAR(plane.at(x, y), value(x, y), tolerance)
            << size << ", " << bits << " bits, at " << x << "," << y;
      });
    }
  }
}

TEST(Membrane, HasNoStepAtItsEdge) {
  TestPlane plane(120, 90, 8);
  plane.SetAll([](int x, int y) {
    return std::lround(128 + 60 * std::sin(x * 0.11) + 50 * std::cos(y * 0.09));
  });
  plane.HideEllipse(10, 10, 100, 70);
  Membrane(plane);
  for (int y = 1; y + 1 < 90; ++y) {
    for (int x = 1; x + 1 < 120; ++x) {
      if (!IsRim(plane, x, y)) continue;
      for (const auto& [nx, ny] : {std::pair(x - 1, y), {x + 1, y}, {x, y - 1}, {x, y + 1}}) {
        // The picture itself changes by up to 7 from sample to sample.
        EXPECT_LE(std::abs(plane.at(nx, ny) - plane.at(x, y)), 11) << x << "," << y;
      }
    }
  }
}

// One side of the rim is missing at the plane's border: nothing flows there, so that with one
// value on the left and one on the right all rows are alike.
TEST(Membrane, EndsFlatAtTheBorder) {
  TestPlane plane(41, 30, 8);
  plane.SetAll([](int x, int) { return x < 20 ? 0 : 200; });
  for (int y = 0; y < 30; ++y) {
    for (int x = 1; x < 40; ++x) plane.hide(x, y);
  }
  Membrane(plane);
  plane.ForEachHidden([&](int x, int y) { ASSERT_NEAR(plane.at(x, y), 5 * x, 1); });
}

TEST(Membrane, OneRowOrColumn) {
  for (const bool row : {true, false}) {
    TestPlane plane(row ? 33 : 1, row ? 1 : 33, 8);
    plane.SetAll([](int x, int y) { return 3 * (x + y); });
    for (int i = 1; i < 32; ++i) plane.hide(row ? i : 0, row ? 0 : i);
    plane.ForEachHidden([&](int x, int y) { plane.at(x, y) = 255; });
    Membrane(plane);
    plane.ForEachHidden([&](int x, int y) { ASSERT_NEAR(plane.at(x, y), 3 * (x + y), 1); });
  }
}

TEST(Membrane, FromOneSampleAlone) {
  TestPlane plane(50, 50, 8);
  for (int y = 0; y < 50; ++y) {
    for (int x = 0; x < 50; ++x) {
      if (x != 49 || y != 49) plane.hide(x, y);
    }
  }
  plane.at(49, 49) = 93;
  Membrane(plane);
  plane.ForEachHidden([&](int x, int y) { ASSERT_EQ(plane.at(x, y), 93); });
}

TEST(Membrane, AllHiddenBecomesNeutral) {
  const auto filled = [](Channel channel, int bits) {
    TestPlane plane(20, 10, bits);
    plane.channel = channel;
    plane.SetAll([&](int x, int y) { return (x * 31 + y * 7) % (plane.max() + 1); });
    for (int y = 0; y < 10; ++y) {
      for (int x = 0; x < 20; ++x) plane.hide(x, y);
    }
    Membrane(plane);
    const int value = plane.at(0, 0);
    plane.ForEachHidden([&](int x, int y) { EXPECT_EQ(plane.at(x, y), value); });
    return value;
  };
  EXPECT_EQ(filled(Channel::kGrey, 8), 128);
  EXPECT_EQ(filled(Channel::kRed, 16), 128 * 257);
  EXPECT_EQ(filled(Channel::kCb, 8), 128);
  EXPECT_EQ(filled(Channel::kLuma, 8), 128);
  EXPECT_EQ(filled(Channel::kAlpha, 8), 255);
  EXPECT_LE(filled(Channel::kGrey, 1), 1);
}

TEST(Membrane, BytesAndWordsAgree) {
  std::mt19937 random(1);
  TestPlane words(60, 44, 8, 3, 5);
  for (uint16_t& word : words.memory) word = random() & 255;
  words.HideEllipse(5, 5, 50, 30);
  TestPlane bytes = words;
  bytes.bytes = true;
  Membrane(words);
  Membrane(bytes);
  EXPECT_EQ(bytes.memory, words.memory);
}

// Patches of more than 16 million samples are solved on cells.
TEST(Membrane, HugeFace) {
  constexpr int kSide = 4300;
  std::vector<uint8_t> samples(static_cast<size_t>(kSide) * kSide);
  Patch patch{0, 0, kSide, kSide, kSide, std::vector<uint8_t>(samples.size())};
  const auto value = [](int x, int y) { return 40 + x / 40 + y / 80; };
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const double dx = (x + 0.5) * 2 / kSide - 1, dy = (y + 0.5) * 2 / kSide - 1;
      const size_t at = static_cast<size_t>(y) * kSide + x;
      patch.hidden[at] = dx * dx + dy * dy < 0.99;
      samples[at] = static_cast<uint8_t>(patch.hidden[at] != 0 ? 255 : value(x, y));
    }
  }
  PlaneView view;
  view.samples8 = samples.data();
  view.stride = view.width = view.height = kSide;
  FillMembrane(patch, view, Accuracy::kExact);
  int worst = 0;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      worst = std::max(worst, std::abs(samples[static_cast<size_t>(y) * kSide + x] - value(x, y)));
    }
  }
  EXPECT_LE(worst, 2);
}

}  // namespace
}  // namespace efface
