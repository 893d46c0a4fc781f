// What is measured: one recogniser's comparisons, and how they are to be judged.
#ifndef EFFACE_LINEUP_STUDY_H_
#define EFFACE_LINEUP_STUDY_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "lineup/embeddings.h"
#include "lineup/scores.h"
#include "lineup/tally.h"

namespace lineup {

struct Settings {
  std::vector<double> targets = {1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6};  // false match rates
  std::vector<double> fixed;        // thresholds, as the recogniser has them
  double common_fmr = 1e-3;         // at whose threshold groups and galleries are compared
  double alpha = 0.5;               // weight of false matches in GARBE, FDR and IR, 0..1
  uint64_t seed = 1;                // of all random draws
  int replicates = 1000;            // of the bootstrap over persons
  std::vector<uint32_t> galleries;  // sizes to measure; empty: 10, 20, 50 and so on
  uint32_t searches = 5000;         // pictures that are searched, at most
  std::vector<double> extrapolate;  // gallery sizes beyond the measured ones
};

struct Study {
  std::string name;
  Settings settings;
  Direction direction = Direction::kHigherIsSame;
  const Tally* tally = nullptr;
  const Embeddings* embeddings = nullptr;  // null: from a score file
  const Galleries* galleries = nullptr;    // of a score file
  // Comparisons that failed, by person (an impostor comparison counts with both), and in all.
  std::vector<uint64_t> failed_genuine_of, failed_impostor_of;
  uint64_t failed_genuine = 0, failed_impostor = 0;

  const Population& people() const { return tally->population(); }
  // Similarities to the recogniser's own scores, and back.
  double Shown(float score) const;
  float Similarity(double shown) const;
};

// Comparisons that failed because a picture had no template.
void CountFailedPairs(const Population& people, Study& study);

// One decision threshold.
struct OperatingPoint {
  double target = 0;       // the false match rate that it was set for; 0: fixed by the user
  bool reachable = false;  // there are the comparisons that the target needs: 30 / target
  ErrorCounts errors;
};

// The points of settings.targets and settings.fixed.
std::vector<OperatingPoint> OperatingPoints(const Study& study);
// The reachable one whose target is nearest to settings.common_fmr; where no target is reachable,
// the first fixed one; null where there is none.
const OperatingPoint* CommonPoint(const Study& study, const std::vector<OperatingPoint>& points);

}  // namespace lineup

#endif  // EFFACE_LINEUP_STUDY_H_
