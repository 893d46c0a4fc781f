// Reads the register's file and checks every field, since people propose changes to it and other
// files can be given.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "base/words.h"
#include "places/register/names.h"
#include "places/register/register.h"

namespace places {
namespace {

using efface::Absl;

using Json = nlohmann::json;

constexpr int64_t kMaxPeople = 2'000'000'000;
constexpr size_t kMaxPlaces = 100'000;

template <typename... Parts>
absl::Status Wrong(const Parts&... parts) {
  return absl::InvalidArgumentError(absl::StrCat(parts...));
}

// A value and where it stands ("us-ma-boston: adopted.date"), for sentences.
class Node {
 public:
  Node(const Json& json, std::string where) : json_(&json), where_(std::move(where)) {}

  const Json& json() const { return *json_; }
  const std::string& where() const { return where_; }
  bool IsNull() const { return json_->is_null(); }

  // An object with `names` and nothing else; those that end in '?' may be missing.
  absl::Status IsObjectOf(std::initializer_list<std::string_view> names) const {
    if (!json_->is_object()) return Wrong(where_, " is not an object");
    std::set<std::string_view> known;
    for (std::string_view name : names) {
      const bool optional = name.ends_with('?');
      if (optional) name.remove_suffix(1);
      known.insert(name);
      if (!optional && !json_->contains(std::string(name)))
        return Wrong(where_, ": \"", Absl(name), "\" is missing");
    }
    for (const auto& [name, value] : json_->items())
      if (!known.contains(name)) return Wrong(where_, ": \"", name, "\" is not known");
    return absl::OkStatus();
  }

  bool Has(const char* name) const { return json_->contains(name); }
  // Of an object that has it.
  Node At(const char* name) const {
    const bool first = where_.find(':') == where_.npos;
    return Node((*json_)[name], absl::StrCat(where_, first ? ": " : ".", name));
  }

  absl::StatusOr<std::vector<Node>> List() const {
    if (!json_->is_array()) return Wrong(where_, " is not a list");
    if (json_->size() > kMaxPlaces) return Wrong(where_, " has more than ", kMaxPlaces, " entries");
    std::vector<Node> list;
    for (size_t i = 0; i < json_->size(); ++i)
      list.emplace_back((*json_)[i], absl::StrCat(where_, "[", i, "]"));
    return list;
  }

  // Not empty, without control characters.
  absl::StatusOr<std::string> Text() const {
    if (!json_->is_string()) return Wrong(where_, " is not a text");
    auto text = json_->get<std::string>();
    if (text.empty()) return Wrong(where_, " is empty");
    if (std::any_of(text.begin(), text.end(),
                    [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; }))
      return Wrong(where_, " holds a control character");
    return text;
  }

  absl::StatusOr<std::string> TextOrNone() const { return IsNull() ? std::string() : Text(); }

  absl::StatusOr<std::string> Url() const {
    RETURN_IF_ERROR(Text().status());
    const auto& url = json_->get_ref<const std::string&>();
    if ((!url.starts_with("https://") && !url.starts_with("http://")) ||
        url.find_first_of(" \"<>\\^`{|}") != url.npos)
      return Wrong(where_, " is not an address that begins with https:// or http://");
    return url;
  }

  absl::StatusOr<int64_t> People() const {
    if (!json_->is_number_integer()) return Wrong(where_, " is not a whole number");
    const bool huge = json_->is_number_unsigned() && json_->get<uint64_t>() > kMaxPeople;
    const int64_t people = huge ? -1 : json_->get<int64_t>();
    if (people < 1 || people > kMaxPeople) return Wrong(where_, " is not from 1 to ", kMaxPeople);
    return people;
  }

  absl::StatusOr<double> Number(double least, double most) const {
    if (!json_->is_number()) return Wrong(where_, " is not a number");
    const auto value = json_->get<double>();
    if (!(value >= least && value <= most))
      return Wrong(where_, " is not from ", least, " to ", most);
    return value;
  }

  template <typename Value, size_t kCount>
  absl::StatusOr<Value> OneOf(const Names<Value, kCount>& names) const {
    std::string words;
    for (const auto& [value, name] : names) {
      if (json_->is_string() && json_->get_ref<const std::string&>() == name) return value;
      absl::StrAppend(&words, words.empty() ? "" : ", ", Absl(name));
    }
    return Wrong(where_, " is none of ", words);
  }

