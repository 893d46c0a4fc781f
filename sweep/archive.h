// Opens archives and compressed files by libarchive, entry by entry.
#ifndef EFFACE_SWEEP_ARCHIVE_H_
#define EFFACE_SWEEP_ARCHIVE_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "sweep/content.h"

namespace sweep {

// Against archives that are made to fill a disk or an evening.
struct ArchiveLimits {
  int depth = 8;                         // archives within archives
  int64_t unpacked = int64_t{64} << 30;  // bytes, of all that one file on disk holds, at all depths
  int64_t ratio = 250;                   // unpacked bytes for each byte of the file on disk
  int64_t ratio_from = int64_t{256} << 20;  // bytes that may be unpacked whatever the ratio
  int64_t entries = 2'000'000;              // of all that one file on disk holds
};

// What was unpacked so far of one file on disk.
struct Unpacked {
  int64_t file_size = 0;  // bytes of the file on disk
  int64_t bytes = 0, entries = 0;
};

struct Entry {
  std::string
      name;  // as the archive has it, shown: control characters and what isn't UTF-8 become U+FFFD
  Content content;
};

struct ArchiveVisitor {
  // Each regular file. The content is the visitor's.
  std::function<void(Entry)> file;
  // Every name, also of folders and links; true where the content is wanted too.
  std::function<bool(const std::string& name)> wanted;
  // Something odd about one entry, in a sentence; the walk goes on. `incomplete`: some of it was
  // not read.
  std::function<void(const std::string& sentence, bool incomplete)> odd;
};

// Walks through `archive`, whose name is `name`. DataLoss where it is broken or ends early (what
// came before was visited); ResourceExhausted at a limit; InvalidArgument where it is no archive,
// though it looked like one. Contents of at most 16 MiB stay in memory, if `budget` has some;
// others go to a file without a name in `scratch`.
absl::Status WalkArchive(const Content& archive, const std::string& name,
                         const ArchiveLimits& limits, MemoryBudget& budget,
                         const std::string& scratch, Unpacked& unpacked,
                         const ArchiveVisitor& visitor);

}  // namespace sweep

#endif  // EFFACE_SWEEP_ARCHIVE_H_
