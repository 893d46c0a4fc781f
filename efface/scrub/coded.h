// What hides within coded picture data: user data, captions and clocks beside the pictures, pixels
// that are coded and cut off, bytes that no decoder looks at.
#ifndef EFFACE_SCRUB_CODED_H_
#define EFFACE_SCRUB_CODED_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "efface/scrub/walk.h"

namespace efface {

enum class Coding {
  kOther,  // nothing is looked for
  kH264,
  kHevc,
  kMpegVideo,  // MPEG-1, 2 and 4 (part 2)
  kMotionJpeg,
  kAv1,
};

// Lists what one piece of coded data carries. Not for several threads.
class CodedWalk {
 public:
  CodedWalk(Coding coding, Findings& findings) : coding_(coding), findings_(findings) {}

  Coding coding() const { return coding_; }

  // H.264 and HEVC: each unit follows its length in so many bytes (1..4); 0: after a start code.
  void set_length_size(int bytes) { length_size_ = bytes; }

  // Takes the length's size and the parameter sets out of the container's record: avcC or hvcC.
  // Nothing for other codings.
  void Configure(ByteView record, std::optional<uint64_t> offset);

  // A frame, or several of them. `offset`: where it begins in the file, where it lies there in one.
  void Frame(ByteView data, std::optional<uint64_t> offset);

 private:
  void Add(std::string_view what, ByteView part);
  void Units(ByteView data);
  void LengthUnits(ByteView data);
  void Unit(ByteView unit);
  void H264Unit(ByteView unit);
  void HevcUnit(ByteView unit);
  void Messages(ByteView unit, size_t header);
  void Cropping(bool cropped, ByteView unit);
  void StartCodes(ByteView data);
  ByteView Jpeg(ByteView data);
  void Obus(ByteView data);

  const Coding coding_;
  Findings& findings_;
  int length_size_ = 0;
  // Of the data at hand.
  ByteView data_;
  std::optional<uint64_t> offset_;
};

// Calls `unit` with each unit between start codes (00 00 01), without them and without the zeros
// that follow it; `stray` with what stands before the first.
void ForEachUnit(ByteView data, const std::function<void(ByteView)>& unit,
                 const std::function<void(ByteView)>& stray);

// True where any byte is another one than `usual`.
bool HasOther(ByteView bytes, uint8_t usual);

// `unit` without its emulation prevention bytes (ITU-T H.264, 7.4.1).
Bytes Unescaped(ByteView unit);

// True where H.264's parameter sets of this profile state chroma format and depths.
bool H264StatesChroma(uint64_t profile);

// True where a sequence parameter set cuts off more of the coded picture than the few rows and
// columns that fill up its last blocks. `rbsp`: after the unit's header, without emulation
// prevention. False for what can't be read.
bool H264CutsOff(ByteView rbsp);
bool HevcCutsOff(ByteView rbsp);

}  // namespace efface

#endif  // EFFACE_SCRUB_CODED_H_
