// A grey plane at its own size, at half of it, a quarter ...
#ifndef EFFACE_TRACK_PYRAMID_H_
#define EFFACE_TRACK_PYRAMID_H_

#include <vector>

#include "efface/media/clip.h"

namespace efface {

// Level 0 is the plane itself; each further one has half the size, each sample the mean of 2 x 2.
// The last has no side under 8 samples. At least one level.
std::vector<GreyPicture> PyramidOf(GreyPicture plane);

}  // namespace efface

#endif  // EFFACE_TRACK_PYRAMID_H_
