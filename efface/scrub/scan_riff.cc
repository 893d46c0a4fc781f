// WebP: the chunks of its RIFF file that are neither picture nor colour, and what follows the file
// that RIFF announces.
#include <algorithm>
#include <array>
#include <optional>

#include "efface/scrub/walk.h"

namespace efface {
namespace {

constexpr std::array<std::string_view, 5> kKept = {"VP8 ", "VP8L", "VP8X", "ALPH", "ICCP"};

constexpr size_t kFrameHeader = 16;

// A frame: a header, then its own chunks.
void ScanFrame(ByteView frame, Findings& findings) {
  size_t at = std::min(kFrameHeader, frame.size());
  while (at < frame.size()) {
    const auto length = ReadUint(frame, at + 4, 4, Endian::kLittle);
    if (!length || !Slice(frame, at + 8, *length)) break;
    const ByteView whole =
        frame.subspan(at, std::min<size_t>(8 + *length + *length % 2, frame.size() - at));
    const bool picture =
        HasText(frame, at, "VP8 ") || HasText(frame, at, "VP8L") || HasText(frame, at, "ALPH");
    if (!picture) findings.Add("unknown-chunk", whole);
    at += whole.size();
  }
  if (at < frame.size()) findings.Add("stray-bytes", frame.subspan(at));
}

}  // namespace

void ScanRiff(ByteView file, Findings& findings, bool animated) {
  const uint64_t announced = ReadUint(file, 4, 4, Endian::kLittle).value_or(0);
  const size_t end = std::min<uint64_t>(file.size(), 8 + announced + announced % 2);
  const ByteView riff = file.first(end);
  size_t at = std::min<size_t>(12, end);
  while (at < end) {
    const auto length = ReadUint(riff, at + 4, 4, Endian::kLittle);
    const auto is = [&](std::string_view type) { return HasText(riff, at, type); };
    const bool kept = std::any_of(kKept.begin(), kKept.end(), is);
    const auto data = length ? Slice(riff, at + 8, *length) : std::nullopt;
    if (!data) {
      if (kept) at = end;  // the picture is cut off
      break;
    }
    const ByteView whole = file.subspan(at, std::min<size_t>(8 + *length + *length % 2, end - at));
    if (is("EXIF")) {
      // Some writers put JPEG's prefix before it.
      const bool prefix = HasText(*data, 0, std::string_view("Exif\0\0", 6));
      ScanExif(data->subspan(prefix ? 6 : 0), whole, findings);
    } else if (is("XMP ")) {
      findings.Add("xmp", whole);
    } else if (animated && is("ANIM")) {
      if (data->size() > 6) findings.Add("stray-bytes", data->subspan(6));
    } else if (animated && is("ANMF")) {
      ScanFrame(*data, findings);
    } else if (animated && (is("VP8 ") || is("VP8L") || is("ALPH"))) {
      findings.Add("second-picture", whole);
    } else if (is("ANIM") || is("ANMF")) {
      findings.Add("animation", whole);
    } else if (is("C2PA")) {
      findings.Add("jumbf", whole);
    } else if (!kept) {
      findings.Add("unknown-chunk", whole);
    }
    at += whole.size();
  }
  ScanTrailing(file.subspan(at), false, findings);
}

}  // namespace efface
