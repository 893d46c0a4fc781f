#include "efface/media/av/kept_tags.h"

#include <gtest/gtest.h>

namespace efface {
namespace {

TEST(KeptTags, TimesAreReadAndWrittenAnew) {
  EXPECT_EQ(CleanTime("2026-07-14T12:34:56Z"), "2026-07-14T12:34:56.000000Z");
  EXPECT_EQ(CleanTime("2026-07-14T12:34:56.789Z"), "2026-07-14T12:34:56.000000Z");
  for (const char* text : {"", "yesterday", "2026-07-14", "2026-07-14T12:34:56",
                           "2026-13-14T12:34:56Z", "2026-07-14T12:34:61Z", "1800-07-14T12:34:56Z",
                           "2026-07-14T12:34:56 at home Z", "2026-07-14T12:34:56.at homeZ"}) {
    EXPECT_EQ(CleanTime(text), std::nullopt) << text;
  }
}

TEST(KeptTags, PlacesAreReadAndWrittenAnew) {
  EXPECT_EQ(CleanPlace("+42.3875-071.0995/"), "+42.38750-071.09950/");
  EXPECT_EQ(CleanPlace("-33.5+151.25-12.5/"), "-33.50000+151.25000-12.50/");
  EXPECT_EQ(CleanPlace("+00-000.1 at home"), "+00.00000-000.10000/");
  for (const char* text :
       {"", "at home", "+42.3875", "+91+000/", "+42-181/", "42+71", "+nan+inf/", "++42+71/"}) {
    EXPECT_EQ(CleanPlace(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace efface
