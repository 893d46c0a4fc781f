#include <algorithm>

#include "absl/strings/str_cat.h"
#include "places/site/charts.h"
#include "places/site/html.h"
#include "places/site/pages.h"
#include "places/site/words.h"

namespace places::site {
namespace {

std::string Dek(const Edition& edition, const StateEdition& state) {
  const Tally& bans = state.count.bans;
  std::string words;
  if (!bans.places.empty()) {
    words = absl::StrCat(
        Millions(bans.people), " of ", Millions(state.count.residents), " residents live where ",
        bans.places.size() == 1 ? bans.places.front().place->name : "their own local government",
        bans.places.size() == 1 ? "’s government" : "", " may not use face recognition. ",
        Millions(state.count.residents - bans.people), " don’t.");
  } else {
    const bool ended =
        std::any_of(state.places.begin(), state.places.end(), [&](const Place* each) {
          return IsLocalBan(*each) && StandingOn(*each, edition.as_of) == Standing::kNotInForce;
        });
    words = ended ? "No local ban is in force: the one that the register knows has ended."
                  : "The register knows of no local ban.";
  }
  if (state.law != nullptr) absl::StrAppend(&words, " ", Lead(*state.law, edition.as_of));
  return words;
}

}  // namespace

std::string StatePage(const Edition& edition, const StateEdition& state) {
  const std::string dek = Dek(edition, state);
  const std::string name = Escape(state.state->name);
  std::string html = absl::StrCat(
      "<article class=\"place\"><div class=\"wide\">\n<p class=\"kicker\"><a "
      "href=\"../index.html#places\">All places</a> · state</p>\n<h1>",
      name, "</h1>\n<p class=\"dek\">", Escape(dek), "</p>\n");
  if (state.count.bans.people > 0)
    absl::StrAppend(&html,
                    "<section aria-labelledby=\"far\"><h2 id=\"far\">How far it is to "
                    "everyone</h2>\n",
                    PartsBar(state), "</section>\n");
  std::vector<const Place*> all = state.places;
  if (state.law != nullptr) all.push_back(state.law);
  const bool dated = std::any_of(all.begin(), all.end(),
                                 [](const Place* each) { return EarliestOf(*each) != nullptr; });
  if (dated)
    absl::StrAppend(&html,
                    "<section class=\"around\" aria-labelledby=\"around\"><h2 id=\"around\">",
                    all.size() == 1 ? "The rule over time" : "The rules over time", "</h2>\n",
                    Spans(edition, all, ""), "</section>\n");
  if (state.law != nullptr)
    absl::StrAppend(&html,
                    "<section class=\"law\" aria-label=\"The state’s own law\"><p "
                    "class=\"kicker\">The state’s own law</p><p class=\"status\">",
                    Marks(edition, *state.law), "</p>\n", Note(*state.law),
                    "<div class=\"columns\"><div class=\"body\">", LawSections(edition, *state.law),
                    "</div><aside class=\"glance\" aria-label=\"The "
                    "state’s law at a glance\">",
                    Terms(edition, *state.law), "</aside></div></section>\n");
  absl::StrAppend(&html, "<p class=\"note\">A place of ", name,
                  " that isn’t named here is one for which we found nothing. That doesn’t prove "
                  "that it has no rule. <a href=\"../how.html#correct\">Tell us of one</a></p>\n"
                  "</div></article>\n");
  return Page({.title = state.state->name, .description = dek, .root = "../", .here = ""}, html);
}

}  // namespace places::site
