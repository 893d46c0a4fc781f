// What the subcommands of efface-places print. Each makes the whole text; main writes it.
#ifndef PLACES_COMMANDS_H_
#define PLACES_COMMANDS_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "places/register/query.h"
#include "places/register/register.h"

namespace places {

// Documented in docs/efface-places.1.
enum ExitCode {
  kDone = 0,         // of check: a ban or moratorium on the place's own government is in force
  kNoBan = 1,        // check: none is
  kFailed = 2,       // wrong usage; a file can't be read or written
  kUnconfirmed = 3,  // check: can't be told
  kNotFound = 4      // no place of the register has this name, or several with different answers
};

struct Filter {
  std::string state;  // a code; empty: all
  std::optional<Kind> kind;
  std::optional<Scope> scope;
  std::optional<Standing> standing;
  Day on;  // of `standing`, and of what is printed
};

// By state, the state's own law first, then by name.
std::vector<const Place*> Filtered(const Register& reg, const Filter& filter);

struct Output {
  std::string text;       // for stdout
  std::string complaint;  // for stderr, one sentence a line; may be empty
  int exit_code = kDone;
};

Output List(const Register& reg, const Filter& filter);
// `names`: places, or the words of one place's name.
Output Show(const Register& reg, const std::vector<std::string>& names, Day on, bool json);
Output Check(const Register& reg, const std::string& name, Day on, bool json);
Output CountResidents(const Register& reg, const std::string& state, Day on, bool json);

enum class ExportFormat { kJson, kCsv, kGeoJson };
Output Export(const Register& reg, const Filter& filter, ExportFormat format);

// The place as the register's file has it, and its standing on a day.
nlohmann::ordered_json PlaceJson(const Place& place, Day on);

// "On 2026-11-23, the day that the register was made": what answers are of.
std::string DayPhrase(const Register& reg, Day on);

}  // namespace places

#endif  // PLACES_COMMANDS_H_
