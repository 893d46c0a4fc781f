// Fuzzes the readers of records, in memory and from a file: they agree; and what they accept
// survives writing and reading unchanged, once its numbers have the record's decimals.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

#include "base/file.h"
#include "efface/record/record.h"

namespace {

efface::Descriptor FileOf(efface::ByteView bytes) {
  auto file = efface::OpenUnnamedFile("/tmp");
  if (!file.ok() || !efface::WriteAll(file->get(), bytes).ok()) std::abort();
  return std::move(*file);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto record = efface::ReadRecord({reinterpret_cast<const char*>(data), size});

  std::map<size_t, std::vector<efface::Mask>> masks;
  const efface::Descriptor file = FileOf({data, size});
  auto streamed = efface::StreamRecord(file.get(), [&](size_t face, const efface::Mask& mask) {
    masks[face].push_back(mask);
    return absl::OkStatus();
  });
  if (streamed.status() != record.status()) std::abort();
  if (!record.ok()) return 0;
  for (auto& [face, rows] : masks) streamed->faces.at(face).masks = std::move(rows);

  const std::string text = efface::WriteRecord(*record);
  if (efface::WriteRecord(*streamed) != text) std::abort();
  const auto again = efface::ReadRecord(text);
  if (!again.ok() || efface::WriteRecord(*again) != text) std::abort();
  return 0;
}
