// The site's charts, as inline SVG and HTML that scale, can be read aloud, and follow the colours
// of site.css. No script is needed for any.
#ifndef PLACES_SITE_CHARTS_H_
#define PLACES_SITE_CHARTS_H_

#include <string>

#include "places/site/edition.h"

namespace places::site {

// The filled part of a bar that stands for `all`.
std::string Fill(int64_t part, int64_t all);

// How far `people` are from `all`: one bar, with an end mark that says "everyone".
std::string DistanceBar(int64_t people, int64_t all, const std::string& everyone);

// A row for each state with a local ban in force, the largest share first.
std::string StateBars(const Edition& edition);

// The residents of the places with a ban as parts of the state's, in one bar with a key.
std::string PartsBar(const StateEdition& state);

// A tile for each state, with the number of bans; links to states' pages; a legend, and the same in
// words.
std::string TileMap(const Edition& edition);

// Residents counted over time, as steps; twice, for wide and narrow windows, and as a table.
std::string GrowthChart(const Edition& edition);

// A bar for each of `places` from its start to its end or the day of the edition, on one axis of
// years. `root`: from the page to places/; where it is empty, on pages of one state, kinds stand
// beside names, and not states.
std::string Spans(const Edition& edition, const std::vector<const Place*>& places,
                  const std::string& root);

}  // namespace places::site

#endif  // PLACES_SITE_CHARTS_H_
