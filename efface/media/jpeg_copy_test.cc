// Coded data made here bit by bit.
#include "efface/media/jpeg_copy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace efface {
namespace {

// The bytes of "0 10 0": bits, filled up with ones; 0xFF gets its zero byte.
Bytes Coded(std::string_view bits) {
  Bytes bytes;
  int count = 0;
  uint8_t byte = 0;
  const auto put = [&](bool bit) {
    byte = static_cast<uint8_t>(byte << 1 | (bit ? 1 : 0));
    if (++count % 8 != 0) return;
    bytes.push_back(byte);
    if (byte == 0xFF) bytes.push_back(0);
  };
  for (const char bit : bits) {
    if (bit != ' ') put(bit == '1');
  }
  while (count % 8 != 0) put(true);
  return bytes;
}

Bytes Joined(std::initializer_list<Bytes> parts) {
  Bytes whole;
  for (const Bytes& part : parts) Append(whole, part);
  return whole;
}

const Bytes kEnd = {0xFF, 0xD9};

// DC: 0 is nothing, 10 a difference of one bit. AC: 0 ends the block, 10 is sixteen zeros, 110 a
// coefficient of one bit, 1110 the same behind a zero.
JpegScan Scan(int width, int height, int across = 1, bool second = false) {
  JpegScan scan;
  scan.width = width;
  scan.height = height;
  scan.components.push_back({.id = 1, .across = across});
  if (second) scan.components.push_back({.id = 2});
  scan.quantisers[0].emplace().fill(1);
  scan.dc_tables[0] = {.counts = {0, 1, 1}, .symbols = {0, 1}};
  scan.ac_tables[0] = {.counts = {0, 1, 1, 1, 1}, .symbols = {0x00, 0xF0, 0x01, 0x11}};
  return scan;
}

std::optional<size_t> Check(JpegScan scan, const Bytes& coded) {
  return CheckCodedData(coded, scan);
}

TEST(JpegCopy, TakesBlocksInTheirShortestForm) {
  for (const char* bits : {"0 0", "10 1 0", "10 0 110 1 0", "0 10 10 110 0 0"}) {
    EXPECT_EQ(Check(Scan(8, 8), Joined({Coded(bits), kEnd})), Coded(bits).size()) << bits;
  }
}

TEST(JpegCopy, RefusesLongerForms) {
  for (const char* bits : {"0 10 0",         // zeros before the end of a block
                           "0 10 10 10 10",  // zeros beyond it
                           "11 0"}) {        // no code
    EXPECT_EQ(Check(Scan(8, 8), Joined({Coded(bits), kEnd})), std::nullopt) << bits;
  }
}

TEST(JpegCopy, RefusesWhatIsNotCodedData) {
  const Bytes block = Coded("0 0");
  EXPECT_TRUE(Check(Scan(8, 8), Joined({block, kEnd})));
  EXPECT_FALSE(Check(Scan(8, 8), Joined({{0x3E}, kEnd})));            // padding with a zero
  EXPECT_FALSE(Check(Scan(8, 8), Joined({block, {0x00}, kEnd})));     // a byte more
  EXPECT_FALSE(Check(Scan(8, 8), Joined({block, block, kEnd})));      // a block more
  EXPECT_FALSE(Check(Scan(8, 8), Joined({block, {0xFF, 0}, kEnd})));  // a byte of ones more
  EXPECT_FALSE(Check(Scan(8, 8), Joined({block, {0xFF}, kEnd})));     // a fill byte
  EXPECT_FALSE(Check(Scan(16, 8), Joined({block, kEnd})));            // a block less
  EXPECT_FALSE(Check(Scan(8, 8), block));
  EXPECT_FALSE(Check(Scan(8, 8), {}));
}

TEST(JpegCopy, BlocksThatFillUpAnMcuAreEmpty) {
  const Bytes empty = Joined({Coded("0 0  0 0  0 0"), kEnd});
  const Bytes dc = Joined({Coded("0 0  10 1 0  0 0"), kEnd});
  const Bytes ac = Joined({Coded("0 0  0 110 1 0  0 0"), kEnd});
  EXPECT_TRUE(Check(Scan(16, 8, 2, true), dc));  // there they are of the picture
  EXPECT_TRUE(Check(Scan(16, 8, 2, true), ac));
  EXPECT_TRUE(Check(Scan(8, 8, 2, true), empty));
  EXPECT_FALSE(Check(Scan(8, 8, 2, true), dc));
  EXPECT_FALSE(Check(Scan(8, 8, 2, true), ac));
  // Alone in its scan, a component has none of them.
  EXPECT_TRUE(Check(Scan(8, 8, 2), Joined({Coded("0 0"), kEnd})));
}

TEST(JpegCopy, RestartMarkersStandWhereTheyBelong) {
  JpegScan scan = Scan(16, 8);
  scan.restart_interval = 1;
  const Bytes block = Coded("0 0");
  EXPECT_EQ(Check(scan, Joined({block, {0xFF, 0xD0}, block, kEnd})), 4U);
  EXPECT_FALSE(Check(scan, Joined({block, {0xFF, 0xD1}, block, kEnd})));
  EXPECT_FALSE(Check(scan, Joined({block, block, kEnd})));
  EXPECT_FALSE(Check(Scan(16, 8), Joined({block, {0xFF, 0xD0}, block, kEnd})));
}

TEST(JpegCopy, BrightnessOutOfRangeIsRefused) {
  JpegScan scan = Scan(8 * 3, 8);
  scan.dc_tables[0] = {.counts = {0, 1, 1}, .symbols = {0, 11}};
  EXPECT_TRUE(Check(scan, Joined({Coded("10 11111111111 0  0 0  0 0"), kEnd})));
  EXPECT_FALSE(Check(scan, Joined({Coded("10 11111111111 0  10 11111111111 0  0 0"), kEnd})));
}

TEST(JpegCopy, LeavesNoSymbolThatNoBlockUses) {
  JpegScan scan = Scan(8, 8);
  ASSERT_TRUE(CheckCodedData(Joined({Coded("0 110 1 0"), kEnd}), scan));
  const HuffmanTable& ac = *scan.ac_tables[0];
  EXPECT_THAT(std::vector<int>(ac.counts.begin(), ac.counts.begin() + 5),
              testing::ElementsAre(0, 1, 1, 1, 0));
  EXPECT_EQ(ac.symbols[0], 0x00);
  EXPECT_EQ(ac.symbols[1], 0x02);  // sixteen zeros were not met: the least that is not in use
  EXPECT_EQ(ac.symbols[2], 0x01);
  EXPECT_EQ(ac.symbols[3], 0x00);
  EXPECT_EQ(scan.dc_tables[0]->counts[2], 0);
  // With these tables the data means what it did.
  EXPECT_TRUE(Check(scan, Joined({Coded("0 110 1 0"), kEnd})));
}

// Numbers of tables are any byte or half of one; libjpeg looks at them only when it decodes.
TEST(JpegCopy, TablesThatCannotBeAreRefused) {
  const auto check = [](JpegScan::Component component) {
    JpegScan scan = Scan(8, 8);
    scan.components[0] = component;
    return Check(scan, Joined({Coded("0 0"), kEnd})).has_value();
  };
  EXPECT_TRUE(check({.id = 1}));
  for (const int number : {3, 4, 15}) {
    EXPECT_FALSE(check({.id = 1, .quantiser = number})) << number;
    EXPECT_FALSE(check({.id = 1, .dc_table = number})) << number;
    EXPECT_FALSE(check({.id = 1, .ac_table = number})) << number;
  }
}

// Many coefficients, the last of them the block's, and the next block's first code behind it.
TEST(JpegCopy, ABlockEndsWithItsLastCoefficient) {
  std::string full;
  for (int i = 0; i < 63; ++i) full += " 110 1";
  EXPECT_TRUE(Check(Scan(16, 8), Joined({Coded("0" + full + " 0 110 1 0"), kEnd})));
  EXPECT_FALSE(Check(Scan(16, 8), Joined({Coded("0" + full + " 0 110 1"), kEnd})));
  EXPECT_FALSE(Check(Scan(8, 8), Joined({Coded("0" + full + " 110 1"), kEnd})));
}

TEST(JpegCopy, TwoCodesForOneSymbolAreRefused) {
  JpegScan scan = Scan(8, 8);
  scan.ac_tables[0] = {.counts = {0, 1, 1}, .symbols = {0x00, 0x00}};
  EXPECT_FALSE(Check(scan, Joined({Coded("0 0"), kEnd})));
  scan.ac_tables[0] = {.counts = {0, 3}, .symbols = {0, 1, 2}};  // more codes than fit
  EXPECT_FALSE(Check(scan, Joined({Coded("0 0"), kEnd})));
  scan.ac_tables[0].reset();
  EXPECT_FALSE(Check(scan, Joined({Coded("0 0"), kEnd})));
}

TEST(JpegCopy, LongCodesAreRead) {
  JpegScan scan = Scan(8, 8);
  scan.ac_tables[0] = {.counts = {0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1},
                       .symbols = {0x00, 0x01, 0x02}};
  EXPECT_TRUE(Check(scan, Joined({Coded("0 100000000000 1 0"), kEnd})));
  EXPECT_TRUE(Check(scan, Joined({Coded("0 1000000000010000 01 0"), kEnd})));
  EXPECT_FALSE(Check(scan, Joined({Coded("0 1000000000010001 01 0"), kEnd})));
}

}  // namespace
}  // namespace efface
