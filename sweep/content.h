// The bytes of one file, in memory or behind a descriptor; and how much memory all files together
// may take.
#ifndef EFFACE_SWEEP_CONTENT_H_
#define EFFACE_SWEEP_CONTENT_H_

#include <atomic>
#include <memory>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "base/file.h"

namespace sweep {

// Bytes that contents in memory may take, shared by all threads. What gets none goes to a file
// without a name.
class MemoryBudget {
 public:
  explicit MemoryBudget(int64_t bytes) : left_(bytes) {}
  bool Take(int64_t bytes);
  void Give(int64_t bytes) { left_ += bytes; }

 private:
  std::atomic<int64_t> left_;
};

// Immutable once made; used by one thread at a time.
class Content {
 public:
  static Content OfMemory(efface::Bytes bytes);
  // `bytes` stay the caller's, and outlive this.
  static Content OfView(efface::ByteView bytes);
  // `file` is a regular file of `size` bytes.
  static Content OfFile(efface::Descriptor file, int64_t size);
  Content(Content&& other) noexcept;
  Content& operator=(Content&&) = delete;
  ~Content();

  int64_t size() const { return size_; }
  bool in_memory() const { return !file_.ok(); }
  efface::ByteView memory() const { return view_; }  // all, where in_memory()

  // Fills `out` from `offset` on; fewer bytes where the content ends. Unavailable where the disk
  // fails.
  absl::StatusOr<size_t> Read(int64_t offset, std::span<uint8_t> out) const;

  // All bytes, valid as long as this lives: those in memory, or a map of the file. A map shows what
  // a file is now: it must not shrink meanwhile.
  absl::StatusOr<efface::ByteView> View();

 private:
  Content() = default;
  int64_t size_ = 0;
  efface::Bytes bytes_;    // owned, or none
  efface::ByteView view_;  // all bytes in memory
  efface::Descriptor file_;
  void* map_ = nullptr;
};

}  // namespace sweep

#endif  // EFFACE_SWEEP_CONTENT_H_
