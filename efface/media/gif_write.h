// The writer of animated GIF.
#ifndef EFFACE_MEDIA_GIF_WRITE_H_
#define EFFACE_MEDIA_GIF_WRITE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "efface/media/clip.h"
#include "efface/media/gif_blocks.h"

namespace efface {

// Keeps of `input` its canvas, its global table, background, aspect and loops, and what it lists as
// removed; not its frames. Written: the header, the loop count, and for each frame a graphic
// control extension and the image; nothing else.
absl::StatusOr<std::unique_ptr<ClipWriter>> NewGifWriter(int fd, const GifFile& input);

}  // namespace efface

#endif  // EFFACE_MEDIA_GIF_WRITE_H_
