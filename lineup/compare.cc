// Two reports held against each other.
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "lineup/odds.h"
#include "lineup/rates.h"
#include "lineup/report.h"

namespace lineup {
namespace {

using Json = nlohmann::ordered_json;

Replicates Draws(const Json& point, const char* kind) {
  Replicates draws;
  const std::string text = point.at("draws").at(kind).get<std::string>();
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    double value = 0;
    const auto [stopped, error] = std::from_chars(text.data() + at, text.data() + end, value);
    draws.push_back(error == std::errc() && stopped == text.data() + end ? value : std::nan(""));
    at = end + 1;
  }
  return draws;
}

absl::StatusOr<Json> CompareChecked(const Json& a, const Json& b) {
  for (const Json* report : {&a, &b})
    if (report->value("format", "") != "efface-lineup/1")
      return absl::InvalidArgumentError("not a report of efface-lineup report --json");
  const bool paired = a.at("persons_hash") == b.at("persons_hash") &&
                      a.at("settings").at("seed") == b.at("settings").at("seed");
  Json rows = Json::array();
  for (const Json& at : a.at("verification").at("operating_points")) {
    if (!at.at("reachable").get<bool>() || at.at("target").is_null() || !at.contains("fmr"))
      continue;
    for (const Json& other : b.at("verification").at("operating_points")) {
      if (other.at("target") != at.at("target") || !other.at("reachable").get<bool>() ||
          !other.contains("fmr"))
        continue;
      Json row = {{"target", at["target"]},
                  {"fmr_a", at["fmr"]},
                  {"fmr_b", other["fmr"]},
                  {"fnmr_a", at["fnmr"]},
                  {"fnmr_b", other["fnmr"]},
                  {"fnmr_with_failures_a", at["fnmr_with_failures"]},
                  {"fnmr_with_failures_b", other["fnmr_with_failures"]}};
      if (!at["fnmr"]["value"].is_null() && !other["fnmr"]["value"].is_null()) {
        const double difference =
            other["fnmr"]["value"].get<double>() - at["fnmr"]["value"].get<double>();
        row["fnmr_b_minus_a"] = difference;
        const Replicates x = Draws(at, "fnmr"), y = Draws(other, "fnmr");
        Replicates drawn;
        for (size_t r = 0; r < std::min(x.size(), y.size()); ++r) drawn.push_back(y[r] - x[r]);
        if (const auto interval = MiddleOf(drawn)) {
          row["low"] = interval->low;
          row["high"] = interval->high;
          row["in_words"] = absl::StrCat(
              "Where two people are taken for one person in ",
              InWords(at["target"].get<double>(), "comparisons"), ", ",
              interval->low > 0
                  ? "the second misses people more often than the first, beyond chance."
              : interval->high < 0
                  ? "the second misses people less often than the first, beyond chance."
                  : "the data don't tell which of the two misses people less often; that doesn't "
                    "mean "
                    "that they are equal.");
        }
      }
      rows.push_back(row);
    }
  }
  return Json{{"format", "efface-lineup-comparison/1"},
              {"a", a.at("name")},
              {"b", b.at("name")},
              {"same_persons", paired},
              {"how", paired ? "Both reports are on the same persons and share the draws of the "
                               "bootstrap, so intervals are of paired differences."
                             : "The reports are on different persons, or have different seeds, so "
                               "intervals are of independent differences; the "
                               "people, and not only the recognisers, differ."},
              {"rows", rows}};
}

}  // namespace

absl::StatusOr<Json> Compare(const Json& a, const Json& b) {
  try {  // the library throws where a report lacks a field
    return CompareChecked(a, b);
  } catch (const Json::exception&) {
    return absl::InvalidArgumentError(
        "a report that lacks fields; make it anew with efface-lineup report --json");
  }
}

}  // namespace lineup
