// The motion of the whole picture between neighbouring frames, and shot cuts.
#ifndef EFFACE_TRACK_CAMERA_H_
#define EFFACE_TRACK_CAMERA_H_

#include <vector>

#include "efface/media/clip.h"
#include "efface/track/similarity.h"

namespace efface {

struct CameraMotion {
  Similarity motion;     // from the first plane to the second, samples of level 0
  double agreement = 0;  // 0..1: the share of textured points that move so
  double matched = 0;    // 0..1: the share of textured points that were found again at all
  double alike = 0;      // -1..1: correlation of the pictures as a whole, at their coarsest
  int textured = 0;      // points
};

// `from`, `to`: pyramids of neighbouring frames. The similarity that most points of a grid agree on
// (RANSAC, Fischler and Bolles 1981, with fixed draws), each followed by Align.
CameraMotion CameraBetween(const std::vector<GreyPicture>& from,
                           const std::vector<GreyPicture>& to);

// Whether a new shot begins with `to`: the points are not found again, and the histogram of
// brightness changed (Zhang, Kankanhalli and Smoliar 1993 survey such tests).
bool IsCut(const std::vector<GreyPicture>& from, const std::vector<GreyPicture>& to,
           const CameraMotion& camera);

}  // namespace efface

#endif  // EFFACE_TRACK_CAMERA_H_
