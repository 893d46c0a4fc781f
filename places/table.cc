#include "places/table.h"

#include <algorithm>

namespace places {

Table::Table(std::vector<std::pair<std::string, Align>> columns) : columns_(std::move(columns)) {}

void Table::AddRow(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::Text() const {
  std::vector<size_t> widths(columns_.size(), 0);
  for (size_t column = 0; column < columns_.size(); ++column) {
    for (const auto& row : rows_) widths[column] = std::max(widths[column], WidthOf(row[column]));
    if (widths[column] > 0)
      widths[column] = std::max(widths[column], WidthOf(columns_[column].first));
  }
  std::string text;
  const auto line = [&](const auto& cell_at) {
    std::string out;
    for (size_t column = 0; column < columns_.size(); ++column) {
      if (widths[column] == 0) continue;
      const std::string& cell = cell_at(column);
      const std::string pad(widths[column] - WidthOf(cell), ' ');
      if (!out.empty()) out += "  ";
      out += columns_[column].second == Align::kRight ? pad + cell : cell + pad;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    text += out + "\n";
  };
  line([&](size_t column) -> const std::string& { return columns_[column].first; });
  for (const auto& row : rows_)
    line([&](size_t column) -> const std::string& { return row[column]; });
  return text;
}

std::string Wrap(std::string_view text, size_t indent, size_t used) {
  std::string out;
  size_t column = used;
  bool first = true;
  while (!text.empty()) {
    const size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(space == text.npos ? text.size() : space + 1);
    if (word.empty()) continue;
    if (!first && column + 1 + WidthOf(word) > kWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
      first = true;
    }
    if (!first) {
      out += ' ';
      ++column;
    }
    out += word;
    column += WidthOf(word);
    first = false;
  }
  return out;
}

size_t WidthOf(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace places
