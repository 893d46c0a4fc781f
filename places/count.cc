// efface-places count: residents whose own government is bound.
#include "absl/strings/str_cat.h"
#include "places/commands.h"
#include "places/table.h"
#include "places/words.h"

namespace places {
namespace {

using Json = nlohmann::ordered_json;

std::string Or(int64_t people) { return people == 0 ? "" : Grouped(people); }

// "limits: state and local government", of each law of a state.
std::string LawWords(const Count& count) {
  std::string text;
  const auto add = [&](const std::vector<const Place*>& laws, const char* mark) {
    for (const Place* law : laws) {
      std::string who;
      for (const Bound bound : law->binds)
        absl::StrAppend(&who, who.empty() ? "" : " and ", std::string(NameOf(bound)));
      absl::StrAppend(&text, text.empty() ? "" : "; ", std::string(NameOf(law->scope)));
      if (law->scope != Scope::kPoliceOnly) absl::StrAppend(&text, ", ", who);
      absl::StrAppend(&text, mark);
    }
  };
  add(count.state_laws, "");
  add(count.unconfirmed_state_laws, "*");
  return text;
}

bool IsEmpty(const Count& count) {
  return count.bans.places.empty() && count.police_only.places.empty() &&
         count.limits.places.empty() && count.unconfirmed.places.empty() &&
         count.state_laws.empty() && count.unconfirmed_state_laws.empty();
}

void AddPlaces(const Register& reg, const Tally& tally, const char* what, Table& table) {
  for (const Counted& counted : tally.places) {
    std::string note;
    for (const std::string& id : counted.place->inside)
      if (counted.people == 0) note = absl::StrCat("counted in ", reg.Find(id)->name);
    table.AddRow(
        {counted.place->name, what, std::string(NameOf(counted.place->scope)),
         absl::StrCat(Grouped(counted.people), counted.place->population_confirmed ? " " : "*"),
         note});
  }
}

Json TallyJson(const Tally& tally) {
  Json places = Json::array();
  for (const Counted& counted : tally.places)
    places.push_back({{"id", counted.place->id}, {"residents_added", counted.people}});
  return {{"residents", tally.people},
          {"residents_by_unconfirmed_figures", tally.unchecked},
          {"places", places}};
}

Json LawsJson(const std::vector<const Place*>& laws) {
  Json list = Json::array();
  for (const Place* law : laws) {
    Json binds = Json::array();
    for (const Bound bound : law->binds) binds.push_back(std::string(NameOf(bound)));
    list.push_back({{"id", law->id}, {"scope", std::string(NameOf(law->scope))}, {"binds", binds}});
  }
  return list;
}

Json CountJson(const Count& count) {
  return {{"residents", count.residents},
          {"share_bound", count.residents == 0 ? 0.0
                                               : static_cast<double>(count.bans.people) /
                                                     static_cast<double>(count.residents)},
          {"bound", TallyJson(count.bans)},
          {"police_only", TallyJson(count.police_only)},
          {"limits", TallyJson(count.limits)},
          {"unconfirmed", TallyJson(count.unconfirmed)},
          {"state_laws", LawsJson(count.state_laws)},
          {"unconfirmed_state_laws", LawsJson(count.unconfirmed_state_laws)}};
}

Output AsJson(const Register& reg, const std::string& state, Day on) {
  Json states = Json::array();
  for (const State& each : reg.states()) {
    if (!state.empty() && each.code != state) continue;
    const Count count = CountOn(reg, on, each.code);
    if (state.empty() && IsEmpty(count)) continue;
    Json json = {{"code", each.code}, {"name", each.name}};
    json.update(CountJson(count));
    states.push_back(json);
  }
  Json json = {{"format", "efface-places-count/1"},
               {"on", DayText(on)},
               {"as_of", DayText(reg.as_of())},
               {"census", {{"title", reg.census().title}, {"url", reg.census().url}}},
               {"states", states}};
  if (state.empty()) json["united_states"] = CountJson(CountOn(reg, on, ""));
  return {json.dump(2) + "\n", "", kDone};
}

}  // namespace

Output CountResidents(const Register& reg, const std::string& state, Day on, bool json) {
  if (json) return AsJson(reg, state, on);
  const Count count = CountOn(reg, on, state);
  const std::string where = state.empty() ? "the United States" : reg.FindState(state)->name;
  std::string head = absl::StrCat(
      DayPhrase(reg, on), ", ",
      count.bans.people == 0 ? "nobody" : Grouped(count.bans.people) + " people",
      " lived where their own town, city or county kept itself from face recognition by a "
      "ban or a moratorium: ",
      Share(count.bans.people, count.residents), " of the ", Grouped(count.residents),
      " residents of ", where, ".");
  head[0] = 'O';
  std::string text = Wrap(head) + "\n\n";
  if (state.empty()) {
    Table table({{"STATE", Align::kLeft},
                 {"BANNED", Align::kRight},
                 {"SHARE", Align::kRight},
                 {"POLICE ONLY", Align::kRight},
                 {"LIMITS", Align::kRight},
                 {"LAW OF THE STATE ITSELF", Align::kLeft}});
    for (const State& each : reg.states()) {
      const Count here = CountOn(reg, on, each.code);
      if (IsEmpty(here)) continue;
      table.AddRow({each.name, Or(here.bans.people),
                    here.bans.people == 0 ? "" : Share(here.bans.people, here.residents),
                    Or(here.police_only.people), Or(here.limits.people), LawWords(here)});
    }
    text += table.Text();
  } else {
    Table table({{"PLACE", Align::kLeft},
                 {"COUNTED AS", Align::kLeft},
                 {"WHAT", Align::kLeft},
                 {"RESIDENTS", Align::kRight},
                 {"", Align::kLeft}});
    AddPlaces(reg, count.bans, "banned", table);
    AddPlaces(reg, count.police_only, "police only", table);
    AddPlaces(reg, count.limits, "limits", table);
    AddPlaces(reg, count.unconfirmed, "not counted", table);
    if (!count.bans.places.empty() || !count.police_only.places.empty() ||
        !count.limits.places.empty() || !count.unconfirmed.places.empty())
      text += table.Text();
    const std::string law = LawWords(count);
    if (!law.empty()) absl::StrAppend(&text, "Law of the state itself: ", law, ".\n");
    if (IsEmpty(count)) text += "The register has no law of this day there.\n";
  }
  text += "\n";
  const auto foot = [&](const std::string& sentence) {
    absl::StrAppend(&text, Wrap(sentence), "\n");
  };
  if (count.unconfirmed.people > 0)
    foot(absl::StrCat(Grouped(count.unconfirmed.people),
                      " more live where it can't be told whether a law was in force on that day."));
  if (count.bans.unchecked > 0)
    foot(absl::StrCat(count.bans.unchecked == count.bans.people
                          ? "All of these"
                          : Grouped(count.bans.unchecked) + " of these",
                      " are by census figures that were not checked again."));
  if (!count.unconfirmed_state_laws.empty()) foot("* it can't be told whether it was in force.");
  foot(
      "A city inside a counted county is not counted again. Laws of states bind less than a ban "
      "does, and are not counted. 2020 Census.");
  return {text, "", kDone};
}

}  // namespace places
