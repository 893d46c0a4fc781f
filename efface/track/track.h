// What is known of one followed face over the frames that are not final yet.
#ifndef EFFACE_TRACK_TRACK_H_
#define EFFACE_TRACK_TRACK_H_

#include <cstdint>
#include <deque>
#include <optional>

#include "efface/track/follower.h"
#include "efface/track/mover.h"

namespace efface {

// The face in one frame.
struct Moment {
  Box box;
  double drift = 0;       // pixels, as Mover has it
  double size_drift = 0;  // share of the size
  RowSource source = RowSource::kFollowed;
  double score = 0;
  Box detection;  // what was found, where source is kDetected
};

struct Track {
  int64_t number = 0;     // given with its first row; 0: none yet
  bool believed = false;  // enough was found to hide it
  bool ended = false;     // not followed further
  bool left = false;      // ended since it left the frame, or its shot ended
  int64_t first = 0;      // the frame of moments.front()
  std::deque<Moment> moments;
  Mover mover;  // at its newest moment
  Mover back;   // at its first detection, for going back from it

  int64_t found_first = 0, found_last = 0;  // frames with a detection
  int found = 0;                            // detections
  int looks = 0;                            // looks that could have seen it
  double best = 0, sum = 0;                 // of the scores
  std::optional<TrackedMask> shown;         // its mask in the last frame that is final

  int64_t last() const { return first + static_cast<int64_t>(moments.size()) - 1; }
  Moment& At(int64_t frame) { return moments[static_cast<size_t>(frame - first)]; }
  const Moment& At(int64_t frame) const { return moments[static_cast<size_t>(frame - first)]; }
};

}  // namespace efface

#endif  // EFFACE_TRACK_TRACK_H_
