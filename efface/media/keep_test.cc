#include "efface/media/keep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace efface {
namespace {

using testing::ElementsAre;

TEST(Keep, NamesAddToTheDefault) {
  EXPECT_THAT(NamesOf(*ParseKeep({})), ElementsAre("icc", "orientation", "resolution"));
  EXPECT_THAT(NamesOf(*ParseKeep({"date"})),
              ElementsAre("icc", "orientation", "resolution", "date"));
  EXPECT_EQ(*ParseKeep({"default", "gps", "icc"}), (Keep{.gps = true}));
}

TEST(Keep, NoneLeavesOutTheDefaultButNotTheOrientation) {
  EXPECT_THAT(NamesOf(*ParseKeep({"none"})), ElementsAre("orientation"));
  EXPECT_THAT(NamesOf(*ParseKeep({"date", "none"})), ElementsAre("orientation", "date"));
  EXPECT_THAT(NamesOf(*ParseKeep({"none", "icc"})), ElementsAre("icc", "orientation"));
}

TEST(Keep, UnknownNamesAreRefused) {
  for (const char* name : {"", "GPS", "camera", "dates"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseKeep({name}).status())) << name;
  }
}

}  // namespace
}  // namespace efface
