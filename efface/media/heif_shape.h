// What the properties of a HEIF item say of how its picture is cropped and turned.
#ifndef EFFACE_MEDIA_HEIF_SHAPE_H_
#define EFFACE_MEDIA_HEIF_SHAPE_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "base/isobmff.h"
#include "efface/media/heif_yuv.h"
#include "efface/media/plane.h"

namespace efface {

struct PixelSize {
  int64_t width = 0, height = 0;
};

// The size of the picture as stored, that "ispe" states (ISO/IEC 23008-12, 6.5.3); nullopt where
// there is not exactly one. Where it stands behind a turn, it states the turned size (libheif 1.15
// writes it so).
std::optional<PixelSize> StatedSize(const HeifItem& item);

// How "irot" and "imir" turn the picture, in their order.
Orientation OrientationOf(const HeifItem& item);

// The part of the picture that the clean aperture ("clap") leaves visible; all of it where there is
// none. Unimplemented where it is not made of whole samples, or stands behind a turn.
absl::StatusOr<PixelRect> VisibleRect(const HeifItem& item, int width, int height, int shift_x,
                                      int shift_y);

}  // namespace efface

#endif  // EFFACE_MEDIA_HEIF_SHAPE_H_
