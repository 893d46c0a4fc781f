#include "efface/record/json_source.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace efface {

int64_t JsonSource::LineAt(size_t bytes) const {
  const auto in_block =
      std::clamp<int64_t>(static_cast<int64_t>(bytes) - offset_, 0, egptr() - eback());
  return 1 + lines_before_ + std::count(eback(), eback() + in_block, '\n');
}

JsonSource::int_type JsonSource::underflow() {
  if (!status_.ok()) return traits_type::eof();
  const int64_t used = egptr() - eback();
  lines_before_ += std::count(eback(), egptr(), '\n');
  offset_ += used;
  auto* start = reinterpret_cast<char*>(block_.data());
  setg(start, start, start);
  const absl::StatusOr<size_t> got = read_(offset_, block_);
  status_ = got.status();
  if (!got.ok() || *got == 0) return traits_type::eof();
  CheckLimit(std::span(block_).first(*got));
  if (!status_.ok()) return traits_type::eof();
  setg(start, start, start + *got);
  return traits_type::to_int_type(*start);
}

void JsonSource::CheckLimit(std::span<const uint8_t> bytes) {
  for (const uint8_t byte : bytes) {
    const bool digit = !in_text_ && byte >= '0' && byte <= '9';
    if (in_text_ && (escaped_ || byte != '"')) {
      escaped_ = !escaped_ && byte == '\\';
    } else if (byte == '"') {
      in_text_ = !in_text_;
      run_ = 0;
    } else if (digit && !in_number_) {
      run_ = 0;
    }
    in_number_ = digit;
    if (++run_ > max_text_) {
      status_ = absl::InvalidArgumentError(absl::StrCat(
          "the record has a text, number or gap of more than ", max_text_ >> 10, " KiB"));
      return;
    }
  }
}

}  // namespace efface
