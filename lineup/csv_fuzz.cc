// Reading CSV from hostile bytes: rows as wide as the first; and whole score files, whose counts
// must add up.
#include <stdlib.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>

#include "lineup/csv.h"
#include "lineup/scores.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("csv_fuzz." + std::to_string(getpid()));
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  auto csv = lineup::CsvReader::Open(path);
  if (csv.ok()) {
    for (auto any = csv->Next(); any.ok() && *any; any = csv->Next()) {
      size_t bytes = 0;
      for (size_t c = 0; c < csv->names().size(); ++c)
        bytes += csv->field(static_cast<int>(c)).size();
      if (bytes > size) abort();
    }
  }
  const auto scores = lineup::ReadScores(
      path,
      {.flaws = lineup::Flaws::kLeaveOut, .thresholds = {0.5f}, .targets = {0.1}, .tail_limit = 8});
  if (scores.ok()) {
    const lineup::Tally& tally = *(*scores)->tally;
    uint64_t with = 0;
    for (const uint64_t count : tally.pairs_with) with += count;
    if (with != 2 * tally.impostor_pairs || tally.tail.size() > tally.impostor_pairs) abort();
  }
  return 0;
}
