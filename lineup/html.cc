// The page of a report, made from its figures.
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lineup/odds.h"
#include "lineup/report.h"
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

class Table {
 public:
  Table(const std::string& caption, const std::vector<std::string>& names) {
    absl::StrAppend(&html_, "<div class=\"scroll\" tabindex=\"0\"><table><caption>", caption,
                    "</caption><thead><tr>");
    for (const std::string& name : names)
      absl::StrAppend(&html_, "<th scope=\"col\">", name, "</th>");
    html_ += "</tr></thead><tbody>\n";
  }
  void Row(const std::vector<std::string>& cells) {
    html_ += "<tr>";
    for (const std::string& cell : cells)
      absl::StrAppend(&html_, cell.size() > 60 ? "<td class=\"words\">" : "<td>", cell, "</td>");
    html_ += "</tr>\n";
  }
  std::string End() const { return html_ + "</tbody></table></div>\n"; }

 private:
  std::string html_;
};

std::string Text(const Json& value) { return Escape(value.get<std::string>()); }

std::string PopulationPart(const Json& figures) {
  const Json& people = figures["population"];
  std::string html = "<h2>Who was compared</h2>\n";
  Table table("Persons and pictures",
              {"group", "persons", "with two pictures or more", "pictures", "without a template"});
  for (const Json& group : people["groups"])
    table.Row({people["grouped"].get<bool>() ? Text(group["name"]) : "all",
               Count(Of(group["persons"])), Count(Of(group["persons_with_several_pictures"])),
               Count(Of(group["pictures"])), Count(Of(group["failed"]))});
  html += table.End();
  for (const Json& note : figures["notes"])
    absl::StrAppend(&html, "<p class=\"note\">", Text(note), "</p>\n");
  if (figures["left_out"].empty()) return html + "<p>Nothing of the input was left out.</p>\n";
  Table left("Left out of the input", {"what", "count", "the first"});
  for (const Json& kind : figures["left_out"])
    left.Row({Text(kind["what"]), Count(Of(kind["count"])), Text(kind["first"])});
  return html + left.End();
}

