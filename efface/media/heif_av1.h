// The little of AV1 in HEIF (AV1 Image File Format) that must be known beside its decoding: which
// OBUs make up the picture, and whether it was coded without loss. Hostile input is safe.
#ifndef EFFACE_MEDIA_HEIF_AV1_H_
#define EFFACE_MEDIA_HEIF_AV1_H_

#include <cstdint>
#include <functional>
#include <optional>

#include "base/bytes.h"
#include "efface/media/heif_yuv.h"

namespace efface {

// The OBUs that make up the picture: no padding, no reserved kinds, and of metadata only light
// levels and the mastering display. nullopt where they are broken.
std::optional<Bytes> CleanAv1(ByteView obus);

// The payload of an "av1C" box, its OBUs cleaned likewise.
std::optional<Bytes> CleanAv1Config(ByteView payload);

// True where all frames of the item decode, and were coded without loss (AV1, 5.9.2: AllLossless).
// `max_pixels`: no larger frame is decoded.
bool IsLosslessAv1(ByteView obus, int64_t max_pixels);

// True where the item is one frame, which decodes, with no bytes after the end of its last tile,
// and `accept` is true of it as it was coded, without film grain.
bool IsOneAv1Picture(ByteView obus, int64_t max_pixels,
                     const std::function<bool(const YuvPicture&)>& accept);

}  // namespace efface

#endif  // EFFACE_MEDIA_HEIF_AV1_H_
