#include "sweep/content.h"

#include <sys/mman.h>

#include <cstring>

#include "base/status.h"

namespace sweep {

bool MemoryBudget::Take(int64_t bytes) {
  if (left_.fetch_sub(bytes) >= bytes) return true;
  left_ += bytes;
  return false;
}

Content Content::OfMemory(efface::Bytes bytes) {
  Content content;
  content.size_ = static_cast<int64_t>(bytes.size());
  content.bytes_ = std::move(bytes);
  content.view_ = content.bytes_;
  return content;
}

Content Content::OfView(efface::ByteView bytes) {
  Content content;
  content.size_ = static_cast<int64_t>(bytes.size());
  content.view_ = bytes;
  return content;
}

Content Content::OfFile(efface::Descriptor file, int64_t size) {
  Content content;
  content.size_ = size;
  content.file_ = std::move(file);
  return content;
}

Content::Content(Content&& other) noexcept
    : size_(other.size_),
      bytes_(std::move(other.bytes_)),
      view_(other.view_),
      file_(std::move(other.file_)),
      map_(std::exchange(other.map_, nullptr)) {}

Content::~Content() {
  if (map_ != nullptr) munmap(map_, static_cast<size_t>(size_));
}

absl::StatusOr<size_t> Content::Read(int64_t offset, std::span<uint8_t> out) const {
  if (offset >= size_) return 0;
  const size_t count =
      static_cast<size_t>(std::min<int64_t>(static_cast<int64_t>(out.size()), size_ - offset));
  if (!in_memory()) return efface::ReadAt(file_.get(), offset, out.first(count));
  std::memcpy(out.data(), view_.data() + offset, count);
  return count;
}

absl::StatusOr<efface::ByteView> Content::View() {
  if (in_memory()) return view_;
  if (size_ == 0) return efface::ByteView();
  if (map_ == nullptr) {
    void* map = mmap(nullptr, static_cast<size_t>(size_), PROT_READ, MAP_PRIVATE, file_.get(), 0);
    if (map == MAP_FAILED) return absl::UnavailableError("can't be mapped into memory");
    madvise(map, static_cast<size_t>(size_),
            MADV_RANDOM);  // only what is looked at comes into memory
    map_ = map;
  }
  return efface::ByteView(static_cast<const uint8_t*>(map_), static_cast<size_t>(size_));
}

}  // namespace sweep
