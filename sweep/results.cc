#include "sweep/results.h"

#include <absl/strings/str_cat.h>

#include <nlohmann/json.hpp>

#include "base/words.h"

namespace sweep {
namespace {

using Json = nlohmann::ordered_json;

std::string Place(const Finding& finding) {
  std::string place = finding.path;
  if (finding.line > 0) {
    absl::StrAppend(&place, ":", finding.line);
  } else if (finding.offset >= 0) {
    absl::StrAppend(&place, ", byte ", finding.offset);
  }
  if (const std::string layer = LayerWords(finding); !layer.empty())
    absl::StrAppend(&place, " (", layer, ")");
  return place;
}

}  // namespace

std::string LayerWords(const Finding& finding) {
  if (!finding.layer) return "";
  std::string words = absl::StrCat("in layer ", finding.layer->index, " of ", finding.layer->count);
  if (finding.layer->deleted_by > 0)
    absl::StrAppend(&words, ", deleted by layer ", finding.layer->deleted_by,
                    " but still in the image");
  return words;
}

std::string Table(const Results& results) {
  std::string table;
  // Rules in their order, most severe first; below each its places.
  std::vector<size_t> order(results.findings.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto rule_of = [&](size_t i) -> const Rule& {
    return results.rules[static_cast<size_t>(results.findings[i].rule)];
  };
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::tuple(!results.flagged[a], -static_cast<int>(rule_of(a).severity),
                      results.findings[a].rule) < std::tuple(!results.flagged[b],
                                                             -static_cast<int>(rule_of(b).severity),
                                                             results.findings[b].rule);
  });
  int last = -1;
  bool last_flagged = false;
  for (const size_t i : order) {
    const Finding& finding = results.findings[i];
    const Rule& rule = rule_of(i);
    if (finding.rule != last || results.flagged[i] != last_flagged) {
      absl::StrAppend(&table, table.empty() ? "" : "\n",
                      results.flagged[i] ? std::string(SeverityName(rule.severity)) : "listed",
                      "  ", rule.title, "  [", rule.id, ", ",
                      std::string(RuleClassName(rule.rule_class)), "]\n         ", rule.explanation,
                      "\n         What to do: ", rule.action, "\n");
      last = finding.rule;
      last_flagged = results.flagged[i];
    }
    absl::StrAppend(&table, "    ", Place(finding), "\n        ", finding.evidence);
    if (finding.count > 1) absl::StrAppend(&table, " (and ", finding.count - 1, " more)");
    absl::StrAppend(&table, "; ",
                    finding.mention ? "only mentioned"
                                    : absl::StrCat(std::string(ConfidenceName(finding.confidence)),
                                                   " confidence"));
    if (!finding.accepted.empty()) absl::StrAppend(&table, "; accepted: ", finding.accepted);
    absl::StrAppend(&table, "\n");
  }
  const int64_t flagged = results.Flagged();
  absl::StrAppend(
      &table, table.empty() ? "" : "\n", efface::CountOf(results.files, "file", "files"),
      " swept: ", flagged == 0 ? "nothing found" : efface::CountOf(flagged, "finding", "findings"));
  const auto others = static_cast<int64_t>(results.findings.size()) - flagged;
  if (others > 0) absl::StrAppend(&table, ", ", others, " more listed");
  const auto unread = std::count_if(results.notes.begin(), results.notes.end(),
                                    [](const Note& note) { return note.incomplete; });
  if (unread > 0)
    absl::StrAppend(&table, "; ", efface::CountOf(unread, "place", "places"),
                    " could not be read whole");
  return table + ".\n";
}

std::string JsonText(const Results& results) {
  Json findings = Json::array(), notes = Json::array();
  for (size_t i = 0; i < results.findings.size(); ++i) {
    const Finding& finding = results.findings[i];
    const Rule& rule = results.rules[static_cast<size_t>(finding.rule)];
    Json one = {{"rule", rule.id},
                {"class", RuleClassName(rule.rule_class)},
                {"title", rule.title},
                {"explanation", rule.explanation},
                {"what_to_do", rule.action},
                {"severity", SeverityName(rule.severity)},
                {"confidence", ConfidenceName(finding.confidence)},
                {"flagged", static_cast<bool>(results.flagged[i])},
                {"path", finding.path},
                {"offset", finding.offset >= 0 ? Json(finding.offset) : Json()},
                {"line", finding.line > 0 ? Json(finding.line) : Json()},
                {"evidence", finding.evidence},
                {"matches", finding.count},
                {"only_mentioned", finding.mention},
                {"layer", nullptr},
                {"accepted", finding.accepted.empty() ? Json() : Json(finding.accepted)}};
    if (finding.layer)
      one["layer"] = {
          {"index", finding.layer->index},
          {"of", finding.layer->count},
          {"path", finding.layer->layer},
          {"deleted_by", finding.layer->deleted_by > 0 ? Json(finding.layer->deleted_by) : Json()}};
    findings.push_back(std::move(one));
  }
  for (const Note& note : results.notes)
    notes.push_back(
        {{"path", note.path}, {"note", note.sentence}, {"incomplete", note.incomplete}});
  const Json json = {{"schema", "efface-sweep/1"},
                     {"version", EFFACE_VERSION},
                     {"paths", results.paths},
                     {"files", results.files},
                     {"bytes", results.bytes},
                     {"flagged", results.Flagged()},
                     {"complete", !results.Incomplete()},
                     {"findings", findings},
                     {"notes", notes}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sweep
