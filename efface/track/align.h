// Where a patch of one plane went in the next: Lucas and Kanade's registration (1981) in its
// inverse compositional form (Baker and Matthews, "Lucas-Kanade 20 Years On", 2004), coarse to
// fine (Bouguet 2000), for shift and scale, with robust weights so that a background or an occluder
// within the patch counts little.
#ifndef EFFACE_TRACK_ALIGN_H_
#define EFFACE_TRACK_ALIGN_H_

#include <vector>

#include "efface/media/clip.h"

namespace efface {

// An elliptical patch, in samples of level 0.
struct Patchlet {
  double x = 0, y = 0;           // its centre; the centre of sample (i, j) is (i + 0.5, j + 0.5)
  double width = 0, height = 0;  // > 0
};

// How the patch is expected to move.
struct Guess {
  double x = 0, y = 0;  // where its centre will be
  double scale = 1;     // how much larger it will be
  double turn = 0;      // radians; kept as it is
};

struct AlignSettings {
  bool scale = true;          // find the scale, too
  double shift_spread = 0.1;  // how far from the guess it may be, as a share of the patch's side: a
                              // patch without texture stays at the guess
  int coarser = 1;            // levels above the finest one used at which to begin
};

struct Aligned {
  double x = 0, y = 0;  // the centre in the second plane, samples of level 0
  double scale = 1;
  double match = 0;  // -1..1: normalised correlation of the two patches; 0 where nothing to compare
  double texture = 0;  // standard deviation of the patch, grey levels
  double inside = 0;   // 0..1: the share of the patch that lies within both planes
};

// `from`, `to`: pyramids of planes of one size.
Aligned Align(const std::vector<GreyPicture>& from, const std::vector<GreyPicture>& to,
              const Patchlet& patch, const Guess& guess, const AlignSettings& settings);

}  // namespace efface

#endif  // EFFACE_TRACK_ALIGN_H_
