// Reads CSV (RFC 4180) row by row in little memory: fields quoted or not, CRLF or LF, a byte order
// mark at the start; columns are found by the names in the first row, in any order.
#ifndef EFFACE_LINEUP_CSV_H_
#define EFFACE_LINEUP_CSV_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/file.h"

namespace lineup {

class CsvReader {
 public:
  static constexpr size_t kMaxRow = size_t{1} << 24;  // bytes

  // Reads the row of names. InvalidArgument where there is none or a name comes twice; errors of
  // files as OpenRegularFile.
  static absl::StatusOr<CsvReader> Open(const std::filesystem::path& path);

  const std::vector<std::string>& names() const { return names_; }
  int Column(std::string_view name) const;  // -1: there is none

  // The next row that isn't empty; false at the end. InvalidArgument where it has another number of
  // fields than the first, or its quotes don't close. Fields hold until the next call.
  absl::StatusOr<bool> Next();
  std::string_view field(int column) const { return fields_[static_cast<size_t>(column)]; }
  int64_t row() const { return row_; }  // of the file's lines, the names being 1
  double share() const;                 // 0..1, how much of the file was read

 private:
  absl::StatusOr<bool> NextFields();
  absl::StatusOr<bool> Fill();

  efface::Descriptor file_;
  int64_t size_ = 0, offset_ = 0;
  std::vector<uint8_t> buffer_;
  size_t begin_ = 0, end_ = 0;
  int64_t row_ = 0;
  std::string text_;  // of the row's fields, unquoted
  std::vector<std::string_view> fields_;
  std::vector<std::string> names_;
};

// The number that `text` is, all of it; false where it is none. "nan" and "inf" are numbers.
bool ParseNumber(std::string_view text, double& value);

// A sentence's start: "line 17: ".
std::string AtLine(const CsvReader& reader);

}  // namespace lineup

#endif  // EFFACE_LINEUP_CSV_H_
