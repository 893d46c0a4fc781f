// libFuzzer target: ReadHeif and ReadBoxes on any bytes.
#include "base/isobmff.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const efface::ByteView file(data, size);
  const auto boxes = efface::ReadBoxes(file);
  const auto heif = efface::ReadHeif(file);
  if (!heif.ok()) return 0;
  // Every view lies within the input: sum its bytes so that a sanitizer sees each access.
  unsigned sum = boxes.ok() ? 1 : 0;
  for (const efface::HeifItem& item : heif->items) {
    if (heif->Find(item.id) != &item) __builtin_trap();
    if (item.extents.size() > 64) continue;
    for (const efface::ByteView extent : item.extents) sum += extent.front() + extent.back();
    for (const efface::HeifProperty& property : item.properties) {
      for (const uint8_t byte : property.payload) sum += byte;
    }
  }
  return sum == 0xFFFFFFFF ? -1 : 0;
}
