#include "sweep/rules.h"

#include <absl/container/flat_hash_set.h>
#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <yaml-cpp/yaml.h>

#include "base/status.h"
#include "sweep/built_in_rules.h"

namespace sweep {
namespace {

constexpr std::string_view kClasses[] = {"recognition", "attributes", "device-unlock", "detection",
                                         "camera-analytics"};
constexpr std::string_view kSeverities[] = {"note", "warning", "error"};
constexpr std::string_view kConfidences[] = {"low", "medium", "high"};
constexpr std::string_view kEcosystems[] = {"pypi",  "npm",   "maven",  "go",       "cargo",
                                            "nuget", "conan", "debian", "cocoapods"};
constexpr std::string_view kWheres[] = {"source", "config", "binary"};

template <size_t n>
std::string OneOf(const std::string_view (&names)[n]) {
  return absl::StrJoin(names, ", ", [](std::string* out, std::string_view name) {
    out->append(name.data(), name.size());
  });
}

// A mistake in a rules file, on its way out of this file; yaml-cpp throws as well.
struct Mistake {
  int line;  // from 0
  std::string what;
};

[[noreturn]] void Fail(const YAML::Node& node, std::string what) {
  throw Mistake{node.Mark().line, std::move(what)};
}

std::string Text(const YAML::Node& node, std::string_view what) {
  if (!node.IsScalar() || node.Scalar().empty())
    Fail(node, absl::StrCat(std::string(what), " must be a text that is not empty"));
  return node.Scalar();
}

template <size_t n>
int Choice(const YAML::Node& node, std::string_view what, const std::string_view (&names)[n]) {
  const std::string text = Text(node, what);
  for (size_t i = 0; i < n; ++i)
    if (text == names[i]) return static_cast<int>(i);
  Fail(node, absl::StrCat(std::string(what), " is one of ", OneOf(names), ", not ", text));
}

bool Flag(const YAML::Node& node, std::string_view what) {
  bool value = false;
  if (!node.IsScalar() || !YAML::convert<bool>::decode(node, value))
    Fail(node, absl::StrCat(std::string(what), " is true or false"));
  return value;
}

std::vector<YAML::Node> List(const YAML::Node& node, std::string_view what) {
  if (!node.IsSequence() || node.size() == 0)
    Fail(node, absl::StrCat(std::string(what), " must be a list that is not empty"));
  return {node.begin(), node.end()};
}

// Calls read(key, value) for each entry of a map, which has no other entries than those it takes.
template <typename Read>
void Entries(const YAML::Node& node, std::string_view what, Read read) {
  if (!node.IsMap())
    Fail(node, absl::StrCat(std::string(what), " must be a map of names and values"));
  absl::flat_hash_set<std::string> seen;
  for (const auto& entry : node) {
    const std::string key = Text(entry.first, "a name");
    if (!seen.insert(key).second) Fail(entry.first, absl::StrCat(key, " stands here twice"));
    if (!read(key, entry.second))
      Fail(entry.first, absl::StrCat(std::string(what), " has no field ", key));
  }
}

Pattern ReadPattern(const YAML::Node& node) {
  Pattern pattern;
  Entries(node, "a text pattern", [&](const std::string& key, const YAML::Node& value) {
    if (key == "literal" || key == "regex") {
      if (!pattern.text.empty()) Fail(value, "a text pattern has either literal or regex");
      pattern.text = Text(value, key);
      pattern.regex = key == "regex";
    } else if (key == "word") {
      pattern.word = Flag(value, key);
    } else if (key == "ignore_case") {
      pattern.ignore_case = Flag(value, key);
    } else if (key == "in") {
      pattern.where = 0;
      for (const auto& item : List(value, "in")) pattern.where |= 1u << Choice(item, "in", kWheres);
    } else if (key == "with") {
      for (const auto& item : List(value, "with"))
        pattern.with.push_back(absl::AsciiStrToLower(Text(item, "with")));
    } else {
      return false;
    }
    return true;
  });
  if (pattern.text.empty()) Fail(node, "a text pattern needs literal or regex");
  if (pattern.text.size() < 4) Fail(node, "a text pattern has at least 4 characters");
  return pattern;
}

KnownFile ReadKnown(const YAML::Node& node) {
  KnownFile known;
  if (node.IsScalar()) {
    known.sha256 = node.Scalar();
  } else {
    Entries(node, "a known file", [&](const std::string& key, const YAML::Node& value) {
      if (key == "hash") {
        known.sha256 = Text(value, key);
      } else if (key == "size") {
        if (!YAML::convert<int64_t>::decode(value, known.size) || known.size < 0)
          Fail(value, "size is a number of bytes");
      } else {
        return false;
      }
      return true;
    });
  }
  known.sha256 = absl::AsciiStrToLower(known.sha256);
  if (known.sha256.size() != 64 ||
      known.sha256.find_first_not_of("0123456789abcdef") != std::string::npos)
    Fail(node, "a SHA-256 has 64 hexadecimal digits");
  return known;
}

Example ReadExample(const YAML::Node& node, std::string_view what) {
  Example example;
  Entries(node, what, [&](const std::string& key, const YAML::Node& value) {
    if (key == "file") {
      example.file = Text(value, key);
    } else if (key == "content") {
      if (!value.IsScalar()) Fail(value, "content must be a text");
      example.content = value.Scalar();
    } else if (key == "base64") {
      if (!absl::Base64Unescape(Text(value, key), &example.content))
        Fail(value, "base64 can't be read");
    } else {
      return false;
    }
    return true;
  });
  if (example.file.empty()) Fail(node, absl::StrCat(std::string(what), " needs file"));
  return example;
}

void ReadMatch(const YAML::Node& node, Rule& rule) {
  Entries(node, "match", [&](const std::string& key, const YAML::Node& value) {
    if (key == "packages") {
      Entries(value, key, [&](const std::string& name, const YAML::Node& names) {
        int ecosystem = -1;
        for (size_t i = 0; i < std::size(kEcosystems); ++i)
          if (name == kEcosystems[i]) ecosystem = static_cast<int>(i);
        if (ecosystem < 0)
          Fail(names, absl::StrCat("packages are of ", OneOf(kEcosystems), ", not of ", name));
        for (const auto& item : List(names, name))
          rule.packages.push_back({static_cast<Ecosystem>(ecosystem), Text(item, "a package")});
        return true;
      });
    } else if (key == "text") {
      for (const auto& item : List(value, key)) rule.patterns.push_back(ReadPattern(item));
    } else if (key == "not_below") {
      for (const auto& item : List(value, key))
        rule.not_below.push_back(absl::AsciiStrToLower(Text(item, "a part of a path")));
    } else if (key == "files") {
      for (const auto& item : List(value, key)) rule.files.push_back(Text(item, "a file name"));
    } else if (key == "sha256") {
      for (const auto& item : List(value, key)) rule.known.push_back(ReadKnown(item));
    } else if (key == "models") {
      for (const auto& item : List(value, key)) {
        const std::string name = Text(item, "a kind of model");
        bool found = false;
        for (const auto kind :
             {ModelKind::kFaceEmbedding, ModelKind::kFaceAttributes, ModelKind::kFaceDetection}) {
          if (name != ModelKindName(kind)) continue;
          rule.models.push_back(kind);
          found = true;
        }
        if (!found) Fail(item, "models are face_embedding, face_attributes or face_detection");
      }
    } else {
      return false;
    }
    return true;
  });
}

Rule ReadRule(const YAML::Node& node) {
  Rule rule;
  absl::flat_hash_set<std::string> seen;
  Entries(node, "a rule", [&](const std::string& key, const YAML::Node& value) {
    seen.insert(key);
    if (key == "id") {
      rule.id = Text(value, key);
      if (rule.id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos)
        Fail(value, "id has small letters, digits and - only");
    } else if (key == "class") {
      rule.rule_class = static_cast<RuleClass>(Choice(value, key, kClasses));
    } else if (key == "title") {
      rule.title = Text(value, key);
    } else if (key == "explanation") {
      rule.explanation = Text(value, key);
    } else if (key == "action") {
      rule.action = Text(value, key);
    } else if (key == "confidence") {
      rule.confidence = static_cast<Confidence>(Choice(value, key, kConfidences));
    } else if (key == "severity") {
      rule.severity = static_cast<Severity>(Choice(value, key, kSeverities));
    } else if (key == "match") {
      ReadMatch(value, rule);
    } else if (key == "positive") {
      rule.positive = ReadExample(value, key);
    } else if (key == "near_miss") {
      rule.near_miss = ReadExample(value, key);
    } else {
      return false;
    }
    return true;
  });
  for (const char* needed : {"id", "class", "title", "explanation", "action", "confidence",
                             "severity", "match", "positive", "near_miss"})
    if (!seen.contains(needed)) Fail(node, absl::StrCat("a rule needs ", needed));
  return rule;
}

}  // namespace

std::string_view RuleClassName(RuleClass rule_class) {
  return kClasses[static_cast<int>(rule_class)];
}
std::string_view SeverityName(Severity severity) { return kSeverities[static_cast<int>(severity)]; }
std::string_view EcosystemName(Ecosystem ecosystem) {
  return kEcosystems[static_cast<int>(ecosystem)];
}

absl::StatusOr<RuleClass> RuleClassNamed(std::string_view name) {
  for (int i = 0; i < kRuleClasses; ++i)
    if (name == kClasses[i]) return static_cast<RuleClass>(i);
  return absl::InvalidArgumentError(
      absl::StrCat("a class is one of ", OneOf(kClasses), ", not ", std::string(name)));
}

absl::StatusOr<std::vector<Rule>> ParseRules(std::string_view yaml, std::string_view name) {
  const auto mistake = [&](int line, std::string what) {
    return absl::InvalidArgumentError(
        absl::StrCat(std::string(name), ", line ", line + 1, ": ", what));
  };
  std::vector<Rule> rules;
  try {
    const YAML::Node file = YAML::Load(std::string(yaml));
    Entries(file, "a rules file", [&](const std::string& key, const YAML::Node& value) {
      if (key == "schema") {
        if (Text(value, key) != "efface-sweep-rules/1")
          Fail(value, "schema is efface-sweep-rules/1");
      } else if (key == "rules") {
        for (const auto& item : List(value, key)) rules.push_back(ReadRule(item));
      } else {
        return false;
      }
      return true;
    });
    if (rules.empty()) return mistake(0, "holds no rules");
  } catch (const Mistake& error) {
    return mistake(std::max(error.line, 0), error.what);
  } catch (const YAML::Exception& error) {
    return mistake(std::max(error.mark.line, 0), absl::StrCat("is not YAML (", error.msg, ")"));
  }
  return rules;
}

std::vector<std::string> BuiltInRuleTexts() {
  std::vector<std::string> texts;
  for (const auto& inverted : kBuiltInRules) {
    std::string text(inverted);
    for (char& byte : text) byte = static_cast<char>(~byte);
    texts.push_back(std::move(text));
  }
  return texts;
}

absl::StatusOr<std::vector<Rule>> BuiltInRules() {
  std::vector<Rule> rules;
  for (const std::string& text : BuiltInRuleTexts()) {
    ASSIGN_OR_RETURN(auto more, ParseRules(text, "built-in rules"));
    for (Rule& rule : more) rules.push_back(std::move(rule));
  }
  return rules;
}

absl::Status CheckUnique(const std::vector<Rule>& rules) {
  absl::flat_hash_set<std::string> seen;
  for (const Rule& rule : rules)
    if (!seen.insert(rule.id).second)
      return absl::InvalidArgumentError(absl::StrCat("two rules have the id ", rule.id));
  return absl::OkStatus();
}

}  // namespace sweep
