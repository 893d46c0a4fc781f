// Reading NumPy's files from hostile bytes: an array, or an archive of them. What is read has the
// numbers that its shape says.
#include <stdlib.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>

#include "lineup/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("npy_fuzz." + std::to_string(getpid()));
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  const auto rows = lineup::ReadNumpy(path);
  if (rows.ok() && (rows->values.size() != rows->rows * rows->columns ||
                    (!rows->ids.empty() && rows->ids.size() != rows->rows)))
    abort();
  return 0;
}
