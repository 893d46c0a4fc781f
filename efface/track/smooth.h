// From a followed face to the ellipse that hides it.
#ifndef EFFACE_TRACK_SMOOTH_H_
#define EFFACE_TRACK_SMOOTH_H_

#include <cstdint>

#include "efface/track/track.h"

namespace efface {

struct MaskShape {
  bool head = false;    // the whole head with its hair
  double margin = 1.3;  // size as a share of the box's
  int radius = 6;       // frames: how far to each side sizes are smoothed
};

// The mask of a track's moment. Its size never shrinks below what the frame's own detection and
// uncertainty ask for, and changes slowly: the most over 2 * radius + 1 frames, then the mean over
// as many. Reads up to 2 * radius frames to each side, where the track has them.
TrackedMask MaskAt(const Track& track, int64_t frame, const MaskShape& shape);

}  // namespace efface

#endif  // EFFACE_TRACK_SMOOTH_H_
