// efface-places check: the answer to "is face recognition banned here?" in sentences.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "places/commands.h"
#include "places/table.h"
#include "places/words.h"

namespace places {
namespace {

using Json = nlohmann::ordered_json;

const char* NameOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kYes:
      return "yes";
    case Verdict::kPartly:
      return "partly";
    case Verdict::kNo:
      return "no";
    case Verdict::kUnconfirmed:
      return "unconfirmed";
  }
  return "";
}

int ExitCodeOf(Verdict verdict) {
  if (verdict == Verdict::kUnconfirmed) return kUnconfirmed;
  return verdict == Verdict::kYes ? kDone : kNoBan;
}

// Laws of the counties and the state around it that are in force or may be.
std::vector<const Place*> Around(const Register& reg, const Place& place, Day on) {
  std::vector<const Place*> around;
  for (const Place& other : reg.places()) {
    const bool county =
        std::find(place.inside.begin(), place.inside.end(), other.id) != place.inside.end();
    const bool state =
        other.kind == Kind::kState && place.kind != Kind::kState && other.state == place.state;
    if ((county || state) && StandingOn(other, on) != Standing::kNotInForce)
      around.push_back(&other);
  }
  return around;
}

// The state that the last words of `name` name: "Chicago, IL", "Chicago Illinois".
const State* StateIn(const Register& reg, std::string_view name) {
  const size_t comma = name.rfind(',');
  if (comma != name.npos) {
    std::string_view rest = name.substr(comma + 1);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    return reg.FindState(rest);
  }
  for (size_t at = name.find(' '); at != name.npos; at = name.find(' ', at + 1))
    if (const State* state = reg.FindState(name.substr(at + 1))) return state;
  return reg.FindState(name);
}

const Place* LawOf(const Register& reg, const State& state) {
  for (const Place& place : reg.places())
    if (place.kind == Kind::kState && place.state == state.code) return &place;
  return nullptr;
}

void Say(std::string& to, const std::string& text) { absl::StrAppend(&to, Wrap(text), "\n"); }

void SayAround(const Register& reg, const Place& place, Day on, std::string& text) {
  Say(text, absl::StrCat(place.kind == Kind::kState ? "Its state: " : "Its county: ",
                         AnswerOn(reg, place, on).sentence, " It covers: ", place.covers));
}

void Explain(const Register& reg, const Place& place, Day on, std::string& text) {
  const Answer answer = AnswerOn(reg, place, on);
  Say(text, answer.sentence);
  if (answer.verdict != Verdict::kNo) {
    Say(text, absl::StrCat("It covers: ", place.covers));
    std::string exempts;
    for (const std::string& each : place.exempts)
      absl::StrAppend(&exempts, exempts.empty() ? "" : "; ", each);
    if (!exempts.empty()) Say(text, absl::StrCat("Exceptions that are known: ", exempts, "."));
    Say(text, absl::StrCat("Redaction software: ", RedactionWords(place)));
  }
  if (!place.instrument.empty())
    Say(text, absl::StrCat("Law: ", place.instrument,
                           place.instrument_confirmed ? "." : " (unconfirmed)."));
  absl::StrAppend(&text, "Source: ", place.sources.front().url, "\n");
  for (const Place* other : Around(reg, place, on)) SayAround(reg, *other, on, text);
}

Output Unknown(const Register& reg, const std::string& name, Day on, const Match& match,
               bool json) {
  Output out;
  out.exit_code = kNotFound;
  out.complaint = NotFoundSentence(reg, name, match.suggestions) + "\n";
  const State* state = StateIn(reg, name);
  const Place* law = state == nullptr ? nullptr : LawOf(reg, *state);
  if (json) {
    Json suggestions = Json::array();
    for (const Place* place : match.suggestions) suggestions.push_back(place->id);
    out.text = Json({{"name", name},
                     {"on", DayText(on)},
                     {"as_of", DayText(reg.as_of())},
                     {"places", Json::array()},
                     {"suggestions", suggestions}})
                   .dump(2) +
               "\n";
    return out;
  }
  if (!match.suggestions.empty()) return out;
  Say(out.text,
      "The register is not complete: that a place is missing does not mean that it has no ban.");
  if (law != nullptr) {
    SayAround(reg, *law, on, out.text);
  } else if (state != nullptr) {
    Say(out.text,
        absl::StrCat("The register has no law of the state of ", state->name, " either."));
  }
  return out;
}

}  // namespace

Output Check(const Register& reg, const std::string& name, Day on, bool json) {
  const Match match = FindByName(reg, name);
  if (match.places.empty()) return Unknown(reg, name, on, match, json);
  Output out;
  Json list = Json::array();
  for (const Place* place : match.places) {
    const Answer answer = AnswerOn(reg, *place, on);
    const int code = ExitCodeOf(answer.verdict);
    out.exit_code = place == match.places.front() || out.exit_code == code ? code : kNotFound;
    if (json) {
      list.push_back(Json({{"answer", NameOf(answer.verdict)},
                           {"sentence", answer.sentence},
                           {"place", PlaceJson(*place, on)}}));
      continue;
    }
    if (!out.text.empty()) out.text += "\n";
    Explain(reg, *place, on, out.text);
  }
  if (json) {
    out.text = Json({{"name", name},
                     {"on", DayText(on)},
                     {"as_of", DayText(reg.as_of())},
                     {"places", list},
                     {"suggestions", Json::array()}})
                   .dump(2) +
               "\n";
    return out;
  }
  std::string foot =
      absl::StrCat("This is what is known ", DayPhrase(reg, on), "; it is not legal advice.");
  out.text += "\n";
  Say(out.text, foot);
  if (match.places.size() > 1)
    Say(out.text, absl::StrCat("\"", name, "\" names ", match.places.size(),
                               " places; name the state to get one."));
  return out;
}

}  // namespace places
