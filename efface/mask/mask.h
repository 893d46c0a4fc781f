// Turns shapes into the samples to hide. Conservative: a sample is hidden if its footprint on the
// picture touches a shape, whatever the plane's resolution, so that no plane shows a rim that
// another hides.
#ifndef EFFACE_MASK_MASK_H_
#define EFFACE_MASK_MASK_H_

#include <span>
#include <vector>

#include "efface/mask/shape.h"
#include "efface/media/plane.h"

namespace efface {

// A shape on the upright picture, moved to where the stored picture has it. `width`, `height`: of
// the stored picture.
Shape ToStored(const Shape& upright, Orientation orientation, int width, int height);

// The patches of a plane, as Hider::Patches promises them. `shapes` are in pixels of the stored
// picture.
std::vector<Patch> Rasterise(std::span<const Shape> shapes, const PlaneGrid& grid);

}  // namespace efface

#endif  // EFFACE_MASK_MASK_H_
