#include "efface/media/av/holes.h"

#include <gtest/gtest.h>

#include <array>

namespace efface {
namespace {

// An H.264 stream; `length_size` 0: start codes.
HoleFinder Finder(int length_size) {
  std::array<uint8_t, 5> extra = {1, 66, 0, 30, static_cast<uint8_t>(0xFC | (length_size - 1))};
  AVCodecParameters parameters{};
  parameters.codec_id = AV_CODEC_ID_H264;
  if (length_size > 0) {
    parameters.extradata = extra.data();
    parameters.extradata_size = static_cast<int>(extra.size());
  }
  return HoleFinder(parameters);
}

Bytes Unit(const Bytes& payload) {
  Bytes packet = {0, 0, 0, static_cast<uint8_t>(payload.size())};
  Append(packet, payload);
  return packet;
}

TEST(Holes, InUnitsWithLengths) {
  const HoleFinder finder = Finder(4);
  EXPECT_FALSE(finder.HasHole(Unit({0x65, 1, 2, 3, 0, 0, 3, 1, 9})));
  EXPECT_FALSE(finder.HasHole(Unit({0x65, 1, 2, 3, 9, 0, 0, 0, 0, 0})));  // padding
  EXPECT_TRUE(finder.HasHole(Unit({0x65, 1, 2, 3, 0, 0, 0, 0, 9})));
  EXPECT_TRUE(finder.HasHole(Unit({0x65, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})));
  EXPECT_FALSE(finder.HasHole(Unit({0x06, 1, 0, 0, 0, 0, 9})));  // not a picture
  EXPECT_TRUE(finder.HasHole(Bytes{0, 0, 0, 9, 0x65, 1}));       // passes the end
  EXPECT_TRUE(finder.HasHole(Bytes{0, 0}));
}

TEST(Holes, InUnitsWithStartCodes) {
  const HoleFinder finder = Finder(0);
  EXPECT_FALSE(
      finder.HasHole(Bytes{0, 0, 0, 1, 0x65, 1, 2, 0, 0, 0, 0, 0, 1, 0x41, 7, 0, 0, 0, 0}));
  EXPECT_TRUE(finder.HasHole(Bytes{0, 0, 0, 1, 0x65, 1, 2, 0, 0, 0, 0, 0, 7, 1}));
}

TEST(Holes, EveryPlace) {
  const HoleFinder finder = Finder(4);
  for (size_t at = 1; at < 40; ++at) {
    Bytes payload(50, 0x77);
    payload[0] = 0x65;
    std::fill_n(payload.begin() + static_cast<ptrdiff_t>(at), 3, uint8_t{0});
    EXPECT_FALSE(finder.HasHole(Unit(payload))) << at;
    payload[at + 3] = 0;
    EXPECT_TRUE(finder.HasHole(Unit(payload))) << at;
  }
}

}  // namespace
}  // namespace efface
