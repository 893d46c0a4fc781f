#include "efface/media/heif_hevc.h"

#include <algorithm>

namespace efface {
namespace {

// NAL unit types, ITU-T H.265 table 7-1.
constexpr int kLastSlice = 21;  // 0..21 are slices, apart from the reserved 10..15
constexpr int kVideoParameters = 32, kSequenceParameters = 33, kPictureParameters = 34;

struct NalHeader {
  int type = 0;
  int layer = 0;
};

std::optional<NalHeader> ReadNalHeader(ByteView nal) {
  const auto word = ReadUint(nal, 0, 2, Endian::kBig);
  if (!word) return std::nullopt;
  return NalHeader{static_cast<int>(*word >> 9 & 63), static_cast<int>(*word >> 3 & 63)};
}

bool IsParameterSet(int type) { return type >= kVideoParameters && type <= kPictureParameters; }
bool IsSlice(int type) { return type <= kLastSlice && (type < 10 || type > 15); }

// Reads bits of a NAL unit's payload, from which emulation prevention bytes were taken out. Past
// the end, bits read as 0 and ok() is false.
class Bits {
 public:
  explicit Bits(Bytes bytes) : bytes_(std::move(bytes)) {}

  uint64_t Read(int count) {
    uint64_t value = 0;
    for (int i = 0; i < count; ++i) {
      if (at_ >= bytes_.size() * 8) {
        ok_ = false;
        return 0;
      }
      value = value << 1 | (bytes_[at_ / 8] >> (7 - at_ % 8) & 1);
      ++at_;
    }
    return value;
  }
  void Skip(size_t count) { at_ += count; }

  // Exp-Golomb code, at most 2^32 - 2.
  uint64_t ReadUe() {
    int zeros = 0;
    while (ok_ && Read(1) == 0) {
      if (++zeros > 31) ok_ = false;
    }
    return ok_ ? (uint64_t{1} << zeros) - 1 + Read(zeros) : 0;
  }

  bool ok() const { return ok_; }

