#include "lineup/run/equivalence.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "lineup/rates.h"
#include "lineup/resample.h"

namespace lineup {

Equivalence TestEquivalence(const std::vector<double>& a, const std::vector<double>& b,
                            const std::vector<size_t>& person, double margin) {
  Equivalence test;
  std::map<size_t, std::pair<double, double>> of;  // by person: sum of differences, probes
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    of[person[i]].first += a[i] - b[i];
    of[person[i]].second += 1;
    sum += a[i] - b[i];
  }
  const auto n = static_cast<double>(a.size()), clusters = static_cast<double>(of.size());
  if (clusters < 2) return test;
  test.difference = sum / n;
  double squares = 0;
  for (const auto& [who, one] : of) {
    const double away = one.first - test.difference * one.second;
    squares += away * away;
  }
  test.error = std::sqrt(squares * clusters / (clusters - 1) + 1) / (n + 2);
  const double z = NormalQuantile(0.95);
  test.low = test.difference - z * test.error;
  test.high = test.difference + z * test.error;
  test.p = std::max(NormalCdf(-(test.difference + margin) / test.error),
                    NormalCdf(-(margin - test.difference) / test.error));
  test.power = std::max(0.0, 2 * NormalCdf(margin / test.error - z) - 1);
  const double wanted = margin / (z + NormalQuantile(0.9));
  test.probes_for_power_80 = std::ceil(n * (test.error / wanted) * (test.error / wanted));
  test.equivalent = test.low > -margin && test.high < margin;
  return test;
}

nlohmann::ordered_json ToJson(const Equivalence& test) {
  return {{"difference", test.difference},
          {"standard_error", test.error},
          {"low_90", test.low},
          {"high_90", test.high},
          {"p", test.p},
          {"power_if_equal", test.power},
          {"probes_for_power_80", test.probes_for_power_80},
          {"equivalent", test.equivalent}};
}

}  // namespace lineup
