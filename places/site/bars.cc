// Shares of residents, as bars.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "places/site/charts.h"
#include "places/site/html.h"
#include "places/site/words.h"

namespace places::site {
std::string Fill(int64_t part, int64_t all) {
  return absl::StrFormat(
      "<span class=\"fill\" style=\"width:%.3f%%\"></span>",
      100.0 * static_cast<double>(part) / static_cast<double>(std::max<int64_t>(all, 1)));
}

std::string DistanceBar(int64_t people, int64_t all, const std::string& everyone) {
  return absl::StrCat("<div class=\"distance\"><div class=\"rail\" aria-hidden=\"true\">",
                      Fill(people, all), "</div>\n<p class=\"ends\"><span><b>",
                      Percent(people, all), "</b> ", OfMillions(people, all),
                      "</span> <span class=\"all\">", Escape(everyone), "</span></p></div>\n");
}

std::string StateBars(const Edition& edition) {
  std::vector<const StateEdition*> states;
  for (const StateEdition& state : edition.states)
    if (state.count.bans.people > 0) states.push_back(&state);
  const auto share = [](const StateEdition* state) {
    return static_cast<double>(state->count.bans.people) /
           static_cast<double>(state->count.residents);
  };
  std::stable_sort(states.begin(), states.end(),
                   [&](const auto* a, const auto* b) { return share(a) > share(b); });
  std::string html =
      "<div class=\"wide\"><p class=\"scale\" aria-hidden=\"true\"><span>nobody</span><span>half "
      "of "
      "the state</span><span>everyone</span></p>\n<ol class=\"bars\">\n";
  for (const StateEdition* state : states)
    absl::StrAppend(
        &html, "<li><a href=\"places/", state->page, "\">", Escape(state->state->name),
        "</a> <span class=\"share\">", Percent(state->count.bans.people, state->count.residents),
        "</span> <span class=\"of\">", OfMillions(state->count.bans.people, state->count.residents),
        "</span><span class=\"rail\" aria-hidden=\"true\">",
        Fill(state->count.bans.people, state->count.residents), "</span></li>\n");
  return html + "</ol></div>\n";
}

std::string PartsBar(const StateEdition& state) {
  std::vector<Counted> parts = state.count.bans.places;
  std::stable_sort(parts.begin(), parts.end(),
                   [](const Counted& a, const Counted& b) { return a.people > b.people; });
  const int64_t all = state.count.residents, rest = all - state.count.bans.people;
  std::string bar, key;
  for (const Counted& part : parts) {
    if (part.people > 0) bar += Fill(part.people, all);
    absl::StrAppend(&key, "<tr><th scope=\"row\"><a href=\"", part.place->id, ".html\">",
                    Escape(part.place->name), "</a></th>");
    if (part.people > 0)
      absl::StrAppend(&key, "<td>", Commas(part.people), "</td><td>", Percent(part.people, all),
                      "</td><td class=\"size\">", Fill(part.people, parts.front().people),
                      "</td></tr>\n");
    else
      key += "<td colspan=\"3\" class=\"within\">counted with the county around it</td></tr>\n";
  }
  return absl::StrCat(
      "<div class=\"parts\"><div class=\"rail\" aria-hidden=\"true\">", bar,
      "</div>\n<p class=\"ends\"><span><b>", Percent(state.count.bans.people, all), "</b> ",
      OfMillions(state.count.bans.people, all), "</span> <span class=\"all\">everyone in ",
      Escape(state.state->name),
      "</span></p>\n<table class=\"key\"><thead><tr><th scope=\"col\">Place</th><th "
      "scope=\"col\">Residents</th><th scope=\"col\">Share</th><th scope=\"col\" "
      "class=\"size\">Compared</th></tr></thead><tbody>\n",
      key, "</tbody><tfoot><tr><th scope=\"row\">Everyone else</th><td>", Commas(rest), "</td><td>",
      Percent(rest, all), "</td><td class=\"size\"></td></tr></tfoot></table></div>\n");
}

}  // namespace places::site
