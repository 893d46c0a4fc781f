// A whole report: the figures as JSON, and the page made from them.
#ifndef EFFACE_LINEUP_REPORT_H_
#define EFFACE_LINEUP_REPORT_H_

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "lineup/sections.h"

namespace lineup {

// All sections ("efface-lineup/1"; docs/lineup.md lists the fields).
nlohmann::ordered_json Figures(const Study& study, const std::vector<LeftOut>& left_out,
                               const std::vector<std::string>& notes, const Progress& progress);

// What a reader who isn't a biometrician needs, a sentence each.
std::vector<std::string> SummaryOf(const nlohmann::ordered_json& figures);

// One HTML file that needs no other: tables, inline SVG, a style sheet for paper too.
std::string Page(const nlohmann::ordered_json& figures);

// Two reports held against each other: FNMR at equal false match rates, and where both are on the
// same persons, the difference with an interval of paired draws. InvalidArgument where one isn't a
// report.
absl::StatusOr<nlohmann::ordered_json> Compare(const nlohmann::ordered_json& a,
                                               const nlohmann::ordered_json& b);
std::string ComparisonPage(const nlohmann::ordered_json& comparison,
                           const nlohmann::ordered_json& a, const nlohmann::ordered_json& b);

}  // namespace lineup

#endif  // EFFACE_LINEUP_REPORT_H_
