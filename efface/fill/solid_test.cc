#include <gtest/gtest.h>

#include "efface/fill/kinds.h"

namespace efface {
namespace {

constexpr Color kBlack{0, 0, 0}, kWhite{255, 255, 255}, kRed{255, 0, 0}, kBlue{0, 0, 255},
    kOdd{12, 150, 201};

PlaneView Plane(Channel channel, int bits) {
  PlaneView plane;
  plane.channel = channel;
  plane.bits = bits;
  return plane;
}

TEST(Solid, Rgb) {
  EXPECT_EQ(SolidValue(kOdd, Plane(Channel::kRed, 8)), 12);
  EXPECT_EQ(SolidValue(kOdd, Plane(Channel::kGreen, 8)), 150);
  EXPECT_EQ(SolidValue(kOdd, Plane(Channel::kBlue, 8)), 201);
  EXPECT_EQ(SolidValue(kOdd, Plane(Channel::kGreen, 16)), 150 * 257);
  EXPECT_EQ(SolidValue(kOdd, Plane(Channel::kGreen, 10)), 602);  // 150 / 255 * 1023
  EXPECT_EQ(SolidValue(kOdd, Plane(Channel::kGreen, 4)), 9);
  EXPECT_EQ(SolidValue(kOdd, Plane(Channel::kGreen, 1)), 1);
  EXPECT_EQ(SolidValue(kOdd, Plane(Channel::kRed, 1)), 0);
}

TEST(Solid, Grey) {
  EXPECT_EQ(SolidValue(kRed, Plane(Channel::kGrey, 8)), 76);
  EXPECT_EQ(SolidValue(kWhite, Plane(Channel::kGrey, 8)), 255);
  EXPECT_EQ(SolidValue(kWhite, Plane(Channel::kGrey, 16)), 65535);
  PlaneView min_is_white = Plane(Channel::kGrey, 1);
  min_is_white.inverted = true;
  EXPECT_EQ(SolidValue(kWhite, min_is_white), 0);
  EXPECT_EQ(SolidValue(kBlack, min_is_white), 1);
}

// Values of JFIF 1.02.
TEST(Solid, FullRangeYcbcr) {
  EXPECT_EQ(SolidValue(kRed, Plane(Channel::kLuma, 8)), 76);
  EXPECT_EQ(SolidValue(kRed, Plane(Channel::kCb, 8)), 85);
  EXPECT_EQ(SolidValue(kRed, Plane(Channel::kCr, 8)), 255);
  EXPECT_EQ(SolidValue(kBlue, Plane(Channel::kLuma, 8)), 29);
  EXPECT_EQ(SolidValue(kBlue, Plane(Channel::kCb, 8)), 255);
  EXPECT_EQ(SolidValue(kBlue, Plane(Channel::kCr, 8)), 107);
  EXPECT_EQ(SolidValue(kWhite, Plane(Channel::kCb, 8)), 128);
  EXPECT_EQ(SolidValue(kBlack, Plane(Channel::kCr, 12)), 2048);
}

// Colour bars of BT.709 and BT.2020 at studio range.
TEST(Solid, StudioRangeYcbcr) {
  const auto value = [](Color color, Channel channel, int bits, double kr, double kb) {
    PlaneView plane = Plane(channel, bits);
    plane.full_range = false;
    plane.kr = kr;
    plane.kb = kb;
    return SolidValue(color, plane);
  };
  EXPECT_EQ(value(kWhite, Channel::kLuma, 8, 0.2126, 0.0722), 235);
  EXPECT_EQ(value(kBlack, Channel::kLuma, 8, 0.2126, 0.0722), 16);
  EXPECT_EQ(value(kRed, Channel::kLuma, 8, 0.2126, 0.0722), 63);
  EXPECT_EQ(value(kRed, Channel::kCb, 8, 0.2126, 0.0722), 102);
  EXPECT_EQ(value(kRed, Channel::kCr, 8, 0.2126, 0.0722), 240);
  EXPECT_EQ(value(kBlue, Channel::kCb, 8, 0.2126, 0.0722), 240);
  EXPECT_EQ(value(kWhite, Channel::kLuma, 10, 0.2627, 0.0593), 940);
  EXPECT_EQ(value(kBlue, Channel::kCb, 10, 0.2627, 0.0593), 960);
  EXPECT_EQ(value(kWhite, Channel::kCr, 10, 0.2627, 0.0593), 512);
}

TEST(Solid, CmykIsTheComplement) {
  EXPECT_EQ(SolidValue(kOdd, Plane(Channel::kCyan, 8)), 243);
  EXPECT_EQ(SolidValue(kOdd, Plane(Channel::kMagenta, 8)), 105);
  EXPECT_EQ(SolidValue(kOdd, Plane(Channel::kYellow, 8)), 54);
  EXPECT_EQ(SolidValue(kOdd, Plane(Channel::kBlack, 8)), 0);
  for (const auto& [channel, expected] : {std::pair(Channel::kCyan, 12),
                                          {Channel::kMagenta, 150},
                                          {Channel::kYellow, 201},
                                          {Channel::kBlack, 255}}) {
    PlaneView adobe = Plane(channel, 8);
    adobe.inverted = true;
    EXPECT_EQ(SolidValue(kOdd, adobe), expected);
  }
}

// The luma and chroma of inverted samples are those of the complementary colour.
TEST(Solid, InvertedYcbcr) {
  const Color complement{243, 105, 54};
  for (const Channel channel : {Channel::kLuma, Channel::kCb, Channel::kCr}) {
    PlaneView inverted = Plane(channel, 8);
    inverted.inverted = true;
    EXPECT_NEAR(SolidValue(kOdd, inverted), SolidValue(complement, Plane(channel, 8)), 1);
  }
}

TEST(Solid, AlphaIsOpaque) {
  EXPECT_EQ(SolidValue(kBlack, Plane(Channel::kAlpha, 8)), 255);
  EXPECT_EQ(SolidValue(kBlack, Plane(Channel::kAlpha, 16)), 65535);
  EXPECT_EQ(SolidValue(kBlack, Plane(Channel::kAlpha, 1)), 1);
}

}  // namespace
}  // namespace efface
