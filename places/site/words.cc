#include "places/site/words.h"

#include <cmath>

#include "absl/strings/ascii.h"
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

// What the law does while it is in force; continues "Boston’s rule".
std::string Doing(const Place& place) {
  const std::string government = GovernmentOf(place);
  switch (place.scope) {
    case Scope::kBan:
      return absl::StrCat("bans face recognition by ", government);
    case Scope::kMoratorium:
      return absl::StrCat("suspends face recognition ",
                          Binds(place, Bound::kSchools) ? "in schools"
                                                        : absl::StrCat("by ", government));
    case Scope::kPrivateToo:
      return absl::StrCat("bans face recognition by ", government,
                          ", and by private parties as well");
    case Scope::kPoliceOnly:
      return "restricts face recognition by the police, and by nobody else";
    case Scope::kLimits:
      return absl::StrCat("allows face recognition by ",
                          Binds(place, Bound::kGovernment) ? government : "the police",
                          " under conditions. It is not a ban");
  }
  return "";
}

std::string DidSentence(const Place& place) {
  switch (place.scope) {
    case Scope::kBan:
      return "banned face recognition in its own government";
    case Scope::kMoratorium:
      return "suspended face recognition";
    case Scope::kPrivateToo:
      return "banned face recognition, for private parties as well";
    case Scope::kPoliceOnly:
      return "restricted face recognition by the police";
    case Scope::kLimits:
      return "set conditions for face recognition";
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
  return absl::StrCat(absl::StrFormat(part < kMillion ? "%.2f" : "%.3g",
                                      static_cast<double>(part) / kMillion),
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

std::string On(const PartialDate& date) {
  return absl::StrCat(date.IsDay() ? "on " : "in ", InWords(date));
}

bool IsBan(const Place& place) {
  return place.scope == Scope::kBan || place.scope == Scope::kMoratorium ||
         place.scope == Scope::kPrivateToo;
}

const DateFact* BeginOf(const Place& place) {
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
        return absl::StrCat("Ended ", MonthWords(place.ended->date.first));
      return "Not yet in force";
    case Standing::kUnconfirmed:
      return "Unconfirmed";
  }
  return "";
}

std::string StartWords(const Place& place) {
  const DateFact* start = BeginOf(place);
  if (start == nullptr) return "since an unknown day";
  return absl::StrCat("since ", InWords(start->date));
}

std::string EventWords(const DateFact& fact) {
  return absl::StrCat(VerbOf(fact.event), " ", On(fact.date));
}

std::string GovernmentOf(const Place& place) {
  switch (place.kind) {
    case Kind::kCity:
      return "the city government";
    case Kind::kTown:
      return "the town government";
    case Kind::kCounty:
      return "the county government";
    case Kind::kState:
      return "state and local agencies";
  }
  return "";
}

std::string Lead(const Register& reg, const Place& place, Day day) {
  const std::string whose =
      absl::StrCat(place.name, place.name.ends_with('s') ? "’" : "’s",
                   place.kind == Kind::kState ? " law " : " rule ");
  const DateFact* start = BeginOf(place);
  switch (StandingOn(place, day)) {
    case Standing::kInForce:
      return absl::StrCat(whose, Doing(place), place.scope == Scope::kLimits ? "; " : ". ",
                          place.scope == Scope::kLimits ? "it has stood " : "It has stood ",
                          StartWords(place), ".");
    case Standing::kNotInForce:
      if (place.ended && day >= place.ended->date.last)
        return absl::StrCat(place.name, " ", DidSentence(place),
                            start ? absl::StrCat(" ", On(start->date)) : "", ". That ended ",
                            On(place.ended->date), ".");
      return absl::StrCat(whose, Doing(place), ", but it is not yet in force.");
    case Standing::kUnconfirmed:
      break;
  }
  if (!place.confirmed)
    return absl::StrCat("A rule of ", place.kind == Kind::kState ? "the state of " : "", place.name,
                        " is reported that ", Doing(place),
                        ". No page that we read states its adoption, so nothing here counts on it.");
  return absl::StrCat("Whether the rule of ", TitleOf(reg, place), " was in force on ",
                      DayWords(day), " can’t be told from the dates that are known.");
}

}  // namespace places::site
