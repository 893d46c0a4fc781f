// What a site shows: the register as it stands on one day.
#ifndef PLACES_SITE_EDITION_H_
#define PLACES_SITE_EDITION_H_

#include <string>
#include <vector>

#include "places/register/query.h"

namespace places::site {

struct StateEdition {
  const State* state;
  const Place* law = nullptr;        // of the state itself; null: none in the register
  std::vector<const Place*> places;  // cities, towns, counties; most residents first
  Count count;                       // of this state
  std::string page;                  // "us-ma.html", within places/
};

// Pointers are into `reg`, which must live longer.
struct Edition {
  Edition(const Register& reg, Day as_of);

  const Register& reg;
  Day as_of;
  std::vector<const Place*> places;  // all that were adopted by then, or whose day isn't known
  Count count;                       // of the whole country
  std::vector<StateEdition> states;  // with a law or a place, by name

  const StateEdition* Find(std::string_view code) const;  // null: none
  const StateEdition& Of(const Place& place) const;       // of one of `places`
};

// A day on which residents began or ceased to be counted in Count::bans, and why.
struct Step {
  Day day;
  int64_t people;  // counted from then on
  int64_t change;
  std::vector<const Place*> began, ended;
};

// From nobody to Edition::count.bans, in the order of time.
std::vector<Step> Steps(const Edition& edition);

// The last step of `steps` (at least one) with which a ban began.
const Step& LatestBan(const std::vector<Step>& steps);
// Whether that is so long ago that it is worth a word.
bool StillSince(const Edition& edition, const std::vector<Step>& steps);

}  // namespace places::site

#endif  // PLACES_SITE_EDITION_H_