 private:
  Bytes bytes_;
  size_t at_ = 0;  // bits
  bool ok_ = true;
};

// The first bytes of a NAL unit behind its header, without emulation prevention (00 00 03).
Bytes Unescape(ByteView nal) {
  constexpr size_t kEnough = 512;  // far beyond the picture's size
  Bytes out;
  int zeros = 0;
  for (size_t i = 2; i < nal.size() && out.size() < kEnough; ++i) {
    if (zeros >= 2 && nal[i] == 3) {
      zeros = 0;
      continue;
    }
    zeros = nal[i] == 0 ? zeros + 1 : 0;
    out.push_back(nal[i]);
  }
  return out;
}

struct SequenceParameters {
  HevcSize size;
  uint64_t left = 0, right = 0, top = 0, bottom = 0;  // cut off, in luma samples
};

// ITU-T H.265, 7.3.2.2.1 as far as the conformance window.
std::optional<SequenceParameters> ReadSequenceParameters(ByteView nal) {
  Bits bits(Unescape(nal));
  bits.Read(4);
  const auto sub_layers = static_cast<int>(bits.Read(3));  // beyond the first
  bits.Read(1);
  bits.Skip(96);  // general profile, tier and level
  int present[8][2] = {};
  for (int i = 0; i < sub_layers; ++i) {
    present[i][0] = static_cast<int>(bits.Read(1));
    present[i][1] = static_cast<int>(bits.Read(1));
  }
  if (sub_layers > 0) bits.Skip(static_cast<size_t>(2 * (8 - sub_layers)));
  for (int i = 0; i < sub_layers; ++i) {
    bits.Skip(static_cast<size_t>(present[i][0] * 88 + present[i][1] * 8));
  }
  bits.ReadUe();  // its number
  const uint64_t chroma = bits.ReadUe();
  const bool apart = chroma == 3 && bits.Read(1) != 0;
  SequenceParameters parameters;
  parameters.size.width = static_cast<int64_t>(bits.ReadUe());
  parameters.size.height = static_cast<int64_t>(bits.ReadUe());
  if (bits.Read(1) != 0) {
    const uint64_t across = !apart && (chroma == 1 || chroma == 2) ? 2 : 1;
    const uint64_t down = !apart && chroma == 1 ? 2 : 1;
    parameters.left = bits.ReadUe() * across;
    parameters.right = bits.ReadUe() * across;
    parameters.top = bits.ReadUe() * down;
    parameters.bottom = bits.ReadUe() * down;
  }
  if (!bits.ok()) return std::nullopt;
  return parameters;
}

// Grows `largest` by the size that `nal` states, if it is a sequence parameter set. False where
// that is broken.
bool Note(const NalHeader& header, ByteView nal, HevcSize& largest) {
  if (header.type != kSequenceParameters) return true;
  const auto parameters = ReadSequenceParameters(nal);
  if (!parameters) return false;
  largest.width = std::max(largest.width, parameters->size.width);
  largest.height = std::max(largest.height, parameters->size.height);
  return true;
}

}  // namespace

// ISO/IEC 14496-15, 8.3.3.1.2.
std::optional<HevcConfig> ReadHevcConfig(ByteView payload) {
  constexpr size_t kFixed = 22;  // bytes before the arrays of parameter sets
  if (payload.size() < kFixed + 1 || payload[0] != 1) return std::nullopt;
  HevcConfig config;
  config.length_size = (payload[kFixed - 1] & 3) + 1;
  if (config.length_size == 3) return std::nullopt;
  config.chroma = payload[16] & 3;
  config.bits = (payload[17] & 7) + 8;
  Append(config.clean, payload.first(kFixed));
  config.clean.push_back(0);  // number of arrays, set below
  const int arrays = payload[kFixed];
  size_t at = kFixed + 1;
  for (int i = 0; i < arrays; ++i) {
    const auto kind = ReadUint(payload, at, 1, Endian::kBig);
    const auto count = ReadUint(payload, at + 1, 2, Endian::kBig);
    if (!kind || !count) return std::nullopt;
    at += 3;
    Bytes kept;
    uint64_t kept_count = 0;
    for (uint64_t k = 0; k < *count; ++k) {
      const auto size = ReadUint(payload, at, 2, Endian::kBig);
      const auto nal = size ? Slice(payload, at + 2, *size) : std::nullopt;
      const auto header = nal ? ReadNalHeader(*nal) : std::nullopt;
      if (!header) return std::nullopt;
      at += 2 + *size;
      if (header->layer != 0 || !IsParameterSet(header->type)) continue;
      if (!Note(*header, *nal, config.largest)) return std::nullopt;
      AppendUint(kept, *size, 2, Endian::kBig);
      Append(kept, *nal);
      AppendUint(config.sets, *size, 4, Endian::kBig);
      Append(config.sets, *nal);
      ++kept_count;
    }
    if (kept_count == 0) continue;
    ++config.clean[kFixed];
    config.clean.push_back(static_cast<uint8_t>(*kind));
    AppendUint(config.clean, kept_count, 2, Endian::kBig);
    Append(config.clean, kept);
  }
  return config;
}

std::optional<HevcItem> ReadHevcItem(ByteView data, int length_size) {
  HevcItem item;
  item.clean.reserve(data.size());
  size_t at = 0;
  while (at < data.size()) {
    const auto size = ReadUint(data, at, length_size, Endian::kBig);
    const auto nal =
        size ? Slice(data, at + static_cast<size_t>(length_size), *size) : std::nullopt;
    const auto header = nal ? ReadNalHeader(*nal) : std::nullopt;
    if (!header) return std::nullopt;
    at += static_cast<size_t>(length_size) + *size;
    if (header->layer != 0 || !(IsSlice(header->type) || IsParameterSet(header->type))) continue;
    if (!Note(*header, *nal, item.largest)) return std::nullopt;
    AppendUint(item.clean, *size, length_size, Endian::kBig);
    Append(item.clean, *nal);
  }
  return item;
}

std::vector<ByteView> SplitNals(ByteView clean, int length_size) {
  std::vector<ByteView> nals;
  size_t at = 0;
  while (const auto size = ReadUint(clean, at, length_size, Endian::kBig)) {
    const auto nal = Slice(clean, at + static_cast<size_t>(length_size), *size);
    if (!nal) break;
    nals.push_back(*nal);
    at += static_cast<size_t>(length_size) + *size;
  }
  return nals;
}

bool IsOneHevcPicture(const std::vector<ByteView>& nals) {
  constexpr uint64_t kSmallestBlock = 8;
  int slices = 0, sets[3] = {};
  for (const ByteView nal : nals) {
    const auto header = ReadNalHeader(nal);
    if (!header) return false;
    slices += IsSlice(header->type) ? 1 : 0;
    if (IsParameterSet(header->type)) ++sets[header->type - kVideoParameters];
    if (header->type != kSequenceParameters) continue;
    const auto parameters = ReadSequenceParameters(nal);
    if (!parameters || parameters->left > 0 || parameters->top > 0 ||
        parameters->right >= kSmallestBlock || parameters->bottom >= kSmallestBlock) {
      return false;
    }
  }
  return slices == 1 && sets[0] == 1 && sets[1] == 1 && sets[2] == 1;
}

}  // namespace efface
