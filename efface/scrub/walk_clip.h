// One walker a container of clips. Each reads piece by piece; an error of the file stays in its
// status().
#ifndef EFFACE_SCRUB_WALK_CLIP_H_
#define EFFACE_SCRUB_WALK_CLIP_H_

#include "absl/status/status.h"
#include "efface/scrub/clip_file.h"
#include "efface/scrub/walk.h"

namespace efface {

// ResourceExhausted where an index is too large to be held.
absl::Status ScanMp4(ClipFile& file, Findings& findings);       // MP4, QuickTime
absl::Status ScanMatroska(ClipFile& file, Findings& findings);  // WebM too
absl::Status ScanAvi(ClipFile& file, Findings& findings);
absl::Status ScanTs(ClipFile& file, Findings& findings);

}  // namespace efface

#endif  // EFFACE_SCRUB_WALK_CLIP_H_
