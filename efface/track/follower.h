// Follows faces through a clip by position and motion alone, and says what to hide in each frame.
//
//   frame ──Push──> grey plane ──> shot cut? global motion ──> Search (what detection this frame
//   wants)                                                       │ run anywhere, in any order
//   rows  <──Take── smooth <── close gaps, extend <── link <── Found (handed back in order)
//
// docs/tracking.md describes the method and its sources. Nothing of a face's look is kept: grey
// planes live for the look-ahead only, and are compared between neighbouring frames, as optical
// flow does.
#ifndef EFFACE_TRACK_FOLLOWER_H_
#define EFFACE_TRACK_FOLLOWER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "efface/detect/detector.h"
#include "efface/media/clip.h"

namespace efface {

struct FollowSettings {
  int width = 0, height = 0;    // of the upright frame, pixels
  double frames_a_second = 30;  // the mean; 0 or nonsense: taken as 30
  Effort effort = Effort::kBalanced;
  double threshold = 0;  // the score from which one detection alone makes a face; 0: the default
  bool head = false;     // hide the whole head with its hair, and longer
  double mask_margin =
      1.3;              // the mask's size as a share of the box's, before what uncertainty adds
  double min_face = 0;  // pixels, the least height looked for; 0: the default
};

// What detection one frame wants, decided from frame numbers, times and shot cuts alone.
struct Search {
  std::vector<LookPass> passes;  // for Detector::Look; empty: none
  double threshold = 0;          // for Detector::Look
};

enum class RowSource {
  kDetected,  // found in this very frame
  kFollowed,  // carried by motion from one side
  kFilled,    // between two detections
};

// One face's hidden ellipse in one frame.
struct TrackedMask {
  int64_t face = 0;                            // from 1; a place in the clip, never a person
  int64_t frame = 0;                           // as counted by Push, from 0
  double x = 0, y = 0, width = 0, height = 0;  // its bounding box, upright frame pixels; may pass
                                               // the frame's border
  double score = 0;                            // 0..1; where not detected, of the nearest detection
  RowSource source = RowSource::kDetected;
};

enum class DoubtKind {
  kWeak,      // every detection of the face has a low score
  kShort,     // found once only
  kFilled,    // a long gap between two detections
  kLost,      // following ended while the face may still have been in the frame
  kResidual,  // weak detections that were not hidden
};

struct TrackDoubt {          // not Doubt: that is the record's
  int64_t face = 0;          // 0 for kResidual
  int64_t from = 0, to = 0;  // frames, both included
  DoubtKind kind = DoubtKind::kWeak;
};

// Used by one thread at a time. Deterministic: what comes out depends only on what is given, not on
// when Found is called, as long as the order is kept. Memory is bounded whatever the clip's length:
// it grows with the frames between Push and Found, plus a look-ahead of a few seconds.
class Follower {
 public:
  explicit Follower(const FollowSettings& settings);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  // The size of the grey planes that Push takes.
  int grey_width() const;
  int grey_height() const;

  // The next frame, upright, in shown order: frame 0, 1, 2 ... `seconds`: when it is shown.
  Search Push(double seconds, GreyPicture grey);

  // The answer for each frame whose Search was not empty, in order. Failed: detection failed, which
  // is not the same as finding nothing.
  void Found(int64_t frame, std::vector<Detection> faces);
  void Failed(int64_t frame);

  // No more frames. Every frame that wanted a search must have been answered.
  void Finish();

  // Rows that are final, by frame, then face. All rows of a frame come at once; after Finish: all
  // that are left.
  std::vector<TrackedMask> Take();
  // Frames below this one are final: all their rows have been, or will be by the next Take.
  int64_t settled() const;

  // Doubtful moments that have come to an end, in no fixed order but always the same.
  std::vector<TrackDoubt> TakeDoubts();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace efface

#endif  // EFFACE_TRACK_FOLLOWER_H_
