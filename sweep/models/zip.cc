#include "sweep/models/zip.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>

namespace sweep {
namespace {

using efface::ByteView;

constexpr size_t kHead = 4096, kTail = 65536;

struct CloseArchive {
  void operator()(archive* reader) const { archive_read_free(reader); }
};

// Appends the entry's bytes; false where it is damaged or longer than `limit`.
bool ReadEntry(archive* reader, size_t limit, efface::Bytes& bytes) {
  const void* block = nullptr;
  size_t size = 0;
  la_int64_t offset = 0;
  for (;;) {
    const int result = archive_read_data_block(reader, &block, &size, &offset);
    if (result == ARCHIVE_EOF) return true;
    if (result != ARCHIVE_OK || size > limit - bytes.size()) return false;
    efface::Append(bytes, {static_cast<const uint8_t*>(block), size});
  }
}

}  // namespace

bool IsZipWith(ByteView content, std::string_view name) {
  if (!efface::HasText(content, 0, "PK\x03\x04")) return false;
  const std::string_view text(reinterpret_cast<const char*>(content.data()), content.size());
  return text.substr(0, kHead).find(name) != std::string_view::npos ||
         text.substr(text.size() - std::min(text.size(), kTail)).find(name) !=
             std::string_view::npos;
}

absl::Status EachZipEntry(ByteView content,
                          const std::function<size_t(std::string_view name)>& wanted,
                          const std::function<void(std::string_view name, ByteView bytes)>& read) {
  const absl::Status broken =
      absl::InvalidArgumentError("is a zip archive that is cut off or damaged");
  const std::unique_ptr<archive, CloseArchive> reader(archive_read_new());
  if (!reader || archive_read_support_format_zip_seekable(reader.get()) != ARCHIVE_OK ||
      archive_read_open_memory(reader.get(), content.data(), content.size()) != ARCHIVE_OK) {
    return broken;
  }
  archive_entry* entry = nullptr;
  for (size_t i = 0; i < kMaxZipEntries; ++i) {
    const int result = archive_read_next_header(reader.get(), &entry);
    if (result == ARCHIVE_EOF) return absl::OkStatus();
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) return broken;
    const char* path = archive_entry_pathname(entry);
    const std::string name = path == nullptr ? "" : path;
    const size_t limit = wanted(name);
    if (limit == 0) continue;
    efface::Bytes bytes;
    if (ReadEntry(reader.get(), limit, bytes)) read(name, bytes);
  }
  return absl::OkStatus();
}

}  // namespace sweep
