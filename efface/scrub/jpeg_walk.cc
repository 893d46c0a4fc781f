// The segments of a JPEG file (ITU-T T.81 annex B), scan by scan up to EOI.
#include <cstring>

#include "efface/scrub/walk.h"

namespace efface {
namespace {

constexpr uint8_t kSoi = 0xD8, kEoi = 0xD9, kSos = 0xDA, kTem = 0x01;

bool IsRestart(uint8_t marker) { return marker >= 0xD0 && marker <= 0xD7; }

// Where the next 0xFF with a byte behind it is, from `at` on; the end where there is none.
size_t FindMark(ByteView bytes, size_t at) {
  if (at + 1 >= bytes.size()) return bytes.size();
  const void* found = std::memchr(bytes.data() + at, 0xFF, bytes.size() - 1 - at);
  return found == nullptr ? bytes.size()
                          : static_cast<size_t>(static_cast<const uint8_t*>(found) - bytes.data());
}

// Where the coded data that begins at `at` ends: at a marker, or at the end.
size_t SkipCoded(ByteView bytes, size_t at) {
  for (at = FindMark(bytes, at); at < bytes.size(); at = FindMark(bytes, at + 1)) {
    const uint8_t next = bytes[at + 1];
    if (next != 0 && next != 0xFF && !IsRestart(next)) return at;
  }
  return bytes.size();
}

// Where the next marker is, from `at` on; the end where there is none.
size_t FindMarker(ByteView bytes, size_t at) {
  for (at = FindMark(bytes, at); at < bytes.size(); at = FindMark(bytes, at + 1)) {
    if (bytes[at + 1] != 0 && bytes[at + 1] != 0xFF) return at;
  }
  return bytes.size();
}

}  // namespace

JpegEnd WalkJpeg(ByteView bytes, const std::function<void(const JpegSegment&)>& segment) {
  bool scans = false;
  size_t at = 2;
  while (at < bytes.size()) {
    // Decoders pass over bytes that belong to no segment; any number of FF may precede a marker.
    const size_t start = FindMarker(bytes, at);
    size_t stray = start - at;
    while (stray > 0 && bytes[start - stray] == 0xFF) --stray;
    if (stray > 0) {
      const ByteView between = bytes.subspan(start - stray, stray);
      segment({0, between, between});
    }
    if (start == bytes.size()) break;

    const uint8_t marker = bytes[start + 1];
    at = start + 2;
    if (marker == kEoi) return {at, scans};
    if (marker == kSoi || marker == kTem || IsRestart(marker)) continue;
    const auto length = ReadUint(bytes, at, 2, Endian::kBig);
    if (!length || *length < 2) return {start, scans};
    const auto payload = Slice(bytes, at + 2, *length - 2);
    if (!payload) return {start, scans};
    segment({marker, *payload, bytes.subspan(start, 2 + *length)});
    at += *length;
    if (marker == kSos) {
      scans = true;
      at = SkipCoded(bytes, at);
    }
  }
  return {bytes.size(), scans};
}

}  // namespace efface
