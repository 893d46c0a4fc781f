// The samples of animated PNG's frames, through libpng: each frame is handed to it as a PNG file
// of its own.
#ifndef EFFACE_MEDIA_APNG_PIXELS_H_
#define EFFACE_MEDIA_APNG_PIXELS_H_

#include <array>
#include <cstdint>
#include <optional>

#include "base/bytes.h"
#include "efface/media/apng_chunks.h"
#include "efface/media/raster.h"

namespace efface {

// What a written PNG file says of its colours and its size, in libpng's units; each as in png.cc.
struct PngColor {
  Bytes icc;
  std::optional<int> srgb_intent;
  std::optional<int32_t> gamma;
  std::optional<std::array<int32_t, 8>> chromaticities;
  struct Resolution {
    uint32_t x = 0, y = 0;
    int unit = 0;
  };
  std::optional<Resolution> resolution;
};

PngColor ReadPngColor(const ApngFile& png);

// False where any sample is missing or damaged. `samples` has the frame's size; its channels are
// grey or red, green, blue, then alpha.
bool DecodeApngFrame(const ApngFile& png, const FrameSpec& frame, Raster& samples);

// A PNG file of `samples`; without their alpha where `alpha` is false. Empty where libpng gave up.
Bytes EncodeApngFrame(const Raster& samples, bool alpha, const PngColor& color);

}  // namespace efface

#endif  // EFFACE_MEDIA_APNG_PIXELS_H_
