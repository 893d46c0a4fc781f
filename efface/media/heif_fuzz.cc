// libFuzzer target: takes the coded picture out of any bytes and writes it anew. What was written
// must be read as the same picture again.
#include "efface/media/heif_check.h"
#include "efface/media/heif_copy.h"
#include "efface/media/heif_hevc_picture.h"
#include "efface/media/heif_shape.h"
#include "efface/media/heif_write.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto heif = efface::ReadHeif({data, size});
  if (!heif.ok()) return 0;
  efface::CheckHeif(*heif, {}).IgnoreError();
  efface::ReadHevcHeader(*heif).IgnoreError();
  efface::ReadHeifExif(*heif);
  const efface::HeifItem* primary = heif->Find(heif->primary);
  if (primary != nullptr) {
    if (efface::OrientationOf(*primary) < 1 || efface::OrientationOf(*primary) > 8) {
      __builtin_trap();
    }
    efface::VisibleRect(*primary, 640, 480, 1, 1).IgnoreError();
  }
  const auto parts = efface::ExtractHeif(*heif);
  if (!parts.ok()) return 0;
  const efface::Bytes file = efface::WriteHeif(*parts);
  const auto again = efface::ReadHeif(file);
  if (!again.ok() || again->items.size() != parts->items.size()) __builtin_trap();
  const auto same = efface::ExtractHeif(*again);
  if (!same.ok() || efface::WriteHeif(*same) != file) __builtin_trap();
  return 0;
}
