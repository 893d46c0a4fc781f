#include "sweep/matcher.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>
#include <fnmatch.h>

#include "base/status.h"
#include "sweep/kinds.h"

namespace sweep {
namespace {

std::string PackageKey(Ecosystem ecosystem, std::string_view name) {
  return absl::StrCat(std::string(EcosystemName(ecosystem)), " ", std::string(name));
}

}  // namespace

absl::StatusOr<Matcher> Matcher::Build(std::vector<Rule> rules, MatcherOptions options) {
  Matcher matcher;
  matcher.rules_ = std::move(rules);
  struct {
    Set set;
    unsigned where;
    bool needed;
  } const sets[] = {{kSourceSet, kInSource, !options.literal},
                    {kConfigSet, kInConfig, !options.literal},
                    {kBinarySet, kInBinary, !options.literal},
                    {kMentionSet, kInSource | kInConfig, !options.literal && options.mentions},
                    {kLiteralSet, kInSource | kInConfig | kInBinary, options.literal}};
  for (const auto& [set, where, needed] : sets)
    RETURN_IF_ERROR(matcher.Compile(set, needed ? where : 0, options.literal));
  for (int index = 0; index < static_cast<int>(matcher.rules_.size()); ++index) {
    const Rule& rule = matcher.rules_[static_cast<size_t>(index)];
    for (const PackageName& package : rule.packages) {
      const bool prefix = package.name.ends_with('*');
      const std::string name =
          NormalName(package.ecosystem,
                     prefix ? package.name.substr(0, package.name.size() - 1) : package.name);
      if (prefix) {
        matcher.package_prefixes_.emplace_back(PackageKey(package.ecosystem, name), index);
      } else {
        matcher.packages_[PackageKey(package.ecosystem, name)].push_back(index);
      }
    }
    for (const std::string& file : rule.files) {
      const std::string small = absl::AsciiStrToLower(file);
      if (small.find_first_of("*?[/") == std::string::npos) {
        matcher.names_[small].push_back(index);
      } else {
        matcher.globs_.emplace_back(small, index);
      }
    }
    for (const KnownFile& known : rule.known) {
      matcher.hashes_[known.sha256].push_back(index);
      known.size < 0 ? void(matcher.all_sizes_ = true) : void(matcher.sizes_.insert(known.size));
    }
    matcher.wants_models_ |= !rule.models.empty();
  }
  return matcher;
}

absl::Status Matcher::Compile(Set which, unsigned where, bool literals) {
  std::vector<Pattern> patterns;
  for (size_t rule = 0; rule < rules_.size(); ++rule)
    for (size_t index = 0; index < rules_[rule].patterns.size(); ++index) {
      const Pattern& pattern = rules_[rule].patterns[index];
      if ((pattern.where & where) == 0 || (literals && pattern.regex)) continue;
      patterns.push_back(pattern);
      targets_[which].push_back({static_cast<int>(rule), static_cast<int>(index)});
    }
  auto set = PatternSet::Compile(patterns);
  if (!set.ok()) {
    // Which rule it is.
    for (size_t i = 0; i < patterns.size(); ++i)
      if (const auto one = PatternSet::Compile({patterns[i]}); !one.ok())
        return absl::InvalidArgumentError(
            absl::StrCat("rule ", rules_[static_cast<size_t>(targets_[which][i].rule)].id, ": ",
                         one.status().message()));
    return set.status();
  }
  sets_.push_back(std::move(*set));
  return absl::OkStatus();
}

void Matcher::FindPackage(const PackageUse& use, std::vector<int>& rules) const {
  const std::string key = PackageKey(use.ecosystem, use.name);
  if (const auto found = packages_.find(key); found != packages_.end())
    rules.insert(rules.end(), found->second.begin(), found->second.end());
  for (const auto& [prefix, rule] : package_prefixes_)
    if (key.starts_with(prefix)) rules.push_back(rule);
}

void Matcher::FindName(const std::string& path, std::vector<int>& rules) const {
  const std::string small = absl::AsciiStrToLower(path);
  const std::string base(BaseName(small));
  if (const auto found = names_.find(base); found != names_.end())
    rules.insert(rules.end(), found->second.begin(), found->second.end());
  for (const auto& [glob, rule] : globs_) {
    const bool whole = glob.find('/') != std::string::npos;
    if (fnmatch(whole ? absl::StrCat("*/", glob).c_str() : glob.c_str(),
                whole ? absl::StrCat("/", small).c_str() : base.c_str(), 0) == 0)
      rules.push_back(rule);
  }
}

void Matcher::FindHash(const std::string& sha256, std::vector<int>& rules) const {
  if (const auto found = hashes_.find(sha256); found != hashes_.end())
    rules.insert(rules.end(), found->second.begin(), found->second.end());
}

void Matcher::FindModel(ModelKind kind, std::vector<int>& rules) const {
  for (size_t i = 0; i < rules_.size(); ++i)
    if (std::find(rules_[i].models.begin(), rules_[i].models.end(), kind) != rules_[i].models.end())
      rules.push_back(static_cast<int>(i));
}

}  // namespace sweep