std::string VerificationPart(const Json& figures) {
  const Json& part = figures["verification"];
  std::string html = absl::StrCat("<h2>One to one: is this the same person?</h2>\n<p>",
                                  Text(part["threshold_population"]), " Scores are ",
                                  figures["higher_is_same"].get<bool>()
                                      ? "similarities: a pair matches at or above the threshold."
                                      : "distances: a pair matches at or below the threshold.",
                                  "</p>\n");
  Table table(
      "False match rate (FMR) and false non-match rate (FNMR) at thresholds, with 95 % intervals",
      {"set for FMR", "threshold", "FMR", "false matches", "FNMR", "false non-matches",
       "FMR, failures as non-matches", "FNMR, failures as non-matches"});
  std::string words;
  for (const Json& point : part["operating_points"]) {
    const std::string target = point["target"].is_null() ? "fixed" : Figure(point["target"]);
    if (!point["reachable"].get<bool>() || !point.contains("fmr")) {
      table.Row({target, "&ndash;", "too few comparisons"});
      if (point.contains("why"))
        absl::StrAppend(&words, "<li>FMR ", target, ": ", Text(point["why"]), "</li>\n");
      continue;
    }
    table.Row({target, Figure(point["threshold"]), RateCell(point["fmr"]), Counts(point["fmr"]),
               RateCell(point["fnmr"]), Counts(point["fnmr"]), RateCell(point["fmr_with_failures"]),
               RateCell(point["fnmr_with_failures"])});
    absl::StrAppend(&words, "<li>Threshold ", Figure(point["threshold"]), ": ",
                    Text(point["in_words"]), "</li>\n");
  }
  absl::StrAppend(
      &html, table.End(),
      "<p class=\"note\">* fewer than 30 errors: too few for an estimate (rule of 30). Where no "
      "error was seen, the bound is 3 / "
      "comparisons (rule of three). Both rules assume independent comparisons, which these are "
      "not, since a person takes part in "
      "many. Intervals draw whole persons anew, on both sides of a comparison.</p>\n<ul>",
      words, "</ul>\n");
  Table failures("Failure to acquire or enrol: pictures of which the recogniser made no template",
                 {"group", "rate", "pictures"});
  failures.Row({"all", RateCell(part["failure_to_acquire"]), Counts(part["failure_to_acquire"])});
  if (part["failure_to_acquire_by_group"].size() > 1)
    for (const Json& group : part["failure_to_acquire_by_group"])
      failures.Row({Text(group["name"]), RateCell(group["rate"]), Counts(group["rate"])});
  html += failures.End();
  absl::StrAppend(&html,
                  "<p>Comparisons that failed: ", Count(Of(part["failed_genuine_comparisons"])),
                  " genuine, ", Count(Of(part["failed_impostor_comparisons"])), " impostor.</p>\n");
  if (!part["equal_error_rate"].is_null())
    absl::StrAppend(&html, "<p class=\"note\">Equal error rate ",
                    Figure(part["equal_error_rate"]["value"]), " at threshold ",
                    Figure(part["equal_error_rate"]["threshold"]),
                    "; no system is used there.</p>\n");

  Series det{"", {}}, roc{"", {}};
  for (const Json& point : part["curve"]) {
    det.points.emplace_back(Of(point[1]), Of(point[2]));
    roc.points.emplace_back(Of(point[1]), 1 - Of(point[2]));
  }
  if (Of(part["genuine_comparisons"]) > 0)
    absl::StrAppend(&html, "<h3>Detection error trade-off (DET)</h3>\n",
                    LinePlot("DET", {"FMR", true}, {"FNMR", true}, {det}),
                    "\n<h3>Receiver operating characteristic (ROC)</h3>\n",
                    LinePlot("ROC", {"FMR", true}, {"1 - FNMR", false}, {roc}), "\n");
  const Json& histograms = part["histograms"];
  const double low = Of(histograms["low"]), high = Of(histograms["high"]);
  std::vector<Series> shapes;
  for (const char* kind : {"impostor", "genuine"}) {
    Series shape{kind == std::string("impostor") ? "two people" : "one person", {}};
    double all = 0;
    for (const Json& count : histograms[kind]) all += Of(count);
    const auto bars = static_cast<double>(histograms[kind].size());
    for (size_t i = 0; i < histograms[kind].size() && all > 0; ++i)
      shape.points.emplace_back(low + (high - low) * (static_cast<double>(i) + 0.5) / bars,
                                Of(histograms[kind][i]) / all);
    if (all > 0) shapes.push_back(shape);
  }
  absl::StrAppend(
      &html, "<h3>Scores</h3>\n",
      LinePlot("Histogram of scores", {"score", false}, {"share of comparisons", false}, shapes),
      "\n");
  Table similar(
      "The most similar pairs of two people: look whether any is one person under two names, or "
      "one picture twice",
      {"picture", "person", "picture", "person", "score"});
  for (const Json& pair : part["most_similar_impostors"])
    similar.Row({Text(pair["a"]), Text(pair["person_a"]), Text(pair["b"]), Text(pair["person_b"]),
                 Figure(pair["score"])});
  return html + similar.End();
}

