#include "places/words.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/words.h"

namespace places {
namespace {

using efface::Absl;

bool Binds(const Place& place, Bound bound) {
  return std::find(place.binds.begin(), place.binds.end(), bound) != place.binds.end();
}

// "since 2020-06-24", and what stands behind it.
std::string Since(const Place& place) {
  const DateFact& start = *StartOf(place);
  std::string text = absl::StrCat("since ", start.date.text);
  if (place.effective) return text + (start.confirmed ? "" : " (day unconfirmed)");
  if (place.final_vote)
    return absl::StrCat(text, " (first vote on ", place.adopted->date.text,
                        "; the day of the second is unconfirmed)");
  if (!start.confirmed) return text + " (day unconfirmed)";
  if (start.event == Event::kSigning) return text + ", the day of its signing";
  if (start.event == Event::kElection) return text + ", the day of the election";
  if (start.event == Event::kEnactment || start.event == Event::kReenactment)
    return text + ", when it was enacted";
  return text + ", the day of the vote";
}

// "banned face recognition by its city government", behind "has" or "had".
std::string Deed(const Place& place) {
  const std::string who = BoundWords(place);
  switch (place.scope) {
    case Scope::kBan:
    case Scope::kPrivateToo:
      return absl::StrCat("banned face recognition by ", who);
    case Scope::kMoratorium:
      return absl::StrCat("suspended face recognition by ", who);
    case Scope::kPoliceOnly:
      return "restricted face recognition by the police alone";
    case Scope::kLimits:
      return absl::StrCat("put conditions on face recognition by ", who);
  }
  return "";
}

std::string Ended(const Place& place) {
  const DateFact& ended = *place.ended;
  std::string how = "ended";
  if (ended.event == Event::kLapse) how = "lapsed";
  if (ended.event == Event::kRepeal) how = "was repealed";
  if (ended.event == Event::kReplacement) how = "was replaced";
  return absl::StrCat(how, ended.date.IsDay() ? " on " : " in ", ended.date.text,
                      ended.confirmed ? "" : " (date unconfirmed)");
}

Answer InForce(const Register& reg, const Place& place) {
  const bool government = Binds(place, Bound::kGovernment);
  const bool limits = place.scope == Scope::kLimits;
  const bool yes = government && !limits && place.scope != Scope::kPoliceOnly;
  std::string text = yes && place.scope == Scope::kMoratorium ? "Yes, for now: "
                     : yes                                    ? "Yes: "
                     : limits                                 ? "No ban, but limits: "
                                                              : "In part: ";
  absl::StrAppend(&text, reg.FullName(place), " has ", Deed(place), " ", Since(place), ".");
  return {yes ? Verdict::kYes : Verdict::kPartly, text};
}

Answer NotInForce(const Register& reg, const Place& place, Day day) {
  const std::string name = reg.FullName(place);
  if (place.ended && day >= place.ended->date.last)
    return {Verdict::kNo, absl::StrCat("No longer: ", name, " had ", Deed(place), " ", Since(place),
                                       "; it ", Ended(place), ".")};
  const DateFact& adopted = place.adopted ? *place.adopted : *place.effective;
  return {Verdict::kNo,
          absl::StrCat("Not yet: on ", DayText(day), " the law of ", name, " was not in force; it ",
                       adopted.date.first > day ? "was adopted on " : "came into force on ",
                       adopted.date.first > day ? adopted.date.text : StartOf(place)->date.text,
                       adopted.confirmed ? "" : " (unconfirmed)", ".")};
}

Answer Unsure(const Register& reg, const Place& place, Day day) {
  std::string why;
  if (!place.confirmed) {
    why = "the register has it from memory, and no page that states its adoption was read";
  } else if (StartOf(place) == nullptr) {
    why = "its date is not known";
  } else if (place.ended && day >= place.ended->date.first) {
    why = absl::StrCat("of its end only ", place.ended->date.text, " is known");
  } else if (place.final_vote && !place.effective) {
    why = absl::StrCat("the first vote was on ", place.adopted->date.text, ", the second ",
                       place.final_vote->date.IsDay() ? "about " : "in ",
                       place.final_vote->date.text, ", unconfirmed");
  } else {
    why = absl::StrCat("of its beginning only ", StartOf(place)->date.text, " is known");
  }
  return {Verdict::kUnconfirmed,
          absl::StrCat("Unconfirmed: whether the law of ", reg.FullName(place), " (",
                       Absl(NameOf(place.scope)), ") was in force on ", DayText(day),
                       " can't be told: ", why, ".")};
}

}  // namespace

std::string Grouped(int64_t number) {
  std::string text = absl::StrCat(number);
  for (int at = static_cast<int>(text.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
    text.insert(static_cast<size_t>(at), ",");
  return text;
}

std::string Share(int64_t part, int64_t of) {
  const double share = of == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(of);
  if (part > 0 && share < 0.05) return "under 0.1 %";
  return absl::StrFormat("%.1f %%", share);
}

std::string Phrase(Event event) {
  switch (event) {
    case Event::kVote:
      return "vote";
    case Event::kFirstVote:
      return "first of two votes";
    case Event::kPassage:
      return "passage, by the first or the second vote";
    case Event::kElection:
      return "election";
    case Event::kSigning:
      return "signing; the last vote was not found";
    case Event::kEnactment:
      return "enactment; the last vote was not found";
    case Event::kReenactment:
      return "enacted anew by the legislature";
    case Event::kRepeal:
      return "repealed";
    case Event::kReplacement:
      return "replaced";
    case Event::kLapse:
      return "lapsed";
  }
  return "";
}

std::string DateWords(const DateFact& fact) {
  return absl::StrCat(fact.date.text, fact.confirmed ? "" : ", unconfirmed");
}

std::string BoundWords(const Place& place) {
  std::string text;
  for (const Bound bound : place.binds) {
    if (!text.empty()) text += bound == place.binds.back() ? " and " : ", ";
    switch (bound) {
      case Bound::kGovernment:
        absl::StrAppend(&text, place.kind == Kind::kState
                                   ? "state and local government"
                                   : absl::StrCat("its ", Absl(NameOf(place.kind)), " government"));
        break;
      case Bound::kPolice:
        text += "the police";
        break;
      case Bound::kSchools:
        text += "schools";
        break;
      case Bound::kPrivate:
        text += "private parties";
        break;
    }
  }
  return text;
}

Answer AnswerOn(const Register& reg, const Place& place, Day day) {
  switch (StandingOn(place, day)) {
    case Standing::kInForce:
      return InForce(reg, place);
    case Standing::kNotInForce:
      return NotInForce(reg, place, day);
    case Standing::kUnconfirmed:
      break;
  }
  return Unsure(reg, place, day);
}

std::string RedactionWords(const Place& place) {
  const char* says = place.redaction.exempt == Exempt::kYes  ? "Expressly allowed"
                     : place.redaction.exempt == Exempt::kNo ? "Not mentioned"
                                                             : "Unknown";
  const bool unconfirmed =
      place.redaction.exempt != Exempt::kUnknown && !place.redaction.confirmed();
  return absl::StrCat(says, unconfirmed ? " (unconfirmed)" : "", ". ", place.redaction.basis);
}

}  // namespace places
