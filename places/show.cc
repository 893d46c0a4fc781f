// efface-places show: all that is known of a place.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "places/commands.h"
#include "places/table.h"
#include "places/words.h"

namespace places {
namespace {

constexpr size_t kLabel = 14;  // columns

void AddLine(std::string& to, std::string_view label, const std::string& value) {
  if (value.empty()) return;
  std::string head(label);
  head.resize(std::max(kLabel, head.size() + 1), ' ');
  absl::StrAppend(&to, head, Wrap(value, kLabel, head.size()), "\n");
}

std::string Dated(const std::optional<DateFact>& fact, const char* none) {
  if (!fact) return none;
  std::string text = DateWords(*fact);
  if (fact->event) absl::StrAppend(&text, " (", Phrase(*fact->event), ")");
  if (!fact->basis.empty()) absl::StrAppend(&text, ". ", fact->basis);
  return text;
}

std::string Sentence(const Register& reg, const Place& place, Day on) {
  return Wrap(AnswerOn(reg, place, on).sentence);
}

void ShowPlace(const Register& reg, const Place& place, Day on, std::string& text) {
  absl::StrAppend(&text, reg.FullName(place), " (", std::string(NameOf(place.kind)), ")\n");
  absl::StrAppend(&text, Sentence(reg, place, on), "\n\n");
  AddLine(text, "Id", place.id);
  AddLine(
      text, "What",
      absl::StrCat(std::string(NameOf(place.scope)), ": ", std::string(reg.Means(place.scope))));
  AddLine(text, "Binds", BoundWords(place));
  AddLine(text, "Covers", place.covers);
  std::string exempts;
  for (const std::string& each : place.exempts)
    absl::StrAppend(&exempts, exempts.empty() ? "" : "; ", each);
  AddLine(text, "Exceptions",
          exempts.empty() ? "none known; the text may have some" : exempts + "; there may be more");
  AddLine(text, "Redaction", RedactionWords(place));
  if (!place.redaction.url.empty()) AddLine(text, "", place.redaction.url);
  AddLine(text, "Adopted", Dated(place.adopted, "not known"));
  if (place.final_vote) AddLine(text, "Second vote", Dated(place.final_vote, ""));
  AddLine(text, "In force from",
          Dated(place.effective, place.adopted
                                     ? "not known; counted from the vote, signing or enactment"
                                     : "not known"));
  AddLine(text, "Ended",
          Dated(place.ended, "no end was found, which does not prove that it is in force"));
  AddLine(text, "Law",
          place.instrument.empty()
              ? "not known by number"
              : place.instrument + (place.instrument_confirmed ? "" : " (unconfirmed)"));
  AddLine(text, "Residents",
          absl::StrCat(Grouped(place.population), " (2020 Census",
                       place.population_confirmed ? "" : ", unconfirmed", "). ",
                       place.population_basis));
  AddLine(text, "Census GEOID",
          place.fips.empty() ? "not known"
                             : place.fips + (place.fips_confirmed ? "" : " (unconfirmed)"));
  std::string inside;
  for (const std::string& id : place.inside)
    absl::StrAppend(&inside, inside.empty() ? "" : "; ", reg.Find(id)->name, " (", id, ")");
  AddLine(text, "Inside", inside);
  if (place.position)
    AddLine(text, "Position",
            absl::StrFormat("about %.2f, %.2f (latitude, longitude)", place.position->latitude,
                            place.position->longitude));
  AddLine(text, "Note", place.note);
  for (const std::string& each : place.conflicts) AddLine(text, "Conflicting", each);
  if (!place.confirmed)
    AddLine(text, "Unconfirmed", "no page that states the adoption was read; it is recalled");
  bool first = true;
  for (const Source& source : place.sources) {
    AddLine(text, first ? "Sources" : "", source.title);
    AddLine(text, first && source.title.empty() ? "Sources" : "", source.url);
    first = false;
  }
}

}  // namespace

Output Show(const Register& reg, const std::vector<std::string>& names, Day on, bool json) {
  Output out;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  // "San Francisco" without quotes is one name.
  const std::string joined = absl::StrJoin(names, " ");
  const bool one = !FindByName(reg, joined).places.empty();
  for (const std::string& name : one ? std::vector<std::string>{joined} : names) {
    const Match match = FindByName(reg, name);
    if (match.places.empty()) {
      absl::StrAppend(&out.complaint, NotFoundSentence(reg, name, match.suggestions), "\n");
      out.exit_code = kNotFound;
    }
    for (const Place* place : match.places) {
      if (json) {
        list.push_back(PlaceJson(*place, on));
      } else {
        if (!out.text.empty()) out.text += "\n";
        ShowPlace(reg, *place, on, out.text);
      }
    }
  }
  if (json) {
    out.text = list.dump(2) + "\n";
  } else if (!out.text.empty()) {
    absl::StrAppend(&out.text, "\n",
                    Wrap(absl::StrCat("The register was made on ", DayText(reg.as_of()),
                                      ". It is not complete, and it is not legal advice.")),
                    "\n");
  }
  return out;
}

}  // namespace places
