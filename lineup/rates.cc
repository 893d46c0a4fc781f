#include "lineup/rates.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace lineup {
namespace {

// Counts of impostor pairs between two groups, or all: E * side(g) * side(h), as resample.h has it.
// `more`: by person, to be added; for all pairs only.
Replicates BothSides(const std::vector<uint64_t>& counts, const std::vector<uint64_t>& more,
                     const Tally& tally, const Resampler& resampler, std::optional<size_t> g,
                     std::optional<size_t> h, double& total) {
  const Population& people = tally.population();
  const size_t groups = tally.groups();
  const auto side = [&](std::optional<size_t> from, std::optional<size_t> to) {
    return [&people, &counts, &more, groups, from, to](size_t person) -> double {
      if (from && people.group_of[person] != *from) return 0;
      if (to) return static_cast<double>(counts[person * groups + *to]);
      uint64_t sum = more.empty() ? 0 : more[person];
      for (size_t other = 0; other < groups; ++other) sum += counts[person * groups + other];
      return static_cast<double>(sum);
    };
  };
  const auto one = side(g, h);
  double sum = 0;
  for (size_t p = 0; p < people.persons.size(); ++p) sum += one(p);
  total = g == h ? sum / 2 : sum;
  Replicates result = resampler.Sums(one);
  const Replicates other = g == h ? result : resampler.Sums(side(h, g));
  for (size_t r = 0; r < result.size(); ++r)
    result[r] = sum > 0 ? total * (result[r] / sum) * (other[r] / sum) : 0;
  return result;
}

Rate MatchRate(const Tally& tally, const ErrorCounts& errors, std::optional<size_t> g,
               std::optional<size_t> h, const Resampler& resampler,
               const std::vector<uint64_t>& failed_of) {
  Rate rate;
  double total = 0, trials = 0;
  rate.replicates = BothSides(errors.of, {}, tally, resampler, g, h, total);
  const Replicates pairs = BothSides(tally.pairs_with, failed_of, tally, resampler, g, h, trials);
  for (size_t r = 0; r < pairs.size(); ++r)
    rate.replicates[r] = pairs[r] > 0 ? rate.replicates[r] / pairs[r] : std::nan("");
  rate.errors = static_cast<uint64_t>(std::llround(total));
  rate.trials = static_cast<uint64_t>(std::llround(trials));
  return rate;
}

}  // namespace

double Rate::value() const {
  return trials > 0 ? static_cast<double>(errors) / static_cast<double>(trials) : std::nan("");
}

std::optional<Interval> Rate::interval(double level) const {
  if (trials == 0) return std::nullopt;
  const double bound = std::min(1.0, 3.0 * repeats / static_cast<double>(trials));
  if (errors == 0) return Interval{0, bound};
  if (errors == trials) return Interval{1 - bound, 1};
  auto interval = MiddleOf(replicates, level);
  if (!interval) return interval;
  const Interval independent =
      Wilson(static_cast<double>(errors) / repeats, static_cast<double>(trials) / repeats, level);
  return Interval{std::min(interval->low, independent.low),
                  std::clamp(interval->high, independent.high, 1.0)};
}

Interval Wilson(double errors, double trials, double level) {
  const double z = NormalQuantile((1 + level) / 2), share = errors / trials, more = z * z / trials;
  const double middle = (share + more / 2) / (1 + more);
  const double half = z * std::sqrt(share * (1 - share) / trials + more / trials / 4) / (1 + more);
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

nlohmann::ordered_json Number(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json ToJson(const Rate& rate) {
  const auto interval = rate.interval();
  nlohmann::ordered_json json = {{"errors", rate.errors},
                                 {"trials", rate.trials},
                                 {"value", Number(rate.value())},
                                 {"low", interval ? Number(interval->low) : nullptr},
                                 {"high", interval ? Number(interval->high) : nullptr},
                                 {"bound_if_none", rate.errors == 0 && rate.trials > 0},
                                 {"enough_errors", rate.enough()}};
  if (rate.repeats > 1) json["repeats"] = rate.repeats;
  return json;
}

Rate FalseMatchRate(const Tally& tally, const ErrorCounts& errors, const Resampler& resampler,
                    const std::vector<uint64_t>& failed_of) {
  return MatchRate(tally, errors, std::nullopt, std::nullopt, resampler, failed_of);
}

Rate FalseMatchRateOf(const Tally& tally, const ErrorCounts& errors, size_t g, size_t h,
                      const Resampler& resampler) {
  return MatchRate(tally, errors, g, h, resampler, {});
}

Rate FalseNonMatchRate(const Tally& tally, float threshold, const Resampler& resampler,
                       std::optional<size_t> group, const std::vector<uint64_t>& failed_of) {
  const Population& people = tally.population();
  std::vector<uint64_t> trials(people.persons.size()), errors(people.persons.size());
  for (const GenuineScore& pair : tally.genuine) {
    const uint32_t person = people.person_of[pair.a];
    if (group && people.group_of[person] != *group) continue;
    ++trials[person];
    if (pair.score < threshold) ++errors[person];
  }
  Rate rate;
  for (size_t p = 0; p < trials.size(); ++p) {
    if (!failed_of.empty() && (!group || people.group_of[p] == *group)) {
      trials[p] += failed_of[p];
      errors[p] += failed_of[p];
    }
    rate.trials += trials[p];
    rate.errors += errors[p];
  }
  rate.replicates = resampler.Sums([&](size_t p) { return static_cast<double>(errors[p]); });
  const Replicates all = resampler.Sums([&](size_t p) { return static_cast<double>(trials[p]); });
  for (size_t r = 0; r < all.size(); ++r)
    rate.replicates[r] = all[r] > 0 ? rate.replicates[r] / all[r] : std::nan("");
  return rate;
}

}  // namespace lineup
