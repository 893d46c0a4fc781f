#include "base/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace efface {
namespace {

// Owns one descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

absl::Status SystemError(std::string_view what, const std::filesystem::path& path, int error) {
  const std::string message = absl::StrCat(absl::string_view(what.data(), what.size()), " ",
                                           DisplayName(path), ": ", std::strerror(error));
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError(message);
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::PermissionDeniedError(message);
    case EEXIST:
      return absl::AlreadyExistsError(message);
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return absl::ResourceExhaustedError(message);
    default:
      return absl::UnavailableError(message);
  }
}

absl::Status WriteAll(int fd, ByteView bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), std::min<size_t>(bytes.size(), 1 << 30));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("cannot write", path, errno);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  if (fsync(fd) != 0 && errno != EINVAL) return SystemError("cannot write", path, errno);
  return absl::OkStatus();
}

// A name in the folder of `path` that no other process uses.
std::filesystem::path TemporaryName(const std::filesystem::path& path) {
  static std::atomic<unsigned> counter{0};
  return path.parent_path() / absl::StrCat(".efface-", getpid(), "-", counter.fetch_add(1), ".tmp");
}

// Gives the file at `from` the name `to`; `from` is gone afterwards in any case.
absl::Status Rename(const std::filesystem::path& from, const std::filesystem::path& to,
                    Existing existing) {
  const unsigned flags = existing == Existing::kRefuse ? RENAME_NOREPLACE : 0;
  int result = renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), flags);
  if (result != 0 && errno == EINVAL && flags != 0) {  // a file system without RENAME_NOREPLACE
    result = link(from.c_str(), to.c_str());
    if (result == 0) unlink(from.c_str());
  }
  if (result == 0) return absl::OkStatus();
  const int error = errno;
  unlink(from.c_str());
  return SystemError("cannot write", to, error);
}

absl::Status WriteWithTemporaryName(const std::filesystem::path& path, ByteView bytes,
                                    Existing existing) {
  const std::filesystem::path temporary = TemporaryName(path);
  Descriptor file(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file.ok()) return SystemError("cannot write", path, errno);
  if (absl::Status status = WriteAll(file.get(), bytes, path); !status.ok()) {
    unlink(temporary.c_str());
    return status;
  }
  return Rename(temporary, path, existing);
}

// At most `count` bytes of a regular file that has at most `max_bytes`.
absl::StatusOr<Bytes> Read(const std::filesystem::path& path, int64_t max_bytes, size_t count) {
  // O_NONBLOCK: opening a FIFO must not wait for its writer.
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.ok()) return SystemError("cannot read", path, errno);
  struct stat info;
  if (fstat(file.get(), &info) != 0) return SystemError("cannot read", path, errno);
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(DisplayName(path), " is not a regular file"));
  }
  if (info.st_size > max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat(DisplayName(path), " has ", info.st_size, " bytes, more than the limit of ", max_bytes));
  }
  Bytes bytes(std::min(count, static_cast<size_t>(info.st_size)));
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = read(file.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("cannot read", path, errno);
    if (got == 0) break;  // shortened while it was read
    filled += static_cast<size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace

absl::StatusOr<Bytes> ReadFile(const std::filesystem::path& path, int64_t max_bytes) {
  return Read(path, max_bytes, SIZE_MAX);
}

absl::StatusOr<Bytes> ReadFileHead(const std::filesystem::path& path, size_t count) {
  return Read(path, INT64_MAX, count);
}

absl::Status WriteFileWhole(const std::filesystem::path& path, ByteView bytes, Existing existing) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  Descriptor file(open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666));
  if (!file.ok()) return WriteWithTemporaryName(path, bytes, existing);
  RETURN_IF_ERROR(WriteAll(file.get(), bytes, path));

  const std::string unnamed = absl::StrCat("/proc/self/fd/", file.get());
  if (linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) {
    return absl::OkStatus();
  }
  if (errno == EEXIST) {
    if (existing == Existing::kRefuse) return SystemError("cannot write", path, EEXIST);
    const std::filesystem::path temporary = TemporaryName(path);
    if (linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, temporary.c_str(), AT_SYMLINK_FOLLOW) == 0) {
      return Rename(temporary, path, existing);
    }
  }
  return WriteWithTemporaryName(path, bytes, existing);  // /proc is not mounted, say
}

std::string DisplayName(const std::filesystem::path& path) {
  const std::string& text = path.native();
  std::string shown;
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80       ? 1
                          : lead >> 5 == 6  ? 2
                          : lead >> 4 == 14 ? 3
                          : lead >> 3 == 30 ? 4
                                            : 0;
    uint32_t point = length == 1 ? lead : length == 0 ? 0 : lead & (0x7F >> length);
    bool valid = length > 0 && i + length <= text.size();
    for (size_t k = 1; valid && k < length; ++k) {
      const auto next = static_cast<unsigned char>(text[i + k]);
      valid = next >> 6 == 2;
      point = point << 6 | (next & 0x3F);
    }
    static constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    valid =
        valid && point >= kLeast[length] && point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
    const bool control = point < 0x20 || (point >= 0x7F && point < 0xA0);
    if (valid && !control) {
      shown.append(text, i, length);
    } else {
      shown += "\xEF\xBF\xBD";
    }
    i += valid ? length : 1;
  }
  return shown;
}

}  // namespace efface
