// The units of H.264 and HEVC (ITU-T H.264, 7.3 and annex D; H.265, 7.3 and annex D).
#include <algorithm>

#include "efface/scrub/coded.h"

namespace efface {
namespace {

constexpr size_t kMaxMessages = 10'000;  // of a unit

// ITU-T T.35 messages, by country, provider and the provider's own code.
std::string_view NameOfRegistered(ByteView payload) {
  constexpr std::string_view kCaptions("\xB5\x00\x31", 3), kHdr10Plus("\xB5\x00\x3C\x00\x01", 5);
  if (HasText(payload, 0, kCaptions)) return "closed-captions";
  if (HasText(payload, 0, kHdr10Plus)) return "hdr10-plus";
  return "user-data";
}

// H.264's clock: timing messages may carry hours and minutes, which takes the parameter sets to
// tell; they are longer then than the few bytes that delays take.
constexpr size_t kMaxPlainTiming = 9;

// What a message (SEI) holds; empty where it says how to decode or show the pictures.
std::string_view NameOfMessage(uint64_t type, ByteView payload, bool hevc) {
  switch (type) {
    case 0:   // buffering
    case 6:   // recovery
    case 45:  // frame packing
    case 47:  // turning
    case 137:
    case 144:  // light of the display and the content
    case 147:  // transfer
      return "";
    case 19:
      return "film-grain";
    case 1:
      return payload.size() > kMaxPlainTiming && !hevc ? "timecode" : "";
    case 3:  // filler
      return HasOther(payload, 0xFF) ? "gap-bytes" : "";
    case 4:
      return NameOfRegistered(payload);
    case 136:
      return "timecode";
    case 129:  // parameter sets in use
    case 130:
    case 132:  // a sum over the decoded picture
      return hevc ? "" : "user-data";
    default:
      return "user-data";
  }
}

}  // namespace

void ForEachUnit(ByteView data, const std::function<void(ByteView)>& unit,
                 const std::function<void(ByteView)>& stray) {
  const auto next = [&](size_t from) {
    for (size_t at = from; at + 2 < data.size(); ++at) {
      if (data[at + 2] > 1) {
        at += 2;
      } else if (data[at] == 0 && data[at + 1] == 0 && data[at + 2] == 1) {
        return at;
      }
    }
    return data.size();
  };
  const auto trimmed = [&](size_t from, size_t to) {
    while (to > from && data[to - 1] == 0) --to;
    return data.subspan(from, to - from);
  };
  size_t at = next(0);
  if (const ByteView before = trimmed(0, at); !before.empty()) stray(before);
  while (at < data.size()) {
    const size_t end = next(at + 3);
    if (const ByteView each = trimmed(at + 3, end); !each.empty()) unit(each);
    at = end;
  }
}

Bytes Unescaped(ByteView unit) {
  Bytes plain;
  plain.reserve(unit.size());
  int zeros = 0;
  for (const uint8_t byte : unit) {
    if (zeros >= 2 && byte == 3) {
      zeros = 0;
      continue;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    plain.push_back(byte);
  }
  return plain;
}

void CodedWalk::Configure(ByteView record, std::optional<uint64_t> offset) {
  data_ = record;
  offset_ = offset;
  const auto number = [&](size_t at, int size) {
    return ReadUint(record, at, size, Endian::kBig).value_or(0);
  };
  const auto units = [&](size_t at, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
      const auto unit = Slice(record, at + 2, number(at, 2));
      if (!unit) return record.size();
      if (!unit->empty()) Unit(*unit);
      at += 2 + unit->size();
    }
    return at;
  };
  if (coding_ == Coding::kH264 && record.size() >= 7) {  // ISO/IEC 14496-15, 5.3.3
    length_size_ = (record[4] & 3) + 1;
    size_t at = units(6, record[5] & 31);
    const uint64_t pictures = number(at, 1);
    at = units(std::min(at + 1, record.size()), pictures);
    // High profiles: depths, and more parameter sets.
    const size_t more = H264StatesChroma(record[1]) && at + 4 <= record.size() ? at + 4 : at;
    if (more > at) at = units(more, record[more - 1]);
    if (at < record.size()) Add("stray-bytes", record.subspan(at));
  } else if (coding_ == Coding::kHevc && record.size() >= 23) {  // 8.3.3
    length_size_ = (record[21] & 3) + 1;
    size_t at = 23;
    for (int i = 0; i < record[22]; ++i) {
      const uint64_t count = number(at + 1, 2);
      at = units(std::min(at + 3, record.size()), count);
    }
    if (at < record.size()) Add("stray-bytes", record.subspan(at));
  }
}

void CodedWalk::LengthUnits(ByteView data) {
  size_t at = 0;
  const auto header = static_cast<size_t>(length_size_);
  while (at < data.size()) {
    const auto size = ReadUint(data, at, length_size_, Endian::kBig);
    const auto unit = size ? Slice(data, at + header, *size) : std::nullopt;
    if (!unit) {
      Add("stray-bytes", data.subspan(at));
      return;
    }
    if (!unit->empty()) Unit(*unit);
    at += header + unit->size();
  }
}

void CodedWalk::Units(ByteView data) {
  ForEachUnit(
      data, [&](ByteView unit) { Unit(unit); }, [&](ByteView part) { Add("stray-bytes", part); });
}

void CodedWalk::Unit(ByteView unit) { coding_ == Coding::kH264 ? H264Unit(unit) : HevcUnit(unit); }

void CodedWalk::H264Unit(ByteView unit) {
  switch (unit[0] & 31) {
    case 1:  // pictures
    case 2:
    case 3:
    case 4:
    case 5:
    case 8:   // parameters
    case 9:   // limits
    case 10:  // ends
    case 11:
    case 13:
      return;
    case 6:
      Messages(unit, 1);
      return;
    case 7:
      Cropping(H264CutsOff(Unescaped(unit.subspan(1))), unit);
      return;
    case 12: {  // filler: FF, and one bit that ends it
      const ByteView filler = unit.subspan(1);
      if (!filler.empty() && HasOther(filler.first(filler.size() - 1), 0xFF)) {
        Add("gap-bytes", filler);
      }
      return;
    }
    case 19:
      Add("auxiliary-picture", unit);
      return;
    default:  // further layers and views, and what no standard names
      Add("user-data", unit);
      return;
  }
}

void CodedWalk::HevcUnit(ByteView unit) {
  if (unit.size() < 2) return;
  const int type = unit[0] >> 1 & 63;
  const int layer = (unit[0] & 1) << 5 | unit[1] >> 3;
  if (type == 62 || type == 63) {
    Add("dolby-vision", unit);
  } else if (layer != 0) {
    Add("auxiliary-picture", unit);
  } else if (type == 39 || type == 40) {
    Messages(unit, 2);
  } else if (type == 33) {
    Cropping(HevcCutsOff(Unescaped(unit.subspan(2))), unit);
  } else if (type == 38) {
    const ByteView filler = unit.subspan(2);
    if (!filler.empty() && HasOther(filler.first(filler.size() - 1), 0xFF)) {
      Add("gap-bytes", filler);
    }
  } else if (type > 40 || (type > 9 && type < 16) || (type > 21 && type < 32)) {
    Add("user-data", unit);
  }
}

// The messages of a unit (SEI). Each is listed with the whole unit as its place.
void CodedWalk::Messages(ByteView unit, size_t header) {
  const Bytes plain = Unescaped(unit.subspan(std::min(header, unit.size())));
  size_t at = 0;
  const auto number = [&] {  // bytes of FF add 255 each
    uint64_t value = 0;
    while (at < plain.size() && plain[at] == 0xFF) value += 255, ++at;
    if (at < plain.size()) value += plain[at++];
    return value;
  };
  for (size_t count = 0; count < kMaxMessages; ++count) {
    // One bit that ends the unit, and zeros.
    if (at >= plain.size() ||
        (plain[at] == 0x80 && !HasOther(ByteView(plain).subspan(at + 1), 0))) {
      return;
    }
    const uint64_t type = number(), size = number();
    const auto payload = Slice(plain, at, size);
    if (!payload) {
      Add("user-data", unit);
      return;
    }
    const std::string_view what = NameOfMessage(type, *payload, coding_ == Coding::kHevc);
    if (!what.empty()) Add(what, unit);
    at += payload->size();
  }
}

void CodedWalk::Cropping(bool cropped, ByteView unit) {
  if (cropped) Add("cropped-picture", unit);
}

}  // namespace efface
