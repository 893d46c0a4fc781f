// The numbers that following depends on. docs/tracking.md says what each gives.
#ifndef EFFACE_TRACK_TUNING_H_
#define EFFACE_TRACK_TUNING_H_
#ifdef TRACK_EXPLORE
#include <cstdlib>
#define TUNE(name, value) inline const double name = getenv(#name) ? atof(getenv(#name)) : (value)
#else
#define TUNE(name, value) inline constexpr double name = (value)
#endif

namespace efface {

// Motion.
TUNE(kSureMatch, 0.6);    // least correlation of a patch with itself a frame on
TUNE(kLeapShare, 0.07);   // most change of a face's own motion, as a share of its side ...
TUNE(kLeapSamples, 0.8);  // ... plus plane samples
TUNE(kDriftSure, 0.006);  // growth of the drift a frame, as a share of the side
TUNE(kDriftUnsure, 0.02);
TUNE(kMostScale, 0.03);  // most growth of a face beyond the camera's zoom, a frame
TUNE(kMostDrift, 0.5);   // of the side
TUNE(kSizeDriftSure, 0.004);
TUNE(kSizeDriftUnsure, 0.01);

// Linking.
TUNE(kGate, 0.5);           // of the mean side, plus the drift: farther boxes are not the same face
TUNE(kGateSize, 0.5);       // most |log| of the heights' ratio
TUNE(kGateSizeWeak, 0.35);  // the same for weak detections
TUNE(kStrong, 0.3);         // detections from this score on are linked first
TUNE(kBirth, 0.08);         // least score that begins a track
TUNE(kSearch, 0.05);        // least score asked for

// Belief.
TUNE(kAlone, 0.4);       // one detection of this score makes a face
TUNE(kTogether, 0.4);    // several that sum up to this
TUNE(kBest, 0.16);       // ... of which the best has this at least
TUNE(kLargeFrom, 0.05);  // of the frame's shorter side: higher faces need more of all this
TUNE(kMeanScore, 0.1);   // least mean score over the looks that could have seen it
TUNE(kSeenFrom, 14);     // canvas pixels: lower faces are not seen by a look

// How long, seconds.
TUNE(kHoldLeast, 1.0);  // after the last detection
TUNE(kHoldMost, 4.0);
TUNE(kHoldGaps, 5.0);   // times the mean time between its detections so far
TUNE(kHoldSure, 1.0);   // longer than this only while the drift stays below ...
TUNE(kHoldDrift, 0.4);  // ... of the side
TUNE(kHoldOnce, 2.0);   // where it was found once only
TUNE(kHeadHold, 2.0);   // times as long for the whole head
TUNE(kLookAhead, 4.0);

// Masks.
TUNE(kDriftMargin, 0.7);  // margin on each side, times the drift
TUNE(kMostMargin, 0.25);  // of the side
TUNE(kSmooth, 0.2);       // seconds to each side
TUNE(kPlay, 0.05);        // of the mask's own width or height, each side

}  // namespace efface
#undef TUNE
#endif  // EFFACE_TRACK_TUNING_H_
