// efface-places list: a line a place.
#include <algorithm>
#include <map>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "base/words.h"
#include "places/commands.h"
#include "places/table.h"
#include "places/words.h"

namespace places {

namespace {

// "2020-07-01*": the mark says that it isn't confirmed.
std::string Marked(const DateFact& fact, bool& marked) {
  marked |= !fact.confirmed;
  return absl::StrCat(fact.date.text, fact.confirmed ? "" : "*");
}

std::string InForceCell(const Place& place, Day on, bool& marked) {
  switch (StandingOn(place, on)) {
    case Standing::kInForce:
      return "yes";
    case Standing::kNotInForce:
      return place.ended && on >= place.ended->date.last ? "until " + Marked(*place.ended, marked)
                                                         : "not yet";
    case Standing::kUnconfirmed:
      break;
  }
  return "unconfirmed";
}

}  // namespace

std::vector<const Place*> Filtered(const Register& reg, const Filter& filter) {
  std::vector<const Place*> found;
  for (const Place& place : reg.places()) {
    if (!filter.state.empty() && place.state != filter.state) continue;
    if (filter.kind && place.kind != *filter.kind) continue;
    if (filter.scope && place.scope != *filter.scope) continue;
    if (filter.standing && StandingOn(place, filter.on) != *filter.standing) continue;
    found.push_back(&place);
  }
  const auto order = [&](const Place* place) {
    return std::make_tuple(reg.StateOf(*place).name, place->kind != Kind::kState, place->name);
  };
  std::stable_sort(found.begin(), found.end(),
                   [&](const Place* a, const Place* b) { return order(a) < order(b); });
  return found;
}

std::string DayPhrase(const Register& reg, Day on) {
  if (on == reg.as_of())
    return absl::StrCat("on ", DayText(on), ", the day that the register was made");
  if (on > reg.as_of())
    return absl::StrCat("on ", DayText(on), " (the register was made on ", DayText(reg.as_of()),
                        " and knows nothing later)");
  return absl::StrCat("on ", DayText(on));
}

Output List(const Register& reg, const Filter& filter) {
  const std::vector<const Place*> found = Filtered(reg, filter);
  if (found.empty()) return {"No place of the register fits.\n", "", kDone};
  Table table({{"PLACE", Align::kLeft},
               {"WHAT", Align::kLeft},
               {"ADOPTED", Align::kLeft},
               {"IN FORCE", Align::kLeft},
               {"RESIDENTS", Align::kRight}});
  bool marked = false;
  std::map<Standing, int> counts;
  std::vector<const Place*> local;
  for (const Place* place : found) {
    const Standing standing = StandingOn(*place, filter.on);
    ++counts[standing];
    if (standing == Standing::kInForce && place->kind != Kind::kState) local.push_back(place);
    const bool state = place->kind == Kind::kState;
    marked |= !place->population_confirmed || !place->confirmed;
    table.AddRow(
        {absl::StrCat(place->name, state ? " (state)" : ", " + place->state,
                      place->confirmed ? "" : "*"),
         std::string(NameOf(place->scope)),
         place->adopted ? Marked(*place->adopted, marked) : "not known",
         InForceCell(*place, filter.on, marked),
         absl::StrCat(Grouped(place->population), place->population_confirmed ? " " : "*")});
  }
  std::string text = table.Text() + "\n";
  std::string foot = absl::StrCat(DayPhrase(reg, filter.on), ": ", counts[Standing::kInForce],
                                  " in force, ", counts[Standing::kNotInForce], " not in force, ",
                                  counts[Standing::kUnconfirmed], " unconfirmed.");
  foot[0] = 'O';
  if (!local.empty())
    absl::StrAppend(&foot, " The ",
                    local.size() == 1 ? "town, city or county" : "towns, cities and counties",
                    " where one is in force ", local.size() == 1 ? "has " : "have ",
                    Grouped(Residents(local).people), " residents (2020 Census).");
  absl::StrAppend(&text, Wrap(foot), "\n");
  if (marked) text += "* not confirmed; `efface-places show PLACE` says how it is known.\n";
  return {text, "", kDone};
}

}  // namespace places
