// The words of the site, and the steps of its chart. What its pages are like is tested through the
// command, in a browser (tests/test_places_site.py).
#include "places/site/site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "places/site/edition.h"
#include "places/site/html.h"
#include "places/site/words.h"

namespace places::site {
namespace {

using testing::HasSubstr;

const Register& Builtin() {
  static const auto* reg = new Register(*Register::Builtin());
  return *reg;
}

Day On(const char* text) { return *ParseDay(text); }

std::string LeadOf(const char* id, const char* day = "2026-11-23") {
  return Lead(*Builtin().Find(id), On(day));
}

TEST(Words, NumbersAreShortAndNeverRoundedToAllOrNothing) {
  EXPECT_EQ(Commas(0), "0");
  EXPECT_EQ(Commas(999), "999");
  EXPECT_EQ(Commas(1'139'997), "1,139,997");
  EXPECT_EQ(Millions(7'029'917), "7.03 million");
  EXPECT_EQ(Millions(999'999), "999,999");
  EXPECT_EQ(Millions(331'449'281), "331 million");
  EXPECT_EQ(OfMillions(1'139'997, 7'029'917), "1.14 of 7.03 million");
  EXPECT_EQ(OfMillions(41'246, 9'288'994), "41,246 of 9.29 million");
  EXPECT_EQ(OfMillions(7'521, 643'077), "7,521 of 643,077");
  EXPECT_EQ(Percent(1'139'997, 7'029'917), "16.2%");
  EXPECT_EQ(Percent(0, 5), "0%");
  EXPECT_EQ(Percent(1, 1'000'000), "under 0.1%");
  EXPECT_EQ(Percent(999'999, 1'000'000), "over 99.9%");
  EXPECT_EQ(Percent(5, 5), "100%");
  EXPECT_EQ(NumberWord(9), "nine");
  EXPECT_EQ(NumberWord(10), "10");
  EXPECT_EQ(NumberFirst(9), "Nine");
  EXPECT_EQ(NumberFirst(12), "Twelve");
  EXPECT_EQ(NumberFirst(20), "Twenty");
  EXPECT_EQ(NumberFirst(22), "Twenty-two");
  EXPECT_EQ(NumberFirst(99), "Ninety-nine");
  EXPECT_EQ(NumberFirst(100), "100");
  EXPECT_EQ(And({"a"}), "a");
  EXPECT_EQ(And({"a", "b", "c"}), "a, b and c");
}

TEST(Words, DatesSayNoMoreThanIsKnown) {
  EXPECT_EQ(MonthOf(*ParseDate("2020-06-24")), "June 2020");
  EXPECT_EQ(MonthOf(*ParseDate("2025-02")), "February 2025");
  EXPECT_EQ(MonthOf(*ParseDate("2020")), "2020");
  EXPECT_EQ(ShortMonthOf(*ParseDate("2020-09-24")), "Sep 2020");
  EXPECT_EQ(ShortMonthOf(*ParseDate("2020")), "2020");
  EXPECT_EQ(places::site::On(*ParseDate("2020-06-24")), "on 24 June 2020");
  EXPECT_EQ(places::site::On(*ParseDate("2025-02")), "in February 2025");
}

TEST(Words, LeadSaysWhatStandsWhatEndedAndWhatCannotBeTold) {
  EXPECT_EQ(
      LeadOf("us-ma-boston"),
      "Boston’s city government may not use face recognition. The ban has stood since 24 June "
      "2020.");
  EXPECT_EQ(LeadOf("us-wa-king-county"),
            "King County’s government may not use face recognition. The ban has stood since 1 June "
            "2021.");
  EXPECT_EQ(LeadOf("us-la-new-orleans"),
            "New Orleans’ ban on face recognition began on 17 December 2020 and ended on 21 July "
            "2022.");
  EXPECT_THAT(LeadOf("us-ms-jackson"), HasSubstr("ended in February 2025, a date that is unconf"));
  EXPECT_THAT(LeadOf("us-ms-jackson", "2025-02-10"), HasSubstr("can’t be told from the dates"));
  EXPECT_THAT(LeadOf("us-ny"), HasSubstr("in schools"));
  EXPECT_THAT(LeadOf("us-pa-pittsburgh"), HasSubstr("That is not a ban."));
  EXPECT_THAT(LeadOf("us-or-portland"), HasSubstr("private parties are bound too"));
  EXPECT_THAT(LeadOf("us-nh"), HasSubstr("unconfirmed"));
}

TEST(Html, ProseHasDaysInWordsAndNoMarkup) {
  EXPECT_EQ(Prose("<b> & \"it's\" 2020-06-30."),
            "&lt;b&gt; &amp; &quot;it&#39;s&quot; 30 June 2020.");
  EXPECT_EQ(Prose("20200-06-30 2020-06-301 2020-13-01 2020-06"),
            "20200-06-30 2020-06-301 2020-13-01 2020-06");
}

TEST(Steps, LeadToTheCount) {
  const Edition edition(Builtin(), On("2026-11-23"));
  const std::vector<Step> steps = Steps(edition);
  ASSERT_FALSE(steps.empty());
  EXPECT_EQ(steps.front().began.front()->id, "us-ca-san-francisco");
  EXPECT_EQ(steps.back().people, edition.count.bans.people);
  int64_t people = 0;
  for (const Step& step : steps) {
    people += step.change;
    EXPECT_EQ(people, step.people);
    EXPECT_EQ(people, CountOn(Builtin(), step.day, "").bans.people);
  }
  EXPECT_EQ(LatestBan(steps).began.front()->id, "us-ca-sebastopol");
  EXPECT_TRUE(StillSince(edition, steps));
  EXPECT_FALSE(StillSince(Edition(Builtin(), On("2020-07-02")),
                          Steps(Edition(Builtin(), On("2020-07-02")))));
}

TEST(Edition, HoldsWhatWasAdoptedByThen) {
  const Edition edition(Builtin(), On("2020-07-02"));
  ASSERT_NE(edition.Find("MA"), nullptr);
  EXPECT_EQ(edition.Find("MA")->places.size(), 7u);
  EXPECT_EQ(edition.Find("MA")->count.bans.people, 1'139'997);
  EXPECT_EQ(edition.Find("MN"), nullptr);
  for (const Place* place : edition.places) EXPECT_NE(place->id, "us-ma-worcester");
}

TEST(Site, IsTheSameForTheSameDay) {
  const std::vector<SiteFile> once = MakeSite(Builtin(), On("2026-11-23")),
                              again = MakeSite(Builtin(), On("2026-11-23"));
  ASSERT_EQ(once.size(), again.size());
  for (size_t i = 0; i < once.size(); ++i) {
    EXPECT_EQ(once[i].path, again[i].path);
    EXPECT_EQ(once[i].bytes, again[i].bytes);
  }
}

}  // namespace
}  // namespace places::site