  absl::StatusOr<std::vector<std::string>> Texts() const {
    ASSIGN_OR_RETURN(const std::vector<Node> list, List());
    std::vector<std::string> texts;
    for (const Node& each : list) {
      ASSIGN_OR_RETURN(std::string text, each.Text());
      if (std::find(texts.begin(), texts.end(), text) != texts.end())
        return Wrong(each.where(), " stands there twice");
      texts.push_back(std::move(text));
    }
    return texts;
  }

 private:
  const Json* json_;
  std::string where_;
};

absl::StatusOr<std::optional<DateFact>> ReadDate(const Node& node, bool confirmed) {
  if (node.IsNull()) return std::nullopt;
  RETURN_IF_ERROR(node.IsObjectOf({"date", "what?", "basis?"}));
  DateFact fact;
  fact.confirmed = confirmed;
  ASSIGN_OR_RETURN(const std::string text, node.At("date").Text());
  const auto date = ParseDate(text);
  if (!date) return Wrong(node.At("date").where(), " is not YYYY-MM-DD, YYYY-MM or YYYY");
  fact.date = *date;
  if (node.Has("what")) {
    ASSIGN_OR_RETURN(fact.event, node.At("what").OneOf(kEvents));
  }
  if (node.Has("basis")) {
    ASSIGN_OR_RETURN(fact.basis, node.At("basis").Text());
  }
  return fact;
}

absl::StatusOr<Source> ReadSource(const Node& node) {
  RETURN_IF_ERROR(node.IsObjectOf({"title", "url"}));
  Source source;
  ASSIGN_OR_RETURN(source.title, node.At("title").TextOrNone());
  ASSIGN_OR_RETURN(source.url, node.At("url").Url());
  return source;
}

absl::StatusOr<Place::Redaction> ReadRedaction(const Node& node) {
  RETURN_IF_ERROR(node.IsObjectOf({"exempt", "read", "basis", "source"}));
  Place::Redaction redaction;
  ASSIGN_OR_RETURN(redaction.exempt, node.At("exempt").OneOf(kExempts));
  ASSIGN_OR_RETURN(redaction.read, node.At("read").OneOf(kReads));
  ASSIGN_OR_RETURN(redaction.basis, node.At("basis").Text());
  if (!node.At("source").IsNull()) {
    ASSIGN_OR_RETURN(redaction.url, node.At("source").Url());
  }
  const bool known = redaction.exempt != Exempt::kUnknown;
  if (known && redaction.url.empty())
    return Wrong(node.where(), ".source is missing, though exempt is not unknown");
  if (redaction.exempt == Exempt::kNo && redaction.read != Read::kText)
    return Wrong(node.where(), ".exempt can only be \"no\" where the whole text was read");
  if (known && (redaction.read == Read::kNo || redaction.read == Read::kPart))
    return Wrong(node.where(), ".read does not say what exempt rests on");
  return redaction;
}

absl::StatusOr<std::optional<Position>> ReadPosition(const Node& node) {
  if (node.IsNull()) return std::nullopt;
  ASSIGN_OR_RETURN(const std::vector<Node> list, node.List());
  if (list.size() != 2) return Wrong(node.where(), " is not a latitude and a longitude");
  Position position;
  ASSIGN_OR_RETURN(position.latitude, list[0].Number(-90, 90));
  ASSIGN_OR_RETURN(position.longitude, list[1].Number(-180, 180));
  return position;
}

bool IsSlug(std::string_view text) {
  return !text.empty() && text.front() != '-' && text.back() != '-' &&
         text.find("--") == text.npos &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == text.npos;
}

// Digits of a GEOID: of a state, a county, a place, a county subdivision (towns of New England).
bool IsFips(const std::string& fips, Kind kind, const State& state) {
  const size_t size = fips.size();
  if (fips.find_first_not_of("0123456789") != fips.npos || !fips.starts_with(state.fips))
    return false;
  return kind == Kind::kState    ? size == 2
         : kind == Kind::kCounty ? size == 5
                                 : size == 7 || size == 10;
}

// Dates that contradict each other.
absl::Status CheckOrder(const Place& place, Day as_of) {
  const auto first = [](const std::optional<DateFact>& fact) { return fact->date.first; };
  const auto last = [](const std::optional<DateFact>& fact) { return fact->date.last; };
  const auto begins_late = [&](const std::optional<DateFact>& from,
                               const std::optional<DateFact>& to) {
    return from && to && first(from) > last(to);
  };
  if (place.final_vote && (!place.adopted || place.adopted->event != Event::kFirstVote))
    return Wrong(place.id, ": final_vote stands there though adopted is not a first vote");
  if (begins_late(place.adopted, place.final_vote))
    return Wrong(place.id, ": final_vote lies before adopted");
  if (begins_late(place.adopted, place.effective))
    return Wrong(place.id, ": effective lies before adopted");
  for (const auto& start : {place.adopted, place.final_vote, place.effective})
    if (begins_late(start, place.ended)) return Wrong(place.id, ": ended lies before it began");
  if (place.adopted && first(place.adopted) > as_of)
    return Wrong(place.id, ": adopted lies after as_of");
  return absl::OkStatus();
}

absl::Status ReadScopeAndText(const Node& node, Place& place) {
  ASSIGN_OR_RETURN(place.scope, node.At("scope").OneOf(kScopes));
  ASSIGN_OR_RETURN(const std::vector<Node> binds, node.At("binds").List());
  for (const Node& each : binds) {
    ASSIGN_OR_RETURN(const Bound bound, each.OneOf(kBounds));
    if (std::find(place.binds.begin(), place.binds.end(), bound) != place.binds.end())
      return Wrong(each.where(), " stands there twice");
    place.binds.push_back(bound);
  }
  if (place.binds.empty()) return Wrong(node.At("binds").where(), " is empty");
  const bool police_alone = place.binds == std::vector<Bound>{Bound::kPolice};
  if (place.scope == Scope::kPoliceOnly && !police_alone)
    return Wrong(place.id, ": scope is police-only, but binds names others");
  const bool private_too =
      std::find(place.binds.begin(), place.binds.end(), Bound::kPrivate) != place.binds.end();
  if ((place.scope == Scope::kPrivateToo) != private_too)
    return Wrong(place.id, ": scope is private-too where binds names private, and nowhere else");
  ASSIGN_OR_RETURN(place.covers, node.At("covers").Text());
  ASSIGN_OR_RETURN(place.exempts, node.At("exempts").Texts());
  ASSIGN_OR_RETURN(place.instrument, node.At("instrument").TextOrNone());
  ASSIGN_OR_RETURN(place.note, node.At("note").TextOrNone());
  ASSIGN_OR_RETURN(place.conflicts, node.At("conflicts").Texts());
  ASSIGN_OR_RETURN(place.redaction, ReadRedaction(node.At("redaction")));
  ASSIGN_OR_RETURN(const std::vector<Node> sources, node.At("sources").List());
  if (sources.empty()) return Wrong(node.At("sources").where(), " is empty");
  for (const Node& each : sources) {
    ASSIGN_OR_RETURN(Source source, ReadSource(each));
    if (std::any_of(place.sources.begin(), place.sources.end(),
                    [&](const Source& other) { return other.url == source.url; }))
      return Wrong(each.where(), ".url stands there twice");
    place.sources.push_back(std::move(source));
  }
  return absl::OkStatus();
}

}  // namespace

class RegisterReader {
 public:
  absl::StatusOr<Register> Read(const Json& json) {
    const Node root(json, "the register");
    RETURN_IF_ERROR(root.IsObjectOf({"format", "as_of", "census", "scopes", "states", "places"}));
    if (json["format"] != "efface-places/1") return Wrong("format is not efface-places/1");
    ASSIGN_OR_RETURN(const std::string as_of, Node(json["as_of"], "as_of").Text());
    const auto day = ParseDay(as_of);
    if (!day) return Wrong("as_of is not YYYY-MM-DD");
    reg_.as_of_ = *day;
    RETURN_IF_ERROR(ReadScopes(Node(json["scopes"], "scopes")));
    RETURN_IF_ERROR(ReadStates(Node(json["states"], "states"), Node(json["census"], "census")));
    ASSIGN_OR_RETURN(const std::vector<Node> list, Node(json["places"], "places").List());
    for (const Node& each : list) RETURN_IF_ERROR(ReadPlace(each));
    RETURN_IF_ERROR(CheckInside());
    return std::move(reg_);
  }

