// Text for a terminal: a table with aligned columns, and lines that are broken between words.
#ifndef PLACES_TABLE_H_
#define PLACES_TABLE_H_

#include <string>
#include <string_view>
#include <vector>

namespace places {

enum class Align { kLeft, kRight };

class Table {
 public:
  // Columns that are empty in every row are left out, with their titles.
  explicit Table(std::vector<std::pair<std::string, Align>> columns);

  void AddRow(std::vector<std::string> cells);  // as many as there are columns
  std::string Text() const;                     // with a line of titles; ends with a new line

 private:
  std::vector<std::pair<std::string, Align>> columns_;
  std::vector<std::vector<std::string>> rows_;
};

inline constexpr size_t kWidth = 80;  // columns of text that a reader has at least

// `text` (UTF-8) in lines of at most kWidth, each after the first `indent` spaces in; the first
// begins behind `used` columns. A word that is too long stands alone. Without a new line at the
// end.
std::string Wrap(std::string_view text, size_t indent = 0, size_t used = 0);

// Columns that `text` takes: its code points.
size_t WidthOf(std::string_view text);

}  // namespace places

#endif  // PLACES_TABLE_H_
