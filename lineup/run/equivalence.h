// Are two shares equal, but for a margin? "Not significantly different" is no answer to that.
#ifndef EFFACE_LINEUP_RUN_EQUIVALENCE_H_
#define EFFACE_LINEUP_RUN_EQUIVALENCE_H_

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace lineup {

// A difference of two shares measured on the same probes, tested for equivalence (two one-sided
// tests, Schuirmann 1987). The error treats each person as a cluster, and is never smaller than
// with half a discordant probe more in either direction (as Agresti and Min 2005 adjust the
// interval for paired shares), so that agreement in few probes proves little.
struct Equivalence {
  double difference = 0, error = 0;
  double low = 0, high = 0;  // 90 % interval: equivalence at 5 % is that it lies within the margin
  double p = 1;              // the larger of both one-sided tests
  double power = 0;          // to find equivalence with this error, were there no difference at all
  double probes_for_power_80 = 0;
  bool equivalent = false;
};

// `a` minus `b`, a value of 0..1 for each probe; `person`: who is on each. `margin` above 0.
Equivalence TestEquivalence(const std::vector<double>& a, const std::vector<double>& b,
                            const std::vector<size_t>& person, double margin);

nlohmann::ordered_json ToJson(const Equivalence& test);

}  // namespace lineup

#endif  // EFFACE_LINEUP_RUN_EQUIVALENCE_H_
