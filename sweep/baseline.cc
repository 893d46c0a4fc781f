#include "sweep/baseline.h"

#include <absl/strings/str_cat.h>
#include <fnmatch.h>

#include <nlohmann/json.hpp>
#include <set>

namespace sweep {
namespace {

using Json = nlohmann::ordered_json;
constexpr char kSchema[] = "efface-sweep-baseline/1";

// Only * is special in a baseline's path.
bool Meets(const std::string& pattern, const std::string& path) {
  if (pattern.find('*') == std::string::npos) return pattern == path;
  std::string glob;
  for (const char c : pattern) {
    if (c == '?' || c == '[' || c == '\\') glob += '\\';
    glob += c;
  }
  return fnmatch(glob.c_str(), path.c_str(), 0) == 0;
}

}  // namespace

absl::StatusOr<std::vector<Accepted>> ParseBaseline(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || json.value("schema", Json()) != kSchema || !json.contains("accepted") ||
      !json["accepted"].is_array())
    return absl::InvalidArgumentError("is no baseline of efface-sweep");
  std::vector<Accepted> baseline;
  for (const Json& entry : json["accepted"]) {
    const auto field = [&](const char* name) {
      return entry.is_object() && entry.contains(name) && entry[name].is_string()
                 ? entry[name].get<std::string>()
                 : std::string();
    };
    Accepted accepted{field("rule"), field("path"), field("reason")};
    const std::string number = absl::StrCat("entry ", baseline.size() + 1);
    if (accepted.rule.empty() || accepted.path.empty())
      return absl::InvalidArgumentError(absl::StrCat(number, " needs rule and path"));
    if (accepted.reason.find_first_not_of(" \t\n") == std::string::npos)
      return absl::InvalidArgumentError(
          absl::StrCat(number, " (", accepted.rule, " in ", accepted.path, ") needs a reason"));
    baseline.push_back(std::move(accepted));
  }
  return baseline;
}

void Accept(std::vector<Accepted>& baseline, const std::vector<Rule>& rules,
            std::vector<Finding>& findings) {
  for (Accepted& accepted : baseline)
    for (Finding& finding : findings) {
      if (accepted.rule != rules[static_cast<size_t>(finding.rule)].id ||
          !Meets(accepted.path, finding.path))
        continue;
      finding.accepted = accepted.reason;
      accepted.met = true;
    }
}

std::string BaselineText(const std::vector<Rule>& rules, const std::vector<Finding>& findings,
                         const std::vector<bool>& wanted, const std::string& reason) {
  Json accepted = Json::array();
  for (size_t i = 0; i < findings.size(); ++i)
    if (wanted[i])
      accepted.push_back(
          {{"rule", rules[static_cast<size_t>(findings[i].rule)].id},
           {"path", findings[i].path},
           {"reason", findings[i].accepted.empty() ? reason : findings[i].accepted}});
  return Json({{"schema", kSchema}, {"accepted", accepted}})
             .dump(1, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

}  // namespace sweep
