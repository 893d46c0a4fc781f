#include "absl/strings/str_cat.h"
#include "places/site/charts.h"
#include "places/site/html.h"
#include "places/site/pages.h"
#include "places/site/words.h"

namespace places::site {
namespace {

// Residents of the place, and what they are of the state's.
std::string Residents(const Edition& edition, const Place& place) {
  const StateEdition& state = edition.Of(place);
  std::string words;
  if (StandingOn(place, edition.as_of) != Standing::kInForce) {
    words = "They are not counted as covered.";
  } else if (!IsBan(place)) {
    words = "They are not counted as covered, since the rule is no ban.";
  } else {
    for (const Counted& counted : state.count.bans.places)
      if (counted.place == &place)
        words = counted.people == place.population
                    ? "All of them are counted as covered."
                    : counted.people == 0
                          ? "They are counted with the county around them, and not twice."
                          : absl::StrCat(Commas(counted.people),
                                         " of them are counted here; the others elsewhere.");
  }
  return absl::StrCat(
      "<aside class=\"glance\" aria-label=\"Residents\"><p class=\"big\">", Commas(place.population),
      "</p><p>residents, ", Percent(place.population, state.count.residents), " of ",
      Escape(state.state->name), ". ", words,
      place.population_confirmed ? "" : " <span class=\"basis\">The figure was not checked again.</span>",
      "</p><div class=\"rail\" aria-hidden=\"true\"><span class=\"others\" style=\"width:",
      Percent(state.count.bans.people, state.count.residents) == "under 0.1%"
          ? "0.1%"
          : Percent(state.count.bans.people, state.count.residents),
      "\"></span></div><p class=\"small\">", Escape(state.state->name), " as a whole: ",
      OfMillions(state.count.bans.people, state.count.residents), " live under a local ban. <a href=\"",
      state.page, "\">See the state</a></p></aside>\n");
}

}  // namespace

std::string PlacePage(const Edition& edition, const Place& place) {
  const StateEdition& state = edition.Of(place);
  std::vector<const Place*> others;
  for (const Place* other : state.places) others.push_back(other);
  if (state.law != nullptr) others.push_back(state.law);
  const std::string name = TitleOf(edition.reg, place);
  const std::string lead = Lead(edition.reg, place, edition.as_of);
  return Page(
      {.title = name, .description = lead, .root = "../", .here = ""},
      absl::StrCat(
          "<article class=\"place\"><div class=\"wide\">\n<p class=\"kicker\"><a href=\"", state.page, "\">",
          Escape(state.state->name), "</a> · ", std::string(NameOf(place.kind)), "</p>\n<h1>",
          Escape(place.name), "</h1>\n<p class=\"status\">", Marks(edition, place),
          "</p>\n<p class=\"dek\">", Escape(lead), "</p>\n<div class=\"columns\"><div class=\"body\">\n",
          LawSections(edition, place), "</div>\n", Residents(edition, place),
          "</div>\n<section class=\"around\" aria-labelledby=\"around\"><h2 id=\"around\">In ", Escape(state.state->name),
          "</h2>\n", Spans(edition, others, ""), "</section>\n</div></article>\n"));
}

}  // namespace places::site
