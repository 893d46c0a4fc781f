// JPEG: the application segments and comments, before and between scans, and what follows EOI.
// Kept: JFIF's resolution, the ICC profile, Adobe's colour transform, EXIF's orientation and
// resolution.
#include <algorithm>

#include "efface/scrub/walk.h"

namespace efface {
namespace {

constexpr std::string_view kXmp = "http://ns.adobe.com/xap/1.0/";
constexpr std::string_view kXmpExtension = "http://ns.adobe.com/xmp/extension/";
constexpr std::string_view kIsoGainMap = "urn:iso:std:iso:ts:21496:-1";
constexpr std::string_view kPhotoshop{"Photoshop 3.0\0", 14};

constexpr uint8_t kApp0 = 0xE0, kCom = 0xFE;

// APP0, JFIF: 14 bytes, then a thumbnail of 3 bytes a pixel, then nothing.
void ScanJfif(const JpegSegment& segment, Findings& findings) {
  const ByteView payload = segment.payload;
  if (payload.size() < 14) return;
  const size_t rest = payload.size() - 14;
  const size_t thumbnail = std::min(rest, size_t{3} * payload[12] * payload[13]);
  findings.Add("jfif-thumbnail", payload.subspan(14, thumbnail));
  // Apple marks files with several pictures so.
  const bool multi_picture = HasText(payload, 14 + thumbnail, "AMPF");
  findings.Add(multi_picture ? "mpf" : "unknown-segment", payload.subspan(14 + thumbnail));
}

// The name of an application segment that is not kept at all.
std::string_view NameOf(const JpegSegment& segment) {
  const auto begins = [&](std::string_view text) { return HasText(segment.payload, 0, text); };
  switch (segment.marker - kApp0) {
    case 0:
      if (begins("JFXX")) return "jfif-thumbnail";
      break;
    case 1:
      if (begins(kXmpExtension)) return "xmp-extended";
      if (begins(kXmp)) return "xmp";
      break;
    case 2:
      if (begins("MPF")) return "mpf";
      if (begins("FPXR")) return "flashpix";
      if (begins(kIsoGainMap)) return "gain-map";
      break;
    case 11:
      if (begins("JP") && HasText(segment.payload, 12, "jumb")) return "jumbf";
      break;
    case 12:
      if (begins("Ducky")) return "adobe-other";
      break;
    case 13:
      if (begins("Photoshop 3.0") || begins("Adobe_Photoshop2.5")) return "photoshop";
      if (begins("Adobe")) return "adobe-other";
      break;
    default:
      break;
  }
  return "unknown-segment";
}

}  // namespace

bool SaysGainMap(const JpegSegment& segment) {
  return (segment.marker == kApp0 + 1 && SaysGainMap(segment.payload)) ||
         (segment.marker == kApp0 + 2 && HasText(segment.payload, 0, kIsoGainMap));
}

void ScanJpeg(ByteView file, Findings& findings) {
  bool gain_map = false;
  Bytes photoshop;  // may go over several segments
  const JpegEnd end = WalkJpeg(file, [&](const JpegSegment& segment) {
    const uint8_t marker = segment.marker;
    const ByteView payload = segment.payload;
    if (marker == kCom) {
      findings.Add("comment", segment.whole);
    } else if (marker == 0) {
      findings.Add("stray-bytes", segment.whole);
    } else if (marker == kApp0 && HasText(payload, 0, "JFIF")) {
      ScanJfif(segment, findings);
    } else if (marker == kApp0 + 1 && HasText(payload, 0, std::string_view("Exif\0", 5))) {
      ScanExif(payload.subspan(std::min<size_t>(6, payload.size())), segment.whole, findings);
    } else if (marker == kApp0 + 2 && HasText(payload, 0, "ICC_PROFILE")) {
      return;
    } else if (marker == kApp0 + 14 && HasText(payload, 0, "Adobe") && payload.size() >= 12) {
      findings.Add("adobe-other", payload.subspan(12));
    } else if (marker >= kApp0 && marker <= kApp0 + 15) {
      findings.Add(NameOf(segment), segment.whole);
      gain_map = gain_map || SaysGainMap(segment);
      if (marker == kApp0 + 13 && HasText(payload, 0, kPhotoshop)) {
        Append(photoshop, payload.subspan(kPhotoshop.size()));
      }
    } else if (marker < 0xC0 || (marker >= 0xF0 && marker <= 0xFD)) {  // reserved
      findings.Add("unknown-segment", segment.whole);
    }
  });
  ScanPhotoshop(photoshop, findings);
  ScanTrailing(file.subspan(std::min(end.offset, file.size())), gain_map, findings);
}

}  // namespace efface
