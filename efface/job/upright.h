// Frames of clips as they are shown, which may be stored turned.
#ifndef EFFACE_JOB_UPRIGHT_H_
#define EFFACE_JOB_UPRIGHT_H_

#include <utility>

#include "efface/detect/resample.h"
#include "efface/mask/mask.h"
#include "efface/media/clip.h"

namespace efface {

inline std::pair<int, int> UprightSize(const ClipTrack& track) {
  return track.orientation >= 5 ? std::pair(track.height, track.width)
                                : std::pair(track.width, track.height);
}

// A part of the upright frame, in its pixels, scaled.
inline RgbPicture UprightPart(const ClipFrame& frame, Orientation orientation, double x, double y,
                              double width, double height, int out_width, int out_height) {
  // ToStored turns an upright rectangle to where the stored frame has it.
  const Shape part =
      ToStored({x, y, width, height, true}, orientation, frame.width(), frame.height());
  const FramePart stored{part.x, part.y, part.width, part.height};
  if (orientation >= 5) return Upright(frame.Rgb(stored, out_height, out_width), orientation);
  RgbPicture picture = frame.Rgb(stored, out_width, out_height);
  return orientation <= 1 ? std::move(picture) : Upright(picture, orientation);
}

}  // namespace efface

#endif  // EFFACE_JOB_UPRIGHT_H_
