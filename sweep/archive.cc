#include "sweep/archive.h"

#include <absl/strings/str_cat.h>
#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include "base/status.h"
#include "sweep/kinds.h"

namespace sweep {
namespace {

constexpr int64_t kMaxInMemory = int64_t{16} << 20;

struct Closer {
  void operator()(struct archive* archive) const { archive_read_free(archive); }
};
using Reader = std::unique_ptr<struct archive, Closer>;

// What libarchive reads from: a position in a content.
struct Source {
  const Content& content;
  int64_t at = 0;
  efface::Bytes buffer = efface::Bytes(size_t{1} << 16);
};

la_ssize_t ReadMore(struct archive*, void* context, const void** bytes) {
  auto& source = *static_cast<Source*>(context);
  const auto count = source.content.Read(source.at, source.buffer);
  if (!count.ok()) return -1;
  source.at += static_cast<int64_t>(*count);
  *bytes = source.buffer.data();
  return static_cast<la_ssize_t>(*count);
}

la_int64_t Skip(struct archive*, void* context, la_int64_t count) {
  auto& source = *static_cast<Source*>(context);
  const int64_t skipped = std::clamp<int64_t>(count, 0, source.content.size() - source.at);
  source.at += skipped;
  return skipped;
}

la_int64_t Seek(struct archive*, void* context, la_int64_t offset, int whence) {
  auto& source = *static_cast<Source*>(context);
  const int64_t base = whence == SEEK_SET   ? 0
                       : whence == SEEK_CUR ? source.at
                                            : source.content.size();
  source.at = std::clamp<int64_t>(base + offset, 0, source.content.size());
  return source.at;
}

std::string ErrorText(struct archive* archive) {
  const char* text = archive_error_string(archive);
  return text != nullptr && *text != 0 ? efface::DisplayName(text) : "damaged";
}

// Names that would leave the folder in which an archive is unpacked.
bool Leaves(const std::string& name) {
  if (name.starts_with('/')) return true;
  for (size_t at = 0; at < name.size();) {
    const size_t end = std::min(name.find('/', at), name.size());
    if (name.compare(at, end - at, "..") == 0) return true;
    at = end + 1;
  }
  return false;
}

// Contents that take of the budget give it back when the visitor is done with them.
class Share {
 public:
  explicit Share(MemoryBudget& budget) : budget_(budget) {}
  ~Share() { budget_.Give(taken_); }
  bool Grow(int64_t bytes) {
    if (!budget_.Take(bytes)) return false;
    taken_ += bytes;
    return true;
  }

 private:
  MemoryBudget& budget_;
  int64_t taken_ = 0;
};

class Walk {
 public:
  Walk(const Content& content, const std::string& name, const ArchiveLimits& limits,
       MemoryBudget& budget, const std::string& scratch, Unpacked& unpacked,
       const ArchiveVisitor& visitor)
      : source_{content},
        name_(name),
        limits_(limits),
        budget_(budget),
        scratch_(scratch),
        unpacked_(unpacked),
        visitor_(visitor) {}

  absl::Status Run() {
    reader_.reset(archive_read_new());
    if (reader_ == nullptr)
      return absl::ResourceExhaustedError("there is no memory left to open it");
    archive_read_support_filter_all(reader_.get());
    for (const auto support : {archive_read_support_format_tar, archive_read_support_format_zip,
                               archive_read_support_format_cpio, archive_read_support_format_ar,
                               archive_read_support_format_7zip, archive_read_support_format_cab,
                               archive_read_support_format_rar, archive_read_support_format_rar5,
                               archive_read_support_format_xar, archive_read_support_format_raw,
                               archive_read_support_format_empty})
      support(reader_.get());
    archive_read_set_read_callback(reader_.get(), ReadMore);
    archive_read_set_skip_callback(reader_.get(), Skip);
    archive_read_set_seek_callback(reader_.get(), Seek);
    archive_read_set_callback_data(reader_.get(), &source_);
    if (archive_read_open1(reader_.get()) < ARCHIVE_WARN) return Damaged();
    while (true) {
      struct archive_entry* entry = nullptr;
      const int result = archive_read_next_header(reader_.get(), &entry);
      if (result == ARCHIVE_EOF) break;
      if (result == ARCHIVE_RETRY) continue;
      if (result < ARCHIVE_WARN) return Damaged();
      if (archive_format(reader_.get()) == ARCHIVE_FORMAT_RAW &&
          archive_filter_count(reader_.get()) < 2)
        return absl::InvalidArgumentError("begins like an archive, and is none that can be read");
      RETURN_IF_ERROR(One(entry));
    }
    if (outside_ > 1)
      visitor_.odd(absl::StrCat("holds ", outside_,
                                " names in all that lead out of the folder it is unpacked in"),
                   false);
    return absl::OkStatus();
  }

 private:
  absl::Status Damaged() {
    return absl::DataLossError(
        absl::StrCat("is damaged or ends early: ", ErrorText(reader_.get())));
  }

