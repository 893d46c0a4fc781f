// The membrane in little time, for large patches of clips.
#ifndef EFFACE_FILL_COARSE_H_
#define EFFACE_FILL_COARSE_H_

#include "efface/media/plane.h"

namespace efface {

// Patches from these sides on, in samples, are solved on cells of 2 x 2, 4 x 4 and 8 x 8.
inline constexpr int kLeastForTwo = 48, kLeastForFour = 128, kLeastForEight = 512;

// Replaces the hidden samples as FillMembrane does, on cells. At least one sample must not be
// hidden. False, and nothing done, where the patch is too small for it, or its samples don't lie
// side by side.
bool FillCoarsely(const Patch& patch, const PlaneView& plane);

}  // namespace efface

#endif  // EFFACE_FILL_COARSE_H_
