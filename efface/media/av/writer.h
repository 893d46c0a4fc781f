// Writes a clip with FFmpeg's libraries: frames encoded anew, sound packets copied, nothing else of
// the input. The same frames, sound and options always give the same bytes.
#ifndef EFFACE_MEDIA_AV_WRITER_H_
#define EFFACE_MEDIA_AV_WRITER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "efface/media/clip.h"

namespace efface {

struct AvSource;  // reader.h: the opened input, its video tracks and its sound

// A writer in the container of `source`. Reads of `source` what it needs before it returns and
// keeps no pointer to it. `fd`: an empty regular file, borrowed; seeks in it. Frames must be
// AvFrame, packets AvSoundPacket. InvalidArgument: a codec that the container can't hold or that
// does not exist, a quality out of range; Unimplemented: pictures or a container that no encoder or
// muxer here can write. Write and Finish: ResourceExhausted where the disk is full or a queue would
// grow past its bound, Unavailable where writing fails.
absl::StatusOr<std::unique_ptr<ClipWriter>> NewAvWriter(const AvSource& source, int fd,
                                                        const ClipWriteOptions& options);

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_WRITER_H_
