#include "places/site/words.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace places::site {
namespace {

constexpr int64_t kMillion = 1'000'000;

// Three figures: "7.03", "39.5", "331".
std::string InMillions(int64_t people) {
  return absl::StrFormat("%.3g", static_cast<double>(people) / kMillion);
}

PartialDate OneDay(Day day) { return {day, day, DayText(day)}; }

const char* VerbOf(std::optional<Event> event) {
  if (!event) return "Decided";
  switch (*event) {
    case Event::kVote:
      return "Voted";
    case Event::kFirstVote:
      return "First of two votes";
    case Event::kPassage:
      return "Passed";
    case Event::kElection:
      return "Passed by voters";
    case Event::kSigning:
      return "Signed";
    case Event::kEnactment:
      return "Enacted";
    case Event::kReenactment:
      return "Enacted anew";
    case Event::kRepeal:
      return "Repealed";
    case Event::kReplacement:
      return "Replaced";
    case Event::kLapse:
      return "Lapsed";
  }
  return "";
}

bool Binds(const Place& place, Bound bound) {
  return std::find(place.binds.begin(), place.binds.end(), bound) != place.binds.end();
}

const char* RuleWord(const Place& place) {
  switch (place.scope) {
    case Scope::kBan:
    case Scope::kPrivateToo:
      return "ban";
    case Scope::kMoratorium:
      return "moratorium";
    case Scope::kPoliceOnly:
    case Scope::kLimits:
      return place.kind == Kind::kState ? "law" : "rule";
  }
  return "";
}

std::string Whose(const Place& place) {
  return absl::StrCat(place.name, place.name.ends_with('s') ? "’" : "’s");
}

// "Boston’s city government"; "King County’s government"; "State and local agencies of Utah".
std::string GovernmentWords(const Place& place) {
  if (place.kind == Kind::kState) return absl::StrCat("State and local agencies of ", place.name);
  const std::string kind(NameOf(place.kind));
  const bool named = absl::EndsWithIgnoreCase(place.name, kind);
  return absl::StrCat(Whose(place), " ", named ? "government" : GovernmentOf(place));
}

// What the law does while it is in force, in a sentence.
std::string Says(const Place& place) {
  switch (place.scope) {
    case Scope::kBan:
      return absl::StrCat(GovernmentWords(place), " may not use face recognition.");
    case Scope::kPrivateToo:
      return absl::StrCat(GovernmentWords(place),
                          " may not use face recognition, and private parties are bound too.");
    case Scope::kMoratorium:
      return Binds(place, Bound::kSchools)
                 ? absl::StrCat(place.name, " has suspended face recognition in schools.")
                 : absl::StrCat(GovernmentWords(place), " has suspended face recognition.");
    case Scope::kPoliceOnly:
      return absl::StrCat(place.name,
                          " restricts face recognition by the police, and by nobody else.");
    case Scope::kLimits:
      return Binds(place, Bound::kGovernment)
                 ? absl::StrCat(GovernmentWords(place),
                                " may use face recognition under conditions. That is not a ban.")
                 : absl::StrCat("The police in ", place.name,
                                " may use face recognition under conditions. That is not a ban.");
  }
  return "";
}

}  // namespace

std::string Commas(int64_t number) {
  std::string text = absl::StrCat(number);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) text.insert(at, ",");
  return text;
}

std::string Millions(int64_t people) {
  return people < kMillion ? Commas(people) : absl::StrCat(InMillions(people), " million");
}

std::string OfMillions(int64_t part, int64_t all) {
  if (all < kMillion || part < kMillion / 10)
    return absl::StrCat(Commas(part), " of ", Millions(all));
  return absl::StrCat(
      absl::StrFormat(part < kMillion ? "%.2f" : "%.3g", static_cast<double>(part) / kMillion),
      " of ", Millions(all));
}

std::string Percent(int64_t part, int64_t all) {
  if (part <= 0 || all <= 0) return "0%";
  if (part >= all) return "100%";
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(all);
  if (percent < 0.1) return "under 0.1%";
  return percent > 99.9 ? "over 99.9%" : absl::StrFormat("%.1f%%", percent);
}

std::string NumberWord(int64_t number) {
  static constexpr const char* kWords[] = {"no",   "one", "two",   "three", "four",
                                           "five", "six", "seven", "eight", "nine"};
  return number >= 0 && number < 10 ? kWords[number] : Commas(number);
}

std::string NumberFirst(int64_t number) {
  static constexpr const char* kTeens[] = {"Ten",      "Eleven",  "Twelve",  "Thirteen",
                                           "Fourteen", "Fifteen", "Sixteen", "Seventeen",
                                           "Eighteen", "Nineteen"};
  static constexpr const char* kTens[] = {"Twenty", "Thirty",  "Forty",  "Fifty",
                                          "Sixty",  "Seventy", "Eighty", "Ninety"};
  if (number < 10 || number >= 100) return Capital(NumberWord(number));
  if (number < 20) return kTeens[number - 10];
  return absl::StrCat(kTens[number / 10 - 2], number % 10 == 0 ? "" : "-",
                      number % 10 == 0 ? "" : NumberWord(number % 10));
}

