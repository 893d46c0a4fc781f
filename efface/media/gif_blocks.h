// The blocks of a GIF file (GIF89a specification, W3C): where its frames lie, how they are timed
// and disposed of, and what else is in it. Nothing is decoded. Hostile input is safe.
#ifndef EFFACE_MEDIA_GIF_BLOCKS_H_
#define EFFACE_MEDIA_GIF_BLOCKS_H_

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "efface/media/animation.h"

namespace efface {

struct GifFile {
  // FrameSpec::data: from the image separator to the end of its sub-blocks. FrameSpec::rect: what
  // of the frame lies within the canvas, which may be nothing.
  Animation animation;
  int color_resolution = 8;          // bits, 1..8
  int background = 0;                // index into `colors`
  int aspect = 0;                    // as in the file
  std::vector<PaletteEntry> colors;  // the global table; empty: none
  std::optional<int> loops;          // NETSCAPE2.0: 0 for ever; none: played once
};

// A frame's descriptor.
struct GifImage {
  int left = 0, top = 0, width = 0, height = 0;
  bool interlaced = false;
  std::vector<PaletteEntry> colors;  // the local table; empty: none
};

// InvalidArgument where it is not GIF. A file that is cut off has the frames before the cut, a last
// one that is damaged where it had begun, and a warning.
absl::StatusOr<GifFile> ReadGifBlocks(ByteView file, const ClipLimits& limits);

// The descriptor at the beginning of `data`; nullopt where it is cut off.
std::optional<GifImage> ReadGifImage(ByteView data);

}  // namespace efface

#endif  // EFFACE_MEDIA_GIF_BLOCKS_H_
