#include "efface/scrub/clip_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace efface {

absl::StatusOr<ClipFile> ClipFile::Open(int fd) {
  struct stat facts = {};
  if (fstat(fd, &facts) != 0) return absl::ErrnoToStatus(errno, "the clip can't be read");
  return ClipFile(fd, static_cast<uint64_t>(facts.st_size));
}

bool ClipFile::Fill(uint64_t offset, uint8_t* to, size_t size) {
  while (size > 0 && status_.ok()) {
    const ssize_t got = pread(fd_, to, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) status_ = absl::ErrnoToStatus(errno, "the clip can't be read");
    if (got == 0) status_ = absl::DataLossError("the clip became shorter while it was read");
    if (got <= 0) return false;
    offset += static_cast<uint64_t>(got);
    to += got;
    size -= static_cast<size_t>(got);
  }
  return status_.ok();
}

ByteView ClipFile::Peek(uint64_t offset, size_t size) {
  if (offset >= size_ || !status_.ok()) return {};
  size = static_cast<size_t>(std::min<uint64_t>({size, kMaxPeek, size_ - offset}));
  if (offset < block_at_ || offset + size > block_at_ + block_.size()) {
    block_.resize(static_cast<size_t>(std::min<uint64_t>(kMaxPeek, size_ - offset)));
    block_at_ = offset;
    if (!Fill(offset, block_.data(), block_.size())) {
      block_.clear();
      return {};
    }
  }
  return ByteView(block_).subspan(static_cast<size_t>(offset - block_at_), size);
}

Bytes ClipFile::Read(uint64_t offset, uint64_t size) {
  if (offset >= size_ || !status_.ok()) return {};
  Bytes bytes(static_cast<size_t>(std::min(size, size_ - offset)));
  if (!Fill(offset, bytes.data(), bytes.size())) bytes.clear();
  return bytes;
}

std::optional<uint64_t> ClipFile::Uint(uint64_t offset, int size, Endian endian) {
  return ReadUint(Peek(offset, static_cast<size_t>(size)), 0, size, endian);
}

bool ClipFile::IsZero(uint64_t offset, uint64_t size) {
  if (offset >= size_) return true;
  uint64_t left = std::min(size, size_ - offset);
  while (left > 0) {
    const ByteView part = Peek(offset, static_cast<size_t>(std::min<uint64_t>(left, kMaxPeek)));
    if (part.empty()) return true;
    if (std::any_of(part.begin(), part.end(), [](uint8_t byte) { return byte != 0; })) return false;
    offset += part.size();
    left -= part.size();
  }
  return true;
}

}  // namespace efface
