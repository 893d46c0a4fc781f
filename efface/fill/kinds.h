// The kinds of fill, one function each. The contract is that of Fill.
#ifndef EFFACE_FILL_KINDS_H_
#define EFFACE_FILL_KINDS_H_

#include "efface/fill/fill.h"
#include "efface/media/plane.h"

namespace efface {

// Where nothing of the patch is left unhidden: mid grey, and opaque alpha.
void FillMembrane(const Patch& patch, const PlaneView& plane, Accuracy accuracy);

// Alpha becomes opaque.
void FillSolid(Color color, const Patch& patch, const PlaneView& plane);

// The value that stands for `color` in this plane. CMYK: the complement, without black, so that
// each plane can be filled alone, also where they are stored as YCCK.
int SolidValue(Color color, const PlaneView& plane);

void FillPixelate(const Patch& patch, const PlaneView& plane);
void FillBlur(const Patch& patch, const PlaneView& plane);

}  // namespace efface

#endif  // EFFACE_FILL_KINDS_H_
