// Pictures whose samples are indices into a palette: palette PNG, TIFF and BMP, and GIF.
#ifndef EFFACE_MEDIA_INDEXED_H_
#define EFFACE_MEDIA_INDEXED_H_

#include "efface/media/plane.h"
#include "efface/media/raster.h"

namespace efface {

// Hides what `hider` says: the area is expanded to red, green, blue and, where the palette has
// transparent entries, alpha; filled there; and each hidden sample takes the palette entry nearest
// to what it became, in RGB premultiplied by alpha. So a hidden sample turns transparent only where
// the fill says so, as it does amid transparent surroundings.
void HideIndexed(const Hider& hider, Raster& raster);

// Indices past the palette's end are black.
RgbPicture IndexedToRgb(const Raster& raster);

}  // namespace efface

#endif  // EFFACE_MEDIA_INDEXED_H_
