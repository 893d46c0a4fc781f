// Sentences and tables: what people are told of a place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "places/commands.h"
#include "places/register/data.h"
#include "places/table.h"
#include "places/words.h"

namespace places {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class PlacesTest : public testing::Test {
 protected:
  Answer AnswerOf(const char* id, const char* day) const {
    return AnswerOn(reg_, *reg_.Find(id), *ParseDay(day));
  }

  const Register reg_ = *Register::Builtin();
};

TEST(Table, AlignsColumnsByLettersAndLeavesOutEmptyOnes) {
  Table table({{"NAME", Align::kLeft}, {"NOTHING", Align::kLeft}, {"N", Align::kRight}});
  table.AddRow({"Cañon", "", "1"});
  table.AddRow({"Ely", "", "1,000"});
  EXPECT_EQ(table.Text(),
            "NAME       N\n"
            "Cañon      1\n"
            "Ely    1,000\n");
}

TEST(Wrap, BreaksBetweenWords) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "word ";
  const std::string wrapped = Wrap(text, 4);
  size_t begin = 0, lines = 0;
  for (size_t end = 0; begin <= wrapped.size(); begin = end + 1, ++lines) {
    end = std::min(wrapped.find('\n', begin), wrapped.size());
    EXPECT_LE(end - begin, kWidth);
    EXPECT_NE(wrapped[end - 1], ' ');
    if (lines > 0) {
      EXPECT_EQ(wrapped.substr(begin, 5), "    w");
    }
  }
  EXPECT_EQ(lines, 3u);
  const std::string address = "https://example.org/" + std::string(100, 'x');
  EXPECT_EQ(Wrap("see " + address, 2), "see\n  " + address);
  EXPECT_EQ(Wrap(""), "");
  EXPECT_EQ(WidthOf("ñandú"), 5u);
}

TEST(Words, NumbersAreGroupedAndSharesHonest) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1000), "1,000");
  EXPECT_EQ(Grouped(331449281), "331,449,281");
  EXPECT_EQ(Grouped(-1234), "-1,234");
  EXPECT_EQ(Grouped(-123), "-123");
  EXPECT_EQ(Share(1, 8), "12.5 %");
  EXPECT_EQ(Share(0, 8), "0.0 %");
  EXPECT_EQ(Share(1, 1'000'000), "under 0.1 %");
  EXPECT_EQ(Share(0, 0), "0.0 %");
}

TEST_F(PlacesTest, AnswersABan) {
  const Answer boston = AnswerOf("us-ma-boston", "2026-11-23");
  EXPECT_EQ(boston.verdict, Verdict::kYes);
  EXPECT_EQ(boston.sentence,
            "Yes: Boston, Massachusetts has banned face recognition by its city government since "
            "2020-06-24, the day of the vote.");
  EXPECT_EQ(AnswerOf("us-ma-easthampton", "2026-11-23").sentence,
            "Yes: Easthampton, Massachusetts has banned face recognition by its city government "
            "since 2020-07-01 (day unconfirmed).");
}

TEST_F(PlacesTest, AnswersLessThanABan) {
  EXPECT_THAT(AnswerOf("us-ma-springfield", "2026-11-23").sentence,
              StartsWith("Yes, for now: Springfield, Massachusetts has suspended"));
  const Answer washington = AnswerOf("us-wa", "2026-11-23");
  EXPECT_EQ(washington.verdict, Verdict::kPartly);
  EXPECT_THAT(washington.sentence, StartsWith("No ban, but limits: Washington has put conditions"));
  const Answer york = AnswerOf("us-ny", "2026-11-23");
  EXPECT_EQ(york.verdict, Verdict::kPartly) << "schools are not the government";
  EXPECT_THAT(york.sentence,
              StartsWith("In part: New York has suspended face recognition by schools"));
  EXPECT_EQ(AnswerOf("us-or", "2026-11-23").verdict, Verdict::kPartly);
  EXPECT_THAT(AnswerOf("us-or-portland", "2026-11-23").sentence,
              HasSubstr("by its city government and private parties since 2020-09-09"));
}

