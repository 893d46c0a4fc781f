// The 1:1 section.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "lineup/odds.h"
#include "lineup/rates.h"
#include "lineup/sections.h"

namespace lineup {
namespace {

using Json = nlohmann::ordered_json;

// Threshold, FMR and FNMR along the curve: about 20 points a decade of FMR, exact where the tail
// reaches, at the edges of the histogram's bins elsewhere.
Json Curve(const Study& study) {
  const Tally& tally = *study.tally;
  const auto impostors = static_cast<double>(tally.impostor_pairs);
  const auto genuine = static_cast<double>(tally.genuine.size());
  std::vector<float> thresholds;
  for (double rate = 1; rate * impostors >= 1; rate *= std::pow(10, -0.05)) {
    const float threshold = tally.ThresholdFor(static_cast<uint64_t>(rate * impostors));
    if (!std::isnan(threshold)) {
      thresholds.push_back(threshold);
      continue;
    }
    uint64_t count = 0;
    int bin = Plan::kBins;
    while (bin > 0 && static_cast<double>(count + tally.histogram[static_cast<size_t>(bin - 1)]) <=
                          rate * impostors)
      count += tally.histogram[static_cast<size_t>(--bin)];
    thresholds.push_back(tally.BinEdge(bin));
  }
  if (tally.impostor_pairs > 0) thresholds.push_back(tally.ThresholdFor(0));
  std::sort(thresholds.begin(), thresholds.end());
  thresholds.erase(std::unique(thresholds.begin(), thresholds.end()), thresholds.end());
  Json curve = Json::array();
  for (const float threshold : thresholds) {
    if (std::isnan(threshold)) continue;
    bool exact = false;
    const auto matches = static_cast<double>(tally.CountAbove(threshold, exact));
    const double fnmr =
        genuine > 0 ? static_cast<double>(tally.GenuineBelow(threshold)) / genuine : std::nan("");
    curve.push_back({study.Shown(threshold), matches / impostors, Number(fnmr)});
  }
  return curve;
}

// Where FMR and FNMR cross: the first genuine score at which FNMR reaches FMR.
Json EqualErrorRate(const Study& study) {
  const Tally& tally = *study.tally;
  if (tally.genuine.empty() || tally.impostor_pairs == 0) return nullptr;
  const auto impostors = static_cast<double>(tally.impostor_pairs);
  const auto count = static_cast<double>(tally.genuine.size());
  const auto rates = [&](float threshold) {
    bool exact = false;
    return std::pair{static_cast<double>(tally.CountAbove(threshold, exact)) / impostors,
                     static_cast<double>(tally.GenuineBelow(threshold)) / count};
  };
  const auto at =
      std::partition_point(tally.genuine.begin(), tally.genuine.end(), [&](const GenuineScore& g) {
        const auto [fmr, fnmr] = rates(g.score);
        return fnmr < fmr;
      });
  const float threshold =
      at == tally.genuine.end() ? std::nextafter(tally.genuine.back().score, INFINITY) : at->score;
  const auto [fmr, fnmr] = rates(threshold);
  return {{"value", (fmr + fnmr) / 2}, {"threshold", study.Shown(threshold)}};
}

Json Histograms(const Study& study) {
  constexpr int kBars = 128, kEach = Plan::kBins / kBars;
  const Tally& tally = *study.tally;
  std::vector<uint64_t> impostor(kBars), genuine(kBars);
  for (int bin = 0; bin < Plan::kBins; ++bin)
    impostor[static_cast<size_t>(bin / kEach)] += tally.histogram[static_cast<size_t>(bin)];
  const Plan& plan = tally.plan();
  for (const GenuineScore& pair : tally.genuine) {
    const float place = (pair.score - plan.low) / (plan.high - plan.low) * kBars;
    ++genuine[static_cast<size_t>(std::clamp(place, 0.f, static_cast<float>(kBars - 1)))];
  }
  double low = study.Shown(plan.low), high = study.Shown(plan.high);
  if (study.direction == Direction::kDistance) {
    std::swap(low, high);
    std::reverse(impostor.begin(), impostor.end());
    std::reverse(genuine.begin(), genuine.end());
  }
  return {{"low", low}, {"high", high}, {"impostor", impostor}, {"genuine", genuine}};
}

Json LikelyDuplicates(const Study& study) {
  const Tally& tally = *study.tally;
  const Population& people = study.people();
  Json pairs = Json::array();
  for (size_t i = 0; i < std::min<size_t>(tally.tail.size(), 20); ++i) {
    const TailPair& pair = tally.tail[i];
    pairs.push_back({{"a", people.pictures[pair.a]},
                     {"person_a", people.persons[people.person_of[pair.a]]},
                     {"b", people.pictures[pair.b]},
                     {"person_b", people.persons[people.person_of[pair.b]]},
                     {"score", study.Shown(pair.score)}});
  }
  return pairs;
}

// Numbers in one text, which stays one line of JSON; "-" for none.
std::string Draws(const Replicates& replicates) {
  std::string text;
  for (const double value : replicates) {
    char number[32];
    std::snprintf(number, sizeof(number), std::isnan(value) ? "- " : "%.4g ", value);
    text += number;
  }
  return text;
}

std::string Sentence(const OperatingPoint& point, const Rate& fmr, const Rate& fnmr) {
  std::string text;
  if (fmr.errors == 0) {
    text = absl::StrCat("No two different people were taken for one person in ",
                        Count(static_cast<double>(fmr.trials)),
                        " comparisons; were these independent, the rate would likely be below ",
                        InWords(3 / static_cast<double>(fmr.trials), "comparisons"), ".");
  } else {
    text = absl::StrCat("Two different people are taken for one person in ",
                        InWords(fmr.value(), "comparisons"));
    if (!fmr.enough() && point.target == 0)
      absl::StrAppend(&text, " (from only ", fmr.errors, " errors)");
    text += ".";
  }
  if (fnmr.trials == 0) return text;
  if (fnmr.errors == 0)
    return absl::StrCat(text, " No two pictures of one person were taken for two people in ",
                        Count(static_cast<double>(fnmr.trials)), " comparisons.");
  return absl::StrCat(text, " Two pictures of one person are taken for two people in ",
                      InWords(fnmr.value(), "comparisons"), ".");
}

// Share of what `failed` counts of what `all` counts, both by person, in one group or in all.
Rate ShareOf(const Study& study, const Resampler& resampler, std::optional<size_t> group,
             const std::function<uint32_t(size_t)>& failed,
             const std::function<uint32_t(size_t)>& all) {
  const Population& people = study.people();
  const auto in = [&](size_t p) { return !group || people.group_of[p] == *group; };
  Rate rate;
  for (size_t p = 0; p < people.persons.size(); ++p) {
    if (!in(p)) continue;
    rate.errors += failed(p);
    rate.trials += all(p);
  }
  rate.replicates = resampler.Sums([&](size_t p) { return in(p) ? failed(p) : 0; });
  const Replicates trials = resampler.Sums([&](size_t p) { return in(p) ? all(p) : 0; });
  for (size_t r = 0; r < trials.size(); ++r)
    rate.replicates[r] = trials[r] > 0 ? rate.replicates[r] / trials[r] : std::nan("");
  return rate;
}

// Failure to acquire: pictures without a template. Failure to enrol: persons none of whose pictures
// gave one.
Json FailureFigures(const Study& study, const Resampler& resampler) {
  const Population& people = study.people();
  Json failures;
  if (study.embeddings == nullptr) {
    failures["why_not_by_picture"] =
        "A score file says which comparisons failed, and not which picture gave no template, so "
        "failures to enrol and to acquire can't be "
        "told apart; both stand in the rates with failures.";
    // At a threshold that everything reaches only failures are errors.
    const Rate genuine = FalseNonMatchRate(*study.tally, -INFINITY, resampler, std::nullopt,
                                           study.failed_genuine_of);
    failures["genuine_comparisons_that_failed"] = ToJson(genuine);
    return failures;
  }
  const auto acquire = [&](std::optional<size_t> group) {
    return ShareOf(
        study, resampler, group, [&](size_t p) { return people.failed[p]; },
        [&](size_t p) { return people.failed[p] + people.compared[p]; });
  };
  const auto enrol = [&](std::optional<size_t> group) {
    return ShareOf(
        study, resampler, group,
        [&](size_t p) { return people.compared[p] == 0 && people.failed[p] > 0; },
        [&](size_t p) { return people.compared[p] + people.failed[p] > 0; });
  };
  const Rate pictures = acquire(std::nullopt), persons = enrol(std::nullopt);
  failures["to_acquire"] = ToJson(pictures);
  failures["to_enrol"] = ToJson(persons);
  failures["in_words"] =
      pictures.errors == 0
          ? std::string("The recogniser made a template of every picture.")
          : absl::StrCat(
                "The recogniser made no template of ", InWords(pictures.value(), "pictures"),
                persons.errors == 0 ? ", but at least one of each person."
                                    : absl::StrCat(", and none at all of ",
                                                   InWords(persons.value(), "persons"), "."));
  failures["by_group"] = Json::array();
  for (size_t g = 0; g < people.groups.size(); ++g)
    failures["by_group"].push_back({{"name", people.groups[g]},
                                    {"to_acquire", ToJson(acquire(g))},
                                    {"to_enrol", ToJson(enrol(g))}});
  return failures;
}

}  // namespace

Json PopulationFigures(const Study& study) {
  const Population& people = study.people();
  Json groups = Json::array();
  uint64_t compared = 0, failed = 0, persons = 0;
  for (size_t g = 0; g < people.groups.size(); ++g) {
    uint64_t in_group = 0, pictures = 0, without = 0, several = 0;
    for (size_t p = 0; p < people.persons.size(); ++p) {
      if (people.group_of[p] != g) continue;
      in_group += people.compared[p] > 0;
      several += people.compared[p] > 1;
      pictures += people.compared[p];
      without += people.failed[p];
    }
    compared += pictures;
    failed += without;
    persons += in_group;
    groups.push_back({{"name", people.groups[g]},
                      {"persons", in_group},
                      {"persons_with_several_pictures", several},
                      {"pictures", pictures},
                      {"failed", without}});
  }
  return {{"persons", persons},
          {"pictures", compared},
          {"failed", failed},
          {"grouped", people.grouped},
          {"groups", groups}};
}

Json VerificationFigures(const Study& study, const std::vector<OperatingPoint>& points,
                         const Resampler& resampler) {
  const Tally& tally = *study.tally;
  Json rows = Json::array();
  for (const OperatingPoint& point : points) {
    Json row = {{"target", point.target > 0 ? Json(point.target) : Json(nullptr)},
                {"reachable", point.reachable}};
    if (!point.reachable) {
      row["why"] = absl::StrCat("An estimate wants 30 errors, so ", Count(30 / point.target),
                                " comparisons of two people; there are ",
                                Count(static_cast<double>(tally.impostor_pairs)), ".");
      rows.push_back(row);
      continue;
    }
    row["threshold"] = study.Shown(point.errors.threshold);
    const Rate fnmr = FalseNonMatchRate(tally, point.errors.threshold, resampler);
    if (point.errors.of.empty()) {  // cannot happen for thresholds that the plan knew
      rows.push_back(row);
      continue;
    }
    const Rate fmr = FalseMatchRate(tally, point.errors, resampler);
    row["fmr"] = ToJson(fmr);
    row["fnmr"] = ToJson(fnmr);
    row["fmr_with_failures"] =
        ToJson(FalseMatchRate(tally, point.errors, resampler, study.failed_impostor_of));
    row["fnmr_with_failures"] = ToJson(FalseNonMatchRate(tally, point.errors.threshold, resampler,
                                                         std::nullopt, study.failed_genuine_of));
    row["in_words"] = Sentence(point, fmr, fnmr);
    // For --compare: the draws of the bootstrap, which two reports on the same persons share.
    row["draws"] = {{"fmr", Draws(fmr.replicates)}, {"fnmr", Draws(fnmr.replicates)}};
    rows.push_back(row);
  }
  return {
      {"impostor_comparisons", tally.impostor_pairs},
      {"genuine_comparisons", tally.genuine.size()},
      {"failed_impostor_comparisons", study.failed_impostor},
      {"failed_genuine_comparisons", study.failed_genuine},
      {"failures", FailureFigures(study, resampler)},
      {"threshold_population", absl::StrCat("Thresholds of target rates are set on the ",
                                            Count(static_cast<double>(tally.impostor_pairs)),
                                            " impostor comparisons of this same data: in other "
                                            "pictures, and other people, they give other rates.")},
      {"operating_points", rows},
      {"equal_error_rate", EqualErrorRate(study)},
      {"curve", Curve(study)},
      {"histograms", Histograms(study)},
      {"most_similar_impostors", LikelyDuplicates(study)}};
}

}  // namespace lineup
