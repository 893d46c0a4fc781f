// What all pages share: the style sheet, tables, and cells of figures.
#ifndef EFFACE_LINEUP_PAGE_H_
#define EFFACE_LINEUP_PAGE_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace lineup {

// An HTML document up to and with its title as a heading; the title is plain text. Style sheet
// inside, for paper too.
std::string StartOfPage(const std::string& title);
std::string EndOfPage();

// NaN where it is no number.
double Of(const nlohmann::ordered_json& value);
// Three digits, never in powers of ten down to 1e-9; a dash where it is none.
std::string Figure(double value);
std::string Figure(const nlohmann::ordered_json& value);
// Six digits, for what is set and not estimated.
std::string Exactly(const nlohmann::ordered_json& value);
// A text, escaped.
std::string Text(const nlohmann::ordered_json& value);
// Of a rate (rates.h): "0.0012 (0.0009 to 0.0016)", or what stands for it; "30 of 1,000".
std::string RateCell(const nlohmann::ordered_json& rate);
std::string Counts(const nlohmann::ordered_json& rate);
std::string RateAndCounts(const nlohmann::ordered_json& rate);

// A table, row by row; all cells are HTML.
class Table {
 public:
  Table(const std::string& caption, const std::vector<std::string>& names);
  void Row(const std::vector<std::string>& cells);  // fewer cells than names: the rest is empty
  // What the row before means, in words, below it; plain text.
  void Words(const std::string& text);
  std::string End() const;

 private:
  std::string html_;
  size_t columns_;
};

// A plot under a heading, which a narrow screen scrolls.
std::string Plot(const std::string& heading, const std::string& svg);

}  // namespace lineup

#endif  // EFFACE_LINEUP_PAGE_H_
