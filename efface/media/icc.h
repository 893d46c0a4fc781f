// Colour profiles (ICC.1) written anew: the tags that colour needs, each read and built again from
// what it says; descriptions, devices, makers, dates and private tags have no way in.
#ifndef EFFACE_MEDIA_ICC_H_
#define EFFACE_MEDIA_ICC_H_

#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "efface/media/keep.h"

namespace efface {

// The profile that turns the same samples into the same colours: media and black point, colorants,
// curves, tables (A2B, B2A, gamut), adaptation, luminance, cicp, and rendering intent. Nullopt
// where it isn't a profile that can be embedded in a picture of grey, RGB, CMYK or Lab samples,
// lacks what its colours need, or is of ICC.2. What it gives is a fixed point.
std::optional<Bytes> RebuildIcc(ByteView profile);

// What of `profile`, which may be empty, goes into a written file: notes it in `kept`, and says why
// where a profile is left out.
Bytes KeptIcc(ByteView profile, const Keep& keep, Keep& kept, std::vector<std::string>& warnings);

}  // namespace efface

#endif  // EFFACE_MEDIA_ICC_H_
