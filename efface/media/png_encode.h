// A picture as a PNG file, for previews.
#ifndef EFFACE_MEDIA_PNG_ENCODE_H_
#define EFFACE_MEDIA_PNG_ENCODE_H_

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "efface/media/plane.h"

namespace efface {

absl::StatusOr<Bytes> EncodePng(const RgbPicture& picture);

}  // namespace efface

#endif  // EFFACE_MEDIA_PNG_ENCODE_H_
