// The cropping of H.264's and HEVC's sequence parameter sets (ITU-T H.264, 7.3.2.1;
// H.265, 7.3.2.2).
#include "efface/scrub/coded.h"

namespace efface {
namespace {

// Bits from the highest; zeros after the end, which ok() tells.
class BitReader {
 public:
  explicit BitReader(ByteView bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }

  uint64_t Bits(int count) {
    uint64_t value = 0;
    for (int i = 0; i < count; ++i, ++at_) {
      if (at_ / 8 >= bytes_.size()) {
        ok_ = false;
        return 0;
      }
      value = value << 1 | (bytes_[at_ / 8] >> (7 - at_ % 8) & 1);
    }
    return value;
  }

  bool Flag() { return Bits(1) != 0; }

  // Exponential-Golomb code, unsigned; up to 32 bits.
  uint64_t Golomb() {
    int zeros = 0;
    while (ok_ && !Flag()) {
      if (++zeros > 32) ok_ = false;
    }
    return ok_ ? (uint64_t{1} << zeros) - 1 + Bits(zeros) : 0;
  }

  int64_t SignedGolomb() {
    const auto code = static_cast<int64_t>(Golomb());
    return code % 2 != 0 ? (code + 1) / 2 : -code / 2;
  }

 private:
  ByteView bytes_;
  size_t at_ = 0;
  bool ok_ = true;
};

void SkipScalingList(BitReader& bits, int size) {
  int64_t last = 8, next = 8;
  for (int i = 0; i < size && bits.ok(); ++i) {
    if (next != 0) next = (last + bits.SignedGolomb() + 256) % 256;
    if (next != 0) last = next;
  }
}

struct Crop {
  uint64_t left = 0, right = 0, top = 0, bottom = 0;  // in units of the chroma's sampling
};

// Luma samples a unit of cropping, by chroma_format_idc.
uint64_t UnitAcross(uint64_t chroma) { return chroma == 1 || chroma == 2 ? 2 : 1; }
uint64_t UnitDown(uint64_t chroma) { return chroma == 1 ? 2 : 1; }

}  // namespace

bool H264StatesChroma(uint64_t profile) {
  switch (profile) {
    case 100:
    case 110:
    case 122:
    case 244:
    case 44:
    case 83:
    case 86:
    case 118:
    case 128:
    case 138:
    case 139:
    case 134:
    case 135:
      return true;
    default:
      return false;
  }
}

bool H264CutsOff(ByteView rbsp) {
  BitReader bits(rbsp);
  const uint64_t profile = bits.Bits(8);
  bits.Bits(16);  // constraints, level
  bits.Golomb();
  uint64_t chroma = 1;
  bool apart = false;
  if (H264StatesChroma(profile)) {
    chroma = bits.Golomb();
    if (chroma == 3) apart = bits.Flag();
    bits.Golomb();  // depths
    bits.Golomb();
    bits.Flag();
    if (bits.Flag()) {
      const int lists = chroma == 3 ? 12 : 8;
      for (int i = 0; i < lists && bits.ok(); ++i) {
        if (bits.Flag()) SkipScalingList(bits, i < 6 ? 16 : 64);
      }
    }
  }
  bits.Golomb();
  const uint64_t order = bits.Golomb();
  if (order == 0) {
    bits.Golomb();
  } else if (order == 1) {
    bits.Flag();
    bits.SignedGolomb();
    bits.SignedGolomb();
    const uint64_t count = bits.Golomb();
    for (uint64_t i = 0; i < count && bits.ok(); ++i) bits.SignedGolomb();
  }
  bits.Golomb();
  bits.Flag();
  bits.Golomb();  // size in macroblocks
  bits.Golomb();
  const bool frames_only = bits.Flag();
  if (!frames_only) bits.Flag();
  bits.Flag();
  Crop crop;
  if (bits.Flag()) {
    crop.left = bits.Golomb();
    crop.right = bits.Golomb();
    crop.top = bits.Golomb();
    crop.bottom = bits.Golomb();
  }
  if (!bits.ok()) return false;
  const uint64_t fields = frames_only ? 1 : 2;
  const uint64_t across = apart ? 1 : UnitAcross(chroma);
  const uint64_t down = (apart ? 1 : UnitDown(chroma)) * fields;
  return crop.left > 0 || crop.top > 0 || crop.right * across >= 16 ||
         crop.bottom * down >= 16 * fields;
}

bool HevcCutsOff(ByteView rbsp) {
  BitReader bits(rbsp);
  bits.Bits(4);
  const uint64_t layers = bits.Bits(3);  // less one
  bits.Flag();
  bits.Bits(88);  // profile
  bits.Bits(8);   // level
  uint64_t sizes = 0;
  for (uint64_t i = 0; i < layers; ++i) sizes += 88 * bits.Bits(1) + 8 * bits.Bits(1);
  if (layers > 0) sizes += 2 * (8 - layers);
  for (; sizes > 0 && bits.ok(); --sizes) bits.Flag();
  bits.Golomb();
  const uint64_t chroma = bits.Golomb();
  bool apart = false;
  if (chroma == 3) apart = bits.Flag();
  bits.Golomb();  // width, height
  bits.Golomb();
  Crop crop;
  if (bits.Flag()) {
    crop.left = bits.Golomb();
    crop.right = bits.Golomb();
    crop.top = bits.Golomb();
    crop.bottom = bits.Golomb();
  }
  bits.Golomb();  // depths
  bits.Golomb();
  bits.Golomb();
  const uint64_t from = bits.Flag() ? 0 : layers;
  for (uint64_t i = from; i <= layers && bits.ok(); ++i) {
    for (int k = 0; k < 3; ++k) bits.Golomb();
  }
  const uint64_t shift = bits.Golomb() + 3;
  if (!bits.ok() || shift > 6) return false;
  const uint64_t block = uint64_t{1} << shift;
  const uint64_t across = apart ? 1 : UnitAcross(chroma), down = apart ? 1 : UnitDown(chroma);
  return crop.left > 0 || crop.top > 0 || crop.right * across >= block ||
         crop.bottom * down >= block;
}

}  // namespace efface
