// Turns and scales pixels for the detector.
#ifndef EFFACE_DETECT_RESAMPLE_H_
#define EFFACE_DETECT_RESAMPLE_H_

#include <cstdint>

#include "efface/media/plane.h"

namespace efface {

// The picture turned to stand upright.
RgbPicture Upright(const RgbPicture& stored, Orientation orientation);

// Half the size, each pixel the mean of 2 x 2 (of fewer at an odd right or bottom edge).
RgbPicture Halve(const RgbPicture& picture);

// Writes to `canvas` (width x height x 3 bytes, interleaved) what `picture` shows from the point
// (x, y), in its pixels, on, with `scale` canvas pixels a picture pixel: bilinear, best for scales
// of 0.5 to 4. Beyond the picture's right and bottom edge the canvas is black.
void FillCanvas(const RgbPicture& picture, double x, double y, double scale, int width, int height,
                uint8_t* canvas);

}  // namespace efface

#endif  // EFFACE_DETECT_RESAMPLE_H_
