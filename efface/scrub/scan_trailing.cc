// What stands after the end of a picture: the further pictures of multi-picture files, gain maps,
// the clip of a motion photo, and bytes that are none of these.
#include <array>

#include "efface/scrub/walk.h"

namespace efface {
namespace {

// True where a JPEG file may begin: SOI, then a marker that files begin with.
bool BeginsJpeg(ByteView bytes) {
  if (!HasText(bytes, 0, "\xFF\xD8\xFF") || bytes.size() < 4) return false;
  const uint8_t marker = bytes[3];
  return (marker >= 0xE0 && marker <= 0xEF) || (marker >= 0xC0 && marker <= 0xC4) ||
         marker == 0xDB || marker == 0xDD || marker == 0xFE;
}

// Bytes of the ISO base media file at the beginning of `bytes`; 0 where there is none. One that is
// cut off in its media goes to the end.
size_t ClipSize(ByteView bytes) {
  if (!HasText(bytes, 4, "ftyp")) return 0;
  constexpr std::array<std::string_view, 12> kTypes = {"ftyp", "moov", "mdat", "free",
                                                       "skip", "wide", "uuid", "udta",
                                                       "meta", "moof", "mfra", "sidx"};
  size_t at = 0;
  while (at < bytes.size()) {
    bool known = false;
    for (const std::string_view type : kTypes) known = known || HasText(bytes, at + 4, type);
    if (!known) break;
    uint64_t size = ReadUint(bytes, at, 4, Endian::kBig).value_or(0);
    if (size == 1) size = ReadUint(bytes, at + 8, 8, Endian::kBig).value_or(0);
    if (size == 0 || size > bytes.size() - at) {
      if (at == 0) return 0;
      return bytes.size();
    }
    if (size < 8) break;
    at += size;
  }
  return at;
}

}  // namespace

void ScanTrailing(ByteView rest, bool gain_map_next, Findings& findings) {
  const bool samsung = rest.size() >= 4 && HasText(rest, rest.size() - 4, "SEFT");
  std::vector<ByteView> other;
  size_t at = 0;
  while (at < rest.size()) {
    const ByteView here = rest.subspan(at);
    size_t size = 1;
    bool known = false;
    if (BeginsJpeg(here)) {
      bool gain_map = gain_map_next;
      const JpegEnd end = WalkJpeg(
          here, [&](const JpegSegment& segment) { gain_map = gain_map || SaysGainMap(segment); });
      size = std::min(end.offset, here.size());
      known = end.scans;
      if (known) {
        findings.Add(gain_map ? "gain-map" : "second-picture", here.first(size));
        gain_map_next = false;
      }
    } else if (const size_t clip = ClipSize(here); clip > 0) {
      findings.Add("motion-clip", here.first(clip));
      size = clip;
      known = true;
    }
    if (!known && !other.empty() && other.back().data() + other.back().size() == here.data()) {
      other.back() = {other.back().data(), other.back().size() + size};
    } else if (!known) {
      other.push_back(here.first(size));
    }
    at += size;
  }
  for (const ByteView part : other) {
    findings.Add(samsung ? "samsung-trailer" : "trailing-bytes", part);
  }
}

}  // namespace efface
