// The chunks of an animated WebP file (WebP Container Specification): where its frames lie, how
// they are timed, blended and disposed of, and what else is in it. Nothing is decoded. Hostile
// input is safe.
#ifndef EFFACE_MEDIA_WEBP_FRAMES_H_
#define EFFACE_MEDIA_WEBP_FRAMES_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "efface/media/animation.h"

namespace efface {

struct WebpFile {
  Animation animation;      // FrameSpec::data: ALPH where there is one, then VP8 or VP8L
  uint32_t background = 0;  // as in the file; readers ignore it
  uint32_t loops = 0;       // 0: for ever
  ByteView icc;             // the profile; empty: none
};

// InvalidArgument where it is not an animated WebP. A file that is cut off has the frames before
// the cut, a last one that is damaged where it had begun, and a warning.
absl::StatusOr<WebpFile> ReadWebpFrames(ByteView file);

}  // namespace efface

#endif  // EFFACE_MEDIA_WEBP_FRAMES_H_
