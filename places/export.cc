// efface-places export: the register, and the standing on a day, for other programs.
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "places/commands.h"
#include "places/words.h"

namespace places {
namespace {

using Json = nlohmann::ordered_json;

Json OrNull(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json DateJson(const std::optional<DateFact>& fact) {
  if (!fact) return nullptr;
  Json json = {{"date", fact->date.text}};
  if (fact->event) json["what"] = std::string(NameOf(*fact->event));
  if (!fact->basis.empty()) json["basis"] = fact->basis;
  return json;
}

std::string DateText(const std::optional<DateFact>& fact) { return fact ? fact->date.text : ""; }

std::string Joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) absl::StrAppend(&all, all.empty() ? "" : "; ", text);
  return all;
}

std::vector<std::string> BoundNames(const Place& place) {
  std::vector<std::string> names;
  for (const Bound bound : place.binds) names.emplace_back(NameOf(bound));
  return names;
}

// RFC 4180, with LF.
void AddRow(const std::vector<std::string>& cells, std::string& csv) {
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) csv += ',';
    if (cells[i].find_first_of(",\"\r\n") == std::string::npos) {
      csv += cells[i];
      continue;
    }
    csv += '"';
    for (const char c : cells[i]) {
      if (c == '"') csv += '"';
      csv += c;
    }
    csv += '"';
  }
  csv += '\n';
}

std::string Csv(const std::vector<const Place*>& found, Day on) {
  std::string csv;
  AddRow({"id",
          "name",
          "kind",
          "state",
          "standing",
          "on",
          "scope",
          "binds",
          "covers",
          "exempts",
          "adopted",
          "adopted_by",
          "final_vote",
          "effective",
          "ended",
          "instrument",
          "redaction_exempt",
          "redaction_read",
          "redaction_source",
          "population_2020",
          "fips",
          "inside",
          "latitude",
          "longitude",
          "source",
          "second_source",
          "unconfirmed",
          "note",
          "conflicts"},
         csv);
  for (const Place* place : found)
    AddRow(
        {place->id,
         place->name,
         std::string(NameOf(place->kind)),
         place->state,
         std::string(NameOf(StandingOn(*place, on))),
         DayText(on),
         std::string(NameOf(place->scope)),
         Joined(BoundNames(*place)),
         place->covers,
         Joined(place->exempts),
         DateText(place->adopted),
         place->adopted && place->adopted->event ? std::string(NameOf(*place->adopted->event)) : "",
         DateText(place->final_vote),
         DateText(place->effective),
         DateText(place->ended),
         place->instrument,
         std::string(NameOf(place->redaction.exempt)),
         std::string(NameOf(place->redaction.read)),
         place->redaction.url,
         absl::StrCat(place->population),
         place->fips,
         Joined(place->inside),
         place->position ? absl::StrFormat("%.2f", place->position->latitude) : "",
         place->position ? absl::StrFormat("%.2f", place->position->longitude) : "",
         place->sources.front().url,
         place->sources.size() > 1 ? place->sources[1].url : "",
         Joined(place->unconfirmed),
         place->note,
         Joined(place->conflicts)},
        csv);
  return csv;
}

// RFC 7946. States have no geometry.
Json GeoJson(const Register& reg, const std::vector<const Place*>& found, Day on) {
  Json features = Json::array();
  for (const Place* place : found) {
    Json geometry = nullptr;
    if (place->position)
      geometry = {{"type", "Point"},
                  {"coordinates", {place->position->longitude, place->position->latitude}}};
    features.push_back({{"type", "Feature"},
                        {"id", place->id},
                        {"geometry", geometry},
                        {"properties",
                         {{"name", reg.FullName(*place)},
                          {"kind", std::string(NameOf(place->kind))},
                          {"state", place->state},
                          {"scope", std::string(NameOf(place->scope))},
                          {"standing", std::string(NameOf(StandingOn(*place, on)))},
                          {"on", DayText(on)},
                          {"adopted", OrNull(DateText(place->adopted))},
                          {"effective", OrNull(DateText(place->effective))},
                          {"ended", OrNull(DateText(place->ended))},
                          {"covers", place->covers},
                          {"population_2020", place->population},
                          {"unconfirmed", place->unconfirmed},
                          {"source", place->sources.front().url},
                          {"position", place->position ? Json("approximate") : Json(nullptr)}}}});
  }
  return {{"type", "FeatureCollection"}, {"features", features}};
}

}  // namespace

Json PlaceJson(const Place& place, Day on) {
  Json position = nullptr;
  if (place.position) position = {place.position->latitude, place.position->longitude};
  Json sources = Json::array();
  for (const Source& source : place.sources)
    sources.push_back({{"title", OrNull(source.title)}, {"url", source.url}});
  return {{"id", place.id},
          {"name", place.name},
          {"kind", std::string(NameOf(place.kind))},
          {"state", place.state},
          {"standing", std::string(NameOf(StandingOn(place, on)))},
          {"fips", OrNull(place.fips)},
          {"inside", place.inside},
          {"position", position},
          {"population", {{"count", place.population}, {"basis", place.population_basis}}},
          {"scope", std::string(NameOf(place.scope))},
          {"binds", BoundNames(place)},
          {"covers", place.covers},
          {"exempts", place.exempts},
          {"adopted", DateJson(place.adopted)},
          {"final_vote", DateJson(place.final_vote)},
          {"effective", DateJson(place.effective)},
          {"ended", DateJson(place.ended)},
          {"instrument", OrNull(place.instrument)},
          {"redaction",
           {{"exempt", std::string(NameOf(place.redaction.exempt))},
            {"read", std::string(NameOf(place.redaction.read))},
            {"basis", place.redaction.basis},
            {"source", OrNull(place.redaction.url)}}},
          {"sources", sources},
          {"unconfirmed", place.unconfirmed},
          {"note", OrNull(place.note)},
          {"conflicts", place.conflicts}};
}

Output Export(const Register& reg, const Filter& filter, ExportFormat format) {
  const std::vector<const Place*> found = Filtered(reg, filter);
  if (format == ExportFormat::kCsv) return {Csv(found, filter.on), "", kDone};
  if (format == ExportFormat::kGeoJson)
    return {GeoJson(reg, found, filter.on).dump(2) + "\n", "", kDone};
  Json places = Json::array();
  for (const Place* place : found) places.push_back(PlaceJson(*place, filter.on));
  const Json json = {{"format", "efface-places-export/1"},
                     {"on", DayText(filter.on)},
                     {"as_of", DayText(reg.as_of())},
                     {"census", {{"title", reg.census().title}, {"url", reg.census().url}}},
                     {"places", places}};
  return {json.dump(2) + "\n", "", kDone};
}

}  // namespace places
