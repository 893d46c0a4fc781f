// Fuzzes the walkers of clips, over a file in memory.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "efface/scrub/scan.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const int fd = memfd_create("clip", 0);
  if (fd < 0 || ftruncate(fd, static_cast<off_t>(size)) != 0 ||
      pwrite(fd, data, size, 0) != static_cast<ssize_t>(size)) {
    std::abort();
  }
  const auto found = efface::FindInClip(fd, {});
  if (!found.ok()) return 0;
  for (const efface::HiddenThing& thing : *found) {
    if (thing.what.empty() || thing.bytes <= 0) std::abort();
    for (const efface::ByteRange& place : thing.places) {
      if (place.size == 0 || place.size > size || place.offset > size - place.size) std::abort();
    }
  }
  return 0;
}
