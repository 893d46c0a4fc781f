// The rules: what counts as a trace of face recognition. They are data, YAML files in sweep/rules/
// (docs/sweep-rules.md says what stands in them), and are compiled into the program.
#ifndef EFFACE_SWEEP_RULES_H_
#define EFFACE_SWEEP_RULES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sweep/models/model.h"

namespace sweep {

enum class RuleClass { kRecognition, kAttributes, kDeviceUnlock, kDetection, kCameraAnalytics };
constexpr int kRuleClasses = 5;
std::string_view RuleClassName(RuleClass rule_class);  // "device-unlock"
absl::StatusOr<RuleClass> RuleClassNamed(std::string_view name);

enum class Severity { kNote, kWarning, kError };
std::string_view SeverityName(Severity severity);  // "error"

enum class Ecosystem { kPyPi, kNpm, kMaven, kGo, kCargo, kNuGet, kConan, kDebian, kCocoaPods };
std::string_view EcosystemName(Ecosystem ecosystem);  // "pypi", as in rules

// Where a pattern is looked for; bits of Pattern::where.
enum Where : unsigned { kInSource = 1, kInConfig = 2, kInBinary = 4 };

// What to look for in a file's content.
struct Pattern {
  std::string text;  // a literal, or a regular expression of Hyperscan's (PCRE without look-around)
  bool regex = false;
  bool word = true;  // a literal only counts where no letter, digit or _ touches it
  bool ignore_case = false;
  unsigned where = kInSource;
  std::vector<std::string> with;  // not empty: one of these stands in the same file, in any case
};

struct PackageName {
  Ecosystem ecosystem;
  std::string name;  // a * at its end stands for any rest
};

struct KnownFile {
  std::string sha256;  // lower-case hexadecimal
  int64_t size = -1;   // bytes; -1: not said, so every file has to be hashed
};

struct Example {
  std::string file;     // its path
  std::string content;  // its bytes
};

struct Rule {
  std::string id;  // stable: baselines name it
  RuleClass rule_class = RuleClass::kRecognition;
  std::string title, explanation, action;
  Confidence confidence = Confidence::kMedium;
  Severity severity = Severity::kWarning;
  // Parts of paths, in small letters: text in files below doesn't count (a client's own code names
  // all its calls).
  std::vector<std::string> not_below;
  std::vector<PackageName> packages;
  std::vector<Pattern> patterns;
  std::vector<std::string>
      files;  // globs of a file's name, or of the end of its path where they hold a /
  std::vector<KnownFile> known;
  std::vector<ModelKind> models;
  Example positive, near_miss;
};

// The rules of one YAML file. InvalidArgument with `name` and the line where something is wrong.
absl::StatusOr<std::vector<Rule>> ParseRules(std::string_view yaml, std::string_view name);

// The texts of the files that are compiled in, and their rules.
std::vector<std::string> BuiltInRuleTexts();
absl::StatusOr<std::vector<Rule>> BuiltInRules();

// InvalidArgument where two rules have the same id.
absl::Status CheckUnique(const std::vector<Rule>& rules);

}  // namespace sweep

#endif  // EFFACE_SWEEP_RULES_H_
