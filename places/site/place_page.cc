#include "absl/strings/str_cat.h"
#include "places/site/charts.h"
#include "places/site/html.h"
#include "places/site/pages.h"
#include "places/site/words.h"

namespace places::site {
namespace {

// The state's bar, in small, and what it means; ends within a paragraph.
std::string Share(const StateEdition& state) {
  const int64_t people = state.count.bans.people, all = state.count.residents;
  if (people == 0)
    return absl::StrCat("<p class=\"small\">In ", Escape(state.state->name),
                        " as a whole nobody lives under a local ban.");
  return absl::StrCat("<div class=\"rail\" aria-hidden=\"true\">", Fill(people, all),
                      "</div><p class=\"small\">", Escape(state.state->name),
                      " as a whole: ", OfMillions(people, all), " live under a local ban.");
}

// Residents of the place, and what they are of the state's.
std::string Residents(const Edition& edition, const Place& place) {
  const StateEdition& state = edition.Of(place);
  std::string words;
  if (StandingOn(place, edition.as_of) != Standing::kInForce) {
    words = "They are not counted as covered.";
  } else if (!IsLocalBan(place)) {
    words = "They are not counted as covered, since the rule is no ban.";
  } else {
    for (const Counted& counted : state.count.bans.places)
      if (counted.place == &place)
        words = counted.people == place.population ? "All of them are counted as covered."
                : counted.people == 0
                    ? "They are counted with the county around them, and not twice."
                    : absl::StrCat(Commas(counted.people),
                                   " of them are counted here; the others elsewhere.");
  }
  return absl::StrCat("<aside class=\"glance\" aria-label=\"At a glance\"><p class=\"big\">",
                      Commas(place.population), "</p><p>residents, ",
                      Percent(place.population, state.count.residents), " of ",
                      Escape(state.state->name), ". ", words,
                      place.population_confirmed
                          ? ""
                          : " <span class=\"basis\">The figure was not checked again.</span>",
                      "</p>", Share(state), " <a href=\"", state.page, "\">See the state</a></p>\n",
                      Terms(edition, place), "</aside>\n");
}

}  // namespace

std::string PlacePage(const Edition& edition, const Place& place) {
  const StateEdition& state = edition.Of(place);
  std::vector<const Place*> others;
  for (const Place* other : state.places) others.push_back(other);
  if (state.law != nullptr) others.push_back(state.law);
  const std::string name = TitleOf(edition.reg, place);
  const std::string lead = Lead(place, edition.as_of);
  return Page(
      {.title = name, .description = lead, .root = "../", .here = ""},
      absl::StrCat(
          "<article class=\"place\"><div class=\"wide\">\n<p class=\"kicker\"><a href=\"",
          state.page, "\">", Escape(state.state->name), "</a> · ", std::string(NameOf(place.kind)),
          "</p>\n<h1>", Escape(place.name), "</h1>\n<p class=\"status\">", Marks(edition, place),
          "</p>\n<p class=\"dek\">", Escape(lead), "</p>\n", Note(place),
          "<div class=\"columns\"><div class=\"body\">\n", LawSections(edition, place), "</div>\n",
          Residents(edition, place),
          "</div>\n<section class=\"around\" aria-labelledby=\"around\"><h2 id=\"around\">In ",
          Escape(state.state->name), "</h2>\n", Spans(edition, others, ""),
          "</section>\n</div></article>\n"));
}

}  // namespace places::site
