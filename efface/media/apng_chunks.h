// The chunks of an animated PNG (PNG third edition, 4.9 and 11.3.6): where its frames lie, how they
// are timed, blended and disposed of, and what else is in it. Nothing is decompressed. Hostile
// input is safe.
#ifndef EFFACE_MEDIA_APNG_CHUNKS_H_
#define EFFACE_MEDIA_APNG_CHUNKS_H_

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "efface/media/animation.h"

namespace efface {

constexpr std::string_view kPngSignature = "\x89PNG\r\n\x1a\n";

struct PngChunk {
  std::string_view type;  // four characters, within the file
  ByteView data;
  ByteView whole;       // with length, type and CRC
  bool intact = false;  // the CRC is right
};

// The chunk at `at`; nullopt where it passes the end of the file.
std::optional<PngChunk> ReadPngChunk(ByteView file, size_t at);

// Appends a chunk.
void AppendPngChunk(std::string_view type, ByteView data, Bytes& file);

struct ApngFile {
  // FrameSpec::data: from the first to the last chunk of its samples, IDAT or fdAT; chunks of other
  // types may stand between them.
  Animation animation;
  int depth = 8;                   // bits a sample, as in IHDR
  int color_type = 0;              // as in IHDR
  int interlace = 0;               // as in IHDR
  uint32_t plays = 0;              // 0: for ever
  ByteView palette, transparency;  // whole chunks PLTE and tRNS; empty: none
  std::vector<ByteView> color;     // whole chunks iCCP, sRGB, gAMA, cHRM, pHYs before the picture
  std::optional<std::array<uint8_t, 4>> cicp;

  bool grey() const { return (color_type & 2) == 0; }
  int channels() const {  // of a coded sample: 1..4
    return color_type == 3 ? 1 : (grey() ? 1 : 3) + (color_type >> 2 & 1);
  }
};

// InvalidArgument where it is not an animated PNG; DataLoss where its header is damaged. A file
// that is cut off has the frames before the cut, a last one that is damaged where it had begun, and
// a warning. A default image that is no frame is listed as removed.
absl::StatusOr<ApngFile> ReadApngChunks(ByteView file);

}  // namespace efface

#endif  // EFFACE_MEDIA_APNG_CHUNKS_H_
