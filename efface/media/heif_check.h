// What HEIC and AVIF files are refused for before a decoder sees them.
#ifndef EFFACE_MEDIA_HEIF_CHECK_H_
#define EFFACE_MEDIA_HEIF_CHECK_H_

#include "absl/status/status.h"
#include "base/isobmff.h"
#include "efface/media/still.h"

namespace efface {

// Unimplemented where the file holds a sequence; ResourceExhausted where the primary picture, a
// tile or an HEVC sequence of it says that it is over a limit; DataLoss where data is missing.
absl::Status CheckHeif(const HeifFile& heif, const StillLimits& limits);

}  // namespace efface

#endif  // EFFACE_MEDIA_HEIF_CHECK_H_
