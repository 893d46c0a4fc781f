// The section on groups.
#include <algorithm>
#include <cmath>
#include <functional>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "lineup/differentials.h"
#include "lineup/odds.h"
#include "lineup/rates.h"
#include "lineup/sections.h"

namespace lineup {
namespace {

using Json = nlohmann::ordered_json;

// Variance of the logarithm of a rate were its errors independent. The draws' is never taken to be
// less: they know only the errors that were seen.
double Chance(const Rate& rate) { return 1 / static_cast<double>(rate.errors); }

// An interval that holds for all `tests` at once with 95 % (Bonferroni), on the log scale; with no
// error the bound that a Poisson count of 0 allows at that level.
Json Simultaneous(const Rate& rate, size_t tests) {
  const double tail = 0.05 / static_cast<double>(tests);
  if (rate.trials == 0) return {nullptr, nullptr};
  if (rate.errors == 0)
    return {0.0, std::min(1.0, -std::log(tail) / static_cast<double>(rate.trials))};
  const double spread =
      std::sqrt(std::max(std::pow(Spread(Logs(rate.replicates)), 2), Chance(rate)));
  if (std::isnan(spread)) return {nullptr, nullptr};
  const double factor = std::exp(NormalQuantile(1 - tail / 2) * spread);
  return {rate.value() / factor, std::min(1.0, rate.value() * factor)};
}

Json Optional(const std::optional<double>& value) { return value ? Number(*value) : Json(nullptr); }

// A summary of the groups' rates, its interval, and what chance alone would give were the groups
// equal: these numbers grow with noise, so equal groups never look quite equal.
Json Summary(const std::vector<Rate>& fmr, const std::vector<Rate>& fnmr,
             const std::function<std::optional<double>(const Rates&, const Rates&)>& formula,
             const char* words, bool low_is_unequal = false) {
  const auto values = [](const std::vector<Rate>& rates) {
    Rates result;
    for (const Rate& rate : rates) result.push_back(rate.value());
    return result;
  };
  const Rates a = values(fmr), b = values(fnmr);
  const auto value = formula(a, b);
  Json json = {{"value", Optional(value)}};
  if (!value) return json;
  const auto pooled = [](const Rates& rates) {
    double sum = 0;
    for (const double x : rates) sum += x;
    return sum / static_cast<double>(rates.size());
  };
  Replicates drawn, chance;
  for (size_t r = 0; r < fmr[0].replicates.size(); ++r) {
    Rates fmr_r, fnmr_r, fmr_equal, fnmr_equal;
    for (size_t g = 0; g < fmr.size(); ++g) {
      fmr_r.push_back(fmr[g].replicates[r]);
      fnmr_r.push_back(fnmr[g].replicates[r]);
      // Of a group without errors it isn't known how they would vary.
      fmr_equal.push_back(a[g] > 0 ? pooled(a) * fmr_r[g] / a[g] : std::nan(""));
      fnmr_equal.push_back(b[g] > 0 ? pooled(b) * fnmr_r[g] / b[g] : std::nan(""));
    }
    drawn.push_back(formula(fmr_r, fnmr_r).value_or(std::nan("")));
    chance.push_back(formula(fmr_equal, fnmr_equal).value_or(std::nan("")));
  }
  const auto interval = MiddleOf(drawn);
  const auto null = MiddleOf(chance, 0.9);  // one side: 95 %
  json["low"] = interval ? Number(interval->low) : nullptr;
  json["high"] = interval ? Number(interval->high) : nullptr;
  json["by_chance"] = null ? Number(low_is_unequal ? null->low : null->high) : nullptr;
  std::string text =
      absl::StrReplaceAll(words, {{"$1", Count(low_is_unequal ? 1 - *value : *value)}});
  if (null)
    text += (low_is_unequal ? *value < null->low : *value > null->high)
                ? " That is more than chance alone would show were the groups equal."
                : " Chance alone could show as much were the groups equal.";
  json["in_words"] = text;
  return json;
}

// Each group's rate against the geometric mean of all groups' rates: ratio, interval, test, and
// what could have been found.
void AddRatios(Json& groups, const char* kind, const std::vector<Rate>& rates,
               std::vector<std::pair<size_t, double>>& tests, size_t test_count) {
  if (!std::all_of(rates.begin(), rates.end(), [](const Rate& rate) { return rate.errors > 0; }))
    return;
  std::vector<Replicates> logs;
  double mean = 0;
  for (const Rate& rate : rates) {
    logs.push_back(Logs(rate.replicates));
    mean += std::log(rate.value()) / static_cast<double>(rates.size());
  }
  const double z = NormalQuantile(1 - 0.025 / static_cast<double>(test_count));
  for (size_t g = 0; g < rates.size(); ++g) {
    Replicates difference(logs[g].size());
    for (size_t r = 0; r < difference.size(); ++r) {
      double all = 0;
      for (const Replicates& log : logs) all += log[r] / static_cast<double>(logs.size());
      difference[r] = logs[g][r] - all;
    }
    double chance = 0;  // were errors independent: the group's share in its difference is 1 - 1/n,
                        // each other's 1/n
    for (size_t h = 0; h < rates.size(); ++h) {
      const double share = (h == g ? 1.0 : 0.0) - 1 / static_cast<double>(rates.size());
      chance += share * share * Chance(rates[h]);
    }
    const double spread = std::sqrt(std::max(std::pow(Spread(difference), 2), chance));
    const double log_ratio = std::log(rates[g].value()) - mean;
    Json entry = {{"to_geometric_mean", Number(std::exp(log_ratio))}};
    if (spread > 0) {
      entry["low"] = Number(std::exp(log_ratio - z * spread));
      entry["high"] = Number(std::exp(log_ratio + z * spread));
      entry["smallest_detectable_ratio"] = Number(std::exp((z + NormalQuantile(0.8)) * spread));
      entry["power_to_find_double"] = Number(NormalCdf(std::log(2) / spread - z));
      const double p = 2 * NormalCdf(-std::abs(log_ratio) / spread);
      entry["p"] = p;
      tests.emplace_back(g, p);
    }
    groups[g][kind] = entry;
  }
}

std::string InWordsOf(const std::string& group, const Rate& fmr, const Rate& fnmr) {
  const auto part = [](const Rate& rate, const char* what) {
    return rate.trials == 0 ? absl::StrCat("in no comparison, since there is none, are ", what)
           : rate.errors == 0
               ? absl::StrCat("in none of ", Count(static_cast<double>(rate.trials)),
                              " comparisons are ", what)
               : absl::StrCat("in ", InWords(rate.value(), "comparisons"), " are ", what);
  };
  return absl::StrCat("Of the group ", group, ", ", part(fmr, "two people taken for one"), "; ",
                      part(fnmr, "two pictures of one person taken for two people"), ".");
}

// Groups without an error have no ratio. Whether they differ from another beyond chance is told by
// simultaneous intervals that don't meet.
void FindGroupsWithoutErrors(const Json& groups, const char* kind, const std::string& what,
                             Json& found) {
  const std::string simultaneous = absl::StrCat(kind, "_simultaneous");
  for (const Json& none : groups) {
    if (none[kind]["errors"] != 0 || none[simultaneous][1].is_null()) continue;
    const double most = none[simultaneous][1].get<double>();
    for (const Json& other : groups)
      if (other[kind]["errors"] > 0 && !other[simultaneous][0].is_null() &&
          other[simultaneous][0].get<double>() > most)
        found.push_back(absl::StrCat("In the group ", none["name"].get<std::string>(), " no ", what,
                                     " was seen (rate at most ", Count(most),
                                     "), beyond chance fewer than in the group ",
                                     other["name"].get<std::string>(), " (at least ",
                                     Count(other[simultaneous][0].get<double>()), ")."));
  }
}

}  // namespace

Json DifferentialFigures(const Study& study, const OperatingPoint* common,
                         const Resampler& resampler) {
  const Population& people = study.people();
  const size_t count = people.groups.size();
  if (!people.grouped) return {{"measured", false}, {"why", "The input names no groups."}};
  if (count < 2)
    return {{"measured", false},
            {"why", absl::StrCat("There is one group only (", people.groups[0],
                                 "), so there is nothing to compare it with.")}};
  if (common == nullptr || common->errors.of.empty())
    return {{"measured", false},
            {"why",
             "There are too few comparisons for a common threshold at any of the false match "
             "rates; give --threshold."}};

  const Tally& tally = *study.tally;
  const float threshold = common->errors.threshold;
  std::vector<Rate> fmr, fnmr;
  Json groups = Json::array();
  const Json population = PopulationFigures(study)["groups"];
  const size_t cells = count * (count + 1) / 2;
  for (size_t g = 0; g < count; ++g) {
    fmr.push_back(FalseMatchRateOf(tally, common->errors, g, g, resampler));
    fnmr.push_back(FalseNonMatchRate(tally, threshold, resampler, g));
    Json group = population[g];
    group["fmr"] = ToJson(fmr[g]);
    group["fmr_simultaneous"] = Simultaneous(fmr[g], count);
    group["fnmr"] = ToJson(fnmr[g]);
    group["fnmr_simultaneous"] = Simultaneous(fnmr[g], count);
    group["fnmr_with_failures"] =
        ToJson(FalseNonMatchRate(tally, threshold, resampler, g, study.failed_genuine_of));
    group["in_words"] = InWordsOf(people.groups[g], fmr[g], fnmr[g]);
    groups.push_back(group);
  }
  Json pairs = Json::array();
  for (size_t g = 0; g < count; ++g) {
    for (size_t h = g; h < count; ++h) {
      const Rate rate = g == h ? fmr[g] : FalseMatchRateOf(tally, common->errors, g, h, resampler);
      pairs.push_back({{"a", people.groups[g]},
                       {"b", people.groups[h]},
                       {"fmr", ToJson(rate)},
                       {"simultaneous", Simultaneous(rate, cells)}});
    }
  }

  const bool genuine =
      std::all_of(fnmr.begin(), fnmr.end(), [](const Rate& rate) { return rate.trials > 0; });
  std::vector<std::pair<size_t, double>> fmr_tests, fnmr_tests;
  const size_t test_count = genuine ? 2 * count : count;
  AddRatios(groups, "fmr_ratio", fmr, fmr_tests, test_count);
  if (genuine) AddRatios(groups, "fnmr_ratio", fnmr, fnmr_tests, test_count);
  std::vector<double> p;
  for (const auto& [g, value] : fmr_tests) p.push_back(value);
  for (const auto& [g, value] : fnmr_tests) p.push_back(value);
  const std::vector<double> corrected = Holm(p);
  Json found = Json::array();
  for (size_t i = 0; i < p.size(); ++i) {
    const bool first = i < fmr_tests.size();
    const size_t g = first ? fmr_tests[i].first : fnmr_tests[i - fmr_tests.size()].first;
    Json& entry = groups[g][first ? "fmr_ratio" : "fnmr_ratio"];
    entry["p_holm"] = corrected[i];
    if (corrected[i] < 0.05)
      found.push_back(absl::StrCat("People of the group ", people.groups[g],
                                   first ? " are mistaken for each other " : " are missed ",
                                   Count(entry["to_geometric_mean"].get<double>()),
                                   " times as often as the groups' geometric mean."));
  }

  FindGroupsWithoutErrors(groups, "fmr", "false match", found);
  if (genuine) FindGroupsWithoutErrors(groups, "fnmr", "false non-match", found);

  const double alpha = study.settings.alpha;
  const auto of_fmr = [](std::optional<double> (*formula)(const Rates&)) {
    return [formula](const Rates& a, const Rates&) { return formula(a); };
  };
  const auto of_fnmr = [](std::optional<double> (*formula)(const Rates&)) {
    return [formula](const Rates&, const Rates& b) { return formula(b); };
  };
  const auto both = [alpha](std::optional<double> (*formula)(const Rates&, const Rates&, double)) {
    return [formula, alpha](const Rates& a, const Rates& b) { return formula(a, b, alpha); };
  };
  const bool no_fmr_error =
      std::any_of(fmr.begin(), fmr.end(), [](const Rate& rate) { return rate.errors == 0; });
  const bool no_fnmr_error =
      std::any_of(fnmr.begin(), fnmr.end(), [](const Rate& rate) { return rate.errors == 0; });
  Json summary = {
      {"alpha", alpha},
      {"fmr_max_over_geometric_mean",
       Summary(
           fmr, fnmr, of_fmr(MaxOverGeometricMean),
           "The most mistaken group is mistaken $1 times as often as the groups' geometric mean.")},
      {"fmr_max_over_min",
       Summary(fmr, fnmr, of_fmr(MaxOverMin),
               "The most mistaken group is mistaken $1 times as often as the least mistaken.")},
      {"fmr_gini", Summary(fmr, fnmr, of_fmr(Gini),
                           "False matches fall on groups unequally by $1, where 0 is equally and 1 "
                           "all on one group.")},
      {"fnmr_max_over_geometric_mean",
       Summary(fmr, fnmr, of_fnmr(MaxOverGeometricMean),
               "The most missed group is missed $1 times as often as the groups' geometric mean.")},
      {"fnmr_max_over_min",
       Summary(fmr, fnmr, of_fnmr(MaxOverMin),
               "The most missed group is missed $1 times as often as the least missed.")},
      {"fnmr_gini",
       Summary(
           fmr, fnmr, of_fnmr(Gini),
           "Misses fall on groups unequally by $1, where 0 is equally and 1 all on one group.")},
      {"garbe", Summary(fmr, fnmr, both(Garbe),
                        "Both kinds of errors together fall on groups unequally by $1, where 0 is "
                        "equally and 1 all on one group.")},
      {"fairness_discrepancy_rate",
       Summary(fmr, fnmr, both(FairnessDiscrepancyRate),
               "Between the best and the worst group the rates of both kinds of errors differ by "
               "$1 in the weighted mean.",
               true)},
      {"inequity_rate", Summary(fmr, fnmr, both(InequityRate),
                                "The ratios of the worst to the best group, multiplied over both "
                                "kinds of errors, make $1.")}};
  Json undefined = Json::array();
  if (no_fmr_error)
    undefined.push_back(
        "A group has no false match at this threshold, so ratios of false match rates, and the "
        "inequity rate, are undefined.");
  if (!genuine)
    undefined.push_back(
        "A group has no person with two pictures, so its FNMR, and what is made of it, can't be "
        "measured.");
  else if (no_fnmr_error)
    undefined.push_back(
        "A group has no false non-match at this threshold, so ratios of FNMR, and the inequity "
        "rate, are undefined.");
  return {{"measured", true},
          {"threshold", study.Shown(threshold)},
          {"target", common->target > 0 ? Json(common->target) : Json(nullptr)},
          {"groups", groups},
          {"pairs", pairs},
          {"summary", summary},
          {"undefined", undefined},
          {"found", found},
          {"tests", p.size()},
          {"correction",
           absl::StrCat("Intervals named simultaneous hold together with 95 % (Bonferroni over ",
                        count, " groups, or ", cells,
                        " cells); p values are two-sided, on the log of the ratio to the geometric "
                        "mean, corrected by Holm over ",
                        p.size(), " tests.")}};
}

}  // namespace lineup
