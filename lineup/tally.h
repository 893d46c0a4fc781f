// What is kept of comparisons, in bounded memory however many there are: a histogram of all
// impostor scores, the exact scores of the most similar impostor pairs (the tail), counts of errors
// for each person at thresholds fixed beforehand, and every genuine score.
//
// Scores are similarities here: a pair matches at threshold t where its score >= t. A distance d
// enters as -d. Impostor pairs are of two persons, genuine ones of one.
#ifndef EFFACE_LINEUP_TALLY_H_
#define EFFACE_LINEUP_TALLY_H_

#include <cstdint>
#include <limits>
#include <mutex>
#include <vector>

#include "lineup/population.h"

namespace lineup {

// What has to be known before the first pair is counted.
struct Plan {
  static constexpr int kBins = 4096;
  static constexpr size_t kTail = 8'000'000;

  float low = -1, high = 1;       // of the histogram; scores beyond count in the outermost bins
  std::vector<float> thresholds;  // at which errors are counted for each person; any order
  float tail_from = -std::numeric_limits<float>::infinity();  // lower scores don't enter the tail
  size_t tail_limit = kTail;  // pairs; above it the least similar are dropped
};

struct TailPair {
  float score;
  uint32_t a, b;  // pictures
};

struct GenuineScore {
  float score;
  uint32_t a, b;  // pictures
};

// False matches at one threshold: by person (a pair counts with both persons) and the other's
// group.
struct ErrorCounts {
  float threshold = 0;
  std::vector<uint64_t> of;  // [person * groups + group of the other]
  uint64_t total = 0;        // pairs
};

class Tally {
 public:
  Tally(const Population& population, Plan plan);  // the population must outlive it

  const Plan& plan() const { return plan_; }
  const Population& population() const { return population_; }
  size_t groups() const { return population_.groups.size(); }

  // Not for several threads at once.
  void AddImpostor(uint32_t a, uint32_t b, float score);
  void AddGenuine(uint32_t a, uint32_t b, float score) { genuine.push_back({score, a, b}); }

  // Safe for several threads at once; empties `pairs`, and raises `from` to the least score that
  // still has to be given.
  void AddTail(std::vector<TailPair>& pairs, float& from);
  void AddGenuine(const std::vector<GenuineScore>& scores);
  void AddHistogram(const std::vector<uint64_t>& bins);
  void AddErrors(size_t threshold, uint32_t person, uint32_t other_group, uint64_t count);

  // After the last pair: sorts, and sums up. Everything below is valid then.
  void Finish();

  // The lower edge of a bin.
  float BinEdge(int bin) const {
    return plan_.low + (plan_.high - plan_.low) * static_cast<float>(bin) / Plan::kBins;
  }

  // The lowest threshold at which at most `errors` impostor pairs match, exactly; NaN where the
  // tail doesn't reach that far down.
  float ThresholdFor(uint64_t errors) const;
  // Errors at `threshold`: from the counts, or from the tail; `of` is empty where neither has them.
  ErrorCounts ErrorsAt(float threshold) const;
  // Impostor pairs with score >= threshold: exact from the tail or the counts, else by the
  // histogram at the nearest bin edge (`exact` is false then).
  uint64_t CountAbove(float threshold, bool& exact) const;
  uint64_t GenuineBelow(float threshold) const;

  std::vector<uint64_t> histogram;   // of impostor scores
  std::vector<uint64_t> pairs_with;  // impostor pairs: [person * groups + group of the other]
  uint64_t impostor_pairs = 0;
  std::vector<GenuineScore> genuine;  // ascending after Finish
  std::vector<TailPair> tail;         // descending after Finish
  float tail_complete_from = 0;       // every impostor pair at or above it is in the tail

 private:
  const Population& population_;
  Plan plan_;
  std::vector<ErrorCounts> counted_;  // one a threshold of the plan
  std::mutex mutex_;
  float tail_from_;
};

}  // namespace lineup

#endif  // EFFACE_LINEUP_TALLY_H_
