// An area that a person drew, carried on by the picture's motion.
#ifndef EFFACE_TRACK_CARRIER_H_
#define EFFACE_TRACK_CARRIER_H_

#include <cstdint>

#include "efface/media/clip.h"
#include "efface/track/mover.h"
#include "efface/track/window.h"

namespace efface {

// Used by one thread at a time. Keeps two frames' grey planes.
class Carrier {
 public:
  // `area`: where it is in the first frame given to Next; upright frame pixels. `width`: the
  // frame's.
  Carrier(const Box& area, int width);

  // Where the area is in the next frame, larger by as much as it may have drifted. After a shot cut
  // it stays where it was.
  Box Next(GreyPicture grey);

  // A shot cut was met: the area is not known to be where Next says.
  bool lost() const { return lost_; }

 private:
  int width_;
  Window window_;
  Mover mover_;
  bool lost_ = false;
};

}  // namespace efface

#endif  // EFFACE_TRACK_CARRIER_H_
