// The plain types that pictures are made of on their way from reader to writer, and the one
// interface through which a writer asks what to hide and has it filled.
#ifndef EFFACE_MEDIA_PLANE_H_
#define EFFACE_MEDIA_PLANE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace efface {

// A picture as the detector sees it: 8-bit RGB, interleaved, rows without padding, in the
// orientation in which the file stores it. Any other depth or colour model is reduced to this.
struct RgbPicture {
  int width = 0;                 // pixels, > 0
  int height = 0;                // pixels, > 0
  std::vector<uint8_t> samples;  // width * height * 3
};

// EXIF orientation, 1..8: how the stored picture is turned to stand upright.
// 1 as stored, 2 mirrored left-right, 3 by 180 degrees, 4 mirrored top-bottom, 5 transposed,
// 6 by 90 degrees clockwise, 7 transversed, 8 by 90 degrees counter-clockwise.
using Orientation = int;

// How the samples of one plane lie on the stored picture.
struct PlaneGrid {
  int width = 0;     // samples a row
  int height = 0;    // rows
  double sub_x = 1;  // picture pixels a sample covers, across (2 for 4:2:0 chroma)
  double sub_y = 1;  // the same, down
  int block = 1;     // 1; 8 where only whole 8x8 blocks of samples can be replaced (JPEG)
};

// A rectangle of one plane that holds an area to hide. It lies within the plane, and is larger than
// the hidden area by at least one sample (one block where the grid has blocks) on each side except
// at the plane's border. The rectangles of one plane never overlap, so that what is hidden in one
// is never the source of another.
struct Patch {
  int x = 0, y = 0;             // top left sample
  int width = 0, height = 0;    // samples, > 0
  double face_size = 0;         // the larger side of the largest shape in it, in samples
  std::vector<uint8_t> hidden;  // width * height: 1 hide, 0 leave
};

enum class Channel : uint8_t {
  kGrey,
  kRed,
  kGreen,
  kBlue,
  kLuma,
  kCb,
  kCr,
  kCyan,
  kMagenta,
  kYellow,
  kBlack,
  kAlpha,
};

// Writable samples of one channel over the rectangle of a patch. Borrowed: whoever made it keeps
// the memory.
struct PlaneView {
  uint8_t* samples8 = nullptr;    // set where a sample takes one byte, else null
  uint16_t* samples16 = nullptr;  // set where a sample takes two bytes (host order), else null
  ptrdiff_t stride = 0;           // from row to row, in samples of the memory
  ptrdiff_t step = 1;             // from sample to sample (channels, where interleaved)
  int width = 0, height = 0;      // equal to the patch's
  int bits = 8;                   // samples are 0 .. 2^bits - 1
  Channel channel = Channel::kGrey;
  bool inverted = false;          // 0 means full (Adobe CMYK, TIFF MinIsWhite)
  bool full_range = true;         // false: studio range (16..235 of 8 bits), luma and chroma only
  double kr = 0.299, kb = 0.114;  // the YCbCr matrix (ITU-T H.273), for luma and chroma only
};

// What a writer asks while it writes one page. Const calls from one thread at a time.
class Hider {
 public:
  virtual ~Hider() = default;

  // The areas to hide in a plane of this grid. Every sample whose footprint touches a hidden shape
  // is hidden. Where grid.block is 8, patches and what is hidden in them are made of whole blocks;
  // the grid's width and height are then multiples of 8.
  virtual std::vector<Patch> Patches(const PlaneGrid& grid) const = 0;

  // Replaces the hidden samples of `plane`, which covers exactly the rectangle of `patch`; leaves
  // all others.
  virtual void Fill(const Patch& patch, const PlaneView& plane) const = 0;
};

}  // namespace efface

#endif  // EFFACE_MEDIA_PLANE_H_
