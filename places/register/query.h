// Questions to the register: who is counted on a day, and which place a name means.
#ifndef PLACES_REGISTER_QUERY_H_
#define PLACES_REGISTER_QUERY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "places/register/register.h"

namespace places {

struct Counted {
  const Place* place;
  int64_t people;  // residents that it adds: those of a counted place within it are not among them
};

struct Tally {
  std::vector<Counted> places;
  int64_t people = 0;
  int64_t unchecked = 0;  // of `people`: by figures that aren't confirmed
};

// Residents by what binds their own town, city or county on a day; each is counted once, where the
// rule is strictest. Laws of states stand apart, since they bind less than a ban does.
struct Count {
  Tally bans;         // ban, moratorium or private-too on the place's own government
  Tally police_only;  // only the police of the place, and no ban counts
  Tally limits;       // use under conditions, and neither of the above counts
  Tally unconfirmed;  // may be in force or not; counted in none of the above
  std::vector<const Place*> state_laws;              // in force on the day
  std::vector<const Place*> unconfirmed_state_laws;  // may be in force or not
  int64_t residents = 0;                             // of the state, or of the United States
};

// The residents of these places, each counted once.
Tally Residents(const std::vector<const Place*>& places);

// `state`: a code of Register::states(), or empty for all. Pointers are into `reg`.
Count CountOn(const Register& reg, Day day, std::string_view state);

struct Match {
  std::vector<const Place*> places;  // that the words name: "Portland" names two
  std::vector<const Place*>
      suggestions;  // nearest by edit distance where nothing matches; best first
};

// `text`: "us-ma-boston", "Boston", "boston, ma", "Boston Massachusetts", "Massachusetts", "MA"; in
// any case, with or without "city of", dots, commas.
Match FindByName(const Register& reg, std::string_view text);

// "no place of the register is called "X"; did you mean Boston, Massachusetts (us-ma-boston)?"
std::string NotFoundSentence(const Register& reg, std::string_view text,
                             const std::vector<const Place*>& suggestions);

}  // namespace places

#endif  // PLACES_REGISTER_QUERY_H_
