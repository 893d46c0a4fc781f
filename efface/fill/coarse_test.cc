#include "efface/fill/coarse.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "efface/fill/kinds.h"

namespace efface {
namespace {

struct Size {
  int width, height;
};

Patch Ellipse(Size size) {
  Patch patch{0, 0, size.width, size.height, 100, {}};
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      const double dx = (x + 0.5) * 2 / size.width - 1, dy = (y + 0.5) * 2 / size.height - 1;
      patch.hidden.push_back(dx * dx + dy * dy < 0.97);
    }
  }
  return patch;
}

template <typename Sample>
std::vector<Sample> Picture(const Patch& patch, int under, int factor) {
  std::vector<Sample> samples;
  const double wave = 0.05 * std::min(1.0, 300.0 / patch.width);  // less steep in larger ones
  for (int y = 0; y < patch.height; ++y) {
    for (int x = 0; x < patch.width; ++x) {
      const double value = 120 + 60 * std::sin(x * wave) + 40 * std::cos(y * wave);
      const bool hidden = patch.hidden[static_cast<size_t>(y) * patch.width + x] != 0;
      samples.push_back(static_cast<Sample>(factor * (hidden ? under : value)));
    }
  }
  return samples;
}

template <typename Sample>
PlaneView ViewOf(const Patch& patch, std::vector<Sample>& samples, int bits) {
  PlaneView view;
  if constexpr (sizeof(Sample) == 1) {
    view.samples8 = samples.data();
  } else {
    view.samples16 = samples.data();
  }
  view.stride = view.width = patch.width;
  view.height = patch.height;
  view.bits = bits;
  return view;
}

TEST(Coarse, IsNearTheTrueMembraneAndLeavesTheRest) {
  for (const Size size : {Size{48, 30}, Size{61, 99}, Size{127, 50}, Size{128, 128}, Size{301, 250},
                          Size{700, 520}}) {
    const Patch patch = Ellipse(size);
    std::vector<uint8_t> coarse = Picture<uint8_t>(patch, 0, 1), exact = coarse, before = coarse;
    ASSERT_TRUE(FillCoarsely(patch, ViewOf(patch, coarse, 8)));
    FillMembrane(patch, ViewOf(patch, exact, 8), Accuracy::kExact);
    for (size_t i = 0; i < coarse.size(); ++i) {
      if (patch.hidden[i] == 0) {
        ASSERT_EQ(coarse[i], before[i]);
      } else {
        ASSERT_NEAR(coarse[i], exact[i], 8) << size.width << "x" << size.height << " at " << i;
      }
    }
  }
}

TEST(Coarse, ReadsNothingThatIsHidden) {
  const Patch patch = Ellipse({203, 150});
  std::vector<uint8_t> one = Picture<uint8_t>(patch, 0, 1), other = Picture<uint8_t>(patch, 255, 1);
  ASSERT_NE(one, other);
  ASSERT_TRUE(FillCoarsely(patch, ViewOf(patch, one, 8)));
  ASSERT_TRUE(FillCoarsely(patch, ViewOf(patch, other, 8)));
  EXPECT_EQ(one, other);
}

TEST(Coarse, TenBits) {
  const Patch patch = Ellipse({150, 150});
  std::vector<uint16_t> coarse = Picture<uint16_t>(patch, 0, 4), exact = coarse;
  ASSERT_TRUE(FillCoarsely(patch, ViewOf(patch, coarse, 10)));
  FillMembrane(patch, ViewOf(patch, exact, 10), Accuracy::kExact);
  for (size_t i = 0; i < coarse.size(); ++i) ASSERT_NEAR(coarse[i], exact[i], 32) << i;
}

TEST(Coarse, ACornerLeft) {
  Patch patch{0, 0, 140, 90, 100, std::vector<uint8_t>(140 * 90, 1)};
  patch.hidden[0] = 0;
  std::vector<uint8_t> samples(patch.hidden.size(), 9);
  samples[0] = 77;
  ASSERT_TRUE(FillCoarsely(patch, ViewOf(patch, samples, 8)));
  for (const uint8_t sample : samples) ASSERT_NEAR(sample, 77, 1);
}

TEST(Coarse, LeavesSmallAndInterleavedOnesToOthers) {
  const Patch small = Ellipse({40, 40});
  std::vector<uint8_t> samples = Picture<uint8_t>(small, 0, 1);
  EXPECT_FALSE(FillCoarsely(small, ViewOf(small, samples, 8)));
  const Patch large = Ellipse({60, 60});
  std::vector<uint8_t> interleaved(large.hidden.size() * 3);
  PlaneView view = ViewOf(large, interleaved, 8);
  view.stride *= 3;
  view.step = 3;
  EXPECT_FALSE(FillCoarsely(large, view));
}

}  // namespace
}  // namespace efface
