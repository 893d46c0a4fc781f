#include "efface/media/av/regions.h"

#include <gmock/gmock.h>

#include <cstring>
#include <set>
#include <utility>

#include "efface/media/av/side_data.h"

namespace efface {
namespace {

// The top left samples of the blocks that `frame`'s regions name, and nothing of a block twice.
std::set<std::pair<int, int>> Blocks(const AVFrame& frame) {
  std::set<std::pair<int, int>> blocks;
  const AVFrameSideData* data = av_frame_get_side_data(&frame, AV_FRAME_DATA_REGIONS_OF_INTEREST);
  if (data == nullptr) return blocks;
  for (size_t at = 0; at < data->size; at += sizeof(AVRegionOfInterest)) {
    AVRegionOfInterest region;
    std::memcpy(&region, data->data + at, sizeof region);
    EXPECT_EQ(region.self_size, sizeof region);
    EXPECT_GT(av_q2d(region.qoffset), 0);
    EXPECT_EQ(region.bottom, region.top + 16);
    for (int x = region.left; x < region.right; x += 16) {
      EXPECT_TRUE(blocks.emplace(x, region.top).second);
    }
  }
  return blocks;
}

bool Hidden(const std::vector<Patch>& patches, int x, int y) {
  for (const Patch& patch : patches) {
    if (x < patch.x || y < patch.y || x >= patch.x + patch.width || y >= patch.y + patch.height) {
      continue;
    }
    if (patch.hidden[static_cast<size_t>(y - patch.y) * patch.width + (x - patch.x)] != 0) {
      return true;
    }
  }
  return false;
}

// An ellipse in a patch that is `play` samples wider on each side.
Patch Ellipse(int x, int y, int width, int height, int play) {
  Patch patch{.x = x, .y = y, .width = width, .height = height};
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column) {
      const double dx = (column + 0.5 - width / 2.0) / (width / 2.0 - play);
      const double dy = (row + 0.5 - height / 2.0) / (height / 2.0 - play);
      patch.hidden.push_back(dx * dx + dy * dy <= 1 ? 1 : 0);
    }
  }
  return patch;
}

TEST(Regions, AreTheBlocksThatAreHiddenWholly) {
  const int width = 320, height = 240;
  const std::vector<Patch> patches = {Ellipse(3, 5, 150, 170, 1), Ellipse(200, 128, 120, 112, 1),
                                      Ellipse(240, 2, 17, 19, 1)};
  AvFramePtr frame(av_frame_alloc());
  ASSERT_TRUE(AddFilledRegions(patches, *frame).ok());
  std::set<std::pair<int, int>> expected;
  for (int y = 0; y + 16 <= height; y += 16) {
    for (int x = 0; x + 16 <= width; x += 16) {
      bool all = true;
      for (int i = 0; i < 256; ++i) all = all && Hidden(patches, x + i % 16, y + i / 16);
      if (all) expected.emplace(x, y);
    }
  }
  EXPECT_GT(expected.size(), 60);
  EXPECT_EQ(Blocks(*frame), expected);
}

TEST(Regions, AreNoneWhereNoBlockIsHiddenWholly) {
  AvFramePtr frame(av_frame_alloc());
  ASSERT_TRUE(AddFilledRegions({Ellipse(1, 1, 16, 16, 0)}, *frame).ok());
  EXPECT_EQ(frame->nb_side_data, 0);
}

TEST(Regions, StayWithAFrameThatIsStripped) {
  AvFramePtr frame(av_frame_alloc());
  Patch patch{.x = 0, .y = 0, .width = 40, .height = 40, .hidden = std::vector<uint8_t>(1600, 1)};
  ASSERT_NE(av_frame_new_side_data(frame.get(), AV_FRAME_DATA_A53_CC, 8), nullptr);
  ASSERT_TRUE(AddFilledRegions({patch}, *frame).ok());
  ASSERT_NE(av_frame_new_side_data(frame.get(), AV_FRAME_DATA_A53_CC, 8), nullptr);
  RemovedBytes removed;
  StripFrame(*frame, removed);
  EXPECT_EQ(frame->nb_side_data, 1);
  EXPECT_EQ(Blocks(*frame), (std::set<std::pair<int, int>>{{0, 0}, {16, 0}, {0, 16}, {16, 16}}));
}

}  // namespace
}  // namespace efface
