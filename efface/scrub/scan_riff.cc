// WebP: the chunks of its RIFF file that are neither picture nor colour, and what follows the file
// that RIFF announces.
#include <algorithm>
#include <array>
#include <optional>

#include "efface/scrub/walk.h"

namespace efface {
namespace {

constexpr std::array<std::string_view, 5> kKept = {"VP8 ", "VP8L", "VP8X", "ALPH", "ICCP"};

}  // namespace

void ScanRiff(ByteView file, Findings& findings) {
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
