// The page of an attack, made from its figures.
#include <cmath>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lineup/odds.h"
#include "lineup/page.h"
#include "lineup/run/attack.h"
#include "lineup/svg.h"

namespace lineup {
namespace {

using Json = nlohmann::ordered_json;

std::string Percent(const Json& value) { return absl::StrFormat("%.1f %%", 100 * Of(value)); }

std::string ShareCell(const Json& share) {
  return absl::StrCat(Percent(share["value"]), " (", Percent(share["low"]), " to ",
                      Percent(share["high"]), ")", share["above_chance"].get<bool>() ? "" : " *");
}

std::string VerdictText(const std::string& verdict, const std::string& margin) {
  if (verdict == "equivalent") return absl::StrCat("equal within ", margin);
  if (verdict == "much more") return absl::StrCat("at least ", margin, " more");
  if (verdict == "more" || verdict == "less") return absl::StrCat(verdict, "; equality not shown");
  return "undecided: neither is shown";
}

std::string AttackPart(const Json& figures, const char* key, const std::string& heading,
                       const std::string& words) {
  const Json& methods = figures["methods"];
  const std::string margin = absl::StrFormat("%g points", 100 * Of(figures["settings"]["margin"]));
  std::vector<Bar> bars;
  Table table("Share of probes for which the person is found, with 95 % intervals",
              {"pictures", "rank 1", "rank 10", "found at a threshold of FPIR 1 %"});
  Table tests(absl::StrCat("Rank 1 against the control: equivalence within ", margin),
              {"pictures", "difference, points (90 % interval)", "p", "result",
               "power, were they equal", "probes for a power of 80 %"});
  for (const Json& method : methods) {
    const Json& attack = method["attacks"][key];
    const Json& first = attack["rank_1"];
    bars.push_back({method["name"].get<std::string>(), Of(first["value"]), Of(first["low"]),
                    Of(first["high"]), method["control"].get<bool>()});
    table.Row({Text(method["name"]), ShareCell(first), ShareCell(attack["rank_10"]),
               ShareCell(attack["tpir_at_fpir_0.01"])});
    if (!attack.contains("against_control")) continue;
    const Json& test = attack["against_control"];
    tests.Row({Text(method["name"]),
               absl::StrFormat("%+.2f (%+.2f to %+.2f)", 100 * Of(test["difference"]),
                               100 * Of(test["low_90"]), 100 * Of(test["high_90"])),
               Of(test["p"]) < 0.001 ? "below 0.001" : Figure(test["p"]),
               VerdictText(attack["verdict"].get<std::string>(), margin),
               Percent(test["power_if_equal"]), Count(Of(test["probes_for_power_80"]))});
  }
  const Json& of = methods[0]["attacks"][key];
  table.Row({"chance", Percent(of["rank_1"]["chance"]), Percent(of["rank_10"]["chance"]),
             absl::StrFormat("%.4f %%", 100 * Of(of["tpir_at_fpir_0.01"]["chance"]))});
  const double control = Of(methods[methods.size() - 1]["attacks"][key]["rank_1"]["value"]);
  return absl::StrCat(
      "<h2>", heading, "</h2>\n<p>", words, "</p>\n",
      BarPlot(absl::StrCat(heading, ": rank 1"), "share of probes named rightly (rank 1)", bars,
              {{"control", control}, {"blind guessing", Of(of["rank_1"]["chance"])}}),
      "\n", table.End(),
      "<p class=\"note\">* not above chance: the interval reaches down to it.</p>\n", tests.End());
}

constexpr char kWords[] = R"(<h2>Words and methods</h2>
<dl>
<dt>Rank 1, rank 10</dt><dd>The right person is the most similar one of the gallery, or among the ten most similar. A person counts by the best of his or her pictures; equal scores stand in random order.</dd>
<dt>Found at a threshold of FPIR 1 %</dt><dd>True positive identification rate: the right person's score passes the threshold at which 1 % of searches for people who are not in the gallery return someone. Such searches are those of the same probes without their own person; the attacker is taken to know the threshold, which rests on these same data. With fewer than 3,000 probes it rests on fewer than 30 such searches.</dd>
<dt>Forced detection</dt><dd>The face's place, and the points by which it is cut out, are those of the unredacted picture. A face that a detector no longer finds is searched for all the same. No real attacker knows that much.</dd>
<dt>Parrot attack</dt><dd>The gallery is redacted in the same way as the probes (Newton, Sweeney and Malin 2005).</dd>
<dt>Control</dt><dd>The face, and all that the masks cover, painted out in one grey by this program. What is still found comes from outside of the mask.</dd>
<dt>Equivalence</dt><dd>Two one-sided tests at 5 %: the 90 % interval of the difference to the control, on the same probes, lies wholly within the margin, which was set beforehand. A difference that is &ldquo;not significant&rdquo; shows nothing of that kind. The error takes each person as a cluster, and counts half a differing probe more either way (after Agresti and Min 2005).</dd>
<dt>Power</dt><dd>How often such a study would show equivalence, were there no difference at all.</dd>
<dt>Interval</dt><dd>The middle 95 % over draws of persons (Poisson bootstrap) with the gallery as it is; where nobody was found, 0 to 3 / probes.</dd>
</dl>
)";

}  // namespace

std::string AttackPage(const Json& figures) {
  std::string html = StartOfPage("Can a recogniser find people in redacted pictures?");
  html += "<div class=\"summary\"><h2>In short</h2><ul>\n";
  for (const Json& sentence : figures["summary"])
    absl::StrAppend(&html, "<li>", Text(sentence), "</li>\n");
  html += "</ul></div>\n";
  absl::StrAppend(
      &html,
      AttackPart(figures, "clear_gallery", "Against clear pictures",
                 "Redacted pictures are searched in a gallery of clear ones."),
      AttackPart(figures, "parrot", "Against pictures redacted alike (parrot attack)",
                 "The attacker redacts the gallery in the same way, so that like is compared with "
                 "like."));
  html += "<h2>What was compared</h2>\n";
  Table counts("Counts", {"what", "count"});
  for (const auto& [key, what] :
       {std::pair{"persons", "persons in the gallery"},
        {"gallery_pictures", "pictures in the gallery"},
        {"probes", "probes"},
        {"persons_sought", "persons on probes"},
        {"control_painted_by_masks", "control: pictures painted out where masks lie"},
        {"control_painted_by_place", "control: pictures painted out at the face's place (also)"}})
    counts.Row({what, Count(Of(figures[key]))});
  for (const Json& kind : figures["left_out"])
    counts.Row({absl::StrCat("left out: ", Text(kind["what"]), ", the first ", Text(kind["first"])),
                Count(Of(kind["count"]))});
  html += counts.End();
  for (const Json& note : figures["notes"])
    absl::StrAppend(&html, "<p class=\"note\">", Text(note), "</p>\n");
  absl::StrAppend(&html, kWords, "<p class=\"note\">efface-lineup-run ",
                  Text(figures["tool"]["version"]), "; ",
                  Count(Of(figures["settings"]["replicates"])), " draws of persons, seed ",
                  Count(Of(figures["settings"]["seed"])), ".</p>\n", EndOfPage());
  return html;
}

}  // namespace lineup
