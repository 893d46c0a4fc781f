#include "efface/media/av/continuity.h"

#include <gtest/gtest.h>

namespace efface {
namespace {

constexpr AVRational kMilliseconds = {1, 1000};

int64_t Shifted(Continuity& continuity, int stream, int64_t dts) {
  const AvPacketPtr packet(av_packet_alloc());
  packet->stream_index = stream;
  packet->dts = packet->pts = dts;
  packet->duration = 40;
  continuity.Apply(*packet, kMilliseconds);
  EXPECT_EQ(packet->dts, packet->pts);
  return packet->dts;
}

TEST(Continuity, GoesOnWhereTimesStartAgain) {
  Continuity continuity(2);
  EXPECT_EQ(Shifted(continuity, 0, 1000), 1000);
  EXPECT_EQ(Shifted(continuity, 1, 1000), 1000);
  EXPECT_EQ(Shifted(continuity, 0, 1040), 1040);
  EXPECT_FALSE(continuity.jumped());
  EXPECT_EQ(Shifted(continuity, 0, 500), 1080);   // the second part, in stream 0 first
  EXPECT_EQ(Shifted(continuity, 1, 1040), 1040);  // stream 1 is still in the first
  EXPECT_EQ(Shifted(continuity, 1, 500), 1080);   // and follows with the same shift
  EXPECT_EQ(Shifted(continuity, 0, 540), 1120);
  EXPECT_EQ(Shifted(continuity, 0, 0), 1160);  // a third part
  EXPECT_TRUE(continuity.jumped());
}

TEST(Continuity, KeepsGapsAndSmallDisorder) {
  Continuity continuity(1);
  EXPECT_EQ(Shifted(continuity, 0, 0), 0);
  EXPECT_EQ(Shifted(continuity, 0, 60'000), 60'000);
  EXPECT_EQ(Shifted(continuity, 0, 59'980), 59'980);
  EXPECT_FALSE(continuity.jumped());
}

}  // namespace
}  // namespace efface
