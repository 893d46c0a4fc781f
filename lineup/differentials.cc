#include "lineup/differentials.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace lineup {
namespace {

bool Positive(const Rates& rates) {
  return rates.size() > 1 &&
         std::all_of(rates.begin(), rates.end(), [](double x) { return x > 0; });
}

bool Known(const Rates& rates) {
  return rates.size() > 1 &&
         std::none_of(rates.begin(), rates.end(), [](double x) { return std::isnan(x); });
}

double Range(const Rates& rates) {
  const auto [low, high] = std::minmax_element(rates.begin(), rates.end());
  return *high - *low;
}

}  // namespace

std::optional<double> MaxOverGeometricMean(const Rates& rates) {
  if (!Positive(rates)) return std::nullopt;
  double logs = 0;
  for (const double x : rates) logs += std::log(x);
  return *std::max_element(rates.begin(), rates.end()) /
         std::exp(logs / static_cast<double>(rates.size()));
}

std::optional<double> MaxOverMin(const Rates& rates) {
  if (!Positive(rates)) return std::nullopt;
  const auto [low, high] = std::minmax_element(rates.begin(), rates.end());
  return *high / *low;
}

std::optional<double> Gini(const Rates& rates) {
  if (!Known(rates)) return std::nullopt;
  const auto n = static_cast<double>(rates.size());
  const double mean = std::accumulate(rates.begin(), rates.end(), 0.0) / n;
  if (!(mean > 0)) return std::nullopt;
  double sum = 0;
  for (const double x : rates)
    for (const double y : rates) sum += std::abs(x - y);
  return n / (n - 1) * sum / (2 * n * n * mean);
}

std::optional<double> Garbe(const Rates& fmr, const Rates& fnmr, double alpha) {
  const auto a = Gini(fmr), b = Gini(fnmr);
  if (!a || !b) return std::nullopt;
  return alpha * *a + (1 - alpha) * *b;
}

std::optional<double> FairnessDiscrepancyRate(const Rates& fmr, const Rates& fnmr, double alpha) {
  if (!Known(fmr) || !Known(fnmr)) return std::nullopt;
  return 1 - (alpha * Range(fmr) + (1 - alpha) * Range(fnmr));
}

std::optional<double> InequityRate(const Rates& fmr, const Rates& fnmr, double alpha) {
  const auto a = MaxOverMin(fmr), b = MaxOverMin(fnmr);
  if (!a || !b) return std::nullopt;
  return std::pow(*a, alpha) * std::pow(*b, 1 - alpha);
}

std::vector<double> Holm(const std::vector<double>& p) {
  std::vector<size_t> order(p.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t x, size_t y) { return p[x] < p[y]; });
  std::vector<double> corrected(p.size());
  double highest = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    highest = std::max(highest, std::min(1.0, static_cast<double>(p.size() - i) * p[order[i]]));
    corrected[order[i]] = highest;
  }
  return corrected;
}

}  // namespace lineup
