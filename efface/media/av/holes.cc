#include "efface/media/av/holes.h"

namespace efface {
namespace {

struct Run {
  size_t begin = 0, end = 0;  // of zeros
};

// The first run of four zeros or more in [from, bytes.size()); empty where there is none.
Run ZeroRun(ByteView bytes, size_t from) {
  for (size_t i = from + 3; i < bytes.size();) {
    if (bytes[i] != 0) {
      i += 4;
      continue;
    }
    size_t begin = i;
    while (begin > from && bytes[begin - 1] == 0) --begin;
    size_t end = i + 1;
    while (end < bytes.size() && bytes[end] == 0) ++end;
    if (end - begin >= 4) return {begin, end};
    i = end + 3;
  }
  return {};
}

}  // namespace

HoleFinder::HoleFinder(const AVCodecParameters& parameters) : codec_(parameters.codec_id) {
  // avcC and hvcC (ISO/IEC 14496-15) begin with version 1; start codes begin with 0.
  const ByteView extra(parameters.extradata, static_cast<size_t>(parameters.extradata_size));
  if (extra.empty() || extra[0] != 1) return;
  if (codec_ == AV_CODEC_ID_H264 && extra.size() > 4) length_size_ = (extra[4] & 3) + 1;
  if (codec_ == AV_CODEC_ID_HEVC && extra.size() > 21) length_size_ = (extra[21] & 3) + 1;
}

bool HoleFinder::UnitHasHole(ByteView unit) const {
  if (unit.empty()) return false;
  const bool picture = codec_ == AV_CODEC_ID_H264 ? (unit[0] & 31) >= 1 && (unit[0] & 31) <= 5
                                                  : (unit[0] >> 1 & 63) < 32;
  if (!picture) return false;
  constexpr size_t kPadding = 8;
  const Run run = ZeroRun(unit, 0);
  return run.end > 0 && (run.end < unit.size() || run.end - run.begin > kPadding);
}

bool HoleFinder::HasHole(ByteView packet) const {
  if (codec_ != AV_CODEC_ID_H264 && codec_ != AV_CODEC_ID_HEVC) return false;
  if (length_size_ > 0) {
    for (size_t at = 0; at < packet.size();) {
      const auto length = ReadUint(packet, at, length_size_, Endian::kBig);
      if (!length) return true;
      at += static_cast<size_t>(length_size_);
      const auto unit = Slice(packet, at, static_cast<size_t>(*length));
      if (!unit || UnitHasHole(*unit)) return true;
      at += unit->size();
    }
    return false;
  }
  // Zeros before a start code, and at the end, are padding.
  for (Run run = ZeroRun(packet, 0); run.end > 0; run = ZeroRun(packet, run.end)) {
    if (run.end < packet.size() && packet[run.end] != 1) return true;
  }
  return false;
}

}  // namespace efface
