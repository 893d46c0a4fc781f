// Decodes HEVC stills by libde265, the decoder that libheif uses too: called directly, because
// libheif up to 1.16 hands out every picture as RGB 4:4:4, and a redacted file should keep its
// samples.
#ifndef EFFACE_MEDIA_HEIF_DE265_H_
#define EFFACE_MEDIA_HEIF_DE265_H_

#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "efface/media/heif_yuv.h"

namespace efface {

struct DecodedHevc {
  YuvBuffer picture;
  bool faulty = false;  // the decoder passed over errors
  bool alone = true;    // tiles hold nothing but padding beyond their grid, and, where it was asked
                        // for, slices hold nothing after their end
};

// The picture of these NAL units, parameter sets first. Colour comes from the coded data. DataLoss
// where there is none; Unimplemented where its channels have different depths, or not 8, 10 or 12
// bits. The caller has checked the size that the data states.
absl::StatusOr<DecodedHevc> DecodeHevc(const std::vector<ByteView>& nals);

}  // namespace efface

#endif  // EFFACE_MEDIA_HEIF_DE265_H_
