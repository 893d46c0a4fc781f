// The register of bans: the places whose law bans or limits face recognition, when, what is bound,
// and how well each fact is known. Plain data that is compiled into the program: no file, no
// network. docs/places.md describes the file that it is made of.
#ifndef PLACES_REGISTER_REGISTER_H_
#define PLACES_REGISTER_REGISTER_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "places/register/date.h"

namespace places {

enum class Kind { kCity, kTown, kCounty, kState };
enum class Scope { kBan, kMoratorium, kPoliceOnly, kLimits, kPrivateToo };
// Who is bound. kGovernment: the place's own, with or without exceptions (`exempts`).
enum class Bound { kGovernment, kPolice, kSchools, kPrivate };
// What happened on a date. kFirstVote: of two that are needed. kPassage: the vote that sources call
// passage, first or second. kReenactment: anew after a governor's changes.
enum class Event {
  kVote,
  kFirstVote,
  kPassage,
  kElection,
  kSigning,
  kEnactment,
  kReenactment,
  kRepeal,
  kReplacement,
  kLapse
};
enum class Exempt { kYes, kNo, kUnknown };
// How much of a text on redaction was read: kReport: a report on it, kPart: not to the end.
enum class Read { kText, kPart, kReport, kNo };

// The words of the register's file: "police-only", "first-vote".
std::string_view NameOf(Kind kind);
std::string_view NameOf(Scope scope);
std::string_view NameOf(Bound bound);
std::string_view NameOf(Event event);
std::string_view NameOf(Exempt exempt);
std::string_view NameOf(Read read);

struct DateFact {
  PartialDate date;
  std::optional<Event> event;
  bool confirmed = true;
  std::string basis;  // how the date is known, where that isn't a page that states it; may be empty
};

struct Position {
  double latitude = 0, longitude = 0;  // degrees, two decimals, approximate
};

struct Source {
  std::string title;  // may be empty
  std::string url;
};

struct Place {
  std::string id;    // "us-ma-boston"; a whole state: "us-ma"
  std::string name;  // "Boston"
  Kind kind = Kind::kCity;
  std::string state;  // "MA"
  std::string fips;   // Census GEOID of 2, 5, 7 or 10 digits; empty: not known
  bool fips_confirmed = true;
  std::vector<std::string> inside;  // ids of all counties in the register that hold all of it
  std::optional<Position> position;
  int64_t population = 0;  // residents, 2020 Census
  bool population_confirmed = true;
  std::string population_basis;

  Scope scope = Scope::kBan;
  std::vector<Bound> binds;          // at least one
  std::string covers;                // what the law does, one or two sentences
  std::vector<std::string> exempts;  // the exceptions that are known; there may be more
  std::optional<DateFact> adopted;
  std::optional<DateFact> final_vote;  // where `adopted` is a first vote
  std::optional<DateFact> effective;   // the first day in force
  std::optional<DateFact> ended;       // the first day on which it was no longer in force
  std::string instrument;              // may be empty
  bool instrument_confirmed = true;

  struct Redaction {
    Exempt exempt = Exempt::kUnknown;  // does the text expressly allow software that hides faces?
    Read read = Read::kNo;
    std::string basis;  // a sentence
    std::string url;    // may be empty

    bool confirmed() const { return read == Read::kText; }
  } redaction;

  std::vector<Source> sources;           // at least one
  bool confirmed = true;                 // false: no page that was read states the adoption
  std::vector<std::string> unconfirmed;  // the facts that aren't, as the file names them
  std::string note;                      // may be empty
  std::vector<std::string> conflicts;    // where sources contradict each other
};

struct State {
  std::string code;  // "MA"
  std::string name;
  std::string fips;        // two digits
  int64_t population = 0;  // residents, 2020 Census
};

struct ScopeMeaning {
  Scope scope;
  std::string means;
};

// What is known of a law's standing on a day. kUnconfirmed: dates are missing or too coarse to
// tell.
enum class Standing { kInForce, kNotInForce, kUnconfirmed };
std::string_view NameOf(Standing standing);  // "in force", "not in force", "unconfirmed"

// What a law is counted from: its first day in force, else its final vote, else its adoption. Null
// where none is known. Part of `place`.
const DateFact* StartOf(const Place& place);

// In force from the first day in force where that is known, else from the last vote that is known;
// no longer on the day of `ended`. Always kUnconfirmed where the adoption itself isn't confirmed.
Standing StandingOn(const Place& place, Day day);

// Immutable once made; may be used by any number of threads.
class Register {
 public:
  static constexpr int64_t kMaxBytes = int64_t{16} << 20;

  // What was compiled in.
  static absl::StatusOr<Register> Builtin();
  // InvalidArgument, with a sentence that says where, if `json` is not a register: every field is
  // checked (docs/places.md).
  static absl::StatusOr<Register> Parse(std::string_view json);
  // Errors as Parse, or as efface::ReadFile; without the file's name.
  static absl::StatusOr<Register> Load(const std::filesystem::path& path);

  Day as_of() const { return as_of_; }  // the day that the facts were collected on
  const std::vector<Place>& places() const { return places_; }         // in the order of the file
  const std::vector<State>& states() const { return states_; }         // the 50 and DC, by name
  const std::vector<ScopeMeaning>& scopes() const { return scopes_; }  // all five
  const Source& census() const { return census_; }
  int64_t national_population() const { return national_population_; }

  const Place* Find(std::string_view id) const;                 // null: none
  const State& StateOf(const Place& place) const;               // of a place of this register
  const State* FindState(std::string_view code_or_name) const;  // in any case; null: none
  std::string_view Means(Scope scope) const;
  std::string FullName(const Place& place) const;  // "Boston, Massachusetts"; of a state "Maine"

 private:
  friend class RegisterReader;

  Day as_of_;
  Source census_;
  int64_t national_population_ = 0;
  std::vector<ScopeMeaning> scopes_;
  std::vector<State> states_;
  std::vector<Place> places_;
};

}  // namespace places

#endif  // PLACES_REGISTER_REGISTER_H_