std::string IdentificationPart(const Json& figures) {
  const Json& part = figures["identification"];
  std::string html = "<h2>One to many: who is this?</h2>\n";
  if (!part["measured"].get<bool>()) return absl::StrCat(html, "<p>", Text(part["why"]), "</p>\n");
  absl::StrAppend(
      &html, "<p>", Count(Of(part["pictures_searched"])),
      " pictures were searched in galleries of one picture a person, drawn ",
      Count(Of(part["draws"])),
      " times. <em>Threshold mode</em>: everyone at or past the threshold is returned. "
      "<em>Candidate list mode</em>: the k most similar are "
      "returned whatever their score, so every search for someone who is not in the gallery "
      "returns k innocent people for a person to "
      "judge. Intervals draw the searched persons anew; the galleries vary over the draws.</p>\n");
  Table ranks(
      "Candidate list mode (closed set): share of searches whose person is among the first k",
      {"gallery", "k = 1", "5", "10", "20", "50", "searches"});
  for (const Json& row : part["galleries"]) {
    std::vector<std::string> cells = {Count(Of(row["gallery"]))};
    for (const Json& rank : row["ranks"]) cells.push_back(RateCell(rank["identified"]));
    const std::string trials =
        row["ranks"].empty() ? "0" : Count(Of(row["ranks"][0]["identified"]["trials"]));
    cells.resize(6, "&ndash;");
    cells.push_back(trials);
    ranks.Row(cells);
  }
  html += ranks.End();
  Table open("Threshold mode (open set)",
             {"gallery", "threshold", "FMR there", "FPIR", "1 - (1 - FMR)<sup>N</sup>",
              "innocents a search", "FNIR", "in words"});
  std::map<double, std::pair<Series, Series>> growth;
  for (const Json& row : part["galleries"]) {
    for (const Json& at : row["thresholds"]) {
      open.Row(
          {Count(Of(row["gallery"])), Figure(at["threshold"]), Figure(at["fmr"]),
           RateCell(at["fpir"]), Figure(at["fpir_if_independent"]),
           at.contains("innocents_per_search") ? Figure(at["innocents_per_search"]) : "&ndash;",
           RateCell(at["fnir"]),
           at.contains("in_words") ? Text(at["in_words"]) : "nobody is outside of this gallery"});
      auto& [measured, independent] = growth[Of(at["threshold"])];
      const std::string name = absl::StrCat("FMR ", Count(Of(at["fmr"])));
      measured.name = name;
      measured.marked = true;
      independent.name = name + ", independent";
      independent.dashed = true;
      measured.points.emplace_back(Of(row["gallery"]), Of(at["fpir"]["value"]));
      independent.points.emplace_back(Of(row["gallery"]), Of(at["fpir_if_independent"]));
    }
  }
  html += open.End();
  std::vector<Series> lines;
  for (const auto& [threshold, two] : growth) {
    lines.push_back(two.first);
    lines.push_back(two.second);
  }
  if (!lines.empty())
    absl::StrAppend(
        &html,
        "<h3>Growth with the gallery</h3>\n<p>FPIR: the chance that a search for someone who is "
        "not in the gallery returns an innocent "
        "person. The dashed curve assumes that comparisons err independently; the measured one "
        "overrides it.</p>\n",
        LinePlot("FPIR by gallery size", {"persons in the gallery", true}, {"FPIR", true}, lines),
        "\n");
  if (!part["extrapolated"].empty()) {
    html +=
        "<p class=\"warn\">Extrapolated, not measured: as if each further person erred like those "
        "of the largest gallery measured.</p>\n";
    Table beyond("Extrapolated",
                 {"gallery", "threshold", "FMR", "FPIR", "largest gallery measured"});
    for (const Json& row : part["extrapolated"])
      beyond.Row({Count(Of(row["gallery"])), Figure(row["threshold"]), Figure(row["fmr"]),
                  Figure(row["fpir"]), Count(Of(row["largest_measured"]))});
    html += beyond.End();
  }
  return html;
}

