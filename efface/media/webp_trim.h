// Cuts off what follows the coded picture within its own chunk, where decoders don't look.
#ifndef EFFACE_MEDIA_WEBP_TRIM_H_
#define EFFACE_MEDIA_WEBP_TRIM_H_

#include <optional>

#include "base/bytes.h"

namespace efface {

// `file`: a WebP file of one picture, as libwebpmux puts it together. The same with each of VP8,
// VP8L and ALPH as short as it can be and still decode to the same picture; up to 3 bytes, which
// encoders leave over, are not looked for. Nullopt where it is as short already, or doesn't decode.
// Takes two or three more decodings, and about 20 where there is something to cut off.
std::optional<Bytes> TrimWebp(ByteView file);

}  // namespace efface

#endif  // EFFACE_MEDIA_WEBP_TRIM_H_
