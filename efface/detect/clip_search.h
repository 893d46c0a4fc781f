// The search of one frame of a clip: looks at given scales, at the whole frame or in windows around
// what a coarser look suspects.
#ifndef EFFACE_DETECT_CLIP_SEARCH_H_
#define EFFACE_DETECT_CLIP_SEARCH_H_

#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "efface/detect/detector.h"
#include "efface/detect/network.h"

namespace efface {

// What Detector::Look does, on this network.
absl::StatusOr<std::vector<Detection>> SearchFrame(Network& network, int width, int height,
                                                   const FramePixels& pixels,
                                                   std::span<const LookPass> passes,
                                                   double threshold);

}  // namespace efface

#endif  // EFFACE_DETECT_CLIP_SEARCH_H_
