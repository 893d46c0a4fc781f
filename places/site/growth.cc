// How many residents were counted over time, as steps with the largest ones named.
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "places/site/charts.h"
#include "places/site/html.h"
#include "places/site/words.h"

namespace places::site {
namespace {

// All lengths in the SVG's own units, which are pixels where it isn't scaled.
struct Shape {
  const char* name;
  int width, height, left, right, top, bottom;
  double letter;         // about the width of one
  size_t gains, losses;  // how many at most are named
};
constexpr Shape kWide = {"wide-only", 960, 400, 0, 130, 34, 30, 7.2, 7, 3};
constexpr Shape kNarrow = {"narrow-only", 358, 330, 0, 4, 40, 28, 6.9, 4, 2};

struct Box {
  double left, right, top, bottom;
  bool Meets(const Box& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

int64_t DaysTo(Day day) { return std::chrono::sys_days(day).time_since_epoch().count(); }

class Plot {
 public:
  Plot(const Edition& edition, const std::vector<Step>& steps, const Shape& shape)
      : edition_(edition), steps_(steps), shape_(shape) {
    first_ = DaysTo(Day(steps.front().day.year(), std::chrono::January, std::chrono::day(1)));
    last_ = std::max(DaysTo(edition.as_of), first_ + 1);
    for (const Step& step : steps) most_ = std::max(most_, step.people);
    unit_ = 1;  // 1, 2 or 5 times a power of ten, so that there are 3 to 6 lines
    for (int turn = 0; most_ / unit_ > 5; ++turn) unit_ = turn % 3 == 1 ? unit_ / 2 * 5 : unit_ * 2;
  }

  std::string Svg() {
    std::string svg = absl::StrCat("<svg class=\"growth ", shape_.name,
                                   "\" role=\"img\" aria-label=\"", Escape(Summary()),
                                   "\" viewBox=\"0 0 ", shape_.width, " ", shape_.height, "\">\n");
    for (int64_t at = 0; at <= most_; at += unit_) {
      absl::StrAppend(&svg, "<line class=\"", at == 0 ? "base" : "grid", "\" x1=\"", shape_.left,
                      "\" x2=\"", shape_.width - shape_.right, "\" y1=\"", Number(Y(at)),
                      "\" y2=\"", Number(Y(at)), "\"/>");
      if (at > 0)
        absl::StrAppend(&svg, "<text class=\"tick\" x=\"0\" y=\"", Number(Y(at) - 5), "\">",
                        Millions(at), at + unit_ > most_ && shape_.right > 100 ? " residents" : "",
                        "</text>\n");
    }
    svg += Years() + Curve();
    boxes_.clear();
    svg += Today() + Standstill() + Names();
    return svg + "</svg>\n";
  }

 private:
  static std::string Number(double value) { return absl::StrFormat("%.1f", value); }

  double X(Day day) const {
    const double share =
        static_cast<double>(DaysTo(day) - first_) / static_cast<double>(last_ - first_);
    return shape_.left + share * (shape_.width - shape_.left - shape_.right);
  }
  double Y(int64_t people) const {
    const double share =
        static_cast<double>(people) / static_cast<double>(std::max<int64_t>(most_, 1));
    return shape_.height - shape_.bottom - share * (shape_.height - shape_.top - shape_.bottom);
  }

  std::string Summary() const {
    return absl::StrCat("Residents under a local ban, from none at the start of ",
                        static_cast<int>(steps_.front().day.year()), " to ",
                        Commas(steps_.back().people), " on ", DayWords(edition_.as_of),
                        "; the most at one time were ", Commas(most_),
                        ". A table of the steps follows.");
  }

  std::string Years() const {
    std::string svg;
    for (auto year = steps_.front().day.year(); year <= edition_.as_of.year(); ++year) {
      const double x = X(Day(year, std::chrono::January, std::chrono::day(1)));
      if (x + 30 > shape_.width - shape_.right) continue;
      absl::StrAppend(&svg, "<text class=\"tick\" x=\"", Number(x), "\" y=\"", shape_.height - 8,
                      "\">", static_cast<int>(year), "</text>");
    }
    return svg + "\n";
  }

  std::string Curve() const {
    std::string line = absl::StrCat("M", shape_.left, " ", Number(Y(0)));
    for (const Step& step : steps_)
      absl::StrAppend(&line, "H", Number(X(step.day)), "V", Number(Y(step.people)));
    absl::StrAppend(&line, "H", Number(X(edition_.as_of)));
    return absl::StrCat("<path class=\"area\" d=\"", line, "V", Number(Y(0)),
                        "Z\"/><path class=\"line\" d=\"", line, "\"/>\n");
  }

  std::string Today() {
    const double x = X(edition_.as_of), y = Y(steps_.back().people);
    const std::string people = Millions(steps_.back().people);
    std::string svg = absl::StrCat("<circle class=\"end\" cx=\"", Number(x), "\" cy=\"", Number(y),
                                   "\" r=\"4\"/>");
    if (shape_.right > 100)
      return absl::StrCat(svg, "<text class=\"now\" x=\"", Number(x + 10), "\" y=\"", Number(y + 1),
                          "\">", people, "</text><text class=\"tick\" x=\"", Number(x + 10),
                          "\" y=\"", Number(y + 18), "\">", MonthWords(edition_.as_of),
                          "</text>\n");
    return absl::StrCat(svg, "<text class=\"now\" text-anchor=\"end\" x=\"", Number(x - 6),
                        "\" y=\"", Number(y + 24), "\">", people, "</text>\n");
  }

  // Where nothing was added for long, that is said.
  std::string Standstill() const {
    if (!StillSince(edition_, steps_)) return "";
    const double x = X(edition_.as_of) - 6,
                 y = Y(steps_.back().people) + (shape_.right > 100 ? 26 : 46);
    if (y + 24 > Y(0)) return "";
    return absl::StrCat("<text class=\"still\" text-anchor=\"end\" x=\"", Number(x), "\" y=\"",
                        Number(y), "\">No new ban found<tspan x=\"", Number(x),
                        "\" dy=\"17\">since ", MonthWords(LatestBan(steps_).day),
                        "</tspan></text>\n");
  }

  // The y of the curve's highest and lowest point between two x.
  std::pair<double, double> Range(double left, double right) const {
    double highest = Y(0), lowest = 0;
    if (left < X(steps_.front().day)) lowest = Y(0);
    for (size_t i = 0; i < steps_.size(); ++i) {
      const double begin = X(steps_[i].day),
                   end = i + 1 < steps_.size() ? X(steps_[i + 1].day) : X(edition_.as_of);
      if (begin >= right - 1 || end <= left + 1) continue;
      highest = std::min(highest, Y(steps_[i].people));
      lowest = std::max(lowest, Y(steps_[i].people));
    }
    return {highest, lowest};
  }

  // Takes the place of a name from `left`, above `base`, unless it meets the curve or another name.
  bool Take(double left, double width, double base) {
    const Box box = {left, left + width, base - 13, base + 3};
    if (box.left < 0 || box.right > shape_.width || box.top < 0) return false;
    const auto [highest, lowest] = Range(box.left, box.right);
    if (highest < box.bottom && lowest > box.top) return false;
    if (std::any_of(boxes_.begin(), boxes_.end(), [&](const Box& o) { return box.Meets(o); }))
      return false;
    boxes_.push_back(box);
    return true;
  }

  // The name of a step; empty: no room. Of a gain left of the top of its rise, or right of it and
  // below the curve; of a loss above the drop.
  std::string Name(const Step& step, const std::string& text, bool gain) {
    const double width = static_cast<double>(text.size()) * shape_.letter, x = X(step.day);
    const auto written = [&](const char* name, const char* anchor, double at, double base) {
      return absl::StrCat("<text class=\"", name, "\" text-anchor=\"", anchor, "\" x=\"",
                          Number(at), "\" y=\"", Number(base), "\">", Escape(text), "</text>\n");
    };
    const double now = Y(step.people), before = Y(step.people - step.change);
    if (gain) {
      if (Take(x - 6 - width, width, now - 4)) return written("gain", "end", x - 6, now - 4);
      if (Take(x + 7, width, now + 17)) return written("gain", "start", x + 7, now + 17);
      return "";
    }
    for (double base = before - 4; base > before - 44; base -= 8)
      if (Take(x + 4, width, base))
        return absl::StrCat("<line class=\"lead\" x1=\"", Number(x), "\" x2=\"", Number(x),
                            "\" y1=\"", Number(base), "\" y2=\"", Number(now), "\"/>",
                            written("loss", "start", x + 4, base));
    return "";
  }

  // With its state, where another place has the same name.
  std::string NameOf(const Place& place) const {
    const auto same = std::count_if(edition_.places.begin(), edition_.places.end(),
                                    [&](const Place* other) { return other->name == place.name; });
    return same > 1 ? absl::StrCat(place.name, ", ", place.state) : place.name;
  }

  std::string Names() {
    std::vector<const Step*> order;
    for (const Step& step : steps_) order.push_back(&step);
    std::stable_sort(order.begin(), order.end(), [](const Step* a, const Step* b) {
      return std::abs(a->change) > std::abs(b->change);
    });
    std::string svg;
    size_t gains = 0, losses = 0;
    for (const Step* step : order) {
      const bool gain = step->change > 0;
      const auto& places = gain ? step->began : step->ended;
      if (step->change == 0 || places.empty() ||
          (gain ? gains >= shape_.gains : losses >= shape_.losses))
        continue;
      std::vector<std::string> names;
      for (const Place* place : places) names.push_back(NameOf(*place));
      const std::string name = Name(*step, absl::StrCat(And(names), gain ? "" : " ends"), gain);
      if (!name.empty()) ++(gain ? gains : losses);
      svg += name;
    }
    return svg;
  }

  const Edition& edition_;
  const std::vector<Step>& steps_;
  const Shape& shape_;
  int64_t first_ = 0, last_ = 1, most_ = 0, unit_ = 1;
  std::vector<Box> boxes_;  // of the names that are drawn
};

std::string Links(const std::vector<const Place*>& places) {
  std::vector<std::string> links;
  for (const Place* place : places)
    links.push_back(
        absl::StrCat("<a href=\"places/", place->id, ".html\">", Escape(place->name), "</a>"));
  return And(links);
}

}  // namespace

std::string GrowthChart(const Edition& edition) {
  const std::vector<Step> steps = Steps(edition);
  if (steps.empty()) return "";
  std::string rows;
  for (const Step& step : steps) {
    std::string what = step.began.empty() ? "" : absl::StrCat(Links(step.began), " begins");
    if (!step.ended.empty())
      absl::StrAppend(&what, what.empty() ? "" : "; ", Links(step.ended), " ends");
    absl::StrAppend(
        &rows, "<tr><td class=\"day\">", DayWords(step.day), "</td><td>", what, "</td><td>",
        step.change > 0   ? "+"
        : step.change < 0 ? "−"
                          : "",
        Commas(std::abs(step.change)), "</td><td>", Commas(step.people), "</td></tr>\n");
  }
  return absl::StrCat(
      "<div class=\"wide\">\n", Plot(edition, steps, kWide).Svg(),
      Plot(edition, steps, kNarrow).Svg(),
      "<details class=\"inwords\"><summary>The chart as a table</summary>\n<div class=\"scroll\" "
      "tabindex=\"0\" role=\"region\" aria-label=\"Steps of the chart\"><table "
      "class=\"steps\"><thead><tr><th scope=\"col\">Day</th><th "
      "scope=\"col\">What happened</th><th scope=\"col\">Residents</th><th scope=\"col\">Total</th>"
      "</tr></thead><tbody>\n",
      rows, "</tbody></table></div></details>\n</div>\n");
}

}  // namespace places::site
