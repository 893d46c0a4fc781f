#include "lineup/svg.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lineup {
namespace {

constexpr double kWidth = 640, kHeight = 400, kLeft = 70, kRight = 20, kTop = 20, kBottom = 55;
constexpr const char* kColors[] = {"#1b5e9b", "#c2410c", "#15803d", "#7e22ce",
                                   "#a16207", "#0e7490", "#be185d", "#444444"};

// At most `most` characters; a cut is marked.
std::string Cut(const std::string& text, size_t most) {
  size_t characters = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if ((static_cast<unsigned char>(text[at]) & 0xC0) == 0x80)
      continue;  // the middle of one in UTF-8
    if (++characters > most) return text.substr(0, at) + "~";
  }
  return text;
}

std::string Short(double value) { return absl::StrFormat("%.4g", value); }

// Where a value lies, 0..1, and the ticks.
struct Scale {
  bool log;
  double low, high;

  static Scale Of(bool log, std::vector<double> values) {
    std::erase_if(values, [log](double v) { return !std::isfinite(v) || (log && v <= 0); });
    if (values.empty()) values = log ? std::vector<double>{0.1, 1} : std::vector<double>{0, 1};
    auto [low, high] = std::minmax_element(values.begin(), values.end());
    Scale scale{log, *low, *high};
    if (log) {
      scale.low = std::floor(std::log10(scale.low) + 1e-9);
      scale.high = std::ceil(std::log10(scale.high) - 1e-9);
    }
    if (scale.high <= scale.low) scale.high = scale.low + 1;
    return scale;
  }
  double At(double value) const { return ((log ? std::log10(value) : value) - low) / (high - low); }
  std::vector<double> Ticks() const {
    std::vector<double> ticks;
    const double range = high - low;
    double step = std::pow(10, std::floor(std::log10(range)));
    if (range / step < 2) step /= 5;
    if (range / step < 5) step /= 2;
    if (log) step = std::max(1.0, std::ceil(range / 8));
    for (double at = std::ceil(low / step - 1e-9) * step; at <= high + 1e-9 * range; at += step)
      ticks.push_back(log ? std::pow(10, at) : std::abs(at) < step * 1e-9 ? 0 : at);
    return ticks;
  }
};

}  // namespace

std::string Escape(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 32 || c == '\n') escaped += c;
    }
  }
  return escaped;
}

