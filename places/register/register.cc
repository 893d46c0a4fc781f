#include "places/register/register.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "base/words.h"
#include "places/register/data.h"
#include "places/register/names.h"

namespace places {
namespace {

using efface::Absl;

template <typename Value, size_t kCount>
std::string_view Look(const Names<Value, kCount>& names, Value value) {
  for (const auto& [each, name] : names)
    if (each == value) return name;
  return "";
}

}  // namespace

std::string_view NameOf(Kind kind) { return Look(kKinds, kind); }
std::string_view NameOf(Scope scope) { return Look(kScopes, scope); }
std::string_view NameOf(Bound bound) { return Look(kBounds, bound); }
std::string_view NameOf(Event event) { return Look(kEvents, event); }
std::string_view NameOf(Exempt exempt) { return Look(kExempts, exempt); }
std::string_view NameOf(Read read) { return Look(kReads, read); }

std::string_view NameOf(Standing standing) {
  switch (standing) {
    case Standing::kInForce:
      return "in force";
    case Standing::kNotInForce:
      return "not in force";
    case Standing::kUnconfirmed:
      return "unconfirmed";
  }
  return "";
}

const DateFact* StartOf(const Place& place) {
  for (const auto* fact : {&place.effective, &place.final_vote, &place.adopted})
    if (*fact) return &**fact;
  return nullptr;
}

Standing StandingOn(const Place& place, Day day) {
  if (!place.confirmed) return Standing::kUnconfirmed;
  if (place.ended && day >= place.ended->date.last) return Standing::kNotInForce;
  const DateFact* const sure = StartOf(place);
  if (sure == nullptr) return Standing::kUnconfirmed;
  const DateFact& start = place.effective ? *place.effective : *place.adopted;
  if (day < start.date.first) return Standing::kNotInForce;
  if (day < sure->date.last || (place.ended && day >= place.ended->date.first))
    return Standing::kUnconfirmed;
  return Standing::kInForce;
}

absl::StatusOr<Register> Register::Builtin() { return Parse(BuiltinJson()); }

absl::StatusOr<Register> Register::Load(const std::filesystem::path& path) {
  ASSIGN_OR_RETURN(const efface::Bytes bytes, efface::ReadFile(path, kMaxBytes));
  return Parse({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

const Place* Register::Find(std::string_view id) const {
  const auto found = std::find_if(places_.begin(), places_.end(),
                                  [&](const Place& place) { return place.id == id; });
  return found == places_.end() ? nullptr : &*found;
}

const State* Register::FindState(std::string_view code_or_name) const {
  for (const State& state : states_)
    if (absl::EqualsIgnoreCase(state.code, Absl(code_or_name)) ||
        absl::EqualsIgnoreCase(state.name, Absl(code_or_name)))
      return &state;
  return nullptr;
}

const State& Register::StateOf(const Place& place) const { return *FindState(place.state); }

std::string Register::FullName(const Place& place) const {
  return place.kind == Kind::kState ? place.name
                                    : absl::StrCat(place.name, ", ", StateOf(place).name);
}

std::string_view Register::Means(Scope scope) const {
  for (const ScopeMeaning& each : scopes_)
    if (each.scope == scope) return each.means;
  return "";
}

}  // namespace places
