// Fuzzes the reader of records. What it accepts must survive writing and reading unchanged, once
// its numbers have the record's decimals.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "efface/record/record.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto record = efface::ReadRecord({reinterpret_cast<const char*>(data), size});
  if (!record.ok()) return 0;
  const std::string text = efface::WriteRecord(*record);
  const auto again = efface::ReadRecord(text);
  if (!again.ok() || efface::WriteRecord(*again) != text) std::abort();
  return 0;
}