 private:
  absl::Status ReadScopes(const Node& node) {
    ASSIGN_OR_RETURN(const std::vector<Node> list, node.List());
    for (const Node& each : list) {
      RETURN_IF_ERROR(each.IsObjectOf({"scope", "means"}));
      ScopeMeaning meaning;
      ASSIGN_OR_RETURN(meaning.scope, each.At("scope").OneOf(kScopes));
      ASSIGN_OR_RETURN(meaning.means, each.At("means").Text());
      if (!reg_.Means(meaning.scope).empty())
        return Wrong(each.where(), ": scope stands there twice");
      reg_.scopes_.push_back(std::move(meaning));
    }
    if (reg_.scopes_.size() != kScopes.size()) return Wrong("scopes does not explain every scope");
    return absl::OkStatus();
  }

  absl::Status ReadStates(const Node& node, const Node& census) {
    RETURN_IF_ERROR(census.IsObjectOf({"title", "url", "total"}));
    ASSIGN_OR_RETURN(reg_.census_.title, census.At("title").Text());
    ASSIGN_OR_RETURN(reg_.census_.url, census.At("url").Url());
    ASSIGN_OR_RETURN(reg_.national_population_, census.At("total").People());
    ASSIGN_OR_RETURN(const std::vector<Node> list, node.List());
    int64_t sum = 0;
    for (const Node& each : list) {
      RETURN_IF_ERROR(each.IsObjectOf({"code", "name", "fips", "population"}));
      State state;
      ASSIGN_OR_RETURN(state.code, each.At("code").Text());
      ASSIGN_OR_RETURN(state.name, each.At("name").Text());
      ASSIGN_OR_RETURN(state.fips, each.At("fips").Text());
      ASSIGN_OR_RETURN(state.population, each.At("population").People());
      if (state.code.size() != 2 ||
          state.code.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != state.code.npos)
        return Wrong(each.where(), ": code is not two capital letters");
      if (state.fips.size() != 2 || state.fips.find_first_not_of("0123456789") != state.fips.npos)
        return Wrong(each.where(), ": fips is not two digits");
      for (const State& other : reg_.states_)
        if (other.code == state.code || other.name == state.name || other.fips == state.fips)
          return Wrong(each.where(), " stands there twice");
      sum += state.population;
      reg_.states_.push_back(std::move(state));
    }
    if (sum != reg_.national_population_)
      return Wrong("census.total is ", reg_.national_population_, ", but the states sum up to ",
                   sum);
    return absl::OkStatus();
  }

