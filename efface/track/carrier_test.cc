#include "efface/track/carrier.h"

#include <gtest/gtest.h>

#include "efface/track/test_scene.h"

namespace efface {
namespace {

constexpr int kWidth = 240, kHeight = 135;

// Frames are twice as large as the planes.
TEST(Carrier, GoesWithWhatMoves) {
  Box head{40, 60, 30, 36};
  Carrier carrier({80, 120, 60, 72}, 2 * kWidth);
  for (int frame = 0; frame < 40; ++frame) {
    const Box at = carrier.Next(Scene(kWidth, kHeight, 1, 0, 0, {{head, 5}}));
    EXPECT_NEAR(at.x, 2 * head.x, 8) << frame;
    EXPECT_NEAR(at.y, 2 * head.y, 8) << frame;
    EXPECT_GE(at.width, 58) << frame;
    head.x += 2.5;
    head.y += 0.5;
  }
  EXPECT_FALSE(carrier.lost());
}

TEST(Carrier, StaysWhereItWasAfterACut) {
  Carrier carrier({100, 100, 60, 60}, 2 * kWidth);
  Box before;
  for (int frame = 0; frame < 5; ++frame)
    before = carrier.Next(Scene(kWidth, kHeight, 1, frame, 0, {}));
  EXPECT_FALSE(carrier.lost());
  const GreyPicture other{kWidth, kHeight, std::vector<uint8_t>(kWidth * kHeight, 250)};
  const Box after = carrier.Next(other);
  EXPECT_TRUE(carrier.lost());
  EXPECT_EQ(after.x, before.x);
  EXPECT_EQ(after.y, before.y);
}

}  // namespace
}  // namespace efface
