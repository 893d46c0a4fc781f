// The rules: each finds its example and not its near miss; mistakes in a rules file get a sentence
// with the line.
#include "sweep/rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sweep/examine.h"

namespace sweep {
namespace {

using testing::HasSubstr;

// Whether `rule` counts in a file: found, and not only mentioned.
bool Finds(const Matcher& matcher, const Rule& rule, const Example& example) {
  const ExamineOptions options;
  MemoryBudget budget(1 << 24);
  Collector collector;
  Images images;
  Examiner(matcher, options, budget, collector, images)
      .Examine(example.file, Content::OfView(efface::AsBytes(example.content)));
  const auto findings = collector.TakeFindings();
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    return !finding.mention && matcher.rules()[static_cast<size_t>(finding.rule)].id == rule.id;
  });
}

TEST(BuiltInRules, EachFindsItsExampleAndNotItsNearMiss) {
  const auto rules = BuiltInRules();
  ASSERT_TRUE(rules.ok()) << rules.status();
  EXPECT_TRUE(CheckUnique(*rules).ok());
  EXPECT_GE(rules->size(), 60u);
  const auto matcher = Matcher::Build(*rules, {});
  ASSERT_TRUE(matcher.ok()) << matcher.status();
  for (const Rule& rule : *rules) {
    EXPECT_TRUE(Finds(*matcher, rule, rule.positive)) << rule.id << ": its example";
    EXPECT_FALSE(Finds(*matcher, rule, rule.near_miss)) << rule.id << ": its near miss";
  }
}

TEST(BuiltInRules, EveryClassHasRules) {
  const auto rules = BuiltInRules();
  ASSERT_TRUE(rules.ok());
  for (int i = 0; i < kRuleClasses; ++i)
    EXPECT_TRUE(std::any_of(rules->begin(), rules->end(), [&](const Rule& rule) {
      return rule.rule_class == static_cast<RuleClass>(i);
    })) << i;
}

constexpr char kHead[] =
    "schema: efface-sweep-rules/1\nrules:\n  - id: a\n    class: recognition\n    title: t\n    "
    "explanation: e\n    action: a\n";
constexpr char kTail[] = "    positive: {file: a}\n    near_miss: {file: a}\n";

std::string Said(const std::string& middle) {
  const auto rules = ParseRules(kHead + middle + kTail, "mine.yaml");
  return rules.ok() ? "" : std::string(rules.status().message());
}

TEST(ParseRules, TakesAGoodRule) {
  EXPECT_EQ(Said("    confidence: high\n    severity: error\n    match:\n      files: [x.so]\n"),
            "");
}

TEST(ParseRules, NamesTheLineOfAMistake) {
  EXPECT_THAT(Said("    confidence: certain\n"),
              HasSubstr("mine.yaml, line 8: confidence is one of low, medium, high, not certain"));
  EXPECT_THAT(Said("    colour: red\n"), HasSubstr("line 8: a rule has no field colour"));
  EXPECT_THAT(Said("    match:\n      packages:\n        ruby: [x]\n"),
              HasSubstr("line 10: packages are of pypi"));
  EXPECT_THAT(Said("    match:\n      text:\n        - literal: abc\n"),
              HasSubstr("line 10: a text pattern has at least 4 characters"));
  EXPECT_THAT(Said("    match:\n      sha256: [12ab]\n"), HasSubstr("line 9: a SHA-256 has 64"));
  EXPECT_THAT(Said("    title: again\n"), HasSubstr("line 8: title stands here twice"));
  EXPECT_THAT(Said(""), HasSubstr("line 3: a rule needs confidence"));
  EXPECT_THAT(Said("    severity: [\n"), HasSubstr("is not YAML"));
}

TEST(Matcher, NamesTheRuleWhosePatternCannotBeUsed) {
  Rule rule{.id = "mine"};
  for (const char* bad : {"a(b", "(abc)?", "ab.{1,5000}", "(?=abcd)x"}) {
    rule.patterns = {{.text = bad, .regex = true}};
    const auto matcher = Matcher::Build({rule}, {});
    ASSERT_FALSE(matcher.ok()) << bad;
    EXPECT_THAT(std::string(matcher.status().message()),
                HasSubstr("rule mine: the regular expression"));
  }
}

}  // namespace
}  // namespace sweep