  absl::Status ReadPlace(const Node& entry) {
    const bool named =
        entry.json().is_object() && entry.json().contains("id") && entry.json()["id"].is_string();
    const Node node(entry.json(), named ? entry.json()["id"].get<std::string>() : entry.where());
    RETURN_IF_ERROR(node.IsObjectOf(
        {"id",       "name",        "kind",      "state",    "fips",       "inside",
         "position", "population",  "scope",     "binds",    "covers",     "exempts",
         "adopted",  "final_vote",  "effective", "ended",    "instrument", "redaction",
         "sources",  "unconfirmed", "note",      "conflicts"}));
    Place place;
    ASSIGN_OR_RETURN(place.id, node.At("id").Text());
    ASSIGN_OR_RETURN(place.name, node.At("name").Text());
    ASSIGN_OR_RETURN(place.kind, node.At("kind").OneOf(kKinds));
    ASSIGN_OR_RETURN(place.state, node.At("state").Text());
    const auto state = std::find_if(reg_.states_.begin(), reg_.states_.end(),
                                    [&](const State& each) { return each.code == place.state; });
    if (state == reg_.states_.end())
      return Wrong(place.id, ": state ", place.state, " is not among the states");
    const bool whole = place.kind == Kind::kState;
    const std::string stem = absl::StrCat("us-", absl::AsciiStrToLower(place.state));
    if (!IsSlug(place.id) || (whole ? place.id != stem : !place.id.starts_with(stem + "-")))
      return Wrong(entry.where(), ": id is not us-STATE", whole ? "" : "-NAME", " in lower case");
    if (reg_.Find(place.id) != nullptr) return Wrong(place.id, " stands there twice");

    ASSIGN_OR_RETURN(place.unconfirmed, node.At("unconfirmed").Texts());
    for (const std::string& fact : place.unconfirmed)
      if (std::find(kFacts.begin(), kFacts.end(), fact) == kFacts.end())
        return Wrong(place.id, ": unconfirmed names \"", fact, "\", which is not a fact");
    const auto confirmed = [&](const char* fact) {
      return std::find(place.unconfirmed.begin(), place.unconfirmed.end(), fact) ==
             place.unconfirmed.end();
    };
    place.confirmed = confirmed("adoption");
    place.fips_confirmed = confirmed("fips");
    place.population_confirmed = confirmed("population");
    place.instrument_confirmed = confirmed("instrument");
    ASSIGN_OR_RETURN(place.adopted, ReadDate(node.At("adopted"), confirmed("adopted")));
    ASSIGN_OR_RETURN(place.final_vote, ReadDate(node.At("final_vote"), confirmed("final_vote")));
    ASSIGN_OR_RETURN(place.effective, ReadDate(node.At("effective"), confirmed("effective")));
    ASSIGN_OR_RETURN(place.ended, ReadDate(node.At("ended"), confirmed("ended")));
    RETURN_IF_ERROR(CheckOrder(place, reg_.as_of_));
    RETURN_IF_ERROR(ReadScopeAndText(node, place));

    ASSIGN_OR_RETURN(place.fips, node.At("fips").TextOrNone());
    if (!place.fips.empty() && !IsFips(place.fips, place.kind, *state))
      return Wrong(place.id, ": fips is not a GEOID of a ", Absl(NameOf(place.kind)), " in ",
                   state->name);
    const Node population = node.At("population");
    RETURN_IF_ERROR(population.IsObjectOf({"count", "basis"}));
    ASSIGN_OR_RETURN(place.population, population.At("count").People());
    ASSIGN_OR_RETURN(place.population_basis, population.At("basis").Text());
    if (whole ? place.population != state->population : place.population >= state->population)
      return Wrong(place.id, ": population does not fit the state's, ", state->population);
    if (whole && place.name != state->name) return Wrong(place.id, ": name is not the state's");
    for (const Place& other : reg_.places_)
      if ((!place.fips.empty() && other.fips == place.fips) ||
          (other.name == place.name && other.state == place.state && other.kind == place.kind))
        return Wrong(place.id, " and ", other.id, " are the same place");
    ASSIGN_OR_RETURN(place.position, ReadPosition(node.At("position")));
    ASSIGN_OR_RETURN(place.inside, node.At("inside").Texts());
    reg_.places_.push_back(std::move(place));
    return absl::OkStatus();
  }

