// Intervals by resampling persons. Comparisons aren't independent, since one person takes part in
// many of them, so an interval by comparisons would be far too narrow; whole persons are drawn
// anew.
//
// Each person gets a weight in each replicate, the number of times that it is drawn, Poisson(1)
// (Hanley and MacGibbon 2006; as the classical bootstrap for more than a few dozen persons). It is
// a hash of the seed, the replicate and the person's name, so two reports on the same persons have
// the same draws, and their differences are intervals of pairs.
//
// A genuine pair is weighted by its person. An impostor pair has two persons, and both sides are
// drawn: its weight is the product of the two. Pairs of a person drawn twice with itself are no
// impostor pairs, and dropped. With e_i the errors that person i takes part in, and E all errors,
// the sum over pairs of w_i w_j e_ij is taken as E * (sum w_i e_i / sum e_i)^2, and that of
// comparisons likewise: exact where the errors of a pair are the product of what each person
// brings, and with the same first derivative in every weight always, so the variance is that of the
// two-sided bootstrap but for the part that counts the chance of single pairs a third time
// (Fogliato, Patil and Perona 2024, "Confidence intervals for error rates in 1:1 matching tasks",
// on why that part overstates).
#ifndef EFFACE_LINEUP_RESAMPLE_H_
#define EFFACE_LINEUP_RESAMPLE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace lineup {

using Replicates = std::vector<double>;  // a value each; NaN where it has none

class Resampler {
 public:
  static constexpr size_t kMaxMemory = size_t{256} << 20;

  // Fewer replicates where the weights would take more than kMaxMemory.
  Resampler(const std::vector<std::string>& persons, uint64_t seed, int replicates);

  int replicates() const { return static_cast<int>(replicates_); }
  // By replicate: the sum over persons of weight * value(person).
  Replicates Sums(const std::function<double(size_t)>& value) const;

 private:
  size_t persons_, replicates_;
  std::vector<uint8_t> weights_;  // [person * replicates + replicate]
};

struct Interval {
  double low = 0, high = 0;
};

// The middle `level` of the replicates that are numbers; nullopt where fewer than half are.
std::optional<Interval> MiddleOf(Replicates replicates, double level = 0.95);
// Their standard deviation; NaN of fewer than two.
double Spread(const Replicates& replicates);
// The mean of those that are numbers.
double Mean(const Replicates& replicates);
// log, NaN for what has none.
Replicates Logs(const Replicates& replicates);

// The normal distribution: P(Z <= z), and its inverse for 0 < p < 1 (by bisection, to 1e-12).
double NormalCdf(double z);
double NormalQuantile(double p);

}  // namespace lineup

#endif  // EFFACE_LINEUP_RESAMPLE_H_
