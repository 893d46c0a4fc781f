// What frames carry beside their pixels: what a written clip keeps, and what is dropped and
// counted.
#ifndef EFFACE_MEDIA_AV_SIDE_DATA_H_
#define EFFACE_MEDIA_AV_SIDE_DATA_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "efface/media/av/av.h"

extern "C" {
#include <libavutil/mastering_display_metadata.h>
}

namespace efface {

// Bytes of the input that are not in the output, by kind (Removed::what).
using RemovedBytes = std::map<std::string, int64_t>;

// HDR10's static metadata (SMPTE ST 2086, CTA-861.3).
struct HdrStatic {
  std::optional<AVMasteringDisplayMetadata> mastering;
  std::optional<AVContentLightMetadata> light;

  bool empty() const { return !mastering && !light; }
  // "G(8500,39850)B(...)R(...)WP(...)L(max,min)" as x264 and x265 take it: chromaticities in
  // 0.00002, luminance in 0.0001 cd/m2. Empty where it is not known, or only in part.
  std::string Mastering() const;
  // "max,mean" in cd/m2; empty where not known.
  std::string Light() const;
};

// As a container states it.
HdrStatic HdrOf(const AVStream& stream);
// As the frame states it, where it does; else as `stated`.
HdrStatic HdrOf(const AVFrame& frame, const HdrStatic& stated);

// Takes every side data, tag and hint of the decoder (type of picture, quality) off the frame, so
// that an encoder sees pixels, colour tags and fields only; counts what carried content. Stays:
// where the picture is filled (regions.h), which no decoder says.
void StripFrame(AVFrame& frame, RemovedBytes& removed);

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_SIDE_DATA_H_
