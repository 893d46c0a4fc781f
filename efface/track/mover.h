// One face's box carried from frame to frame by motion.
#ifndef EFFACE_TRACK_MOVER_H_
#define EFFACE_TRACK_MOVER_H_

#include <cstdint>

#include "efface/detect/detector.h"
#include "efface/track/window.h"

namespace efface {

// By its centre. Upright frame pixels.
struct Box {
  double x = 0, y = 0, width = 0, height = 0;

  static Box Of(const Detection& face) {
    return {face.x + face.width / 2, face.y + face.height / 2, face.width, face.height};
  }
};

// The share of the box that lies within a frame of this size.
double ShareInside(const Box& box, int width, int height);

struct Mover {
  Box box;
  double drift = 0;       // pixels: how far off the centre may be by now
  double size_drift = 0;  // the same of the size, as a share of it
  // The face's own motion, beyond the camera's, from one frame to the next in the direction of
  // travel. Plane samples.
  double own_x = 0, own_y = 0;
  bool own_known = false;
  bool sure = true;  // the last step saw the face's own patch move; else the camera's motion was
                     // taken
  double leap = 1;   // times the most change of the own motion a frame (1 at 30 frames a second)
  double scale = 1;  // frame pixels a plane sample
};

// Carries `mover` from `frame` to its neighbour `to`: by its own patch's motion where that can be
// trusted, else by the camera's motion and the face's own motion so far. An occluder that takes the
// patch along shows as a leap of the own motion, and is not followed.
void Step(const Window& window, int64_t frame, int64_t to, Mover& mover);

}  // namespace efface

#endif  // EFFACE_TRACK_MOVER_H_
