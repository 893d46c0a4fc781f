#include "lineup/study.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace lineup {

double Study::Shown(float score) const {
  const float shown = direction == Direction::kDistance && score != 0 ? -score : score;
  if (!std::isfinite(shown)) return std::nan("");
  char text[64];  // the shortest decimal that is this float: 0.6, not 0.6000000238
  const auto end = std::to_chars(text, text + sizeof(text), shown).ptr;
  double value = 0;
  std::from_chars(text, end, value);
  return value;
}

float Study::Similarity(double shown) const {
  return static_cast<float>(direction == Direction::kDistance ? -shown : shown);
}

void CountFailedPairs(const Population& people, Study& study) {
  uint64_t compared = 0, failed = 0;
  for (size_t p = 0; p < people.persons.size(); ++p) {
    compared += people.compared[p];
    failed += people.failed[p];
  }
  study.failed_genuine_of.resize(people.persons.size());
  study.failed_impostor_of.resize(people.persons.size());
  study.failed_genuine = study.failed_impostor = 0;
  for (size_t p = 0; p < people.persons.size(); ++p) {
    const uint64_t good = people.compared[p], bad = people.failed[p];
    study.failed_genuine_of[p] = good * bad + (bad > 0 ? bad * (bad - 1) / 2 : 0);
    study.failed_impostor_of[p] = bad * (compared - good + failed - bad) + good * (failed - bad);
    study.failed_genuine += study.failed_genuine_of[p];
    study.failed_impostor += study.failed_impostor_of[p];
  }
  study.failed_impostor /= 2;
}

std::vector<OperatingPoint> OperatingPoints(const Study& study) {
  const Tally& tally = *study.tally;
  std::vector<OperatingPoint> points;
  for (const double target : study.settings.targets) {
    OperatingPoint point{.target = target};
    const double errors = target * static_cast<double>(tally.impostor_pairs);
    point.reachable = errors >= 30 * (1 - 1e-12);
    if (point.reachable) {
      float threshold = tally.ThresholdFor(static_cast<uint64_t>(errors * (1 + 1e-12)));
      if (std::isnan(threshold)) {  // beyond the tail: the threshold that the first pass fixed
        double nearest = INFINITY;
        for (const float fixed : tally.plan().thresholds) {
          bool exact = false;
          const auto count = static_cast<double>(tally.CountAbove(fixed, exact));
          const double away = count > 0 ? std::abs(std::log(count / errors)) : INFINITY;
          if (away < nearest) threshold = fixed, nearest = away;
        }
        point.reachable = nearest < 0.2;
      }
      if (point.reachable) point.errors = tally.ErrorsAt(threshold);
    }
    points.push_back(std::move(point));
  }
  for (const double fixed : study.settings.fixed)
    points.push_back({.reachable = true, .errors = tally.ErrorsAt(study.Similarity(fixed))});
  return points;
}

const OperatingPoint* CommonPoint(const Study& study, const std::vector<OperatingPoint>& points) {
  const OperatingPoint* best = nullptr;
  for (const OperatingPoint& point : points) {
    if (!point.reachable) continue;
    if (point.target == 0 && best == nullptr) best = &point;
    if (point.target == 0) continue;
    const auto away = [&](const OperatingPoint& p) {
      return p.target == 0 ? 1e9 : std::abs(std::log(p.target / study.settings.common_fmr));
    };
    if (best == nullptr || away(point) < away(*best)) best = &point;
  }
  return best;
}

}  // namespace lineup