std::string Capital(std::string text) {
  if (!text.empty()) text[0] = absl::ascii_toupper(static_cast<unsigned char>(text[0]));
  return text;
}

std::string And(const std::vector<std::string>& parts) {
  std::string text;
  for (size_t i = 0; i < parts.size(); ++i)
    absl::StrAppend(&text, i == 0 ? "" : i + 1 == parts.size() ? " and " : ", ", parts[i]);
  return text;
}

std::string Plural(int64_t count, const char* one, const char* many) {
  return absl::StrCat(Commas(count), " ", count == 1 ? one : many);
}

std::string DayWords(Day day) { return InWords(OneDay(day)); }

std::string MonthWords(Day day) {
  const std::string text = DayWords(day);
  return text.substr(text.find(' ') + 1);
}

std::string MonthOf(const PartialDate& date) {
  return date.IsDay() ? MonthWords(date.first) : InWords(date);
}

std::string ShortMonthOf(const PartialDate& date) {
  const std::string words = MonthOf(date);
  const size_t space = words.find(' ');
  return space == words.npos ? words : absl::StrCat(words.substr(0, 3), words.substr(space));
}

std::string On(const PartialDate& date) {
  return absl::StrCat(date.IsDay() ? "on " : "in ", InWords(date));
}

bool IsLocalBan(const Place& place) {
  return place.kind != Kind::kState &&
         (place.scope == Scope::kBan || place.scope == Scope::kMoratorium ||
          place.scope == Scope::kPrivateToo);
}

const DateFact* EarliestOf(const Place& place) {
  if (place.effective) return &*place.effective;
  return place.adopted ? &*place.adopted : nullptr;
}

std::string TitleOf(const Register& reg, const Place& place) {
  if (place.kind == Kind::kState) return absl::StrCat(place.name, " (state law)");
  return absl::StrCat(place.name, ", ", reg.StateOf(place).name);
}

std::string ScopeWord(const Place& place) {
  switch (place.scope) {
    case Scope::kBan:
      return "Ban";
    case Scope::kMoratorium:
      return "Moratorium";
    case Scope::kPrivateToo:
      return "Ban, private parties too";
    case Scope::kPoliceOnly:
      return "Police only";
    case Scope::kLimits:
      return "Limits, no ban";
  }
  return "";
}

std::string StandingWord(const Place& place, Day day) {
  switch (StandingOn(place, day)) {
    case Standing::kInForce:
      return "In force";
    case Standing::kNotInForce:
      if (place.ended && day >= place.ended->date.last)
        return absl::StrCat("Ended ", MonthOf(place.ended->date));
      return "Not yet in force";
    case Standing::kUnconfirmed:
      return "Unconfirmed";
  }
  return "";
}

std::string StartWords(const Place& place) {
  const DateFact* start = StartOf(place);
  if (start == nullptr || !place.confirmed) return "date not known";
  return absl::StrCat("since ", InWords(start->date), start->confirmed ? "" : " (unconfirmed)");
}

std::string EventWords(const DateFact& fact) {
  return absl::StrCat(VerbOf(fact.event), " ", On(fact.date));
}

std::string GovernmentOf(const Place& place) {
  switch (place.kind) {
    case Kind::kCity:
      return "city government";
    case Kind::kTown:
      return "town government";
    case Kind::kCounty:
      return "county government";
    case Kind::kState:
      return "state and local agencies";
  }
  return "";
}

std::string Lead(const Place& place, Day day) {
  const char* kind = RuleWord(place);
  const DateFact *start = StartOf(place), *earliest = EarliestOf(place);
  switch (StandingOn(place, day)) {
    case Standing::kInForce:
      return absl::StrCat(Says(place), " The ", kind, " has stood ", StartWords(place), ".");
    case Standing::kNotInForce:
      if (place.ended && day >= place.ended->date.last)
        return absl::StrCat(Whose(place), " ", kind, " on face recognition ",
                            start ? absl::StrCat("began ", On(start->date), " and ") : "", "ended ",
                            On(place.ended->date),
                            place.ended->confirmed ? "" : ", a date that is unconfirmed", ".");
      return absl::StrCat(Whose(place), " ", kind, " is not yet in force",
                          earliest ? absl::StrCat("; it begins ", On(earliest->date)) : "", ".");
    case Standing::kUnconfirmed:
      break;
  }
  if (!place.confirmed)
    return absl::StrCat("Reported, but unconfirmed: ", Says(place),
                        " No page that we read states its adoption, so it is not counted.");
  return absl::StrCat("Whether ", Whose(place), " ", kind, " was in force on ", DayWords(day),
                      " can’t be told from the dates that are known.");
}

}  // namespace places::site
