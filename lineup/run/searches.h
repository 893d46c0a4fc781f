// Searches for probes in a gallery, and how often they find the person.
#ifndef EFFACE_LINEUP_RUN_SEARCHES_H_
#define EFFACE_LINEUP_RUN_SEARCHES_H_

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "lineup/embeddings.h"
#include "lineup/resample.h"
#include "lineup/run/recogniser.h"

namespace lineup {

// Embeddings, and of which person each is.
struct Templates {
  std::vector<Embedding> embeddings;
  std::vector<size_t> person;  // a number below that of persons
};

struct Searches {
  size_t persons = 0;          // in the gallery, each with a picture at least
  std::vector<size_t> person;  // of each probe
  std::vector<float>
      scores;  // [probe * persons + person]: similarity; a person's best picture counts

  size_t probes() const { return person.size(); }
  float own(size_t probe) const { return scores[probe * persons + person[probe]]; }
};

Searches Search(const Templates& probes, const Templates& gallery, size_t persons, Metric metric);

// By probe: the chance that its person is among the first k, where equal scores stand in random
// order.
std::vector<double> FoundWithin(const Searches& searches, size_t k);

// True positive identification: by probe, whether its person's score passes the threshold at which
// no more than `fpir` of the searches return an innocent. As a search for somebody who isn't in the
// gallery counts that of each probe in the gallery without its own person. The attacker is taken to
// know that threshold, set on these same searches.
struct Identified {
  std::vector<double> found;   // 0 or 1 each
  size_t false_positives = 0;  // on which the threshold rests
  Replicates replicates;       // of the share found, threshold and all, over draws of persons
};
// `weights`: [person][replicate].
Identified IdentifiedAt(const Searches& searches, double fpir,
                        const std::vector<Replicates>& weights);

// {"value", "low", "high", "chance", "above_chance"}: the share of `found`, its 95 % interval over
// draws of persons (where none is found, 0 to 3 / probes; where all are, likewise), and what
// guessing gives.
nlohmann::ordered_json ShareFigures(const std::vector<double>& found,
                                    const std::vector<size_t>& person,
                                    const std::vector<Replicates>& weights, double chance);
nlohmann::ordered_json ShareFigures(const std::vector<double>& found, Replicates replicates,
                                    double chance);

}  // namespace lineup

#endif  // EFFACE_LINEUP_RUN_SEARCHES_H_
