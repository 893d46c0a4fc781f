#include "efface/media/heif_shape.h"

#include <avif/avif.h>

#include <algorithm>
#include <array>
#include <utility>

#include "efface/media/heif_items.h"

namespace efface {
namespace {

// Which corner of the stored picture (0 top left, 1 top right, 2 bottom left, 3 bottom right) is
// shown at each of these places.
using Corners = std::array<int, 4>;

constexpr Corners kOrientations[8] = {{0, 1, 2, 3}, {1, 0, 3, 2}, {3, 2, 1, 0}, {2, 3, 0, 1},
                                      {0, 2, 1, 3}, {2, 0, 3, 1}, {3, 1, 2, 0}, {1, 3, 0, 2}};

}  // namespace

std::optional<PixelSize> StatedSize(const HeifItem& item) {
  const HeifProperty* ispe = FindProperty(item, "ispe");
  if (ispe == nullptr || ispe->payload.size() != 12) return std::nullopt;
  PixelSize size;
  size.width = static_cast<int64_t>(*ReadUint(ispe->payload, 4, 4, Endian::kBig));
  size.height = static_cast<int64_t>(*ReadUint(ispe->payload, 8, 4, Endian::kBig));
  for (const HeifProperty& property : item.properties) {
    if (&property == ispe) break;
    const bool turned =
        property.type == "irot" && property.payload.size() == 1 && (property.payload[0] & 1) != 0;
    if (turned) std::swap(size.width, size.height);
  }
  return size;
}

Orientation OrientationOf(const HeifItem& item) {
  Corners corners = kOrientations[0];
  for (const HeifProperty& property : item.properties) {
    if (property.payload.size() != 1) continue;
    const int value = property.payload[0];
    if (property.type == "irot") {  // counter-clockwise, by quarters
      for (int i = 0; i < (value & 3); ++i) {
        corners = {corners[1], corners[3], corners[0], corners[2]};
      }
    } else if (property.type == "imir") {
      corners = (value & 1) == 0 ? Corners{corners[2], corners[3], corners[0], corners[1]}
                                 : Corners{corners[1], corners[0], corners[3], corners[2]};
    }
  }
  const auto* found = std::find(std::begin(kOrientations), std::end(kOrientations), corners);
  return static_cast<Orientation>(found - std::begin(kOrientations)) + 1;
}

absl::StatusOr<PixelRect> VisibleRect(const HeifItem& item, int width, int height, int shift_x,
                                      int shift_y) {
  const auto unusual = [] {
    return absl::UnimplementedError(
        "the file crops its picture in an unusual way, which cannot be kept");
  };
  bool turned = false, cropped = false;
  PixelRect rect{0, 0, width, height};
  for (const HeifProperty& property : item.properties) {
    turned = turned || property.type == "irot" || property.type == "imir";
    if (property.type != "clap") continue;
    if (turned || cropped || property.payload.size() != 32) return unusual();
    cropped = true;
    uint32_t fields[8];  // ISO/IEC 14496-12, 12.1.4
    for (size_t i = 0; i < 8; ++i) {
      fields[i] = static_cast<uint32_t>(*ReadUint(property.payload, i * 4, 4, Endian::kBig));
    }
    const avifCleanApertureBox clap = {fields[0], fields[1], fields[2], fields[3],
                                       fields[4], fields[5], fields[6], fields[7]};
    const avifPixelFormat format = shift_y != 0   ? AVIF_PIXEL_FORMAT_YUV420
                                   : shift_x != 0 ? AVIF_PIXEL_FORMAT_YUV422
                                                  : AVIF_PIXEL_FORMAT_YUV444;
    avifCropRect crop = {};
    avifDiagnostics diagnostics = {};
    if (!avifCropRectConvertCleanApertureBox(&crop, &clap, static_cast<uint32_t>(width),
                                             static_cast<uint32_t>(height), format, &diagnostics)) {
      return unusual();
    }
    rect = {static_cast<int>(crop.x), static_cast<int>(crop.y), static_cast<int>(crop.width),
            static_cast<int>(crop.height)};
    const bool aligned =
        (rect.x & ((1 << shift_x) - 1)) == 0 && (rect.y & ((1 << shift_y) - 1)) == 0;
    if (!aligned || rect.width <= 0 || rect.height <= 0) return unusual();
  }
  return rect;
}

}  // namespace efface
