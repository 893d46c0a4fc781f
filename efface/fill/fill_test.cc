// Tests that hold for every kind, and those of the weaker kinds. The others stand beside them.
#include "efface/fill/fill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <utility>

#include "efface/fill/test_plane.h"

namespace efface {
namespace {

constexpr FillKind kAllKinds[] = {FillKind::kMembrane, FillKind::kSolid, FillKind::kPixelate,
                                  FillKind::kBlur};

TEST(FillNames, AreReadBack) {
  for (const FillKind kind : kAllKinds) EXPECT_EQ(ParseFillKind(FillName(kind)), kind);
  EXPECT_EQ(FillName(FillKind::kMembrane), "membrane");
  EXPECT_EQ(ParseFillKind("Blur"), std::nullopt);
  EXPECT_EQ(ParseFillKind(""), std::nullopt);
}

TEST(ParseColor, TakesHexAndNames) {
  const auto is = [](std::string_view text, int red, int green, int blue) {
    const std::optional<Color> color = ParseColor(text);
    return color && color->red == red && color->green == green && color->blue == blue;
  };
  EXPECT_TRUE(is("#12aBfF", 0x12, 0xab, 0xff));
  EXPECT_TRUE(is("00ff7f", 0, 255, 127));
  EXPECT_TRUE(is("black", 0, 0, 0));
  EXPECT_TRUE(is("white", 255, 255, 255));
  EXPECT_TRUE(is("grey", 128, 128, 128));
  for (const char* bad : {"", "#", "red", "#12345", "#1234567", "12345g", "##12345", "-12345",
                          "#black", "+12345", "0x1234"}) {
    EXPECT_FALSE(ParseColor(bad)) << bad;
  }
}

// Many masks, depths and layouts, the same in every run.
class AnyPlane : public testing::TestWithParam<int> {
 protected:
  AnyPlane() : random_(static_cast<unsigned>(GetParam())), plane_(RandomPlane(random_)) {}
  std::mt19937 random_;
  TestPlane plane_;
};

TEST_P(AnyPlane, OnlyHiddenSamplesChange) {
  for (const FillKind kind : kAllKinds) {
    TestPlane filled = plane_;
    Fill(kind, {10, 200, 90}, filled);
    for (size_t i = 0; i < filled.memory.size(); ++i) {
      if (!filled.IsHiddenAt(i)) {
        ASSERT_EQ(filled.memory[i], plane_.memory[i]) << FillName(kind) << " wrote at " << i;
      }
    }
  }
}

TEST_P(AnyPlane, ResultsAreSamples) {
  for (const FillKind kind : kAllKinds) {
    TestPlane filled = plane_;
    Fill(kind, {255, 255, 255}, filled);
    filled.ForEachHidden([&](int x, int y) {
      ASSERT_LE(filled.at(x, y), filled.max()) << FillName(kind) << ", " << filled.bits << " bits";
    });
  }
}

// The heart of the promise: what is hidden has no influence whatever.
TEST_P(AnyPlane, MembraneAndSolidTellNothing) {
  for (const FillKind kind : {FillKind::kMembrane, FillKind::kSolid}) {
    TestPlane filled = plane_, other = plane_;
    other.ForEachHidden(
        [&](int x, int y) { other.at(x, y) = static_cast<uint16_t>(random_() & other.max()); });
    Fill(kind, {10, 200, 90}, filled);
    Fill(kind, {10, 200, 90}, other);
    EXPECT_EQ(filled.memory, other.memory) << FillName(kind);
  }
}

TEST_P(AnyPlane, AlphaTellsNothing) {
  for (const FillKind kind : kAllKinds) {
    TestPlane filled = plane_;
    filled.channel = Channel::kAlpha;
    TestPlane other = filled;
    other.ForEachHidden([&](int x, int y) { other.at(x, y) = 0; });
    Fill(kind, {}, filled);
    Fill(kind, {}, other);
    EXPECT_EQ(filled.memory, other.memory) << FillName(kind);
  }
}

INSTANTIATE_TEST_SUITE_P(Random, AnyPlane, testing::Range(0, 60));

TEST(Fill, LeavesAPatchWithNothingHidden) {
  for (const FillKind kind : kAllKinds) {
    TestPlane plane(9, 7, 8);
    plane.SetAll([](int x, int y) { return x * 20 + y; });
    const TestPlane before = plane;
    Fill(kind, {}, plane);
    EXPECT_EQ(plane.memory, before.memory);
  }
}

// What the hidden area of a face of this size becomes, where noise was.
TestPlane NoisyFace(FillKind kind, int width, int height) {
  TestPlane plane(width + 2, height + 2, 8);
  std::mt19937 random(5);
  plane.SetAll([&](int, int) { return static_cast<int>(random() % 256); });
  plane.HideEllipse(1, 1, width, height);
  Fill(kind, {}, plane);
  return plane;
}

TEST(Pixelate, LeavesFewCells) {
  for (const int size : {5, 12, 20, 61, 100, 333}) {
    TestPlane plane = NoisyFace(FillKind::kPixelate, size, size);
    std::set<int> values;
    std::set<std::pair<int, int>> across;
    int changes = 0;
    plane.ForEachHidden([&](int x, int y) {
      values.insert(plane.at(x, y));
      if (y == size / 2 && x > 1) changes += plane.at(x, y) != plane.at(x - 1, y);
    });
    EXPECT_LE(values.size(), 25u) << size;
    EXPECT_LE(changes, 4) << size;
  }
}

TEST(Pixelate, IsTheMeanOfTheHiddenSamples) {
  TestPlane plane(10, 10, 8);
  plane.SetAll([](int x, int y) { return y < 5 ? 10 + x : 200; });
  for (int x = 1; x < 4; ++x) plane.hide(x, 1);
  plane.patch.face_size = 8;  // cells of 4, the least
  Fill(FillKind::kPixelate, {}, plane);
  for (int x = 1; x < 4; ++x) EXPECT_EQ(plane.at(x, 1), 12);
}

TEST(Blur, LeavesNoDetail) {
  for (const int size : {5, 12, 20, 61, 100, 333}) {
    TestPlane plane = NoisyFace(FillKind::kBlur, size, size);
    int low = 255, high = 0;
    plane.ForEachHidden([&](int x, int y) {
      low = std::min<int>(low, plane.at(x, y));
      high = std::max<int>(high, plane.at(x, y));
    });
    EXPECT_LT(high - low, size < 10 ? 120 : 60) << size;
  }
}

// A step across the face becomes as wide as a Gaussian of a quarter of the face makes it.
TEST(Blur, HasASigmaOfAQuarterOfTheFace) {
  for (const int face : {16, 40, 100, 160}) {
    const int side = 6 * face;
    TestPlane plane(side, side, 8);
    plane.SetAll([&](int x, int) { return x < side / 2 ? 0 : 255; });
    for (int y = 0; y < side; ++y) {
      for (int x = 0; x < side; ++x) plane.hide(x, y);
    }
    plane.patch.face_size = face;
    Fill(FillKind::kBlur, {}, plane);
    const double at_sigma = plane.at(side / 2 + face / 4, side / 2) / 255.0;
    EXPECT_GT(at_sigma, 0.5 * (1 + 0.683) - 0.08) << face;  // never much less blurred
    EXPECT_LT(at_sigma, 0.5 * (1 + 0.683) + 0.04) << face;
  }
}

TEST(Blur, KeepsAFlatArea) {
  TestPlane plane(70, 50, 8);
  plane.SetAll([](int, int) { return 77; });
  plane.HideEllipse(0, 0, 70, 50);
  Fill(FillKind::kBlur, {}, plane);
  plane.ForEachHidden([&](int x, int y) { ASSERT_EQ(plane.at(x, y), 77); });
}

TEST(WeakerKinds, TakeAnyFaceSize) {
  for (const FillKind kind : {FillKind::kPixelate, FillKind::kBlur}) {
    for (const double face : {0.0, 1e-9, 1e300, -5.0, std::numeric_limits<double>::infinity(),
                              std::numeric_limits<double>::quiet_NaN()}) {
      TestPlane plane(40, 30, 8);
      plane.SetAll([](int x, int y) { return x + y; });
      plane.HideEllipse(3, 3, 30, 20);
      plane.patch.face_size = face;
      Fill(kind, {}, plane);
      EXPECT_LE(plane.at(15, 15), 68);
    }
  }
}

}  // namespace
}  // namespace efface
