#include "lineup/resample.h"

#include <algorithm>
#include <cmath>

namespace lineup {
namespace {

uint64_t Mix(uint64_t x) {  // splitmix64's finaliser
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

uint64_t HashName(const std::string& name) {  // FNV-1a
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  return hash;
}

uint8_t Poisson(uint64_t bits) {
  // P(N <= n) of the Poisson distribution with mean 1.
  static constexpr double kUpTo[] = {0.36787944117144233, 0.7357588823428847, 0.9196986029286058,
                                     0.9810118431238462,  0.9963401531726563, 0.9994058151824183,
                                     0.9999167588507119,  0.9999897508033253, 0.999998874797402};
  const double share = static_cast<double>(bits >> 11) * 0x1p-53;
  uint8_t count = 0;
  while (count < 9 && share >= kUpTo[count]) ++count;
  return count;
}

}  // namespace

Resampler::Resampler(const std::vector<std::string>& persons, uint64_t seed, int replicates)
    : persons_(persons.size()),
      replicates_(std::clamp(kMaxMemory / std::max<size_t>(persons.size(), 1), size_t{100},
                             static_cast<size_t>(std::max(replicates, 100)))),
      weights_(persons_ * replicates_) {
  for (size_t p = 0; p < persons_; ++p) {
    const uint64_t start = Mix(HashName(persons[p]) + Mix(seed + 1));
    for (size_t r = 0; r < replicates_; ++r)
      weights_[p * replicates_ + r] = Poisson(Mix(start + 0x9e3779b97f4a7c15 * (r + 1)));
  }
}

Replicates Resampler::Sums(const std::function<double(size_t)>& value) const {
  Replicates sums(replicates_);
  for (size_t p = 0; p < persons_; ++p) {
    const double v = value(p);
    if (v == 0) continue;
    const uint8_t* weights = weights_.data() + p * replicates_;
    for (size_t r = 0; r < replicates_; ++r) sums[r] += v * weights[r];
  }
  return sums;
}

std::optional<Interval> MiddleOf(Replicates replicates, double level) {
  const size_t all = replicates.size();
  std::erase_if(replicates, [](double v) { return std::isnan(v); });
  if (replicates.size() < 2 || replicates.size() * 2 < all) return std::nullopt;
  std::sort(replicates.begin(), replicates.end());
  const auto quantile = [&](double share) {
    const double at = share * static_cast<double>(replicates.size() - 1);
    const auto below = static_cast<size_t>(at);
    const size_t above = std::min(below + 1, replicates.size() - 1);
    const double low = replicates[below], high = replicates[above];
    return low == high ? low : low + (at - static_cast<double>(below)) * (high - low);
  };
  return Interval{quantile((1 - level) / 2), quantile((1 + level) / 2)};
}

double Mean(const Replicates& replicates) {
  double sum = 0, count = 0;
  for (const double v : replicates) {
    if (!std::isfinite(v)) continue;
    sum += v;
    ++count;
  }
  return count > 0 ? sum / count : std::nan("");
}

double Spread(const Replicates& replicates) {
  const double mean = Mean(replicates);
  double sum = 0, count = 0;
  for (const double v : replicates) {
    if (!std::isfinite(v)) continue;
    sum += (v - mean) * (v - mean);
    ++count;
  }
  return count > 1 ? std::sqrt(sum / (count - 1)) : std::nan("");
}

Replicates Logs(const Replicates& replicates) {
  Replicates logs(replicates.size());
  std::transform(replicates.begin(), replicates.end(), logs.begin(),
                 [](double v) { return v > 0 ? std::log(v) : std::nan(""); });
  return logs;
}

double NormalCdf(double z) { return std::erfc(-z / std::sqrt(2.0)) / 2; }

double NormalQuantile(double p) {
  double low = -40, high = 40;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (NormalCdf(middle) < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

}  // namespace lineup
