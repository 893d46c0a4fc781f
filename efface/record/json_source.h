// The text of a JSON file, read block by block for nlohmann's parser, which sets no limit on the
// length of one text, number or gap between them and keeps each in memory: this does.
#ifndef EFFACE_RECORD_JSON_SOURCE_H_
#define EFFACE_RECORD_JSON_SOURCE_H_

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <streambuf>

#include "absl/status/statusor.h"

namespace efface {

class JsonSource : public std::streambuf {
 public:
  // Fills `out` from `offset` on; less only at the end.
  using Read = std::function<absl::StatusOr<size_t>(int64_t offset, std::span<uint8_t> out)>;

  // `max_text`: bytes of one text, number or gap, about.
  JsonSource(Read read, int64_t max_text) : read_(std::move(read)), max_text_(max_text) {}

  // Why the text ended early; OK if it did not.
  const absl::Status& status() const { return status_; }

  // The line, from 1, of the last of the first `bytes` bytes, which must have been read just now.
  int64_t LineAt(size_t bytes) const;

 protected:
  int_type underflow() override;

 private:
  void CheckLimit(std::span<const uint8_t> bytes);

  Read read_;
  int64_t max_text_;
  absl::Status status_;
  std::array<uint8_t, 1 << 16> block_;
  int64_t offset_ = 0;        // of the block in the text
  int64_t lines_before_ = 0;  // line breaks in front of the block

  // Of CheckLimit.
  int64_t run_ = 0;  // bytes since the last text or number began or ended
  bool in_text_ = false, escaped_ = false, in_number_ = false;
};

}  // namespace efface

#endif  // EFFACE_RECORD_JSON_SOURCE_H_
