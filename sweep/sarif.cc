// SARIF 2.1.0 (OASIS), as code hosts and CI show it.
#include <absl/strings/ascii.h>
#include <absl/strings/str_cat.h>

#include <nlohmann/json.hpp>

#include "base/sha256.h"
#include "sweep/results.h"

namespace sweep {
namespace {

using Json = nlohmann::ordered_json;

// A relative or absolute path as a URI reference (RFC 3986).
std::string Uri(const std::string& path) {
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
        std::string_view("/-._~!").find(c) != std::string_view::npos) {
      uri += c;
    } else {
      constexpr char kDigits[] = "0123456789ABCDEF";
      uri += {'%', kDigits[static_cast<unsigned char>(c) >> 4], kDigits[c & 15]};
    }
  }
  return uri;
}

const char* Level(Severity severity) {
  return severity == Severity::kError     ? "error"
         : severity == Severity::kWarning ? "warning"
                                          : "note";
}

Json Message(std::string text) { return {{"text", std::move(text)}}; }

Json RuleJson(const Rule& rule) {
  return {{"id", rule.id},
          {"shortDescription", Message(rule.title)},
          {"fullDescription", Message(rule.explanation)},
          {"help", Message(rule.action)},
          {"defaultConfiguration", {{"level", Level(rule.severity)}}},
          {"properties",
           {{"class", RuleClassName(rule.rule_class)},
            {"confidence", ConfidenceName(rule.confidence)},
            {"tags", {"face-recognition", RuleClassName(rule.rule_class)}}}}};
}

}  // namespace

std::string SarifText(const Results& results) {
  Json rules = Json::array(), found = Json::array(), notifications = Json::array();
  std::vector<int> index(results.rules.size(), -1);
  for (size_t i = 0; i < results.findings.size(); ++i) {
    const Finding& finding = results.findings[i];
    const Rule& rule = results.rules[static_cast<size_t>(finding.rule)];
    int& at = index[static_cast<size_t>(finding.rule)];
    if (at < 0) {
      at = static_cast<int>(rules.size());
      rules.push_back(RuleJson(rule));
    }
    Json place = {{"artifactLocation", {{"uri", Uri(finding.path)}}}};
    if (finding.line > 0) {
      place["region"] = {{"startLine", finding.line}};
    } else if (finding.offset >= 0) {
      place["region"] = {{"byteOffset", finding.offset}};
    }
    const std::string layer = LayerWords(finding);
    Json result = {
        {"ruleId", rule.id},
        {"ruleIndex", at},
        {"kind", results.flagged[i] || !finding.accepted.empty() ? "fail" : "informational"},
        {"level", results.flagged[i] || !finding.accepted.empty() ? Level(rule.severity) : "none"},
        {"message", Message(absl::StrCat(rule.title, ": ", finding.evidence,
                                         layer.empty() ? "" : absl::StrCat(" (", layer, ")"),
                                         ". What to do: ", rule.action))},
        {"locations", Json::array({Json{{"physicalLocation", place}}})},
        {"occurrenceCount", finding.count},
        {"partialFingerprints",
         {{"efface/v1",
           efface::Sha256Hex(efface::AsBytes(absl::StrCat(rule.id, "\n", finding.path)))}}},
        {"properties",
         {{"confidence", ConfidenceName(finding.confidence)}, {"onlyMentioned", finding.mention}}}};
    if (!finding.accepted.empty())
      result["suppressions"] =
          Json::array({Json{{"kind", "external"}, {"justification", finding.accepted}}});
    found.push_back(std::move(result));
  }
  for (const Note& note : results.notes)
    notifications.push_back(
        {{"level", note.incomplete ? "error" : "warning"},
         {"message", Message(absl::StrCat(note.path, ": ", note.sentence))},
         {"locations",
          Json::array({Json{
              {"physicalLocation", Json{{"artifactLocation", Json{{"uri", Uri(note.path)}}}}}}})}});
  const Json invocation = {{"executionSuccessful", !results.Incomplete()},
                           {"toolExecutionNotifications", notifications}};
  const Json driver = {{"name", "efface-sweep"}, {"version", EFFACE_VERSION}, {"rules", rules}};
  const Json run = {{"tool", Json{{"driver", driver}}},
                    {"invocations", Json::array({invocation})},
                    {"columnKind", "utf16CodeUnits"},
                    {"results", found}};
  const Json json = {{"$schema",
                      "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
                      "sarif-schema-2.1.0.json"},
                     {"version", "2.1.0"},
                     {"runs", Json::array({run})}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sweep
