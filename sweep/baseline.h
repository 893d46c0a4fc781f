// Findings that a city knows of and accepts, each with a reason.
#ifndef EFFACE_SWEEP_BASELINE_H_
#define EFFACE_SWEEP_BASELINE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sweep/findings.h"

namespace sweep {

struct Accepted {
  std::string rule, path, reason;  // path as results show it; a * in it stands for any text
  bool met = false;                // by a finding
};

// Of a baseline's JSON. InvalidArgument where it isn't one, or an entry lacks its reason.
absl::StatusOr<std::vector<Accepted>> ParseBaseline(std::string_view json);

// Sets `accepted` of all findings that the baseline names, and `met` of its entries.
void Accept(std::vector<Accepted>& baseline, const std::vector<Rule>& rules,
            std::vector<Finding>& findings);

// A baseline of the findings that `wanted` marks, all for the same reason, with those that were
// accepted before.
std::string BaselineText(const std::vector<Rule>& rules, const std::vector<Finding>& findings,
                         const std::vector<bool>& wanted, const std::string& reason);

}  // namespace sweep

#endif  // EFFACE_SWEEP_BASELINE_H_
