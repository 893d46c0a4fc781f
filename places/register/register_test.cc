// The register that is compiled in, how dates are read as standing, and what a wrong file is told.
#include "places/register/register.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "places/register/data.h"
#include "places/register/query.h"

namespace places {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Json = nlohmann::ordered_json;

const Register& Builtin() {
  static const auto* const reg = new absl::StatusOr<Register>(Register::Builtin());
  return **reg;
}

Day On(std::string_view text) { return *ParseDay(text); }

std::vector<std::string> Ids(const std::vector<const Place*>& places) {
  std::vector<std::string> ids;
  for (const Place* place : places) ids.push_back(place->id);
  return ids;
}

std::vector<std::string> Ids(const Tally& tally) {
  std::vector<std::string> ids;
  for (const Counted& counted : tally.places) ids.push_back(counted.place->id);
  return ids;
}

Standing StandingOf(std::string_view id, std::string_view day) {
  return StandingOn(*Builtin().Find(id), On(day));
}

TEST(Date, IsADayAMonthOrAYear) {
  const auto month = ParseDate("2024-02");
  ASSERT_TRUE(month);
  EXPECT_EQ(DayText(month->first), "2024-02-01");
  EXPECT_EQ(DayText(month->last), "2024-02-29");
  EXPECT_FALSE(month->IsDay());
  EXPECT_EQ(InWords(*month), "February 2024");
  EXPECT_EQ(DayText(ParseDate("2020")->last), "2020-12-31");
  EXPECT_EQ(InWords(*ParseDate("2020-06-04")), "4 June 2020");
  for (const char* wrong :
       {"", "2020-6-4", "2020-13", "2020-00", "2020-02-30", "2020-06-00", "20", "2020/06/04",
        "2020-06-04T", "x020", "202x", "1899", "2200", "2020-+6", "2020-06- 4", "2020-06-4 "})
    EXPECT_FALSE(ParseDate(wrong)) << wrong;
  EXPECT_FALSE(ParseDay("2020-06"));
}

TEST(Register, CompiledInIsWhole) {
  const auto reg = Register::Builtin();
  ASSERT_TRUE(reg.ok()) << reg.status();
  EXPECT_EQ(reg->places().size(), 42u);
  EXPECT_EQ(reg->states().size(), 51u);
  EXPECT_EQ(reg->national_population(), 331'449'281);
  EXPECT_EQ(DayText(reg->as_of()), "2026-11-23");
  const Place& boston = *reg->Find("us-ma-boston");
  EXPECT_EQ(boston.population, 675'647);
  EXPECT_EQ(boston.adopted->date.text, "2020-06-24");
  EXPECT_EQ(boston.redaction.exempt, Exempt::kUnknown);
  EXPECT_FALSE(boston.redaction.confirmed());
  EXPECT_FALSE(boston.fips_confirmed);
  EXPECT_FALSE(boston.population_confirmed);
  EXPECT_TRUE(reg->Find("us-ca-oakland")->fips_confirmed);
  EXPECT_FALSE(reg->Find("us-nh")->confirmed);
  EXPECT_EQ(reg->Find("us-ma-bostin"), nullptr);
  EXPECT_EQ(reg->FindState("ma")->name, "Massachusetts");
  EXPECT_EQ(reg->FindState("district of columbia")->code, "DC");
}

TEST(Standing, SevenPlacesOfMassachusettsOnTheSecondOfJuly2020) {
  const Count count = CountOn(Builtin(), On("2020-07-02"), "MA");
  EXPECT_THAT(Ids(count.bans),
              UnorderedElementsAre("us-ma-somerville", "us-ma-brookline", "us-ma-northampton",
                                   "us-ma-cambridge", "us-ma-springfield", "us-ma-boston",
                                   "us-ma-easthampton"));
  EXPECT_EQ(count.bans.people, 1'139'997);
  EXPECT_EQ(count.bans.unchecked, 1'139'997);
  EXPECT_EQ(count.residents, 7'029'917);
  EXPECT_THAT(count.state_laws, IsEmpty());
  EXPECT_EQ(CountOn(Builtin(), On("2020-06-30"), "MA").bans.people, 1'139'997 - 16'211);
}

TEST(Standing, BeginsWithTheVoteUnlessTheFirstDayInForceIsKnown) {
  EXPECT_EQ(StandingOf("us-ma-boston", "2020-06-23"), Standing::kNotInForce);
  EXPECT_EQ(StandingOf("us-ma-boston", "2020-06-24"), Standing::kInForce);
  EXPECT_EQ(StandingOf("us-pa-pittsburgh", "2020-09-23"), Standing::kNotInForce);
  EXPECT_EQ(StandingOf("us-pa-pittsburgh", "2020-09-24"), Standing::kInForce);
}

TEST(Standing, IsUnconfirmedBetweenTwoVotes) {
  EXPECT_EQ(StandingOf("us-ca-oakland", "2019-07-15"), Standing::kNotInForce);
  EXPECT_EQ(StandingOf("us-ca-oakland", "2019-07-16"), Standing::kUnconfirmed);
  EXPECT_EQ(StandingOf("us-ca-oakland", "2019-09-16"), Standing::kUnconfirmed);
  EXPECT_EQ(StandingOf("us-ca-oakland", "2019-09-17"), Standing::kInForce);
  EXPECT_EQ(StandingOf("us-ca-santa-cruz", "2020-12-30"), Standing::kUnconfirmed);
  EXPECT_EQ(StandingOf("us-ca-santa-cruz", "2021-01-01"), Standing::kInForce);
}

TEST(Standing, IsUnconfirmedWithinAMonthThatIsAllThatIsKnown) {
  EXPECT_EQ(StandingOf("us-ms-jackson", "2025-01-31"), Standing::kInForce);
  EXPECT_EQ(StandingOf("us-ms-jackson", "2025-02-01"), Standing::kUnconfirmed);
  EXPECT_EQ(StandingOf("us-ms-jackson", "2025-02-27"), Standing::kUnconfirmed);
  EXPECT_EQ(StandingOf("us-ms-jackson", "2025-03-01"), Standing::kNotInForce);
}

TEST(Standing, IsUnconfirmedWhereTheAdoptionIs) {
  for (const char* day : {"2000-01-01", "2019-09-12", "2026-11-23"})
    EXPECT_EQ(StandingOf("us-nh", day), Standing::kUnconfirmed) << day;
}

TEST(Standing, EndsOnTheDayOfTheEnd) {
  EXPECT_EQ(StandingOf("us-ca", "2022-12-31"), Standing::kInForce);
  EXPECT_EQ(StandingOf("us-ca", "2023-01-01"), Standing::kNotInForce);
}

TEST(Count, ACityWithinACountedCountyIsCountedOnce) {
  const Count count = CountOn(Builtin(), On("2023-01-01"), "WA");
  EXPECT_THAT(Ids(count.bans),
              UnorderedElementsAre("us-wa-king-county", "us-wa-bellingham", "us-wa-kirkland"));
  EXPECT_EQ(count.bans.people, 2'269'675 + 91'482);
  EXPECT_EQ(count.bans.unchecked, 91'482);
  EXPECT_THAT(Ids(count.state_laws), ElementsAre("us-wa"));
}

TEST(Count, PeopleOfACityWithABanAreNotCountedAgainWithTheirCounty) {
  Json json = Json::parse(BuiltinJson());
  for (Json& place : json["places"])
    if (place["id"] == "us-wa-king-county") place["scope"] = "limits";
  const auto reg = Register::Parse(json.dump());
  ASSERT_TRUE(reg.ok()) << reg.status();
  const Count count = CountOn(*reg, On("2023-01-01"), "WA");
  EXPECT_EQ(count.bans.people, 91'482 + 92'175);
  EXPECT_EQ(count.limits.people, 2'269'675 - 92'175);
}

TEST(Count, LimitsPoliceAndWhatCannotBeToldStandApart) {
  const Count texas = CountOn(Builtin(), On("2021-01-01"), "TX");
  EXPECT_EQ(texas.bans.people, 0);
  EXPECT_EQ(texas.limits.people, 961'855);
  EXPECT_EQ(CountOn(Builtin(), On("2021-01-01"), "MS").police_only.people, 153'701);
  const Count unsure = CountOn(Builtin(), On("2025-02-14"), "MS");
  EXPECT_EQ(unsure.police_only.people, 0);
  EXPECT_EQ(unsure.unconfirmed.people, 153'701);
  EXPECT_THAT(Ids(CountOn(Builtin(), On("2025-02-14"), "NH").unconfirmed_state_laws),
              ElementsAre("us-nh"));
}

TEST(Count, OfAllStatesIsTheSumOfThem) {
  for (const char* day : {"2019-08-01", "2020-07-02", "2021-09-08", "2025-02-14", "2026-11-23"}) {
    const Count all = CountOn(Builtin(), On(day), "");
    int64_t bans = 0, people = 0, residents = 0;
    for (const State& state : Builtin().states()) {
      const Count count = CountOn(Builtin(), On(day), state.code);
      bans += static_cast<int64_t>(count.bans.places.size());
      people += count.bans.people;
      residents += count.residents;
    }
    EXPECT_EQ(all.bans.places.size(), static_cast<size_t>(bans)) << day;
    EXPECT_EQ(all.bans.people, people) << day;
    EXPECT_EQ(all.residents, residents) << day;
  }
}

TEST(FindByName, TakesTheWaysInWhichPeopleWriteNames) {
  for (const char* name : {"us-ma-boston", "Boston", "boston, ma", "BOSTON  Massachusetts",
                           "City of Boston", "city of boston, MA", " boston. "})
    EXPECT_THAT(Ids(FindByName(Builtin(), name).places), ElementsAre("us-ma-boston")) << name;
  EXPECT_THAT(Ids(FindByName(Builtin(), "portland").places),
              UnorderedElementsAre("us-or-portland", "us-me-portland"));
  EXPECT_THAT(Ids(FindByName(Builtin(), "Portland, Maine").places), ElementsAre("us-me-portland"));
  EXPECT_THAT(Ids(FindByName(Builtin(), "MA").places), ElementsAre("us-ma"));
  EXPECT_THAT(Ids(FindByName(Builtin(), "new york").places), ElementsAre("us-ny"));
  EXPECT_THAT(Ids(FindByName(Builtin(), "Township of Teaneck").places),
              ElementsAre("us-nj-teaneck"));
}

TEST(FindByName, SuggestsWhatIsNear) {
  EXPECT_THAT(Ids(FindByName(Builtin(), "Sommerville").suggestions),
              ElementsAre("us-ma-somerville"));
  EXPECT_THAT(Ids(FindByName(Builtin(), "us-ma-bostno").suggestions).front(), "us-ma-boston");
  EXPECT_THAT(Ids(FindByName(Builtin(), "Pittsburg PA").suggestions),
              ElementsAre("us-pa-pittsburgh"));
  EXPECT_THAT(Ids(FindByName(Builtin(), "Birkeley").suggestions), ElementsAre("us-ca-berkeley"));
  const std::string long_name(100'000, 'a');
  for (const std::string& far : {std::string("Chicago"), std::string(""), std::string("..."),
                                 std::string("x"), std::string("Springdale"), long_name}) {
    const Match match = FindByName(Builtin(), far);
    EXPECT_THAT(Ids(match.places), IsEmpty()) << far.substr(0, 20);
    EXPECT_THAT(Ids(match.suggestions), IsEmpty()) << far.substr(0, 20);
  }
}

// What is wrong with the register once `change` was made to its place `id`.
std::string Complaint(const char* id, const std::function<void(Json&)>& change) {
  Json json = Json::parse(BuiltinJson());
  for (Json& place : json["places"])
    if (place["id"] == id) change(place);
  const auto reg = Register::Parse(json.dump());
  return reg.ok() ? "nothing" : std::string(reg.status().message());
}

TEST(Parse, SaysWhatIsWrongAndWhere) {
  const auto boston = [](const char* pointer, const Json& value) {
    return Complaint("us-ma-boston",
                     [&](Json& place) { place[Json::json_pointer(pointer)] = value; });
  };
  EXPECT_EQ(Complaint("us-ma-boston", [](Json&) {}), "nothing");
  EXPECT_EQ(boston("/adopted/date", "2020-06-31"),
            "us-ma-boston: adopted.date is not YYYY-MM-DD, YYYY-MM or YYYY");
  EXPECT_EQ(boston("/adopted/date", "2027-01-01"), "us-ma-boston: adopted lies after as_of");
  EXPECT_EQ(boston("/adopted/what", "rumour").substr(0, 40),
            "us-ma-boston: adopted.what is none of vo");
  EXPECT_EQ(boston("/ended", {{"date", "2020-01-01"}}), "us-ma-boston: ended lies before it began");
  EXPECT_EQ(boston("/effective", {{"date", "2020-01-01"}}),
            "us-ma-boston: effective lies before adopted");
  EXPECT_EQ(boston("/final_vote", {{"date", "2020-07-01"}}),
            "us-ma-boston: final_vote stands there though adopted is not a first vote");
  EXPECT_EQ(boston("/scope", "Ban"),
            "us-ma-boston: scope is none of ban, moratorium, police-only, limits, private-too");
  EXPECT_THAT(boston("/scope", "police-only"), HasSubstr("binds names others"));
  EXPECT_THAT(boston("/scope", "private-too"), HasSubstr("private-too where binds names private"));
  EXPECT_EQ(boston("/binds", Json::array()), "us-ma-boston: binds is empty");
  EXPECT_EQ(boston("/sources", Json::array()), "us-ma-boston: sources is empty");
  EXPECT_THAT(boston("/sources/0/url", "ftp://x"), HasSubstr("https:// or http://"));
  EXPECT_THAT(boston("/sources/0/url", "https://a b"), HasSubstr("https:// or http://"));
  EXPECT_EQ(boston("/fips", "2607000"),
            "us-ma-boston: fips is not a GEOID of a city in Massachusetts");
  EXPECT_EQ(boston("/fips", "25070"),
            "us-ma-boston: fips is not a GEOID of a city in Massachusetts");
  EXPECT_EQ(boston("/fips", "2511000"), "us-ma-boston and us-ma-cambridge are the same place");
  EXPECT_EQ(boston("/name", "Cambridge"), "us-ma-boston and us-ma-cambridge are the same place");
  EXPECT_EQ(boston("/id", "us-ma-cambridge"), "us-ma-cambridge stands there twice");
  EXPECT_THAT(boston("/id", "us-ca-boston"), HasSubstr("id is not us-STATE-NAME"));
  EXPECT_THAT(boston("/id", "us-ma-Boston"), HasSubstr("id is not us-STATE-NAME"));
  EXPECT_EQ(boston("/state", "XX"), "us-ma-boston: state XX is not among the states");
  EXPECT_EQ(boston("/population/count", 0),
            "us-ma-boston: population.count is not from 1 to 2000000000");
  EXPECT_EQ(boston("/population/count", 18446744073709551615u),
            "us-ma-boston: population.count is not from 1 to 2000000000");
  EXPECT_THAT(boston("/population/count", 7'100'000), HasSubstr("does not fit the state's"));
  EXPECT_EQ(boston("/population/count", "675647"),
            "us-ma-boston: population.count is not a whole number");
  EXPECT_EQ(boston("/unconfirmed", {"mood"}),
            "us-ma-boston: unconfirmed names \"mood\", which is not a fact");
  EXPECT_EQ(boston("/colour", "red"), "us-ma-boston: \"colour\" is not known");
  EXPECT_EQ(Complaint("us-ma-boston", [](Json& place) { place.erase("note"); }),
            "us-ma-boston: \"note\" is missing");
  EXPECT_EQ(boston("/inside", {"us-wa-king-county"}),
            "us-ma-boston: inside names us-wa-king-county, which is no county of the register that "
            "could hold it");
  EXPECT_EQ(boston("/position", {91, 0}), "us-ma-boston: position[0] is not from -90 to 90");
  EXPECT_THAT(boston("/redaction/exempt", "no"), HasSubstr("where the whole text was read"));
  EXPECT_THAT(boston("/note", "a\nb"), HasSubstr("control character"));
  EXPECT_THAT(Complaint("us-ma", [](Json& place) { place["population"]["count"] = 7'029'918; }),
              HasSubstr("does not fit the state's"));
}

TEST(Parse, RefusesWhatIsNoRegister) {
  for (const char* text : {"", "{", "[]", "null", "{\"format\": \"efface-places/1\"}",
                           "{\"format\": \"efface-places/2\", \"as_of\": 1, \"census\": 1, "
                           "\"scopes\": 1, \"states\": 1, \"places\": 1}"})
    EXPECT_FALSE(Register::Parse(text).ok()) << text;
  EXPECT_FALSE(Register::Parse(std::string(100'000, '[')).ok());
  std::string twice(BuiltinJson());
  const size_t at = twice.find("\"name\": \"Boston\"");
  ASSERT_NE(at, twice.npos);
  twice.insert(at, "\"name\": \"Bristol\", ");
  EXPECT_EQ(Register::Parse(twice).status().message(), "\"name\" stands twice in one object");
  std::string wrong_sum(BuiltinJson());
  wrong_sum.replace(wrong_sum.find("576851"), 6, "576852");
  EXPECT_THAT(std::string(Register::Parse(wrong_sum).status().message()),
              HasSubstr("the states sum up to 331449282"));
  EXPECT_FALSE(Register::Load("/nonexistent/places.json").ok());
}

}  // namespace
}  // namespace places
