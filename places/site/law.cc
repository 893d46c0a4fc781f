// All that is known of one law, as sections of a page.
#include "absl/strings/str_cat.h"
#include "places/site/html.h"
#include "places/site/pages.h"
#include "places/site/words.h"

namespace places::site {
namespace {

std::string Text(std::string_view text) { return std::string(text); }

std::string Sure(bool confirmed) {
  return confirmed ? "<span class=\"mark sure\">Confirmed</span>"
                   : "<span class=\"mark unsure\">Unconfirmed</span>";
}

std::string Row(const char* fact, const std::string& value, bool confirmed,
                const std::string& basis) {
  return absl::StrCat(
      "<tr><th scope=\"row\">", fact, "</th><td>", value, "</td><td>", Sure(confirmed),
      basis.empty() ? "" : absl::StrCat(" <span class=\"basis\">", Prose(basis), "</span>"),
      "</td></tr>\n");
}

std::string DateRow(const char* fact, const std::optional<DateFact>& date) {
  if (!date) return "";
  return Row(fact, Escape(date->event ? EventWords(*date) : Capital(InWords(date->date))),
             date->confirmed, date->basis);
}

std::string FactTable(const Edition& edition, const Place& place) {
  std::string rows =
      Row("Was it adopted?", place.confirmed ? "Yes" : "Reported", place.confirmed,
          place.confirmed ? "A page that we read states it." : "No page that we read states it.");
  absl::StrAppend(&rows, DateRow("Decided", place.adopted),
                  DateRow("Second vote", place.final_vote),
                  DateRow("In force from", place.effective),
                  DateRow(place.ended && place.ended->date.first > edition.as_of ? "Ends" : "Ended",
                          place.ended));
  if (!place.adopted)
    rows += "<tr><th scope=\"row\">Decided</th><td>Date not known</td><td>" + Sure(false) +
            "</td></tr>\n";
  if (!place.ended)
    rows +=
        "<tr><th scope=\"row\">Ended</th><td>No end was found</td><td><span class=\"basis\">That "
        "does not prove that it is in force.</span></td></tr>\n";
  if (!place.instrument.empty())
    rows += Row("Text", Escape(place.instrument), place.instrument_confirmed, "");
  rows += Row("Residents, 2020", Commas(place.population), place.population_confirmed,
              place.population_basis);
  if (!place.fips.empty())
    rows += Row("Census code", Escape(place.fips), place.fips_confirmed,
                place.fips_confirmed ? "" : "Recalled.");
  return absl::StrCat(
      "<h2 id=\"facts\">How sure is each fact?</h2>\n<table class=\"facts\"><thead><tr><th "
      "scope=\"col\">Fact</th><th scope=\"col\">What we have</th><th scope=\"col\">How "
      "sure</th></tr></thead><tbody>\n",
      rows, "</tbody></table>\n<p class=\"note\">Facts were collected on ",
      DayWords(edition.reg.as_of()),
      ". <a href=\"../how.html#unconfirmed\">What “unconfirmed” means</a></p>\n");
}

std::string BoundWord(Bound bound, const Place& place) {
  switch (bound) {
    case Bound::kGovernment:
      return Capital(absl::StrCat(place.kind == Kind::kState ? "" : "the ", GovernmentOf(place)));
    case Bound::kPolice:
      return "The police";
    case Bound::kSchools:
      return "Schools";
    case Bound::kPrivate:
      return "Private parties, in part or whole";
  }
  return "";
}

std::string Redaction(const Place& place) {
  const auto& redaction = place.redaction;
  const char* answer = redaction.exempt == Exempt::kNo        ? "The text doesn’t say."
                       : redaction.exempt == Exempt::kUnknown ? "We don’t know."
                       : redaction.confirmed()                ? "Yes, the text says so."
                                                              : "Yes, by what is reported.";
  return absl::StrCat(
      "<section class=\"redaction\" aria-labelledby=\"redaction\"><h2 id=\"redaction\">May "
      "software hide faces?</h2>\n<p class=\"answer\">",
      answer,
      redaction.exempt == Exempt::kUnknown ? "" : absl::StrCat(" ", Sure(redaction.confirmed())),
      "</p>\n<p>", redaction.read == Read::kReport ? "The text itself was not read. " : "",
      Prose(redaction.basis),
      redaction.url.empty() ? "" : absl::StrCat(" Source: ", OutsideLink(redaction.url, ""), "."),
      "</p>\n<p class=\"note\">Redaction software finds faces in order to cover them, and "
      "identifies "
      "nobody. Some bans exempt it in so many words. Where a text is silent, its definition "
      "decides: ask the place’s lawyer.</p></section>\n");
}

std::string Sources(const Place& place) {
  std::string html = "<h2 id=\"sources\">Sources</h2>\n<ol class=\"sources\">\n";
  for (const Source& source : place.sources)
    absl::StrAppend(&html, "<li>", OutsideLink(source.url, source.title), "</li>\n");
  return html + "</ol>\n";
}

}  // namespace

std::string Marks(const Edition& edition, const Place& place) {
  const Standing standing = StandingOn(place, edition.as_of);
  const char* kind = IsLocalBan(place) ? "ban" : "rules";
  const char* state = standing == Standing::kInForce      ? "on"
                      : standing == Standing::kNotInForce ? "off"
                                                          : "unsure";
  return absl::StrCat("<span class=\"mark ", kind, " ", state, "\">", ScopeWord(place),
                      "</span> <span class=\"mark ", state, "\">",
                      StandingWord(place, edition.as_of), "</span>");
}

std::string Terms(const Edition& edition, const Place& place) {
  std::string bound;
  for (const Bound each : place.binds)
    absl::StrAppend(&bound, "<li>", BoundWord(each, place), "</li>");
  return absl::StrCat("<dl class=\"terms\"><div><dt>Who is bound</dt><dd><ul>", bound,
                      "</ul></dd></div><div><dt>", ScopeWord(place), "</dt><dd>",
                      Prose(Text(edition.reg.Means(place.scope))), "</dd></div></dl>\n");
}

std::string Note(const Place& place) {
  return place.note.empty() ? "" : absl::StrCat("<p class=\"came\">", Prose(place.note), "</p>\n");
}

std::string LawSections(const Edition& edition, const Place& place) {
  std::string exempts;
  for (const std::string& each : place.exempts)
    absl::StrAppend(&exempts, "<li>", Prose(each), "</li>");
  std::string html = absl::StrCat(
      "<h2 id=\"covers\">What it covers</h2>\n<p class=\"covers\">", Prose(place.covers), "</p>\n",
      "<h2 id=\"exempts\">What it leaves open</h2>\n",
      exempts.empty() ? "<p>No exception is known from what was read. There may be some.</p>\n"
                      : absl::StrCat("<ul class=\"exempts\">", exempts,
                                     "</ul>\n<p class=\"note\">These are the exceptions that we "
                                     "know of; there may be more.</p>\n"),
      Redaction(place), FactTable(edition, place));
  if (!place.conflicts.empty()) {
    html += "<h2 id=\"conflicts\">Where sources disagree</h2>\n<ul>\n";
    for (const std::string& conflict : place.conflicts)
      absl::StrAppend(&html, "<li>", Prose(conflict), "</li>\n");
    html += "</ul>\n";
  }
  return html + Sources(place);
}

}  // namespace places::site
