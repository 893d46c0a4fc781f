// The rules files as embed_rules.py compiled them in: every bit inverted, so that a sweep of the
// program doesn't find its own rules.
#ifndef EFFACE_SWEEP_BUILT_IN_RULES_H_
#define EFFACE_SWEEP_BUILT_IN_RULES_H_

#include <span>
#include <string_view>

namespace sweep {
extern const std::span<const std::string_view> kBuiltInRules;
}  // namespace sweep

#endif  // EFFACE_SWEEP_BUILT_IN_RULES_H_
