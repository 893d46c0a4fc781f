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

// What the system says of `error`, as one sentence that begins with `what`.
absl::Status SystemError(std::string_view what, int error) {
  const std::string message =
      absl::StrCat(absl::string_view(what.data(), what.size()), ": ", std::strerror(error));
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

absl::Status CannotRead(const std::filesystem::path& path, int error) {
  return SystemError(absl::StrCat("cannot read ", DisplayName(path)), error);
}

absl::Status CannotWrite(const std::filesystem::path& path, int error) {
  return SystemError(absl::StrCat("cannot write ", DisplayName(path)), error);
}

// 0, or the system's error.
int Write(int fd, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), std::min<size_t>(bytes.size(), 1 << 30));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return 0;
}

std::filesystem::path FolderOf(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

Descriptor OpenWithoutName(const std::filesystem::path& folder) {
  return Descriptor(open(folder.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0666));
}

// A name in `folder` that no other process uses.
std::filesystem::path TemporaryName(const std::filesystem::path& folder) {
  static std::atomic<unsigned> counter{0};
  return folder / absl::StrCat(".efface-", getpid(), "-", counter.fetch_add(1), ".tmp");
}

Descriptor OpenNew(const std::filesystem::path& path) {
  return Descriptor(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
}

// Reads up to out.size() bytes into `out`; `filled` is less only at the end of the file. 0, or the
// system's error.
int Read(int fd, int64_t offset, std::span<uint8_t> out, size_t& filled) {
  filled = 0;
  while (filled < out.size()) {
    const ssize_t got =
        pread(fd, out.data() + filled, out.size() - filled, offset + static_cast<int64_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  return 0;
}

// 0, or the system's error.
int CopyAll(int from, int to) {
  Bytes buffer(1 << 20);
  size_t filled = buffer.size();
  for (int64_t offset = 0; filled == buffer.size(); offset += static_cast<int64_t>(filled)) {
    if (const int error = Read(from, offset, buffer, filled); error != 0) return error;
    if (const int error = Write(to, ByteView(buffer).first(filled)); error != 0) return error;
  }
  return 0;
}

// Gives the file of the descriptor `fd`, which has no name, one. False: errno says why.
bool GiveName(int fd, const std::filesystem::path& name) {
  const std::string unnamed = absl::StrCat("/proc/self/fd/", fd);
  return linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

// At most `count` bytes of a regular file that has at most `max_bytes`.
absl::StatusOr<Bytes> ReadPart(const std::filesystem::path& path, int64_t max_bytes, size_t count) {
  ASSIGN_OR_RETURN(const Descriptor file, OpenRegularFile(path));
  ASSIGN_OR_RETURN(const int64_t size, FileSize(file.get()));
  if (size > max_bytes) {
    return absl::ResourceExhaustedError(absl::StrCat(DisplayName(path), " has ", size,
                                                     " bytes, more than the limit of ", max_bytes));
  }
  Bytes bytes(std::min(count, static_cast<size_t>(size)));
  size_t filled = 0;
  if (const int error = Read(file.get(), 0, bytes, filled); error != 0) {
    return CannotRead(path, error);
  }
  bytes.resize(filled);  // less where it was shortened meanwhile
  return bytes;
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

absl::StatusOr<Descriptor> OpenRegularFile(const std::filesystem::path& path) {
  // O_NONBLOCK: opening a FIFO must not wait for its writer.
  Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.ok()) return CannotRead(path, errno);
  struct stat info;
  if (fstat(file.get(), &info) != 0) return CannotRead(path, errno);
  if (!S_ISREG(info.st_mode)) {
    return absl::FailedPreconditionError(absl::StrCat(DisplayName(path), " is not a regular file"));
  }
  return file;
}

absl::StatusOr<Descriptor> OpenUnnamedFile(const std::filesystem::path& folder) {
  Descriptor file = OpenWithoutName(folder);
  if (file.ok()) return file;
  const std::filesystem::path name = TemporaryName(folder);
  file = OpenNew(name);
  if (!file.ok()) {
    return SystemError(absl::StrCat("cannot write to the folder ", DisplayName(folder)), errno);
  }
  unlink(name.c_str());
  return file;
}

absl::StatusOr<int64_t> FileSize(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) return SystemError("cannot read", errno);
  return info.st_size;
}

absl::StatusOr<size_t> ReadAt(int fd, int64_t offset, std::span<uint8_t> out) {
  size_t filled = 0;
  if (const int error = Read(fd, offset, out, filled); error != 0) {
    return SystemError("cannot read", error);
  }
  return filled;
}

absl::Status WriteAll(int fd, ByteView bytes) {
  const int error = Write(fd, bytes);
  return error == 0 ? absl::OkStatus() : SystemError("cannot write", error);
}

absl::StatusOr<Bytes> ReadFile(const std::filesystem::path& path, int64_t max_bytes) {
  return ReadPart(path, max_bytes, SIZE_MAX);
}

absl::StatusOr<Bytes> ReadFileHead(const std::filesystem::path& path, size_t count) {
  return ReadPart(path, INT64_MAX, count);
}

WholeFile::WholeFile(std::filesystem::path path, std::filesystem::path temporary, Descriptor file)
    : path_(std::move(path)), temporary_(std::move(temporary)), file_(std::move(file)) {}

WholeFile::WholeFile(WholeFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      file_(std::move(other.file_)) {}

WholeFile::~WholeFile() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

absl::StatusOr<WholeFile> WholeFile::Create(const std::filesystem::path& path) {
  // What can't be the name of a file should be said before hours of work, not after.
  struct stat info;
  if (lstat(path.c_str(), &info) != 0 && errno != ENOENT) return CannotWrite(path, errno);

  const std::filesystem::path folder = FolderOf(path);
  Descriptor unnamed = OpenWithoutName(folder);
  if (unnamed.ok()) return WholeFile(path, {}, std::move(unnamed));
  std::filesystem::path temporary = TemporaryName(folder);
  Descriptor named = OpenNew(temporary);
  if (!named.ok()) return CannotWrite(path, errno);
  return WholeFile(path, std::move(temporary), std::move(named));
}

absl::Status WholeFile::Commit(Existing existing) {
  if (fsync(fd()) != 0 && errno != EINVAL) return CannotWrite(path_, errno);
  if (!temporary_.empty()) return Rename(existing);

  if (GiveName(fd(), path_)) return absl::OkStatus();
  if (errno == EEXIST) {
    if (existing == Existing::kRefuse) return CannotWrite(path_, EEXIST);
    // A name can't be linked over another file, only renamed over it.
    const std::filesystem::path temporary = TemporaryName(FolderOf(path_));
    if (GiveName(fd(), temporary)) {
      temporary_ = temporary;
      return Rename(existing);
    }
  }
  // It can't be given a name (/proc is not mounted, say): a copy with one.
  const std::filesystem::path temporary = TemporaryName(FolderOf(path_));
  Descriptor copy = OpenNew(temporary);
  if (!copy.ok()) return CannotWrite(path_, errno);
  temporary_ = temporary;
  if (const int error = CopyAll(fd(), copy.get()); error != 0) return CannotWrite(path_, error);
  file_ = std::move(copy);
  if (fsync(fd()) != 0 && errno != EINVAL) return CannotWrite(path_, errno);
  return Rename(existing);
}

absl::Status WholeFile::Rename(Existing existing) {
  const unsigned flags = existing == Existing::kRefuse ? RENAME_NOREPLACE : 0;
  int result = renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), flags);
  if (result != 0 && errno == EINVAL && flags != 0) {  // a file system without RENAME_NOREPLACE
    result = link(temporary_.c_str(), path_.c_str());
    if (result == 0) unlink(temporary_.c_str());
  }
  if (result != 0) return CannotWrite(path_, errno);  // the destructor removes it
  temporary_.clear();
  return absl::OkStatus();
}

absl::Status WriteFileWhole(const std::filesystem::path& path, ByteView bytes, Existing existing) {
  ASSIGN_OR_RETURN(WholeFile file, WholeFile::Create(path));
  if (const int error = Write(file.fd(), bytes); error != 0) return CannotWrite(path, error);
  return file.Commit(existing);
}

absl::Status WriteResult(const std::string& path, ByteView bytes, bool overwrite) {
  if (path.empty()) return absl::OkStatus();
  const absl::Status status =
      WriteFileWhole(path, bytes, overwrite ? Existing::kReplace : Existing::kRefuse);
  if (status.ok()) return status;
  const std::string name = DisplayName(path);
  if (absl::IsAlreadyExists(status)) {
    return absl::AlreadyExistsError(
        absl::StrCat(name, ": is there already; --overwrite replaces it"));
  }
  const std::string message(status.message());
  return absl::Status(status.code(), message.find(name) != std::string::npos
                                         ? message
                                         : absl::StrCat(name, ": ", message));
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
