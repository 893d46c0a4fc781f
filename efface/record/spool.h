// The masks of a clip on their way between the stations: millions of rows, kept in a file without a
// name and read back in another order, in little memory. It holds numbers only, never pixels.
#ifndef EFFACE_RECORD_SPOOL_H_
#define EFFACE_RECORD_SPOOL_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/file.h"
#include "efface/record/record.h"

namespace efface {

struct MaskRow {
  int64_t face = 0;  // any number that the caller gives it
  int64_t frame = 0;
  double x = 0, y = 0, width = 0, height = 0;  // as Mask
  double score = 0;
  int32_t track = 0;
  MaskSource source = MaskSource::kDetected;
};

enum class RowOrder {
  kByFace,   // by face, then frame, then track
  kByFrame,  // by track, then frame, then face
};

// Gives rows in an order; equal ones in the order in which they were added. Used by one thread at a
// time.
class RowCursor {
 public:
  RowCursor(RowCursor&&) noexcept;
  RowCursor& operator=(RowCursor&&) noexcept;
  ~RowCursor();

  // The next row, which lives until the next call; null at the end. Unavailable where the file
  // can't be read.
  absl::StatusOr<const MaskRow*> Next();

 private:
  friend class RowSpool;
  struct Merge;
  explicit RowCursor(std::unique_ptr<Merge> merge);
  std::unique_ptr<Merge> merge_;
};

// Rows added in any order. Takes 64 bytes of disk a row, twice that while they are read, and 8 MiB
// of memory whatever their number. After an error it is of no use. Used by one thread at a time.
class RowSpool {
 public:
  // `folder`: where the file without a name is made; it must have room for it.
  static absl::StatusOr<RowSpool> Create(const std::filesystem::path& folder);

  // ResourceExhausted where the disk is full.
  absl::Status Add(const MaskRow& row);
  int64_t size() const { return rows_; }

  // All rows added so far, by merge sort (Knuth, TAOCP 3, 5.4.1): sorted in memory piece by piece
  // into a second file, then merged as they are read. The cursor needs the spool no more. Errors as
  // Add.
  absl::StatusOr<RowCursor> Sorted(RowOrder order);

 private:
  RowSpool(std::filesystem::path folder, Descriptor file);
  absl::Status Flush();

  std::filesystem::path folder_;
  Descriptor file_;
  std::vector<MaskRow> buffer_;  // not written yet
  int64_t rows_ = 0;
};

}  // namespace efface

#endif  // EFFACE_RECORD_SPOOL_H_
