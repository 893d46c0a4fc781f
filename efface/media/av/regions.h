// Tells the encoder where a picture is filled: a fill is worth few bits.
#ifndef EFFACE_MEDIA_AV_REGIONS_H_
#define EFFACE_MEDIA_AV_REGIONS_H_

#include <vector>

#include "absl/status/status.h"
#include "efface/media/av/av.h"
#include "efface/media/plane.h"

namespace efface {

// Adds regions of interest (side data) for the blocks of 16 x 16 samples that lie wholly in what
// `patches` of the luma plane hide. libx264 and libx265 quantise them more coarsely: they spend most
// on what is smooth, and a fill is smooth, and changes a little everywhere in each frame.
// ResourceExhausted where memory is short.
absl::Status AddFilledRegions(const std::vector<Patch>& patches, AVFrame& frame);

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_REGIONS_H_
