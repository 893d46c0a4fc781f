// Clears what a picture holds and nobody sees: colours under full transparency, and colours of a
// palette that no sample has. Both can hold what was erased, or anything else.
#ifndef EFFACE_MEDIA_UNSEEN_H_
#define EFFACE_MEDIA_UNSEEN_H_

#include <vector>

#include "efface/media/raster.h"

namespace efface {

// Samples under full transparency become 0; palette entries that no sample has, or that are fully
// transparent, black. The palette keeps its length.
void ClearUnseen(Raster& raster);

// One byte a pixel: 1 where it is fully transparent; empty where none is.
std::vector<uint8_t> UnseenPixels(const Raster& raster);
std::vector<uint8_t> UnseenPixels(ByteView rgba);  // as below

// Of red, green, blue, alpha, 8 bits each. True where a pixel under full transparency has a colour.
bool HasUnseen(ByteView rgba);

// The same for pictures that were coded with loss: true where a block of 8 x 8 pixels, all of them
// fully transparent, isn't about flat, as encoders make it that clear what is not seen.
bool HasUnseenBlock(ByteView rgba, int width, int height);

}  // namespace efface

#endif  // EFFACE_MEDIA_UNSEEN_H_