std::string LinePlot(const std::string& title, const Axis& x, const Axis& y,
                     const std::vector<Series>& series) {
  std::vector<double> xs, ys;
  for (const Series& line : series) {
    for (const auto& [px, py] : line.points) {
      xs.push_back(px);
      ys.push_back(py);
    }
  }
  const Scale across = Scale::Of(x.log, xs), up = Scale::Of(y.log, ys);
  const auto left = [&](double v) { return kLeft + across.At(v) * (kWidth - kLeft - kRight); };
  const auto top = [&](double v) {
    return kHeight - kBottom - up.At(v) * (kHeight - kTop - kBottom);
  };
  std::string svg = absl::StrFormat(
      "<svg viewBox=\"0 0 %g %g\" role=\"img\"><title>%s</title>", kWidth,
      kHeight + 18 * static_cast<double>(series.size() > 1 ? (series.size() + 1) / 2 : 0),
      Escape(title));
  for (const double tick : across.Ticks())
    absl::StrAppendFormat(&svg,
                          "<path class=\"grid\" d=\"M%.1f %gV%g\"/><text x=\"%.1f\" y=\"%g\" "
                          "text-anchor=\"middle\">%s</text>",
                          left(tick), kTop, kHeight - kBottom, left(tick), kHeight - kBottom + 16,
                          Short(tick));
  for (const double tick : up.Ticks())
    absl::StrAppendFormat(&svg,
                          "<path class=\"grid\" d=\"M%g %.1fH%g\"/><text x=\"%g\" y=\"%.1f\" "
                          "text-anchor=\"end\">%s</text>",
                          kLeft, top(tick), kWidth - kRight, kLeft - 6, top(tick) + 4, Short(tick));
  absl::StrAppendFormat(&svg, "<text x=\"%g\" y=\"%g\" text-anchor=\"middle\">%s</text>",
                        (kWidth + kLeft - kRight) / 2, kHeight - 14, Escape(x.label));
  absl::StrAppendFormat(
      &svg, "<text transform=\"translate(14 %g) rotate(-90)\" text-anchor=\"middle\">%s</text>",
      (kHeight + kTop - kBottom) / 2, Escape(y.label));
  for (size_t s = 0; s < series.size(); ++s) {
    const char* color = kColors[(series[s].color >= 0 ? static_cast<size_t>(series[s].color) : s) %
                                std::size(kColors)];
    std::string path, dots;
    for (const auto& [px, py] : series[s].points) {
      if (!std::isfinite(px) || !std::isfinite(py) || (x.log && px <= 0) || (y.log && py <= 0))
        continue;
      absl::StrAppendFormat(&path, "%c%.1f %.1f", path.empty() ? 'M' : 'L', left(px), top(py));
      if (series[s].marked)
        absl::StrAppendFormat(&dots, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>",
                              left(px), top(py), color);
    }
    absl::StrAppendFormat(&svg,
                          "<path fill=\"none\" stroke=\"%s\" stroke-width=\"2\"%s d=\"%s\"/>%s",
                          color, series[s].dashed ? " stroke-dasharray=\"6 4\"" : "", path, dots);
    if (series.size() > 1) {
      const double lx = kLeft + static_cast<double>(s % 2) * 285,
                   ly = kHeight + 4 + 18 * static_cast<double>(s / 2);
      absl::StrAppendFormat(&svg,
                            "<path stroke=\"%s\" stroke-width=\"3\"%s d=\"M%g %gh20\"/><text "
                            "x=\"%g\" y=\"%g\">%s</text>",
                            color, series[s].dashed ? " stroke-dasharray=\"6 4\"" : "", lx, ly,
                            lx + 26, ly + 4, Escape(series[s].name));
    }
  }
  return svg + "</svg>";
}

std::string HeatMap(const std::string& title, const std::vector<std::string>& names,
                    const std::vector<std::vector<double>>& values,
                    const std::vector<std::vector<std::string>>& texts) {
  constexpr double kCell = 74, kNames = 130;
  const auto count = static_cast<double>(names.size());
  double low = INFINITY, high = 0;
  for (const auto& row : values) {
    for (const double v : row) {
      if (!(v > 0)) continue;
      low = std::min(low, v);
      high = std::max(high, v);
    }
  }
  std::string svg = absl::StrFormat(
      "<svg viewBox=\"0 0 %g %g\" role=\"img\" style=\"max-width:%gpx\"><title>%s</title>",
      kNames + kCell * count, 30 + kCell / 2 * count, kNames + kCell * count, Escape(title));
  for (size_t r = 0; r < names.size(); ++r) {
    const double y = 24 + kCell / 2 * static_cast<double>(r);
    const std::string name = Cut(names[r], 17);
    absl::StrAppendFormat(&svg, "<text x=\"%g\" y=\"%g\" text-anchor=\"end\">%s</text>", kNames - 6,
                          y + kCell / 4 + 4, Escape(name));
    absl::StrAppendFormat(&svg, "<text x=\"%g\" y=\"16\" text-anchor=\"middle\">%s</text>",
                          kNames + kCell * (static_cast<double>(r) + 0.5),
                          Escape(Cut(names[r], 9)));
    for (size_t c = 0; c < names.size(); ++c) {
      const double v = values[r][c];
      const double share = !(v > 0)     ? 0
                           : high > low ? 0.08 + 0.92 * std::log(v / low) / std::log(high / low)
                                        : 0.5;
      absl::StrAppendFormat(
          &svg, "<rect x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\" fill=\"rgb(%.0f,%.0f,%.0f)\"/>",
          kNames + kCell * static_cast<double>(c), y, kCell - 1, kCell / 2 - 1, 255 - 61 * share,
          250 - 185 * share, 245 - 233 * share);
      absl::StrAppendFormat(
          &svg, "<text x=\"%g\" y=\"%g\" text-anchor=\"middle\" style=\"fill:%s\">%s</text>",
          kNames + kCell * (static_cast<double>(c) + 0.5), y + kCell / 4 + 4,
          share > 0.6 ? "#fff" : "#222", Escape(texts[r][c]));
    }
  }
  return svg + "</svg>";
}

