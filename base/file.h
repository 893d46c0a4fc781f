// Files read whole, and files that appear whole or not at all.
#ifndef EFFACE_BASE_FILE_H_
#define EFFACE_BASE_FILE_H_

#include <cstdint>
#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"

namespace efface {

// All bytes of a regular file. ResourceExhausted where it holds more than `max_bytes`;
// FailedPrecondition where it is not a regular file; NotFound, PermissionDenied or Unavailable as
// the system says.
absl::StatusOr<Bytes> ReadFile(const std::filesystem::path& path, int64_t max_bytes);

// The first `count` bytes of a regular file, or all where it has fewer. Errors as ReadFile.
absl::StatusOr<Bytes> ReadFileHead(const std::filesystem::path& path, size_t count);

enum class Existing { kRefuse, kReplace };

// Puts `bytes` at `path`: under no name while it is written (O_TMPFILE; under a temporary name in
// the same folder where the file system lacks that), synced, then given its name in one step.
// Whatever happens, `path` holds the old file, the whole new one, or nothing. AlreadyExists where
// there is one and `existing` is kRefuse. Folders above `path` must exist.
absl::Status WriteFileWhole(const std::filesystem::path& path, ByteView bytes, Existing existing);

// The path as text for a sentence: bytes that are not valid UTF-8, and control characters, become
// U+FFFD.
std::string DisplayName(const std::filesystem::path& path);

}  // namespace efface

#endif  // EFFACE_BASE_FILE_H_
