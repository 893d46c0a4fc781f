// Whether the coded pictures of a HEIF file hold something beyond what is shown of them: the tiles
// of a grid may reach beyond it, and a decoder cuts off what its tables say. Encoders fill that up
// by repeating the last row and column, or with one colour. A picture that was cropped by its
// tables alone still has it all, and must not be copied.
#ifndef EFFACE_MEDIA_HEIF_BEYOND_H_
#define EFFACE_MEDIA_HEIF_BEYOND_H_

#include <cstdint>

#include "base/bytes.h"
#include "base/isobmff.h"
#include "efface/media/heif_items.h"
#include "efface/media/heif_yuv.h"

namespace efface {

// The part of tile `index` that lies within its grid, by the tile's own pixels; empty where none
// does.
PixelRect ShownOfTile(const HeifGrid& grid, size_t index, int tile_width, int tile_height);

// True where the samples of `coded` outside of `shown` are padding: in each plane near the shown
// sample next to them, and, from the next multiple of 16, 32 or 64 pixels on, near one value; or
// all of them one or the other. Near: means of 4 x 4 samples differ by at most 6 of 255 levels, and
// single samples by at most 24.
bool OnlyPadding(const YuvPicture& coded, const PixelRect& shown);

// `coded` with the 8 bytes that end it changed, not counting zeros and the threes that keep them
// apart. A decoder that makes the same picture of both does not look at them.
Bytes WithChangedEnd(ByteView coded);

// True where the primary picture and its alpha plane consist of coded data that holds one picture
// each, of the stated size, and nothing but padding beyond what is shown. Of HEVC this does not
// look at what tiles hold beyond their grid and slices after their end, which DecodedHevc::alone
// tells. Decodes AV1. At most 7 rows and columns that fill up the last blocks are taken for
// padding.
bool HoldsShownAlone(const HeifFile& heif, int64_t max_pixels);

inline constexpr char kMoreThanShown[] =
    "the picture had to be encoded anew, since its coded data may hold more than is shown";

}  // namespace efface

#endif  // EFFACE_MEDIA_HEIF_BEYOND_H_
