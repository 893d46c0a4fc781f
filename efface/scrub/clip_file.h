// A file read piece by piece, for walkers of files that don't fit into memory.
#ifndef EFFACE_SCRUB_CLIP_FILE_H_
#define EFFACE_SCRUB_CLIP_FILE_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"

namespace efface {

// Reads by position, through one block that is kept, so that walking over small parts in order
// costs few system calls. Not for several threads. The first error stays in status(), and nothing
// is read after it: a walk that ends early for it has to look there.
class ClipFile {
 public:
  // `fd` stays the caller's and must outlive this.
  static absl::StatusOr<ClipFile> Open(int fd);

  uint64_t size() const { return size_; }
  const absl::Status& status() const { return status_; }

  // Up to `size` bytes from `offset`: fewer where the file ends, none after an error. The view is
  // good until the next call. At most kMaxPeek bytes.
  static constexpr size_t kMaxPeek = 64 << 10;
  ByteView Peek(uint64_t offset, size_t size);

  // The same, in memory of its own, of any size.
  Bytes Read(uint64_t offset, uint64_t size);

  // The unsigned integer of `size` bytes (1..8) at `offset`; nullopt past the end.
  std::optional<uint64_t> Uint(uint64_t offset, int size, Endian endian);

  // True where all of [offset, offset + size) within the file is zero.
  bool IsZero(uint64_t offset, uint64_t size);

 private:
  ClipFile(int fd, uint64_t size) : fd_(fd), size_(size) {}

  // Reads as much of [offset, offset + size) as there is; false after an error.
  bool Fill(uint64_t offset, uint8_t* to, size_t size);

  int fd_;
  uint64_t size_;
  uint64_t block_at_ = 0;
  Bytes block_;
  absl::Status status_;
};

}  // namespace efface

#endif  // EFFACE_SCRUB_CLIP_FILE_H_
