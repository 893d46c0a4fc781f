#include "lineup/csv.h"

#include <charconv>
#include <cstring>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace lineup {

absl::StatusOr<CsvReader> CsvReader::Open(const std::filesystem::path& path) {
  CsvReader reader;
  ASSIGN_OR_RETURN(reader.file_, efface::OpenRegularFile(path));
  ASSIGN_OR_RETURN(reader.size_, efface::FileSize(reader.file_.get()));
  reader.buffer_.resize(size_t{1} << 20);
  ASSIGN_OR_RETURN(const bool any, reader.NextFields());
  if (!any) return absl::InvalidArgumentError("is empty: its first row must name the columns");
  std::set<std::string_view> seen;
  for (std::string_view name : reader.fields_) {
    if (reader.names_.empty() && name.starts_with("\xEF\xBB\xBF")) name.remove_prefix(3);
    reader.names_.emplace_back(name);
    if (!seen.insert(name).second)
      return absl::InvalidArgumentError(
          absl::StrCat("names the column ", std::string(name), " twice"));
  }
  return reader;
}

int CsvReader::Column(std::string_view name) const {
  for (size_t i = 0; i < names_.size(); ++i)
    if (names_[i] == name) return static_cast<int>(i);
  return -1;
}

double CsvReader::share() const {
  return size_ > 0 ? static_cast<double>(offset_ - static_cast<int64_t>(end_ - begin_)) /
                         static_cast<double>(size_)
                   : 1;
}

// Moves what is left to the front and reads on; false at the end of the file.
absl::StatusOr<bool> CsvReader::Fill() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  if (end_ == buffer_.size()) {
    if (buffer_.size() >= kMaxRow)
      return absl::InvalidArgumentError(absl::StrCat(AtLine(*this), "longer than 16 MiB"));
    buffer_.resize(buffer_.size() * 2);
  }
  ASSIGN_OR_RETURN(
      const size_t got,
      efface::ReadAt(file_.get(), offset_, {buffer_.data() + end_, buffer_.size() - end_}));
  offset_ += static_cast<int64_t>(got);
  end_ += got;
  return got > 0;
}

absl::StatusOr<bool> CsvReader::NextFields() {
  for (;;) {
    // The row's end: a line feed outside of quotes.
    size_t at = begin_;
    bool quoted = false;
    for (;;) {
      for (; at < end_ && (quoted || buffer_[at] != '\n'); ++at)
        if (buffer_[at] == '"') quoted = !quoted;
      if (at < end_) break;
      const size_t scanned = at - begin_;
      ASSIGN_OR_RETURN(const bool more, Fill());
      at = begin_ + scanned;
      if (!more) break;
    }
    if (quoted)
      return absl::InvalidArgumentError(absl::StrCat("line ", row_ + 1, ": a quote isn't closed"));
    if (at == begin_ && at == end_) return false;
    std::string_view line(reinterpret_cast<const char*>(buffer_.data()) + begin_, at - begin_);
    begin_ = at < end_ ? at + 1 : at;
    ++row_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;

    fields_.clear();
    text_.clear();
    if (line.find('"') == std::string_view::npos) {  // the usual case: views of the buffer
      for (size_t comma; (comma = line.find(',')) != std::string_view::npos;
           line.remove_prefix(comma + 1))
        fields_.push_back(line.substr(0, comma));
      fields_.push_back(line);
      return true;
    }
    text_.reserve(line.size());
    for (size_t i = 0;; ++i) {
      const size_t from = text_.size();
      if (i < line.size() && line[i] == '"') {
        for (++i; i < line.size(); ++i) {
          if (line[i] == '"' && (++i >= line.size() || line[i] != '"')) break;
          text_ += line[i];
        }
      }
      for (; i < line.size() && line[i] != ','; ++i) text_ += line[i];
      fields_.push_back(std::string_view(text_).substr(from));
      if (i >= line.size()) return true;
    }
  }
}

absl::StatusOr<bool> CsvReader::Next() {
  ASSIGN_OR_RETURN(const bool any, NextFields());
  if (any && fields_.size() != names_.size())
    return absl::InvalidArgumentError(absl::StrCat(AtLine(*this), "has ", fields_.size(),
                                                   " fields where ", names_.size(),
                                                   " columns are named"));
  return any;
}

bool ParseNumber(std::string_view text, double& value) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

std::string AtLine(const CsvReader& reader) { return absl::StrCat("line ", reader.row(), ": "); }

}  // namespace lineup
