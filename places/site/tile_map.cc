// The states as tiles of one size, each about where it lies.
#include <array>
#include <map>

#include "absl/strings/str_cat.h"
#include "places/site/charts.h"
#include "places/site/html.h"
#include "places/site/words.h"

namespace places::site {
namespace {

constexpr std::array<std::string_view, 8> kGrid = {
    "AK                            ME",  //
    "                           VT NH",  //
    "WA ID MT ND MN WI    MI NY MA RI",  //
    "OR NV WY SD IA IL IN OH PA NJ CT",  //
    "CA UT CO NE MO KY WV VA MD DE",     //
    "   AZ NM KS AR TN NC SC DC",        //
    "         OK LA MS AL GA",           //
    "HI       TX             FL",
};
constexpr int kColumns = 11;
constexpr int kStep = 56, kSide = 52;  // from tile to tile, and a tile's side

// What a tile shows: the strongest rule in force.
enum class Class { kFew, kSome, kMany, kRules, kUnsure, kEnded, kNone };
constexpr std::array<std::pair<Class, const char*>, 7> kClasses = {{
    {Class::kFew, "few"},
    {Class::kSome, "some"},
    {Class::kMany, "many"},
    {Class::kRules, "rules"},
    {Class::kUnsure, "unsure"},
    {Class::kEnded, "ended"},
    {Class::kNone, "none"},
}};
// Shares of a state's residents from which on a tile is kSome and kMany.
constexpr double kSomeFrom = 0.05, kManyFrom = 0.15;

Class ClassOf(const StateEdition* state) {
  if (state == nullptr) return Class::kNone;
  const Count& count = state->count;
  if (!count.bans.places.empty()) {
    const double share =
        static_cast<double>(count.bans.people) / static_cast<double>(count.residents);
    return share >= kManyFrom ? Class::kMany : share >= kSomeFrom ? Class::kSome : Class::kFew;
  }
  if (!count.state_laws.empty() || !count.limits.places.empty() ||
      !count.police_only.places.empty())
    return Class::kRules;
  if (!count.unconfirmed.places.empty() || !count.unconfirmed_state_laws.empty())
    return Class::kUnsure;
  return Class::kEnded;
}

// What is in force in a state, in words: "2 bans; 19.2% of residents; a state rule without a ban".
std::string InWords(const StateEdition& state) {
  const Count& count = state.count;
  std::vector<std::string> parts;
  if (!count.bans.places.empty()) {
    parts.push_back(
        Plural(static_cast<int64_t>(count.bans.places.size()), "local ban", "local bans"));
    parts.push_back(absl::StrCat(Percent(count.bans.people, count.residents), " of residents"));
  }
  for (const Place* law : count.state_laws)
    parts.push_back(law->scope == Scope::kPoliceOnly   ? "a state law for the police only"
                    : law->scope == Scope::kMoratorium ? "a state moratorium for schools"
                                                       : "a state law that sets limits");
  for (const Counted& counted : count.limits.places)
    parts.push_back(absl::StrCat("limits in ", counted.place->name));
  for (const Counted& counted : count.police_only.places)
    parts.push_back(absl::StrCat("a police-only rule in ", counted.place->name));
  for (const Counted& counted : count.unconfirmed.places)
    parts.push_back(absl::StrCat(counted.place->name, " unconfirmed"));
  if (!count.unconfirmed_state_laws.empty()) parts.push_back("a state law, unconfirmed");
  if (parts.empty()) parts.push_back("nothing in force; an earlier rule has ended");
  std::string words;
  for (const std::string& part : parts) absl::StrAppend(&words, words.empty() ? "" : "; ", part);
  return words;
}

std::string Tile(std::string_view code, int column, int row, const StateEdition* state) {
  const Class of = ClassOf(state);
  std::string_view name;
  for (const auto& [each, word] : kClasses)
    if (each == of) name = word;
  const int x = column * kStep + 2, y = row * kStep + 2, middle = x + kSide / 2;
  const size_t bans = state ? state->count.bans.places.size() : 0;
  std::string tile = absl::StrCat("<rect x=\"", x, "\" y=\"", y, "\" width=\"", kSide,
                                  "\" height=\"", kSide, "\" rx=\"3\"/>");
  if (bans > 0 && !state->count.state_laws.empty())
    absl::StrAppend(&tile, "<rect class=\"stripe\" x=\"", x, "\" y=\"", y + kSide - 7,
                    "\" width=\"", kSide, "\" height=\"7\"/>");
  absl::StrAppend(&tile, "<text x=\"", middle, "\" y=\"", y + (bans > 0 ? 21 : 33), "\">",
                  std::string(code), "</text>");
  if (bans > 0)
    absl::StrAppend(&tile, "<text class=\"n\" x=\"", middle, "\" y=\"", y + 41, "\">", bans,
                    "</text>");
  if (state == nullptr)
    return absl::StrCat("<g class=\"tile none\" aria-hidden=\"true\">", tile, "</g>\n");
  const std::string words = absl::StrCat(state->state->name, ": ", InWords(*state));
  return absl::StrCat("<a class=\"tile ", std::string(name), "\" href=\"places/", state->page,
                      "\" aria-label=\"", Escape(words), "\"><title>", Escape(words), "</title>",
                      tile, "</a>\n");
}

std::string LegendRow(const char* name, const char* words) {
  return absl::StrCat(
      "<li><svg class=\"swatch\" viewBox=\"0 0 28 28\" aria-hidden=\"true\"><g "
      "class=\"tile ",
      name, "\"><rect x=\"2\" y=\"2\" width=\"24\" height=\"24\" rx=\"2\"/>",
      std::string_view(name) == "some striped"
          ? "<rect class=\"stripe\" x=\"2\" y=\"21\" width=\"24\" height=\"5\"/>"
          : "",
      "</g></svg>", words, "</li>\n");
}

}  // namespace

std::string TileMap(const Edition& edition) {
  std::string tiles, words;
  size_t without = 0;
  for (size_t row = 0; row < kGrid.size(); ++row)
    for (size_t column = 0; column * 3 < kGrid[row].size(); ++column) {
      const std::string_view code = kGrid[row].substr(column * 3, 2);
      if (code == "  ") continue;
      const StateEdition* state = edition.Find(code);
      if (state == nullptr) ++without;
      tiles += Tile(code, static_cast<int>(column), static_cast<int>(row), state);
    }
  for (const StateEdition& state : edition.states)
    absl::StrAppend(&words, "<li><a href=\"places/", state.page, "\">", Escape(state.state->name),
                    "</a>: ", Escape(InWords(state)), "</li>\n");
  return absl::StrCat(
      "<div class=\"wide map\">\n<svg class=\"states\" role=\"group\" aria-label=\"Map of the "
      "states\" viewBox=\"0 0 ",
      kColumns * kStep, " ", kGrid.size() * kStep,
      "\">\n<defs><pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
      "patternTransform=\"rotate(45)\"><rect class=\"hatch-ground\" width=\"7\" "
      "height=\"7\"/><rect "
      "class=\"hatch-line\" width=\"2\" height=\"7\"/></pattern></defs>\n",
      tiles,
      "</svg>\n<div class=\"legend\"><h3>In force, by share of the state’s residents under a local "
      "ban</h3>\n<ul>\n",
      LegendRow("many", "15% or more"), LegendRow("some", "5% to 15%"),
      LegendRow("few", "under 5%"),
      "</ul>\n<p class=\"aside\">The number is how many cities, towns and counties have a "
      "ban.</p>\n<h3>Rules, but no ban</h3>\n<ul>\n",
      LegendRow("rules", "Limits, or a rule for police or schools only"),
      LegendRow("some striped", "A state law of that kind beside local bans"),
      "</ul>\n<h3>Nothing that counts today</h3>\n<ul>\n",
      LegendRow("ended", "Had a rule; it ended"),
      LegendRow("unsure", "A rule is reported, but unconfirmed"),
      LegendRow("none", "None found, which is not proof of none"),
      "</ul></div>\n<details class=\"inwords\"><summary>The map in words</summary>\n<ul>\n", words,
      "</ul>\n<p>None found in the other ", without, ".</p></details>\n</div>\n");
}

}  // namespace places::site
