// What tells whether a picture still carries what another one shows, and how far two pictures are
// apart. Pixels are read, never written. Stored pictures, of equal size.
#ifndef EFFACE_JOB_VERIFY_MEASURES_H_
#define EFFACE_JOB_VERIFY_MEASURES_H_

#include <cstdint>
#include <span>
#include <vector>

#include "efface/mask/shape.h"
#include "efface/media/clip.h"
#include "efface/media/plane.h"

namespace efface {

// Brightness (ITU-R BT.601).
GreyPicture LumaOf(const RgbPicture& picture);

// How much of a hidden area's detail is still there. Detail: what a cell of a few pixels holds
// beyond its mean and its slope, since a smooth fill from the rim has those in common with what it
// hides.
struct Bareness {
  int textured = 0;  // cells in which the original has detail
  int bare = 0;      // of these: cells in which the same detail is still there

  // Whether the area shows what it is to hide: more than this share of its cells is bare. One cell
  // alone may be like the original's by chance.
  bool shows(double most) const { return bare >= 2 && bare > most * textured; }
};

// `shape`: in pixels of the stored picture. `rim`: pixels along its border that don't count, since
// loss carries detail over it from outside.
Bareness MeasureBareness(const GreyPicture& before, const GreyPicture& after, const Shape& shape,
                         double rim);

// One byte a pixel of a stored picture: 1 where a writer may change it.
struct Allowed {
  int width = 0, height = 0;
  std::vector<uint8_t> pixels;

  // Allows the pixels that are marked in both, and those `more` pixels around them.
  void Add(const std::vector<uint8_t>& before, const std::vector<uint8_t>& after, int more);
};

// How far a writer's changes may reach beyond the shapes.
struct Reach {
  double sub_x = 1, sub_y = 1;  // pixels a sample of the coarsest plane covers
  int block = 1;                // 8: whole blocks of samples change
  int more = 0;                 // pixels beyond that
};
Allowed AllowedBy(std::span<const Shape> shapes, int width, int height, const Reach& reach);

// The difference of two pictures where nothing may change.
struct Difference {
  int64_t compared = 0;   // pixels
  int64_t differing = 0;  // of these
  double squared = 0;     // the sum over pixels and channels
  double worst = 0;       // the mean square of the worst cell of 16 x 16 pixels
  FramePart worst_cell;   // where it lies
  FramePart bounds;       // of all that differ

  double psnr() const;        // over all, dB; 99 where nothing differs
  double worst_psnr() const;  // of the worst cell
};
Difference MeasureDifference(const RgbPicture& before, const RgbPicture& after,
                             const Allowed& allowed);

}  // namespace efface

#endif  // EFFACE_JOB_VERIFY_MEASURES_H_
