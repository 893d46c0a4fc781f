// The one name of the library libefface-av.so, by which media/clip.cc finds it.
#ifndef EFFACE_MEDIA_AV_LIBRARY_H_
#define EFFACE_MEDIA_AV_LIBRARY_H_

#include "absl/status/status.h"
#include "efface/media/clip.h"

namespace efface {

// OpenAvClip, in terms that a name without C++ can have: the reader, owned by the caller, or null
// and `status`.
using OpenAvClipFunction = ClipReader*(int fd, const ClipReadOptions& options,
                                       absl::Status& status);
inline constexpr char kOpenAvClipName[] = "efface_open_av_clip";

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_LIBRARY_H_