  absl::Status CheckInside() const {
    for (const Place& place : reg_.places_)
      for (const std::string& id : place.inside) {
        const Place* county = reg_.Find(id);
        const bool holds = county != nullptr && county->kind == Kind::kCounty &&
                           county->state == place.state && county->population > place.population;
        if (place.kind == Kind::kState || place.kind == Kind::kCounty || !holds)
          return Wrong(place.id, ": inside names ", id,
                       ", which is no county of the register that could hold it");
      }
    return absl::OkStatus();
  }

  Register reg_;
};

absl::StatusOr<Register> Register::Parse(std::string_view json) {
  // Something that stands twice in an object could be read in two ways.
  std::vector<std::set<std::string>> members;
  std::string twice;
  bool deep = false;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
    if (depth > 16) deep = true;
    if (event == Json::parse_event_t::object_start) members.emplace_back();
    if (event == Json::parse_event_t::object_end && !members.empty()) members.pop_back();
    if (event == Json::parse_event_t::key &&
        !members.back().insert(value.get<std::string>()).second)
      twice = value.get<std::string>();
    return !deep;
  };
  const Json tree = Json::parse(json.begin(), json.end(), watch, /*allow_exceptions=*/false);
  if (tree.is_discarded() || deep) return Wrong("is not JSON that a register can be");
  if (!twice.empty()) return Wrong("\"", twice, "\" stands twice in one object");
  return RegisterReader().Read(tree);
}

}  // namespace places
