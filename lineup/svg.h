// Plots as inline SVG: lines over logarithmic or plain axes, and a heat map. No script, no font, no
// outside reference; every plot has a title for those who hear it.
#ifndef EFFACE_LINEUP_SVG_H_
#define EFFACE_LINEUP_SVG_H_

#include <string>
#include <utility>
#include <vector>

namespace lineup {

struct Series {
  std::string name;
  std::vector<std::pair<double, double>> points;
  bool dashed = false;
  bool marked = false;  // a dot at each point
  int color = -1;       // series with one number have one colour; -1: the next
};

struct Axis {
  std::string label;
  bool log = false;
};

// What can't be shown (no number, or 0 on a logarithmic axis) is left out of the lines.
std::string LinePlot(const std::string& title, const Axis& x, const Axis& y,
                     const std::vector<Series>& series);

// values[row][column], coloured by the logarithm; NaN: not measured; 0: no error. `texts` is
// written into the cells.
std::string HeatMap(const std::string& title, const std::vector<std::string>& names,
                    const std::vector<std::vector<double>>& values,
                    const std::vector<std::vector<std::string>>& texts);

struct Bar {
  std::string name;
  double value = 0, low = 0, high = 0;  // 0..1; low and high: its interval, NaN for none
  bool emphasised = false;              // drawn in another colour
};

// Shares, a bar each, lying; `marks` are lines across all, of the same axis.
std::string BarPlot(const std::string& title, const std::string& label,
                    const std::vector<Bar>& bars,
                    const std::vector<std::pair<std::string, double>>& marks);

// & < > " as entities; control characters left out.
std::string Escape(const std::string& text);

}  // namespace lineup

#endif  // EFFACE_LINEUP_SVG_H_
