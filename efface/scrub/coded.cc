// Finds the walker of a coding, and holds those that are short.
#include "efface/scrub/coded.h"

#include <algorithm>

namespace efface {

bool HasOther(ByteView bytes, uint8_t usual) {
  return std::any_of(bytes.begin(), bytes.end(), [&](uint8_t byte) { return byte != usual; });
}

void CodedWalk::Add(std::string_view what, ByteView part) {
  if (offset_) {
    findings_.AddAt(what,
                    {*offset_ + static_cast<uint64_t>(part.data() - data_.data()), part.size()});
  } else {
    findings_.Add(what, part.size());
  }
}

void CodedWalk::Frame(ByteView data, std::optional<uint64_t> offset) {
  data_ = data;
  offset_ = offset;
  switch (coding_) {
    case Coding::kOther:
      return;
    case Coding::kH264:
    case Coding::kHevc:
      length_size_ > 0 ? LengthUnits(data) : Units(data);
      return;
    case Coding::kMpegVideo:
      StartCodes(data);
      return;
    case Coding::kMotionJpeg: {
      const ByteView rest = Jpeg(Jpeg(data));  // the second field follows the first
      if (HasOther(rest, 0)) Add("stray-bytes", rest);
      return;
    }
    case Coding::kAv1:
      Obus(data);
      return;
  }
}

// MPEG-2: user data anywhere between headers (ISO/IEC 13818-2, 6.2.2.2.2), captions among it.
void CodedWalk::StartCodes(ByteView data) {
  constexpr uint8_t kUserData = 0xB2;
  ForEachUnit(
      data,
      [&](ByteView unit) {
        if (unit[0] != kUserData || unit.size() < 2) return;
        Add(HasText(unit, 1, "GA94") || HasText(unit, 1, "CC") ? "closed-captions" : "user-data",
            unit);
      },
      [&](ByteView part) { Add("stray-bytes", part); });
}

// One picture, or two fields. Returns what follows the first.
ByteView CodedWalk::Jpeg(ByteView data) {
  if (!HasText(data, 0, "\xFF\xD8")) return data;
  const JpegEnd end = WalkJpeg(data, [&](const JpegSegment& segment) {
    const uint8_t marker = segment.marker;
    const ByteView payload = segment.payload;
    // JFIF without a thumbnail, Adobe's colours, and AVI's mark of fields.
    if ((marker == 0xE0 && HasText(payload, 0, "JFIF") && payload.size() == 14) ||
        (marker == 0xE0 && HasText(payload, 0, "AVI1") && payload.size() <= 14) ||
        (marker == 0xEE && HasText(payload, 0, "Adobe") && payload.size() == 12)) {
      return;
    }
    if (marker == 0) {
      Add("stray-bytes", segment.whole);
    } else if (marker == 0xFE) {
      Add("comment", segment.whole);
    } else if (marker >= 0xE0 && marker <= 0xEF) {
      Add("unknown-segment", segment.whole);
    }
  });
  return data.subspan(std::min(end.offset, data.size()));
}

// AV1's units (AV1 bitstream specification, 5.3 to 5.8).
void CodedWalk::Obus(ByteView data) {
  size_t at = 0;
  const auto leb128 = [&](size_t& from) -> std::optional<uint64_t> {
    uint64_t value = 0;
    for (int i = 0; i < 8 && from < data.size(); ++i) {
      const uint8_t byte = data[from++];
      value |= uint64_t{byte & 0x7FU} << (7 * i);
      if ((byte & 0x80) == 0) return value;
    }
    return std::nullopt;
  };
  while (at < data.size()) {
    const size_t start = at;
    const uint8_t head = data[at++];
    const int type = head >> 3 & 15;
    if ((head & 4) != 0) ++at;  // layers
    std::optional<uint64_t> size;
    if ((head & 2) != 0) {
      size = leb128(at);
    } else if (at <= data.size()) {
      size = data.size() - at;
    }
    const auto payload = size ? Slice(data, at, *size) : std::nullopt;
    if (!payload) {
      Add("stray-bytes", data.subspan(start));
      return;
    }
    at += payload->size();
    const ByteView whole = data.subspan(start, at - start);
    size_t from = static_cast<size_t>(payload->data() - data.data());
    if (type == 5) {
      const uint64_t kind = leb128(from).value_or(0);
      // 1, 2: light of content and display; 3: layers.
      if (kind == 5) Add("timecode", whole);
      if (kind == 0 || kind == 4 || kind > 5) Add("user-data", whole);
    } else if (type == 15) {
      if (HasOther(*payload, 0)) Add("gap-bytes", whole);
    } else if (type == 0 || type > 8) {
      Add("user-data", whole);
    }
  }
}

}  // namespace efface
