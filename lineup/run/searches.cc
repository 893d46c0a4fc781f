#include "lineup/run/searches.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "lineup/rates.h"

namespace lineup {
namespace {

float Similarity(const Embedding& a, const Embedding& b, Metric metric) {
  double dot = 0, aa = 0, bb = 0, away = 0;
  for (size_t d = 0; d < a.size(); ++d) {
    const double x = a[d], y = b[d];
    dot += x * y;
    aa += x * x;
    bb += y * y;
    away += (x - y) * (x - y);
  }
  const double lengths = std::sqrt(aa * bb);
  return static_cast<float>(metric == Metric::kEuclidean ? -std::sqrt(away)
                            : lengths > 0                ? dot / lengths
                                                         : 0);
}

}  // namespace

Searches Search(const Templates& probes, const Templates& gallery, size_t persons, Metric metric) {
  Searches result{persons, probes.person,
                  std::vector<float>(probes.person.size() * persons, -INFINITY)};
  for (size_t i = 0; i < result.probes(); ++i) {
    for (size_t j = 0; j < gallery.person.size(); ++j) {
      float& best = result.scores[i * persons + gallery.person[j]];
      best = std::max(best, Similarity(probes.embeddings[i], gallery.embeddings[j], metric));
    }
  }
  return result;
}

std::vector<double> FoundWithin(const Searches& searches, size_t k) {
  std::vector<double> found(searches.probes());
  for (size_t i = 0; i < found.size(); ++i) {
    const float own = searches.own(i);
    double ahead = 0, equal = 0;
    for (size_t p = 0; p < searches.persons; ++p) {
      if (p == searches.person[i]) continue;
      const float score = searches.scores[i * searches.persons + p];
      ahead += score > own;
      equal += score == own;
    }
    found[i] = std::clamp((static_cast<double>(k) - ahead) / (equal + 1), 0.0, 1.0);
  }
  return found;
}

Identified IdentifiedAt(const Searches& searches, double fpir,
                        const std::vector<Replicates>& weights) {
  Identified result;
  const size_t count = searches.probes();
  std::vector<float> innocent(count, -INFINITY);  // the best of all others
  for (size_t i = 0; i < count; ++i)
    for (size_t p = 0; p < searches.persons; ++p)
      if (p != searches.person[i])
        innocent[i] = std::max(innocent[i], searches.scores[i * searches.persons + p]);
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return innocent[a] > innocent[b]; });
  // The score that must be exceeded: the first whose own search would be one too many.
  const auto threshold = [&](const auto& weight) {
    double all = 0, passed = 0;
    for (const size_t i : order) all += weight(i);
    for (const size_t i : order) {
      passed += weight(i);
      if (passed > fpir * all) return innocent[i];
    }
    return -INFINITY;
  };
  const float plain = threshold([](size_t) { return 1.0; });
  for (size_t i = 0; i < count; ++i) {
    result.found.push_back(searches.own(i) > plain);
    result.false_positives += innocent[i] > plain;
  }
  const size_t replicates = weights.empty() ? 0 : weights[0].size();
  for (size_t r = 0; r < replicates; ++r) {
    const auto weight = [&](size_t i) { return weights[searches.person[i]][r]; };
    const float drawn = threshold(weight);
    double found = 0, all = 0;
    for (size_t i = 0; i < count; ++i) {
      all += weight(i);
      if (searches.own(i) > drawn) found += weight(i);
    }
    result.replicates.push_back(all > 0 ? found / all : std::nan(""));
  }
  return result;
}

nlohmann::ordered_json ShareFigures(const std::vector<double>& found, Replicates replicates,
                                    double chance) {
  const double sum = std::accumulate(found.begin(), found.end(), 0.0);
  const auto count = static_cast<double>(found.size());
  const auto interval = sum == 0       ? Interval{0, std::min(1.0, 3 / count)}
                        : sum == count ? Interval{std::max(0.0, 1 - 3 / count), 1}
                                       : MiddleOf(std::move(replicates)).value_or(Interval{0, 1});
  return {{"value", Number(sum / count)},
          {"low", interval.low},
          {"high", interval.high},
          {"chance", chance},
          {"above_chance", interval.low > chance}};
}

nlohmann::ordered_json ShareFigures(const std::vector<double>& found,
                                    const std::vector<size_t>& person,
                                    const std::vector<Replicates>& weights, double chance) {
  Replicates replicates;
  for (size_t r = 0; r < (weights.empty() ? 0 : weights[0].size()); ++r) {
    double sum = 0, all = 0;
    for (size_t i = 0; i < found.size(); ++i) {
      sum += weights[person[i]][r] * found[i];
      all += weights[person[i]][r];
    }
    replicates.push_back(all > 0 ? sum / all : std::nan(""));
  }
  return ShareFigures(found, std::move(replicates), chance);
}

}  // namespace lineup
