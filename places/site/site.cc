#include "places/site/site.h"

#include "absl/strings/str_cat.h"
#include "places/commands.h"
#include "places/site/assets.h"
#include "places/site/pages.h"

namespace places {

std::vector<SiteFile> MakeSite(const Register& reg, Day as_of) {
  const site::Edition edition(reg, as_of);
  std::vector<SiteFile> files = {{"index.html", IndexPage(edition)},
                                 {"how.html", HowPage(edition)},
                                 {"site.css", std::string(site::StyleSheet())},
                                 {"site.js", std::string(site::Script())}};
  for (const site::StateEdition& state : edition.states) {
    files.push_back({absl::StrCat("places/", state.page), StatePage(edition, state)});
    for (const Place* place : state.places)
      files.push_back({absl::StrCat("places/", place->id, ".html"), PlacePage(edition, *place)});
  }
  Filter filter;
  filter.on = as_of;
  for (const auto& [path, format] : {std::pair("data/places.json", ExportFormat::kJson),
                                     std::pair("data/places.csv", ExportFormat::kCsv),
                                     std::pair("data/places.geojson", ExportFormat::kGeoJson)})
    files.push_back({path, Export(reg, filter, format).text});
  return files;
}

}  // namespace places
