#include "lineup/page.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lineup/odds.h"
#include "lineup/svg.h"

namespace lineup {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kStyle[] = R"(
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
h1,h2,h3{line-height:1.2}h2{margin-top:2.5rem;border-bottom:1px solid #bbb}
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums;font-size:.9rem}
th,td{border-bottom:1px solid #ddd;padding:.25rem .6rem;text-align:right;vertical-align:top}
th:first-child,td:first-child,td.words{text-align:left}thead th{border-bottom:2px solid #888}
caption{text-align:left;font-weight:600}.scroll{overflow-x:auto}
.summary{background:#f4f1e8;padding:.5rem 1.5rem;border-left:4px solid #a16207}
.note{color:#555;font-size:.9rem}.warn{background:#fdecdc;padding:.2rem .5rem}
svg{width:100%;max-width:44rem;height:auto;font:12px system-ui,sans-serif}svg text{fill:#222}.grid{stroke:#ddd;fill:none}
dt{font-weight:600}dd{margin:0 0 .5rem 1rem}
@media print{body{margin:0;max-width:none;font-size:10pt}h2{break-after:avoid}table,svg,figure{break-inside:avoid}
.scroll{overflow:visible}.summary,.warn{background:none;border:1px solid #888}@page{margin:18mm}}
)";

}  // namespace

double Of(const Json& value) { return value.is_number() ? value.get<double>() : std::nan(""); }

std::string Figure(double value) {
  return std::isfinite(value) ? absl::StrFormat("%.4g", value) : "&ndash;";
}

std::string Figure(const Json& value) { return Figure(Of(value)); }

// "0.0012 (0.0009 to 0.0016)", or what stands for it.
std::string RateCell(const Json& rate) {
  if (!rate.is_object() || rate["value"].is_null()) return "not measured";
  if (rate["bound_if_none"].get<bool>())
    return absl::StrCat("0 (below ", Figure(rate["high"]), ")");
  return absl::StrCat(Figure(rate["value"]),
                      rate["low"].is_null() ? ""
                                            : absl::StrCat(" (", Figure(rate["low"]), " to ",
                                                           Figure(rate["high"]), ")"),
                      rate["enough_errors"].get<bool>() ? "" : " *");
}

std::string Counts(const Json& rate) {
  return absl::StrCat(Count(Of(rate["errors"])), " of ", Count(Of(rate["trials"])));
}

Table::Table(const std::string& caption, const std::vector<std::string>& names) {
  absl::StrAppend(&html_, "<div class=\"scroll\" tabindex=\"0\"><table><caption>", caption,
                  "</caption><thead><tr>");
  for (const std::string& name : names)
    absl::StrAppend(&html_, "<th scope=\"col\">", name, "</th>");
  html_ += "</tr></thead><tbody>\n";
}

void Table::Row(const std::vector<std::string>& cells) {
  html_ += "<tr>";
  for (const std::string& cell : cells)
    absl::StrAppend(&html_, cell.size() > 60 ? "<td class=\"words\">" : "<td>", cell, "</td>");
  html_ += "</tr>\n";
}

std::string Table::End() const { return html_ + "</tbody></table></div>\n"; }

std::string Text(const Json& value) { return Escape(value.get<std::string>()); }

std::string StartOfPage(const std::string& title) {
  return absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\">",
      "<title>", Escape(title), "</title><style>", kStyle, "</style></head><body><main>\n<h1>",
      Escape(title), "</h1>\n");
}

std::string EndOfPage() { return "</main></body></html>\n"; }

}  // namespace lineup