std::string BarPlot(const std::string& title, const std::string& label,
                    const std::vector<Bar>& bars,
                    const std::vector<std::pair<std::string, double>>& marks) {
  constexpr double kNames = 190, kBar = 26;
  std::vector<double> values = {0, 0.01};
  for (const Bar& bar : bars) values.insert(values.end(), {bar.value, bar.high});
  for (const auto& [name, value] : marks) values.push_back(value);
  const Scale across = Scale::Of(false, values);
  const double end = kTop + kBar * static_cast<double>(bars.size());
  const auto left = [&](double v) {
    return kNames + std::clamp(across.At(v), 0.0, 1.0) * (kWidth - kNames - 70);
  };
  std::string svg =
      absl::StrFormat("<svg viewBox=\"0 0 %g %g\" role=\"img\"><title>%s</title>", kWidth,
                      end + 44 + 18 * static_cast<double>(marks.size()), Escape(title));
  for (const double tick : across.Ticks())
    absl::StrAppendFormat(&svg,
                          "<path class=\"grid\" d=\"M%.1f %gV%.1f\"/><text x=\"%.1f\" y=\"%.1f\" "
                          "text-anchor=\"middle\">%s %%</text>",
                          left(tick), kTop, end, left(tick), end + 16, Short(100 * tick));
  for (size_t b = 0; b < bars.size(); ++b) {
    const Bar& bar = bars[b];
    const double top = kTop + kBar * static_cast<double>(b), middle = top + kBar / 2;
    absl::StrAppendFormat(
        &svg,
        "<text x=\"%g\" y=\"%.1f\" text-anchor=\"end\">%s</text><rect x=\"%g\" y=\"%.1f\" "
        "width=\"%.1f\" height=\"%g\" fill=\"%s\"/>",
        kNames - 8, middle + 4, Escape(Cut(bar.name, 26)), kNames, top + 4,
        std::max(0.0, left(bar.value) - kNames), kBar - 8,
        bar.emphasised ? kColors[7] : kColors[0]);
    const bool interval = std::isfinite(bar.low) && std::isfinite(bar.high);
    if (interval)
      absl::StrAppendFormat(&svg,
                            "<path stroke=\"#222\" fill=\"none\" d=\"M%.1f %.1fH%.1fm0 -5v10M%.1f "
                            "%.1fv10\"/>",
                            left(bar.low), middle, left(bar.high), left(bar.low), middle - 5);
    absl::StrAppendFormat(&svg, "<text x=\"%.1f\" y=\"%.1f\">%s %%</text>",
                          left(interval ? std::max(bar.high, bar.value) : bar.value) + 6,
                          middle + 4, absl::StrFormat("%.1f", 100 * bar.value));
  }
  for (size_t m = 0; m < marks.size(); ++m) {
    const char* color = kColors[(m + 1) % std::size(kColors)];
    const double y = end + 48 + 18 * static_cast<double>(m);
    absl::StrAppendFormat(
        &svg,
        "<path stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"6 4\" d=\"M%.1f %gV%.1f\"/>"
        "<path stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"6 4\" d=\"M%g %.1fh20\"/>"
        "<text x=\"%g\" y=\"%.1f\">%s: %s %%</text>",
        color, left(marks[m].second), kTop, end, color, kNames, y, kNames + 26, y + 4,
        Escape(marks[m].first), absl::StrFormat("%.1f", 100 * marks[m].second));
  }
  absl::StrAppendFormat(&svg, "<text x=\"%g\" y=\"%.1f\" text-anchor=\"middle\">%s</text>",
                        (kWidth + kNames) / 2, end + 32, Escape(label));
  return svg + "</svg>";
}

}  // namespace lineup
