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

// The mask to show where `shown` was shown in the frame before and `asked` is asked for now: it
// covers `asked`, and each side stays where it was until `asked` has moved from it by kPlay of its
// own size (the play of a gear). So the mask of a face that is still, stands still, whatever the
// detector's boxes are off by, and so does its fill.
TrackedMask WithPlay(const TrackedMask& shown, const TrackedMask& asked);

}  // namespace efface

#endif  // EFFACE_TRACK_SMOOTH_H_
