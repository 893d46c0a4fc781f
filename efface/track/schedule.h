// Which frames are searched for faces, and how: by their number in the shot alone, so that frames
// can be searched side by side.
#ifndef EFFACE_TRACK_SCHEDULE_H_
#define EFFACE_TRACK_SCHEDULE_H_

#include <vector>

#include "efface/detect/detector.h"

namespace efface {

class Schedule {
 public:
  Schedule(int width, int height, double frames_a_second, Effort effort, double min_face);

  // `index`: frames since the shot began.
  std::vector<LookPass> At(int64_t index) const;

 private:
  double cheap_scale_, fine_scale_, gate_scale_ = 0;
  int64_t cheap_every_, fine_every_;
};

}  // namespace efface

#endif  // EFFACE_TRACK_SCHEDULE_H_
