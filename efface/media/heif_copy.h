// Takes the coded picture out of a HEIF file (HEIC, AVIF), and nothing else: the primary item or
// the tiles that it is a grid of, its alpha plane, and of their properties those that say how to
// decode and show them. Within the coded data, what is not the picture is left out as well: SEI and
// filler units, metadata and padding OBUs, other layers.
#ifndef EFFACE_MEDIA_HEIF_COPY_H_
#define EFFACE_MEDIA_HEIF_COPY_H_

#include "absl/status/statusor.h"
#include "base/exif.h"
#include "base/isobmff.h"
#include "efface/media/heif_write.h"
#include "efface/media/still.h"

namespace efface {

// Unimplemented where the picture is of a structure (overlay, clean aperture, unknown essential
// property, unreadable coded data) that can only be kept by decoding.
absl::StatusOr<HeifOut> ExtractHeif(const HeifFile& heif);

// Gives the primary item of `out`, which was encoded anew, the colour profiles and light levels of
// the primary picture of `source`, in place of those that its encoder wrote.
void KeepColor(const HeifFile& source, HeifOut& out);

// Gives it the turning, mirroring and pixel shape of the primary item of `source`, in that order.
void KeepTurn(const HeifFile& source, HeifOut& out);

// What EXIF says of the picture; defaults where there is none. Orientation is always 1, since a
// HEIF file's own properties say how it is turned.
KeptExif ReadHeifExif(const HeifFile& heif);

inline constexpr char kCannotCopy[] =
    "the picture had to be encoded anew, since it cannot be copied alone";

// The file of `out`, as it came from ExtractHeif, with what is kept of `source`: EXIF, and colour
// profiles built anew. Notes it in `written`.
void FinishHeif(const HeifFile& source, HeifOut out, const Keep& keep, WrittenStill& written);

}  // namespace efface

#endif  // EFFACE_MEDIA_HEIF_COPY_H_
