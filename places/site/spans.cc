// From when to when laws stood, one bar each.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "places/site/charts.h"
#include "places/site/html.h"
#include "places/site/words.h"

namespace places::site {
namespace {

using std::chrono::day;
using std::chrono::sys_days;
using std::chrono::year;

class Axis {
 public:
  // From the year of the first ban of the edition on.
  explicit Axis(const Edition& edition) : last_(edition.as_of.year()), first_(last_) {
    for (const Place* place : edition.places)
      if (const DateFact* start = EarliestOf(*place); start && IsLocalBan(*place))
        first_ = std::min(first_, start->date.first.year());
  }

  int years() const { return static_cast<int>(last_) - static_cast<int>(first_) + 1; }
  year first() const { return first_; }

  // In percent; before the axis: 0.
  double At(Day of) const {
    const sys_days begin(Day(first_, std::chrono::January, day(1)));
    const sys_days end(Day(last_ + std::chrono::years(1), std::chrono::January, day(1)));
    const double share = static_cast<double>((sys_days(of) - begin).count()) /
                         static_cast<double>((end - begin).count());
    return 100 * std::clamp(share, 0.0, 1.0);
  }

 private:
  year last_, first_;
};

std::string Bar(const std::string& classes, double from, double to) {
  if (to <= from) return "";
  return absl::StrFormat("<span class=\"bar %s\" style=\"left:%.2f%%;width:%.2f%%\"></span>",
                         classes, from, to - from);
}

// Hatched while it can't be told whether the law was in force.
std::string Bars(const Edition& edition, const Axis& axis, const Place& place) {
  const DateFact* start = EarliestOf(place);
  if (start == nullptr || !place.confirmed) return "";
  const std::string kind = IsLocalBan(place) ? "ban" : "rules";
  const Day sure =
      !place.effective && place.final_vote ? place.final_vote->date.last : start->date.last;
  const Day now = edition.as_of;
  const bool ended = place.ended && place.ended->date.first <= now;
  const Day until = ended ? place.ended->date.first : now;
  const Day gone = ended ? std::min(place.ended->date.last, now) : now;
  return absl::StrCat(
      Bar(kind + " maybe", axis.At(start->date.first), axis.At(std::min(sure, until))),
      Bar(absl::StrCat(kind, ended ? " past" : "", ended && gone == until ? " cap" : "",
                       start->date.first.year() < axis.first() ? " older" : ""),
          axis.At(sure), axis.At(until)),
      Bar(kind + " maybe cap", axis.At(until), axis.At(gone)));
}

std::string When(const Edition& edition, const Place& place) {
  const DateFact* start = StartOf(place);
  if (start == nullptr || !place.confirmed) return "date not known";
  const std::string from = ShortMonthOf(start->date);
  if (place.ended && place.ended->date.first <= edition.as_of)
    return absl::StrCat(from, " to ", ShortMonthOf(place.ended->date));
  return absl::StrCat("since ", from);
}

}  // namespace

std::string Spans(const Edition& edition, const std::vector<const Place*>& places,
                  const std::string& root) {
  const Axis axis(edition);
  std::vector<const Place*> order = places;
  std::stable_sort(order.begin(), order.end(), [](const Place* a, const Place* b) {
    const DateFact *first = EarliestOf(*a), *second = EarliestOf(*b);
    if (!first || !second) return first && !second;
    return first->date.first < second->date.first;
  });
  std::string years, rows;
  for (int i = 0; i < axis.years(); ++i)
    absl::StrAppend(&years, "<span>", static_cast<int>(axis.first()) + i, "</span>");
  for (const Place* place : order) {
    const bool ended = StandingOn(*place, edition.as_of) == Standing::kNotInForce;
    absl::StrAppend(&rows, "<li", ended ? " class=\"gone\"" : "", "><a href=\"", root, place->id,
                    ".html\">", Escape(place->name), "</a> <span class=\"code\">",
                    place->kind == Kind::kState ? "state law"
                    : root.empty()              ? std::string(NameOf(place->kind))
                                                : place->state,
                    "</span> <span class=\"when\">", When(edition, *place),
                    "</span><span class=\"track\" aria-hidden=\"true\">",
                    Bars(edition, axis, *place), "</span></li>\n");
  }
  return absl::StrFormat(
      "<div class=\"spans\" style=\"--years:%d;--now:%.2f%%\"><div class=\"axis\" "
      "aria-hidden=\"true\">%s</div>\n<ol>\n%s</ol></div>\n",
      axis.years(), axis.At(edition.as_of), years, rows);
}

}  // namespace places::site