std::string DifferentialPart(const Json& figures) {
  const Json& part = figures["differentials"];
  std::string html = "<h2>Whom it fails: differences between groups</h2>\n";
  if (!part["measured"].get<bool>()) return absl::StrCat(html, "<p>", Text(part["why"]), "</p>\n");
  absl::StrAppend(&html, "<p>All groups at one threshold, ", Figure(part["threshold"]),
                  part["target"].is_null()
                      ? ""
                      : absl::StrCat(", set for FMR ", Figure(part["target"]), " over all"),
                  ". ", Text(part["correction"]), "</p>\n<ul>");
  for (const char* kind : {"found", "undefined"})
    for (const Json& sentence : part[kind])
      absl::StrAppend(&html, "<li>", Text(sentence), "</li>\n");
  html += "</ul>\n";
  Table table("Error rates by group, pairs within the group",
              {"group", "persons", "pictures", "FMR", "simultaneous", "FNMR", "simultaneous",
               "FNMR, failures as non-matches"});
  const auto both = [](const Json& interval) {
    return absl::StrCat(Figure(interval[0]), " to ", Figure(interval[1]));
  };
  Table ratios("Against the geometric mean of the groups",
               {"group", "errors", "ratio", "simultaneous", "p (Holm)",
                "smallest ratio found with 80 % power", "power to find a doubling"});
  for (const Json& group : part["groups"]) {
    table.Row({Text(group["name"]), Count(Of(group["persons"])), Count(Of(group["pictures"])),
               RateCell(group["fmr"]), both(group["fmr_simultaneous"]), RateCell(group["fnmr"]),
               both(group["fnmr_simultaneous"]), RateCell(group["fnmr_with_failures"])});
    for (const auto& [key, name] :
         {std::pair{"fmr_ratio", "false matches"}, std::pair{"fnmr_ratio", "false non-matches"}}) {
      if (!group.contains(key)) continue;
      const Json& ratio = group[key];
      const auto get = [&](const char* field) {
        return ratio.contains(field) ? Figure(ratio[field]) : std::string("&ndash;");
      };
      ratios.Row({Text(group["name"]), name, get("to_geometric_mean"),
                  get("low") + " to " + get("high"), get("p_holm"),
                  get("smallest_detectable_ratio"), get("power_to_find_double")});
    }
  }
  absl::StrAppend(&html, table.End(), ratios.End());

  std::vector<std::string> names;
  std::map<std::string, size_t> place;
  for (const Json& group : part["groups"]) {
    place[group["name"].get<std::string>()] = names.size();
    names.push_back(group["name"].get<std::string>());
  }
  std::vector<std::vector<double>> values(names.size(),
                                          std::vector<double>(names.size(), std::nan("")));
  std::vector<std::vector<std::string>> texts(names.size(), std::vector<std::string>(names.size()));
  Table cells("FMR for each pair of groups", {"groups", "FMR", "simultaneous", "false matches"});
  for (const Json& pair : part["pairs"]) {
    const size_t a = place[pair["a"].get<std::string>()], b = place[pair["b"].get<std::string>()];
    values[a][b] = values[b][a] = Of(pair["fmr"]["value"]);
    texts[a][b] = texts[b][a] =
        std::isnan(values[a][b]) ? "none" : absl::StrFormat("%.2g", values[a][b]);
    cells.Row({absl::StrCat(Text(pair["a"]), " and ", Text(pair["b"])), RateCell(pair["fmr"]),
               both(pair["simultaneous"]), Counts(pair["fmr"])});
  }
  absl::StrAppend(&html, "<h3>False matches by pair of groups</h3>\n",
                  HeatMap("FMR by pair of groups", names, values, texts), "\n", cells.End());

  const Json& summary = part["summary"];
  Table one(
      absl::StrCat("In one number (alpha = ", Figure(summary["alpha"]), ")"),
      {"measure", "value (95 % interval)", "by chance alone, were groups equal", "equal means"});
  const std::vector<std::array<const char*, 3>> measures = {
      {"fmr_max_over_geometric_mean", "FMR: maximum / geometric mean (NIST IR 8429)", "1"},
      {"fmr_max_over_min", "FMR: maximum / minimum (NIST IR 8429)", "1"},
      {"fmr_gini", "FMR: Gini coefficient", "0"},
      {"fnmr_max_over_geometric_mean", "FNMR: maximum / geometric mean", "1"},
      {"fnmr_max_over_min", "FNMR: maximum / minimum", "1"},
      {"fnmr_gini", "FNMR: Gini coefficient", "0"},
      {"garbe", "GARBE (Howard et al. 2022)", "0"},
      {"fairness_discrepancy_rate",
       "Fairness discrepancy rate (de Freitas Pereira and Marcel 2021)", "1"},
      {"inequity_rate", "Inequity rate (Grother 2021)", "1"}};
  for (const auto& [key, name, equal] : measures) {
    const Json& value = summary[key];
    const bool known = !value["value"].is_null();
    one.Row({name,
             !known ? "undefined"
                    : absl::StrCat(Figure(value["value"]),
                                   value["low"].is_null()
                                       ? ""
                                       : absl::StrCat(" (", Figure(value["low"]), " to ",
                                                      Figure(value["high"]), ")")),
             known ? absl::StrCat(
                         std::string(key) == "fairness_discrepancy_rate" ? "down to " : "up to ",
                         Figure(value["by_chance"]))
                   : "&ndash;",
             equal});
  }
  return html + one.End();
}

