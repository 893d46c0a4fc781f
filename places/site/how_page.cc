#include "absl/strings/str_cat.h"
#include "places/site/html.h"
#include "places/site/pages.h"
#include "places/site/words.h"

namespace places::site {
namespace {

// How many of the edition's places have some fact.
template <typename Has>
int64_t CountOf(const Edition& edition, Has has) {
  int64_t count = 0;
  for (const Place* place : edition.places) count += has(*place) ? 1 : 0;
  return count;
}

std::string Meanings(const Edition& edition) {
  std::string html = "<dl class=\"meanings\">\n";
  for (const ScopeMeaning& meaning : edition.reg.scopes()) {
    Place example;
    example.scope = meaning.scope;
    absl::StrAppend(&html, "<div><dt>", ScopeWord(example), "</dt><dd>", Escape(meaning.means),
                    "</dd></div>\n");
  }
  return html + "</dl>\n";
}

}  // namespace

std::string HowPage(const Edition& edition) {
  const int64_t all = static_cast<int64_t>(edition.places.size());
  const int64_t read = CountOf(edition, [](const Place& p) { return p.redaction.confirmed(); });
  const int64_t open =
      CountOf(edition, [](const Place& p) { return p.redaction.exempt == Exempt::kUnknown; });
  const int64_t unsure = CountOf(edition, [](const Place& p) { return !p.confirmed; });
  const int64_t conflicts = CountOf(edition, [](const Place& p) { return !p.conflicts.empty(); });
  const Tally& bans = edition.count.bans;
  return Page(
      {.title = "How we know, and where this ends",
       .description = "How the register was made, what unconfirmed means, how residents are "
                      "counted, what it can’t tell, and how to correct it.",
       .root = "",
       .here = "How we know"},
      absl::StrCat(
          "<article class=\"place how\"><div class=\"wide\">\n<p class=\"kicker\">About the "
          "register</p>\n<h1>How we know, and where this ends</h1>\n<p class=\"dek\">The register "
          "holds ",
          Plural(all, "law", "laws"),
          ". Each fact says what it rests on, and whether that was "
          "read or only recalled.</p>\n<div class=\"columns\"><div class=\"body\">\n"
          "<h2 id=\"limits\">What this is not</h2>\n<ul>\n<li><strong>It is not legal "
          "advice.</strong> The text of a law decides, and we have read few of them to the "
          "end.</li>\n<li><strong>It is not complete.</strong> A place that is missing may have a "
          "ban.</li>\n<li><strong>It is not live.</strong> Facts were collected on ",
          DayWords(edition.reg.as_of()),
          " from stored copies of public pages. The pages show the law as of ",
          DayWords(edition.as_of),
          ".</li>\n<li><strong>A ban is not the absence of cameras,</strong> and binds no federal "
          "agency.</li>\n</ul>\n<h2 id=\"unconfirmed\">What “unconfirmed” means</h2>\n<p>A fact is "
          "confirmed if a page that was read states it. It is unconfirmed if it was recalled, "
          "inferred, or taken over from a list without a check. ",
          unsure == 0
              ? "Each adoption in the register is confirmed."
              : absl::StrCat("For ", NumberWord(unsure), unsure == 1 ? " law" : " laws", " of the ",
                             Commas(all), " the adoption itself is unconfirmed; ",
                             unsure == 1 ? "it is" : "those are", " shown, and never counted."),
          " Of some dates only the month or the year is known, and some laws need two votes of "
          "which only the first was seen. For days on which that leaves open whether a law was in "
          "force, the register answers “unconfirmed” rather than guess.</p>\n<p>In ",
          conflicts == 1 ? "one case" : absl::StrCat(NumberWord(conflicts), " cases"),
          " sources contradict each other; the page of the place says how.</p>\n"
          "<h2 id=\"count\">How residents are counted</h2>\n<p>Counted are the residents, by the "
          "2020 Census, of cities, towns and counties whose own government is bound by a ban or a "
          "moratorium in force on the day. The result for ",
          DayWords(edition.as_of), " is ", Commas(bans.people), ", of ",
          Commas(edition.count.residents),
          " in the United States.</p>\n<ul>\n<li>Nobody is counted "
          "twice: a city within a counted county adds nothing.</li>\n<li>A county’s ban binds the "
          "county’s offices and its sheriff, not the police of cities within it. Its residents "
          "are counted all the same, since that government is theirs too.</li>\n<li>Laws that "
          "set limits, and rules for the police alone, are shown and not counted. So are laws of "
          "states, since none in the register bans all use by government.</li>\n<li>",
          Commas(bans.unchecked),
          " of the residents counted rest on figures that were not checked "
          "again against the Census.</li>\n<li>Without a known end, a law is taken to be in "
          "force.</li>\n</ul>\n<p>The figures are those of <code>efface-places count --on ",
          DayText(edition.as_of), "</code>.</p>\n<h2 id=\"kinds\">Kinds of rules</h2>\n",
          Meanings(edition),
          "<h2 id=\"redaction\">Software that hides faces</h2>\n<p>Places that ban recognition "
          "still publish video, and have to hide the faces in it. Whether a ban allows software "
          "for that in so many words is a fact of its own here. It was read in the law’s own text "
          "for ",
          NumberWord(read), " of the ", Commas(all), " laws; for ", Commas(open),
          " it is not known.</p>\n<h2 id=\"data\">Download the data</h2>\n<p>All facts, with their "
          "sources and what is unconfirmed. Free to use; say where it is from, and "
          "when.</p>\n<ul class=\"downloads\">\n"
          "<li><a href=\"data/places.json\" download>places.json</a> every field</li>\n"
          "<li><a href=\"data/places.csv\" download>places.csv</a> one row a place, for "
          "spreadsheets</li>\n<li><a href=\"data/places.geojson\" download>places.geojson</a> "
          "places with a position, about the centre, to two decimals</li>\n</ul>\n<p>Total "
          "residents: ",
          OutsideLink(edition.reg.census().url, edition.reg.census().title),
          ".</p>\n<h2 id=\"correct\">How to correct a fact</h2>\n<p>The register is one file, "
          "<code>places/data/places.json</code>, in the source of Efface. Propose a change to it "
          "there, with the address of a page that states the fact: best is the text of the law. "
          "A test checks dates, sources, duplicates and populations, and a person reviews each "
          "change. A law that ended is as welcome as a new one.</p>\n</div>\n<nav class=\"glance\" "
          "aria-label=\"On this page\"><ul>"
          "<li><a href=\"#limits\">What this is not</a></li><li><a href=\"#unconfirmed\">What "
          "“unconfirmed” means</a></li><li><a href=\"#count\">How residents are "
          "counted</a></li><li><a href=\"#kinds\">Kinds of rules</a></li><li><a "
          "href=\"#redaction\">Software that hides faces</a></li><li><a href=\"#data\">Download "
          "the "
          "data</a></li><li><a href=\"#correct\">How to correct a fact</a></li></ul></nav>\n"
          "</div></div></article>\n"));
}

}  // namespace places::site
