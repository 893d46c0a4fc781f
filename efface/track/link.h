// Which detection is which followed face, by position and size alone.
#ifndef EFFACE_TRACK_LINK_H_
#define EFFACE_TRACK_LINK_H_

#include <span>
#include <vector>

#include "efface/detect/detector.h"
#include "efface/track/mover.h"

namespace efface {

// For each detection the index of its face, or -1. A face gets one detection at most. Strong
// detections are linked first, weak ones to the faces that are left (Zhang et al., "ByteTrack",
// 2022), in each round the nearest pair first.
std::vector<int> Link(std::span<const Mover> faces, std::span<const Detection> detections);

}  // namespace efface

#endif  // EFFACE_TRACK_LINK_H_
