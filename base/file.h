// Files read whole or in parts, files that appear whole or not at all, and files without a name.
#ifndef EFFACE_BASE_FILE_H_
#define EFFACE_BASE_FILE_H_

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"

namespace efface {

// Owns one open descriptor, or none.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}  // owns `fd` from now on; negative: none
  ~Descriptor();
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }

  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// A regular file, open for reading; never waits (for the writer of a FIFO, say). FailedPrecondition
// where it is not a regular file; NotFound, PermissionDenied or Unavailable as the system says.
absl::StatusOr<Descriptor> OpenRegularFile(const std::filesystem::path& path);

// A new empty file in `folder`, open for reading and writing, that has no name and is gone with its
// descriptor. (Where the file system can't do that, it has a name for a moment.)
absl::StatusOr<Descriptor> OpenUnnamedFile(const std::filesystem::path& folder);

// The size of the open file `fd` in bytes.
absl::StatusOr<int64_t> FileSize(int fd);

// Fills `out` from `offset` on (pread); the result is less than out.size() only where the file
// ends. Sentences of this and of WriteAll name no file: they have no name to name.
absl::StatusOr<size_t> ReadAt(int fd, int64_t offset, std::span<uint8_t> out);

// Writes all of `bytes` at the descriptor's position. ResourceExhausted where the disk is full.
absl::Status WriteAll(int fd, ByteView bytes);

// All bytes of a regular file. ResourceExhausted where it holds more than `max_bytes`;
// FailedPrecondition where it is not a regular file; NotFound, PermissionDenied or Unavailable as
// the system says.
absl::StatusOr<Bytes> ReadFile(const std::filesystem::path& path, int64_t max_bytes);

// The first `count` bytes of a regular file, or all where it has fewer. Errors as ReadFile.
absl::StatusOr<Bytes> ReadFileHead(const std::filesystem::path& path, size_t count);

enum class Existing { kRefuse, kReplace };

// A file that appears at its path whole or not at all: under no name while it is written
// (O_TMPFILE; under a temporary name in the same folder where the file system lacks that), synced,
// then given its name in one step. Whatever happens, the path holds the old file, the whole new
// one, or nothing. Without Commit, nothing is left of it. Used by one thread at a time.
class WholeFile {
 public:
  // Folders above `path` must exist.
  static absl::StatusOr<WholeFile> Create(const std::filesystem::path& path);
  ~WholeFile();
  WholeFile(WholeFile&& other) noexcept;
  WholeFile& operator=(WholeFile&&) = delete;

  // Empty at first, open for reading and writing, seekable. Don't close it.
  int fd() const { return file_.get(); }

  // Syncs what was written and gives it its name. Once only, and nothing is written afterwards;
  // fd() is still open for reading, but may be another one. AlreadyExists where there is a file and
  // `existing` is kRefuse.
  absl::Status Commit(Existing existing);

 private:
  WholeFile(std::filesystem::path path, std::filesystem::path temporary, Descriptor file);
  absl::Status Rename(Existing existing);

  std::filesystem::path path_;
  std::filesystem::path temporary_;  // its name until it has its own; empty: none
  Descriptor file_;
};

// Puts `bytes` at `path` as a WholeFile. AlreadyExists where there is one and `existing` is
// kRefuse. Folders above `path` must exist.
absl::Status WriteFileWhole(const std::filesystem::path& path, ByteView bytes, Existing existing);

// The same for a file that a command's option names: nothing where `path` is empty; errors name the
// file, and the option --overwrite where that would help.
absl::Status WriteResult(const std::string& path, ByteView bytes, bool overwrite);

// The path as text for a sentence: bytes that are not valid UTF-8, and control characters, become
// U+FFFD.
std::string DisplayName(const std::filesystem::path& path);

}  // namespace efface

#endif  // EFFACE_BASE_FILE_H_
