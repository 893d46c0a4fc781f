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
:root{--ink:#1d2430;--soft:#545d6b;--line:#d9dde3;--accent:#8a4b08;--wash:#f6f3ec}
body{font:16px/1.55 system-ui,sans-serif;max-width:66rem;margin:2rem auto;padding:0 1rem;color:var(--ink);background:#fff}
h1{font-size:2rem;line-height:1.2;margin:0 0 1rem}h2{font-size:1.45rem;line-height:1.25;margin:3rem 0 .75rem;border-bottom:2px solid var(--line);padding-bottom:.3rem}
h3{font-size:1.1rem;margin:2rem 0 .5rem}p,li{max-width:46rem}li{margin:.3rem 0}
.scroll{overflow-x:auto;margin:1rem 0}.scroll:focus-visible{outline:2px solid var(--accent)}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem}
caption{text-align:left;font-weight:600;padding-bottom:.4rem}
th,td{border-top:1px solid var(--line);padding:.35rem .8rem;text-align:right;vertical-align:top}
th{vertical-align:bottom;border-top:0;border-bottom:2px solid #8b93a1;font-weight:600}
th:first-child,td:first-child{text-align:left;padding-left:.2rem}tbody tr:last-child td{border-bottom:1px solid var(--line)}
tr.words td{border-top:0;padding:0 .8rem .5rem 1.2rem;text-align:left;color:var(--soft)}
tr.words div{position:sticky;left:1.2rem;width:max-content;max-width:min(44rem,calc(100vw - 4.5rem))}
.range{display:block;white-space:nowrap;color:var(--soft);font-size:.92em}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:1rem;margin:1.5rem 0;padding:0;list-style:none}
.cards li{border:1px solid var(--line);border-top:4px solid var(--accent);border-radius:4px;padding:.9rem 1rem;margin:0}
.cards b{display:block;font-size:1.6rem;line-height:1.2;margin-bottom:.3rem}.cards .range{white-space:normal;margin-top:.4rem}
.summary{background:var(--wash);padding:1rem 1.5rem;border-left:4px solid var(--accent)}.summary h2{margin-top:0;border:0}
.note{color:var(--soft);font-size:.9rem}.warn{background:#fdecdc;padding:.4rem .7rem}
svg{width:100%;max-width:44rem;min-width:30rem;height:auto;font:12px system-ui,sans-serif}svg text{fill:var(--ink)}.grid{stroke:#e3e6ea;fill:none}
dt{font-weight:600}dd{margin:0 0 .6rem 1rem;max-width:46rem}
@media print{@page{margin:16mm}body{margin:0;padding:0;max-width:none;font-size:9.5pt}h1{font-size:18pt}h2{font-size:13pt;margin-top:1.6rem}
h2,h3,caption{break-after:avoid}tr,figure,.cards li,dt,dd{break-inside:avoid}tr:has(+tr.words){break-after:avoid}dt{break-after:avoid}
.scroll{overflow:visible}figure.scroll{margin:.5rem 0}svg{min-width:0;max-width:12cm}tr.words div{position:static;width:auto;max-width:none}th,td{padding:.2rem .4rem}table{font-size:8pt}
.summary,.warn{background:none;border:1px solid #888}.cards{grid-template-columns:repeat(4,1fr);gap:.5rem}.cards b{font-size:13pt}}
)";

}  // namespace

double Of(const Json& value) { return value.is_number() ? value.get<double>() : std::nan(""); }

std::string Figure(double value) { return std::isfinite(value) ? Digits(value) : "&ndash;"; }

std::string Figure(const Json& value) { return Figure(Of(value)); }

std::string Exactly(const Json& value) {
  return value.is_number() ? absl::StrFormat("%.6g", Of(value)) : "&ndash;";
}

// "0.0012 (0.0009 to 0.0016)", or what stands for it.
std::string RateCell(const Json& rate) {
  if (!rate.is_object() || rate["value"].is_null()) return "not measured";
  if (rate["bound_if_none"].get<bool>())
    return absl::StrCat("0 (below ", Figure(rate["high"]), ")");
  return absl::StrCat(Figure(rate["value"]), rate["enough_errors"].get<bool>() ? "" : " *",
                      rate["low"].is_null()
                          ? ""
                          : absl::StrCat(" <span class=\"range\">(", Figure(rate["low"]), " to ",
                                         Figure(rate["high"]), ")</span>"));
}

std::string RateAndCounts(const Json& rate) {
  return absl::StrCat(RateCell(rate),
                      rate["value"].is_null()
                          ? ""
                          : absl::StrCat("<span class=\"range\">", Counts(rate), "</span>"));
}

std::string Counts(const Json& rate) {
  return absl::StrCat(Count(Of(rate["errors"])), " of ", Count(Of(rate["trials"])));
}

Table::Table(const std::string& caption, const std::vector<std::string>& names)
    : columns_(names.size()) {
  absl::StrAppend(&html_, "<div class=\"scroll\" tabindex=\"0\"><table><caption>", caption,
                  "</caption><thead><tr>");
  for (const std::string& name : names)
    absl::StrAppend(&html_, "<th scope=\"col\">", name, "</th>");
  html_ += "</tr></thead><tbody>\n";
}

void Table::Row(const std::vector<std::string>& cells) {
  html_ += "<tr>";
  for (size_t c = 0; c < columns_; ++c)
    absl::StrAppend(&html_, "<td>", c < cells.size() ? cells[c] : "", "</td>");
  html_ += "</tr>\n";
}

void Table::Words(const std::string& text) {
  absl::StrAppend(&html_, "<tr class=\"words\"><td colspan=\"", columns_, "\"><div>", Escape(text),
                  "</div></td></tr>\n");
}

std::string Table::End() const { return html_ + "</tbody></table></div>\n"; }

std::string Text(const Json& value) { return Escape(value.get<std::string>()); }

std::string StartOfPage(const std::string& title) {
  return absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">",
      "<title>", Escape(title), "</title><style>", kStyle, "</style></head><body><main>\n<h1>",
      Escape(title), "</h1>\n");
}

std::string Plot(const std::string& heading, const std::string& svg) {
  return absl::StrCat("<h3>", heading, "</h3>\n<figure class=\"scroll\" tabindex=\"0\">", svg,
                      "</figure>\n");
}

std::string EndOfPage() { return "</main></body></html>\n"; }

}  // namespace lineup
