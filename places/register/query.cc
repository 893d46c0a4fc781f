#include "places/register/query.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace places {
namespace {

bool IsBan(const Place& place) {
  return place.scope == Scope::kBan || place.scope == Scope::kMoratorium ||
         place.scope == Scope::kPrivateToo;
}

bool Holds(const Place& outer, const Place& inner) {
  if (outer.kind == Kind::kState) return inner.kind != Kind::kState && inner.state == outer.state;
  return std::find(inner.inside.begin(), inner.inside.end(), outer.id) != inner.inside.end();
}

// Adds `places` to `tally`; people who are counted in `earlier`, or in a place of `places` around
// theirs, are not counted again.
void Add(const std::vector<const Place*>& places, const std::vector<const Tally*>& earlier,
         Tally& tally) {
  for (const Place* place : places) {
    int64_t people = place->population;
    for (const Place* other : places)
      if (Holds(*other, *place)) people = 0;
    for (const Tally* other : earlier)
      for (const Counted& counted : other->places) {
        if (Holds(*counted.place, *place)) people = 0;
        if (Holds(*place, *counted.place)) people -= std::min(people, counted.people);
      }
    tally.places.push_back({place, people});
    tally.people += people;
    if (!place->population_confirmed) tally.unchecked += people;
  }
}

// Lower case, words with one space between them; other marks are left out ("St. Paul" as "st
// paul").
std::string Plain(std::string_view text) {
  std::string plain;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || (c & 0x80) != 0) {
      plain += absl::ascii_tolower(static_cast<unsigned char>(c));
    } else if (c != '.' && c != '\'' && !plain.empty() && plain.back() != ' ') {
      plain += ' ';
    }
  }
  if (plain.ends_with(' ')) plain.pop_back();
  return plain;
}

// The ways to call a place: the first is the shortest.
std::vector<std::string> NamesOf(const Register& reg, const Place& place) {
  const std::string name = Plain(place.name);
  const State& state = reg.StateOf(place);
  std::vector<std::string> names = {name, Plain(place.id)};
  if (place.kind == Kind::kState) {
    for (const std::string& each : {Plain(state.code), "state of " + name}) names.push_back(each);
    return names;
  }
  const std::string kind(NameOf(place.kind));
  std::vector<std::string> called = {name, absl::StrCat(kind, " of ", name)};
  if (place.kind == Kind::kTown) called.push_back(absl::StrCat("township of ", name));
  for (const std::string& each : called) {
    names.push_back(each);
    names.push_back(absl::StrCat(each, " ", Plain(state.code)));
    names.push_back(absl::StrCat(each, " ", Plain(state.name)));
  }
  return names;
}

// Insertions, deletions, replacements and swaps of neighbours that make `a` of `b`.
int Distance(std::string_view a, std::string_view b) {
  std::vector<int> two_ago, ago(b.size() + 1), now(b.size() + 1);
  std::iota(ago.begin(), ago.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    now[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      now[j] = std::min({ago[j] + 1, now[j - 1] + 1, ago[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        now[j] = std::min(now[j], two_ago[j - 2] + 1);
    }
    two_ago = ago;
    ago = now;
  }
  return ago[b.size()];
}

}  // namespace

Tally Residents(const std::vector<const Place*>& places) {
  Tally tally;
  Add(places, {}, tally);
  return tally;
}

Count CountOn(const Register& reg, Day day, std::string_view state) {
  Count count;
  std::vector<const Place*> bans, police, limits, unsure;
  for (const Place& place : reg.places()) {
    if (!state.empty() && place.state != state) continue;
    const Standing standing = StandingOn(place, day);
    if (standing == Standing::kNotInForce) continue;
    const bool sure = standing == Standing::kInForce;
    if (place.kind == Kind::kState) {
      (sure ? count.state_laws : count.unconfirmed_state_laws).push_back(&place);
    } else {
      const bool police_only = place.scope == Scope::kPoliceOnly;
      (!sure ? unsure : IsBan(place) ? bans : police_only ? police : limits).push_back(&place);
    }
  }
  Add(bans, {}, count.bans);
  Add(police, {&count.bans}, count.police_only);
  Add(limits, {&count.bans, &count.police_only}, count.limits);
  Add(unsure, {&count.bans, &count.police_only, &count.limits}, count.unconfirmed);
  const State* of = state.empty() ? nullptr : reg.FindState(state);
  count.residents = of != nullptr ? of->population : reg.national_population();
  return count;
}

Match FindByName(const Register& reg, std::string_view text) {
  constexpr size_t kLongest = 100;  // bytes of a name; more is no typing error
  constexpr size_t kSuggestions = 3;
  Match match;
  const std::string asked = Plain(text);
  if (asked.empty() || asked.size() > kLongest) return match;
  std::vector<std::pair<int, const Place*>> near;
  for (const Place& place : reg.places()) {
    int best = static_cast<int>(kLongest);
    for (const std::string& name : NamesOf(reg, place))
      best = std::min(best, Distance(asked, name));
    if (best == 0) match.places.push_back(&place);
    // One error in four letters, and at least as many right ones as that leaves.
    if (best * 4 <= static_cast<int>(asked.size()) + 1) near.emplace_back(best, &place);
  }
  if (!match.places.empty()) return match;
  std::stable_sort(near.begin(), near.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [distance, place] : near)
    if (match.suggestions.size() < kSuggestions) match.suggestions.push_back(place);
  return match;
}

std::string NotFoundSentence(const Register& reg, std::string_view text,
                             const std::vector<const Place*>& suggestions) {
  constexpr size_t kShown = 100;  // bytes of what was asked for
  std::string sentence = absl::StrCat("no place of the register is called \"",
                                      std::string(text.substr(0, kShown)), "\"");
  for (size_t i = 0; i < suggestions.size(); ++i) {
    absl::StrAppend(&sentence,
                    i == 0                        ? "; did you mean "
                    : i + 1 == suggestions.size() ? " or "
                                                  : ", ",
                    reg.FullName(*suggestions[i]), " (", suggestions[i]->id, ")");
  }
  return sentence + (suggestions.empty() ? "" : "?");
}

}  // namespace places
