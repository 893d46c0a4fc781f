// Error rates of one decision threshold, each with what is known of its uncertainty.
#ifndef EFFACE_LINEUP_RATES_H_
#define EFFACE_LINEUP_RATES_H_

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "lineup/resample.h"
#include "lineup/tally.h"

namespace lineup {

// A share errors / trials. Its interval is that of the replicates, and never narrower than Wilson's
// (1927), that of as many independent trials: with few errors, draws see only what was seen. With
// no error the upper bound is 3 / trials (Jovanovic and Levy 1997), at 95 %, as if trials were
// independent; `enough` says whether there are the 30 errors that an estimate wants (the rule of
// 30, ISO/IEC 19795-1 after Doddington 2000).
struct Rate {
  uint64_t errors = 0, trials = 0;
  Replicates replicates;
  int repeats = 1;  // each trial was made so often, in other galleries; both rules count it once

  double value() const;  // NaN of no trials
  bool enough() const { return errors >= 30 * static_cast<uint64_t>(repeats); }
  std::optional<Interval> interval(double level = 0.95) const;
};

// Wilson's score interval of errors / trials; numbers needn't be whole.
Interval Wilson(double errors, double trials, double level);

// {"errors", "trials", "value", "low", "high", "bound_if_none", "enough_errors"}, and "repeats"
// where trials were repeated; null for what isn't.
nlohmann::ordered_json ToJson(const Rate& rate);
// A number, or null where it isn't finite.
nlohmann::ordered_json Number(double value);

// False matches at `errors.threshold` of all impostor pairs. `failed_of`: by person, comparisons
// that failed, which then count as trials without a match; empty: none.
Rate FalseMatchRate(const Tally& tally, const ErrorCounts& errors, const Resampler& resampler,
                    const std::vector<uint64_t>& failed_of = {});
// Of the pairs of one person of group g with one of group h.
Rate FalseMatchRateOf(const Tally& tally, const ErrorCounts& errors, size_t g, size_t h,
                      const Resampler& resampler);
// False non-matches: of all persons, or of those of one group. Comparisons that failed, where they
// are given, count as trials and as errors.
Rate FalseNonMatchRate(const Tally& tally, float threshold, const Resampler& resampler,
                       std::optional<size_t> group = std::nullopt,
                       const std::vector<uint64_t>& failed_of = {});

}  // namespace lineup

#endif  // EFFACE_LINEUP_RATES_H_