TEST_F(PlacesTest, AnswersBeforeAndAfter) {
  EXPECT_EQ(AnswerOf("us-ma-boston", "2020-06-23").sentence,
            "Not yet: on 2020-06-23 the law of Boston, Massachusetts was not in force; it was "
            "adopted on 2020-06-24.");
  EXPECT_EQ(AnswerOf("us-pa-pittsburgh", "2020-09-23").sentence,
            "Not yet: on 2020-09-23 the law of Pittsburgh, Pennsylvania was not in force; it came "
            "into force on 2020-09-24.");
  const Answer jackson = AnswerOf("us-ms-jackson", "2025-06-01");
  EXPECT_EQ(jackson.verdict, Verdict::kNo);
  EXPECT_THAT(jackson.sentence, StartsWith("No longer: Jackson, Mississippi had restricted"));
  EXPECT_THAT(jackson.sentence, HasSubstr("it was repealed in 2025-02 (date unconfirmed)."));
}

TEST_F(PlacesTest, SaysWhyItCannotTell) {
  EXPECT_EQ(AnswerOf("us-ms-jackson", "2025-02-10").verdict, Verdict::kUnconfirmed);
  EXPECT_THAT(AnswerOf("us-ms-jackson", "2025-02-10").sentence,
              HasSubstr("of its end only 2025-02 is known"));
  EXPECT_THAT(AnswerOf("us-ca-oakland", "2019-08-01").sentence,
              HasSubstr("the first vote was on 2019-07-16, the second about 2019-09-17"));
  EXPECT_THAT(AnswerOf("us-ca-santa-cruz", "2020-08-01").sentence, HasSubstr("the second in 2020"));
  EXPECT_THAT(AnswerOf("us-nh", "2026-11-23").sentence, HasSubstr("from memory"));
}

TEST_F(PlacesTest, NothingIsLeftUnsaidForAnyPlaceOnAnyDay) {
  for (const Place& place : reg_.places()) {
    for (const char* day : {"1950-01-01", "2019-08-01", "2020-07-02", "2020-12-25", "2022-07-01",
                            "2025-02-10", "2026-11-23", "2199-12-31"}) {
      const Answer answer = AnswerOn(reg_, place, *ParseDay(day));
      EXPECT_THAT(answer.sentence, HasSubstr(place.name)) << place.id;
      EXPECT_TRUE(answer.sentence.ends_with('.')) << answer.sentence;
      EXPECT_THAT(answer.sentence, Not(HasSubstr("  "))) << answer.sentence;
      const Standing standing = StandingOn(place, *ParseDay(day));
      EXPECT_EQ(answer.verdict == Verdict::kUnconfirmed, standing == Standing::kUnconfirmed);
      EXPECT_EQ(answer.verdict == Verdict::kNo, standing == Standing::kNotInForce);
    }
  }
}

TEST_F(PlacesTest, FiltersJoin) {
  const Day day = *ParseDay("2020-07-02");
  EXPECT_EQ(Filtered(reg_, {.on = day}).size(), 42u);
  EXPECT_EQ(Filtered(reg_, {.state = "MA", .on = day}).size(), 9u);
  EXPECT_EQ(Filtered(reg_, {.state = "MA", .standing = Standing::kInForce, .on = day}).size(), 7u);
  const auto towns = Filtered(reg_, {.state = "MA", .kind = Kind::kTown, .on = day});
  ASSERT_EQ(towns.size(), 1u);
  EXPECT_EQ(towns[0]->id, "us-ma-brookline");
  EXPECT_EQ(Filtered(reg_, {.scope = Scope::kPrivateToo, .on = day}).size(), 2u);
  EXPECT_THAT(List(reg_, {.state = "TX", .kind = Kind::kCounty, .on = day}).text,
              HasSubstr("No place of the register fits"));
}

TEST_F(PlacesTest, TheListFitsATerminal) {
  const std::string text = List(reg_, {.on = reg_.as_of()}).text;
  for (size_t begin = 0; begin < text.size(); begin = text.find('\n', begin) + 1) {
    const size_t end = text.find('\n', begin);
    EXPECT_LE(WidthOf(std::string_view(text).substr(begin, end - begin)), kWidth);
  }
}

}  // namespace
}  // namespace places
