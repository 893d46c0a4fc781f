// All rules made ready to be looked up: patterns compiled, names in tables.
#ifndef EFFACE_SWEEP_MATCHER_H_
#define EFFACE_SWEEP_MATCHER_H_

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sweep/packages.h"
#include "sweep/patterns.h"
#include "sweep/rules.h"

namespace sweep {

// Which sets are needed; each takes some time to compile.
struct MatcherOptions {
  bool literal = false;   // only kLiteralSet
  bool mentions = false;  // kMentionSet too
};

// Immutable once built; any number of threads may ask at once.
class Matcher {
 public:
  // What is searched: kinds of text, all of them at once (documentation, in which things are only
  // mentioned), and the literals of all (for --literal).
  enum Set { kSourceSet, kConfigSet, kBinarySet, kMentionSet, kLiteralSet, kSets };
  struct Target {
    int rule = 0, pattern = 0;  // indices
  };

  // InvalidArgument where a pattern can't be compiled; the sentence names the rule.
  static absl::StatusOr<Matcher> Build(std::vector<Rule> rules, MatcherOptions options);

  const std::vector<Rule>& rules() const { return rules_; }
  const PatternSet& set(Set which) const { return sets_[which]; }
  // Which rule the pattern `index` of a set belongs to.
  const Target& target(Set which, int index) const {
    return targets_[which][static_cast<size_t>(index)];
  }

  // Rules (indices) that a package, a file's path, a hash or a kind of model meets.
  void FindPackage(const PackageUse& use, std::vector<int>& rules) const;
  void FindName(const std::string& path, std::vector<int>& rules) const;
  void FindHash(const std::string& sha256, std::vector<int>& rules) const;
  void FindModel(ModelKind kind, std::vector<int>& rules) const;
  bool WantsHash(int64_t size) const { return all_sizes_ || sizes_.contains(size); }
  bool WantsModels() const { return wants_models_; }

 private:
  Matcher() = default;
  absl::Status Compile(Set which, unsigned where, bool literals);

  std::vector<Rule> rules_;
  std::vector<PatternSet> sets_;
  std::vector<Target> targets_[kSets];
  absl::flat_hash_map<std::string, std::vector<int>> packages_, names_, hashes_;
  std::vector<std::pair<std::string, int>> package_prefixes_, globs_;
  absl::flat_hash_set<int64_t> sizes_;
  bool all_sizes_ = false, wants_models_ = false;
};

}  // namespace sweep

#endif  // EFFACE_SWEEP_MATCHER_H_
