#include "efface/media/heif_check.h"

#include <algorithm>
#include <set>

#include "base/status.h"
#include "efface/media/heif_hevc.h"
#include "efface/media/heif_items.h"
#include "efface/media/heif_shape.h"

namespace efface {
namespace {

absl::Status CheckStatedSize(const HeifItem& item, const StillLimits& limits) {
  const auto size = StatedSize(item);
  if (!size) return absl::OkStatus();
  return CheckSize(size->width, size->height, limits.max_pixels_heif, limits);
}

// The sizes that the coded data states, which is what a decoder allocates.
absl::Status CheckHevcSize(const HeifItem& item, const StillLimits& limits) {
  HevcSize largest;
  const auto note = [&](const HevcSize& size) {
    largest.width = std::max(largest.width, size.width);
    largest.height = std::max(largest.height, size.height);
  };
  int length_size = 4;
  for (const HeifProperty& property : item.properties) {
    if (property.type != "hvcC") continue;
    const auto config = ReadHevcConfig(property.payload);
    if (!config)
      return absl::DataLossError("the file is damaged: its HEVC configuration is broken");
    length_size = config->length_size;
    note(config->largest);
  }
  const auto data = ReadHevcItem(HeifItemData(item), length_size);
  if (!data) return absl::DataLossError("the file is damaged: its HEVC data is broken");
  note(data->largest);
  return CheckSize(largest.width, largest.height, limits.max_pixels_heif, limits);
}

}  // namespace

absl::Status CheckHeif(const HeifFile& heif, const StillLimits& limits) {
  if (std::any_of(heif.boxes.begin(), heif.boxes.end(),
                  [](const Box& box) { return box.type == "moov"; })) {
    return absl::UnimplementedError(
        "the file holds an image sequence, which this version does not redact yet");
  }
  const HeifItems items(heif);
  const HeifItem* primary = items.Find(heif.primary);
  if (primary == nullptr) return absl::DataLossError("the file is damaged: its picture is missing");
  RETURN_IF_ERROR(CheckStatedSize(*primary, limits));
  ASSIGN_OR_RETURN(const auto leaves, items.Leaves(*primary));
  std::set<uint32_t> seen;
  for (const HeifItem* leaf : leaves) {
    if (!seen.insert(leaf->id).second) continue;
    if (leaf->extents.empty()) {
      return absl::DataLossError("the file is truncated: data of its picture is missing");
    }
    RETURN_IF_ERROR(CheckStatedSize(*leaf, limits));
    if (leaf->type == "hvc1") RETURN_IF_ERROR(CheckHevcSize(*leaf, limits));
  }
  return absl::OkStatus();
}

}  // namespace efface