constexpr char kDefinitions[] = R"(<h2>Words and formulas</h2>
<dl>
<dt>Genuine and impostor comparison</dt><dd>Of two pictures of one person, and of two people. Pictures are never compared with themselves.</dd>
<dt>FMR, false match rate</dt><dd>Share of impostor comparisons that match (ISO/IEC 19795-1).</dd>
<dt>FNMR, false non-match rate</dt><dd>Share of genuine comparisons that don't match.</dd>
<dt>Failure to acquire, failure to enrol</dt><dd>Share of pictures of which the recogniser made no template. With failures counted as non-matches, each comparison with such a picture is one that doesn't match.</dd>
<dt>FPIR, false positive identification rate</dt><dd>Share of searches for people who aren't in the gallery that return someone.</dd>
<dt>FNIR, false negative identification rate</dt><dd>Share of searches for people in the gallery that don't return them.</dd>
<dt>Rank k</dt><dd>The person is among the k most similar in the gallery; who is as similar as the person counts as ahead.</dd>
<dt>Interval</dt><dd>The middle 95 % over draws of persons (Poisson bootstrap); an impostor pair is weighted by both its persons. Where no error was seen, 0 to 3 / comparisons.</dd>
<dt>Gini coefficient</dt><dd>n / (n &minus; 1) &middot; &Sigma;<sub>ij</sub> |x<sub>i</sub> &minus; x<sub>j</sub>| / (2 n<sup>2</sup> mean x), of the groups' rates x.</dd>
<dt>GARBE</dt><dd>alpha &middot; Gini(FMR) + (1 &minus; alpha) &middot; Gini(FNMR).</dd>
<dt>Fairness discrepancy rate</dt><dd>1 &minus; (alpha &middot; max |FMR<sub>i</sub> &minus; FMR<sub>j</sub>| + (1 &minus; alpha) &middot; max |FNMR<sub>i</sub> &minus; FNMR<sub>j</sub>|). Written out, since FDR also means false discovery rate.</dd>
<dt>Inequity rate</dt><dd>(max FMR / min FMR)<sup>alpha</sup> &middot; (max FNMR / min FNMR)<sup>1 &minus; alpha</sup>; undefined where a group has no error.</dd>
</dl>
)";

std::string Start(const std::string& title) {
  return absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width\">",
      "<title>", Escape(title), "</title><style>", kStyle, "</style></head><body><main>\n<h1>",
      Escape(title), "</h1>\n");
}

}  // namespace

std::string Page(const Json& figures) {
  std::string html =
      Start(absl::StrCat("How often ", figures["name"].get<std::string>(), " is wrong"));
  html += "<div class=\"summary\"><h2>In short</h2><ul>\n";
  for (const Json& sentence : figures["summary"])
    absl::StrAppend(&html, "<li>", Text(sentence), "</li>\n");
  html += "</ul></div>\n";
  absl::StrAppend(
      &html, PopulationPart(figures), VerificationPart(figures), IdentificationPart(figures),
      DifferentialPart(figures), kDefinitions, "<p class=\"note\">efface-lineup ",
      Text(figures["tool"]["version"]), "; ", Count(Of(figures["settings"]["replicates"])),
      " draws of persons, seed ", Count(Of(figures["settings"]["seed"])),
      ". Terms and structure after ISO/IEC 19795-1 and 19795-10.</p>\n</main></body></html>\n");
  return html;
}

std::string ComparisonPage(const Json& comparison, const Json& a, const Json& b) {
  const std::string first = comparison["a"].get<std::string>(),
                    second = comparison["b"].get<std::string>();
  std::string html = Start(absl::StrCat(first, " and ", second));
  html += "<div class=\"summary\"><h2>In short</h2><ul>\n";
  for (const Json& row : comparison["rows"])
    if (row.contains("in_words")) absl::StrAppend(&html, "<li>", Text(row["in_words"]), "</li>\n");
  absl::StrAppend(&html, "<li>", Text(comparison["how"]), "</li></ul></div>\n");
  Table table("FNMR at equal false match rates",
              {"FMR", Escape(first), Escape(second), "second minus first (95 % interval)",
               "with failures: first", "second"});
  for (const Json& row : comparison["rows"])
    table.Row({Figure(row["target"]), RateCell(row["fnmr_a"]), RateCell(row["fnmr_b"]),
               row.contains("low")
                   ? absl::StrCat(Figure(row["fnmr_b_minus_a"]), " (", Figure(row["low"]), " to ",
                                  Figure(row["high"]), ")")
                   : "&ndash;",
               RateCell(row["fnmr_with_failures_a"]), RateCell(row["fnmr_with_failures_b"])});
  html += table.End();
  std::vector<Series> curves;
  for (const Json* report : {&a, &b}) {
    Series curve{(*report)["name"].get<std::string>(), {}};
    for (const Json& point : (*report)["verification"]["curve"])
      curve.points.emplace_back(Of(point[1]), Of(point[2]));
    curves.push_back(curve);
  }
  return absl::StrCat(html, "<h2>Detection error trade-off</h2>\n",
                      LinePlot("DET", {"FMR", true}, {"FNMR", true}, curves), "\n", kDefinitions,
                      "</main></body></html>\n");
}

}  // namespace lineup
