#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "places/site/charts.h"
#include "places/site/html.h"
#include "places/site/pages.h"
#include "places/site/words.h"

namespace places::site {
namespace {

// "Twenty-two cities, towns and counties"
std::string LocalPlaces(const Tally& tally) {
  bool kinds[4] = {};
  for (const Counted& counted : tally.places) kinds[static_cast<int>(counted.place->kind)] = true;
  const bool one = tally.places.size() == 1;
  std::vector<std::string> names;
  if (kinds[static_cast<int>(Kind::kCity)]) names.push_back(one ? "city" : "cities");
  if (kinds[static_cast<int>(Kind::kTown)]) names.push_back(one ? "town" : "towns");
  if (kinds[static_cast<int>(Kind::kCounty)]) names.push_back(one ? "county" : "counties");
  return absl::StrCat(NumberFirst(static_cast<int64_t>(tally.places.size())), " ", And(names));
}

int64_t StatesWithBans(const Edition& edition) {
  return std::count_if(edition.states.begin(), edition.states.end(),
                       [](const StateEdition& state) { return !state.count.bans.places.empty(); });
}

// The state with the largest share of residents under a ban; null: none has any.
const StateEdition* Closest(const Edition& edition) {
  const StateEdition* closest = nullptr;
  double most = 0;
  for (const StateEdition& state : edition.states) {
    const double share =
        static_cast<double>(state.count.bans.people) / static_cast<double>(state.count.residents);
    if (share > most) closest = &state, most = share;
  }
  return closest;
}

std::string Hero(const Edition& edition) {
  const Tally& bans = edition.count.bans;
  const int64_t all = edition.count.residents;
  const int64_t states = StatesWithBans(edition);
  const StateEdition* closest = Closest(edition);
  std::string dek;
  if (closest == nullptr) {
    dek = "No local ban was in force on that day.";
  } else {
    dek = absl::StrCat(
        LocalPlaces(bans), " in ", NumberWord(states), states == 1 ? " state" : " states",
        " keep their own officials from recognising people by their faces. ",
        closest->count.bans.people >= closest->count.residents
            ? ""
            : "In no state is everyone covered: ",
        closest->state->name, " comes closest, with ",
        Percent(closest->count.bans.people, closest->count.residents), " of its residents.");
  }
  return absl::StrCat(
      "<section class=\"hero\"><div class=\"wide\">\n<p class=\"kicker\">United States · as of ",
      DayWords(edition.as_of), "</p>\n<h1><span class=\"figure-now\" data-people=\"", bans.people,
      "\">", Millions(bans.people), "</span> people live under a local ban on face recognition. ",
      "<span class=\"rest\"><span class=\"whole\">", Millions(all - bans.people),
      "</span> don’t.</span></h1>\n<p class=\"dek\">", dek, "</p>\n",
      DistanceBar(bans.people, all, absl::StrCat("everyone: ", Millions(all))),
      "<p class=\"note\">Counted: ", Commas(bans.people),
      " residents (2020 Census) whose own city, "
      "town or county is bound. A ban binds that government, not federal agents, and mostly not "
      "companies. ",
      bans.unchecked > 0
          ? absl::StrCat(Percent(bans.unchecked, bans.people),
                         " of the count rests on figures that were not checked again. ")
          : "",
      "<a href=\"how.html#count\">How we count</a></p>\n</div></section>\n");
}

std::string BarsPart(const Edition& edition) {
  const StateEdition* closest = Closest(edition);
  if (closest == nullptr) return "";
  const Place* largest = nullptr;
  int64_t people = 0;
  for (const Counted& counted : closest->count.bans.places)
    if (counted.people > people) largest = counted.place, people = counted.people;
  const bool reached = closest->count.bans.people >= closest->count.residents;
  return Figure(
      "distance", reached ? "How far it is to everyone" : "No state has reached everyone",
      absl::StrCat("Each bar runs from nobody to every resident of the state. ",
                   closest->state->name, "’s lead is owed to ", largest->name, ", which holds ",
                   Percent(people, closest->count.residents), " of the state",
                   largest->kind == Kind::kCounty
                       ? "; but its ban binds the county and not the cities within it"
                       : "",
                   "."),
      StateBars(edition), "");
}

std::string MapPart(const Edition& edition) {
  size_t none = 0;
  for (const State& state : edition.reg.states())
    if (edition.Find(state.code) == nullptr) ++none;
  const int64_t rules =
      std::count_if(edition.states.begin(), edition.states.end(),
                    [](const StateEdition& state) { return !state.count.state_laws.empty(); });
  return Figure(
      "map", "Bans are local, and far apart",
      absl::StrCat(NumberFirst(StatesWithBans(edition)),
                   " states have at least one local ban in force. ", NumberFirst(rules),
                   " have a law of the state; none of these is a "
                   "ban on all of government. For ",
                   NumberWord(static_cast<int64_t>(none)),
                   " of the 50 states and the District of Columbia we found nothing at all."),
      TileMap(edition), "");
}

// "The first ban was ...; the count was highest in ...", from the steps.
std::string GrowthWords(const std::vector<Step>& steps) {
  const auto peak = std::max_element(
      steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.people < b.people; });
  std::string words = absl::StrCat("The first ban was ", steps.front().began.front()->name,
                                   "’s, in ", MonthWords(steps.front().day), ". ");
  if (peak->people == steps.back().people)
    return absl::StrCat(words, "Never were more people covered than today.");
  std::vector<std::string> lost;
  for (auto step = peak + 1; step != steps.end(); ++step)
    for (const Place* place : step->ended) lost.push_back(place->name);
  absl::StrAppend(&words, "The count was highest in ", MonthWords(peak->day), ", with ",
                  Millions(peak->people), "; since then ", And(lost),
                  lost.size() == 1 ? " has" : " have", " dropped out. ");
  const Step& last = LatestBan(steps);
  return absl::StrCat(words, "The latest ban that we know of is ", last.began.front()->name,
                      "’s, of ", MonthWords(last.day), ".");
}

std::string TimelinePart(const Edition& edition) {
  const std::vector<Step> steps = Steps(edition);
  if (steps.empty()) return "";
  std::vector<const Place*> bans, rules, laws;
  int64_t ended = 0;
  for (const Place* place : edition.places) {
    (place->kind == Kind::kState ? laws : IsLocalBan(*place) ? bans : rules).push_back(place);
    if (IsLocalBan(*place) && StandingOn(*place, edition.as_of) == Standing::kNotInForce) ++ended;
  }
  std::string html = Figure("timeline",
                            StillSince(edition, steps) ? "A wave, then a standstill"
                                                       : "People under a local ban, over time",
                            GrowthWords(steps), GrowthChart(edition), "");
  const int64_t count = static_cast<int64_t>(bans.size());
  absl::StrAppend(
      &html,
      "<section class=\"figure\" aria-labelledby=\"spans-h\"><div class=\"text\"><h2 "
      "id=\"spans-h\">",
      NumberFirst(count), count == 1 ? " local ban" : " local bans", ", ", NumberWord(ended),
      ended == 1 ? " of them ended" : " of them ended",
      "</h2>\n<p class=\"sub\">Bars run from the vote, or the first day in force where that is "
      "known, to the end. Hatched: it can’t be told from the dates whether the rule was in force. "
      "A missing end means that none was found.</p></div>\n<div class=\"wide\">",
      Spans(edition, bans, "places/"));
  if (!rules.empty())
    absl::StrAppend(&html, "<h3>Local rules that are no ban</h3>\n",
                    Spans(edition, rules, "places/"));
  if (!laws.empty())
    absl::StrAppend(&html, "<h3>Laws of states</h3>\n", Spans(edition, laws, "places/"));
  return html + "</div></section>\n";
}

const char* GroupOf(const Edition& edition, const Place& place) {
  switch (StandingOn(place, edition.as_of)) {
    case Standing::kNotInForce:
      return "ended";
    case Standing::kUnconfirmed:
      return "unconfirmed";
    case Standing::kInForce:
      return IsLocalBan(place) ? "ban" : "rules";
  }
  return "";
}

// "since 24 June 2020"; "from 17 December 2020", of what has ended.
std::string SinceWords(const Edition& edition, const Place& place) {
  const std::string words = StartWords(place);
  const bool ended = StandingOn(place, edition.as_of) == Standing::kNotInForce;
  return ended && words.starts_with("since ") ? absl::StrCat("from ", words.substr(6)) : words;
}

std::string ListRow(const Edition& edition, const Place& place) {
  const std::string address =
      place.kind == Kind::kState ? edition.Of(place).page : absl::StrCat(place.id, ".html");
  return absl::StrCat("<li data-group=\"", GroupOf(edition, place), "\" data-name=\"",
                      Escape(absl::AsciiStrToLower(absl::StrCat(
                          place.name, " ", edition.reg.StateOf(place).name, " ", place.state))),
                      "\"><a href=\"places/", address, "\">",
                      place.kind == Kind::kState ? "State law" : Escape(place.name),
                      "</a> <span class=\"marks\">", Marks(edition, place),
                      "</span> <span class=\"since\">", Escape(SinceWords(edition, place)),
                      "</span> <span class=\"people\">", Commas(place.population),
                      "<span class=\"unit\"> residents</span></span></li>\n");
}

std::string ListPart(const Edition& edition) {
  std::string states;
  for (const StateEdition& state : edition.states) {
    std::string rows;
    if (state.law != nullptr) rows += ListRow(edition, *state.law);
    for (const Place* place : state.places) rows += ListRow(edition, *place);
    absl::StrAppend(&states, "<section class=\"state\"><h3><a href=\"places/", state.page, "\">",
                    Escape(state.state->name), "</a></h3>\n<ul>\n", rows, "</ul></section>\n");
  }
  const auto choice = [](const char* value, const char* words, bool chosen) {
    return absl::StrCat("<label><input type=\"radio\" name=\"group\" value=\"", value, "\"",
                        chosen ? " checked" : "", "><span>", words, "</span></label>");
  };
  return Figure(
      "places", "Every place in the register",
      "By state. Each page says what the rule covers, what it leaves open, and how sure each fact "
      "is.",
      absl::StrCat("<div class=\"wide\"><form class=\"filter\" hidden role=\"search\" "
                   "aria-label=\"Filter the places\"><label class=\"find\">Find a place or state "
                   "<input type=\"search\" autocomplete=\"off\" spellcheck=\"false\"></label>\n"
                   "<fieldset><legend>Show</legend>",
                   choice("", "All", true), choice("ban", "Local bans", false),
                   choice("rules", "Rules, no ban", false), choice("ended", "Ended", false),
                   choice("unconfirmed", "Unconfirmed", false),
                   "</fieldset><p class=\"found\" role=\"status\"></p></form>\n<div "
                   "class=\"list\">\n",
                   states, "</div></div>\n"),
      "");
}

}  // namespace

std::string IndexPage(const Edition& edition) {
  return Page({.title = "",
               .description = absl::StrCat(
                   Millions(edition.count.bans.people),
                   " people in the United States live where their local government may not use "
                   "face recognition: a map, a timeline and every place, with sources."),
               .root = "",
               .here = ""},
              absl::StrCat(Hero(edition), BarsPart(edition), MapPart(edition),
                           TimelinePart(edition), ListPart(edition)));
}

}  // namespace places::site
