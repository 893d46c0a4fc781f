// Reads any bytes as EXIF, and checks that what is kept of them survives being written.
#include <algorithm>
#include <cstdlib>

#include "base/exif.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace efface;
  const ByteView tiff(data, size);
  uint64_t sum = 0;
  for (const ExifEntry& entry : ExifEntries(tiff)) {
    sum += ExifInteger(tiff, entry).value_or(0);
    for (const uint8_t byte : entry.value.first(std::min<size_t>(entry.value.size(), 64))) {
      sum += byte;
    }
  }
  if (const auto thumbnail = ExifThumbnail(tiff)) sum += thumbnail->back();
  const KeptExif kept = ReadKeptExif(tiff);
  const KeptExif again = ReadKeptExif(WriteKeptExif(kept));
  if (again.orientation != kept.orientation) std::abort();
  if (again.date_time_original != kept.date_time_original) std::abort();
  return sum == UINT64_MAX ? -1 : 0;
}