  std::string EntryName(struct archive_entry* entry) const {
    if (archive_format(reader_.get()) == ARCHIVE_FORMAT_RAW) {
      // A file that is only compressed: its own name, without the ending.
      const std::string base(BaseName(name_));
      const size_t dot = base.rfind('.');
      return dot == std::string::npos || dot == 0 ? "content" : base.substr(0, dot);
    }
    const char* name = archive_entry_pathname_utf8(entry);
    if (name == nullptr) name = archive_entry_pathname(entry);
    std::string shown = name == nullptr ? "(no name)" : efface::DisplayName(name);
    while (shown.starts_with("./")) shown.erase(0, 2);
    return shown;
  }

  absl::Status One(struct archive_entry* entry) {
    if (++unpacked_.entries > limits_.entries)
      return absl::ResourceExhaustedError(absl::StrCat(
          "holds more than ", limits_.entries, " entries (--max-entries); the rest was not read"));
    const std::string name = EntryName(entry);
    if (Leaves(name) && ++outside_ == 1)
      visitor_.odd(
          absl::StrCat("holds a name that leads out of the folder it is unpacked in: ", name),
          false);
    if (!visitor_.wanted(name) || archive_entry_filetype(entry) != AE_IFREG ||
        archive_entry_hardlink(entry) != nullptr)
      return absl::OkStatus();
    if (archive_entry_is_encrypted(entry) == 1) {
      if (++encrypted_ == 1)
        visitor_.odd(
            absl::StrCat("holds encrypted entries, which can't be read; the first is ", name),
            true);
      return absl::OkStatus();
    }
    return Unpack(name);
  }

  absl::Status Unpack(const std::string& name) {
    Share share(budget_);
    efface::Bytes bytes;
    efface::Descriptor file;
    int64_t size = 0;
    absl::Status broken;
    while (true) {
      const void* block = nullptr;
      size_t count = 0;
      la_int64_t offset = 0;
      const int result = archive_read_data_block(reader_.get(), &block, &count, &offset);
      if (result == ARCHIVE_EOF) break;
      if (result == ARCHIVE_RETRY) continue;
      if (result < ARCHIVE_WARN) {
        broken = Damaged();
        break;
      }
      // Sparse files: what lies between blocks is zeros, and counts as unpacked.
      const int64_t gap = std::max<int64_t>(offset - size, 0);
      unpacked_.bytes += gap + static_cast<int64_t>(count);
      RETURN_IF_ERROR(CheckSize());
      const efface::ByteView more(static_cast<const uint8_t*>(block), count);
      if (!file.ok() && (size + gap + static_cast<int64_t>(count) > kMaxInMemory ||
                         !share.Grow(gap + static_cast<int64_t>(count)))) {
        ASSIGN_OR_RETURN(file, efface::OpenUnnamedFile(scratch_));
        RETURN_IF_ERROR(efface::WriteAll(file.get(), bytes));
        bytes = {};
      }
      if (file.ok()) {
        if (gap > 0 && lseek(file.get(), gap, SEEK_CUR) < 0)
          return absl::UnavailableError("the temporary file can't be written");
        RETURN_IF_ERROR(efface::WriteAll(file.get(), more));
      } else {
        bytes.resize(static_cast<size_t>(size + gap));
        bytes.insert(bytes.end(), more.begin(), more.end());
      }
      size += gap + static_cast<int64_t>(count);
    }
    // What could be read is looked at, also where the rest is broken.
    Content content =
        file.ok() ? Content::OfFile(std::move(file), size) : Content::OfMemory(std::move(bytes));
    const bool fatal = !broken.ok();
    if (size > 0 || !fatal) visitor_.file({name, std::move(content)});
    return broken;
  }

  absl::Status CheckSize() const {
    if (unpacked_.bytes > limits_.unpacked)
      return absl::ResourceExhaustedError(
          absl::StrCat("unpacks to more than ", limits_.unpacked >> 20,
                       " MB (--max-unpacked); the rest was not read"));
    if (unpacked_.bytes > limits_.ratio_from &&
        unpacked_.bytes / limits_.ratio > unpacked_.file_size)
      return absl::ResourceExhaustedError(
          absl::StrCat("unpacks to more than ", limits_.ratio,
                       " times its size (--max-ratio); the rest was not read"));
    return absl::OkStatus();
  }

  Source source_;
  const std::string& name_;
  const ArchiveLimits& limits_;
  MemoryBudget& budget_;
  const std::string& scratch_;
  Unpacked& unpacked_;
  const ArchiveVisitor& visitor_;
  Reader reader_;
  int64_t outside_ = 0, encrypted_ = 0;
};

}  // namespace

absl::Status WalkArchive(const Content& archive, const std::string& name,
                         const ArchiveLimits& limits, MemoryBudget& budget,
                         const std::string& scratch, Unpacked& unpacked,
                         const ArchiveVisitor& visitor) {
  return Walk(archive, name, limits, budget, scratch, unpacked, visitor).Run();
}

}  // namespace sweep
