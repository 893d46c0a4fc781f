// PNG: every chunk but the picture, its colour and its resolution, and what follows IEND.
#include <algorithm>
#include <array>
#include <optional>

#include "efface/scrub/walk.h"

namespace efface {
namespace {

constexpr std::array<std::string_view, 11> kKept = {"IHDR", "PLTE", "IDAT", "IEND", "tRNS", "cHRM",
                                                    "gAMA", "iCCP", "sRGB", "cICP", "pHYs"};

// What a text chunk holds, by its keyword. "Raw profile type" is how ImageMagick and ExifTool put
// other metadata into text.
std::string_view NameOfText(ByteView data) {
  const auto is = [&](std::string_view keyword) {
    return HasText(data, 0, keyword) && data.size() > keyword.size() && data[keyword.size()] == 0;
  };
  if (is("XML:com.adobe.xmp") || is("Raw profile type xmp")) return "xmp";
  if (is("Raw profile type exif") || is("Raw profile type APP1")) return "exif";
  if (is("Raw profile type iptc")) return "iptc";
  if (is("Raw profile type 8bim")) return "photoshop";
  return "text";
}

}  // namespace

void ScanPng(ByteView file, Findings& findings, bool animated) {
  bool in_frame = false;  // a frame was announced
  size_t at = 8;
  while (at < file.size()) {
    const auto length = ReadUint(file, at, 4, Endian::kBig);
    const auto is = [&](std::string_view type) { return HasText(file, at + 4, type); };
    const auto data = length ? Slice(file, at + 8, *length) : std::nullopt;
    if (!data) {
      if (is("IDAT")) return;  // the picture is cut off
      break;
    }
    const ByteView whole = file.subspan(at, std::min<size_t>(12 + *length, file.size() - at));
    if (is("tEXt") || is("zTXt") || is("iTXt")) {
      findings.Add(NameOfText(*data), whole);
    } else if (is("eXIf")) {
      ScanExif(*data, whole, findings);
    } else if (is("tIME")) {
      findings.Add("date", whole);
    } else if (animated && (is("acTL") || is("fcTL") || is("fdAT"))) {
      in_frame = in_frame || is("fcTL");
    } else if (animated && is("IDAT") && !in_frame) {
      findings.Add("second-picture", whole);  // shown only where animations are not
    } else if (is("acTL") || is("fcTL") || is("fdAT")) {
      findings.Add("animation", whole);
    } else if (is("caBX")) {
      findings.Add("jumbf", whole);
    } else if (std::none_of(kKept.begin(), kKept.end(), is)) {
      findings.Add("unknown-chunk", whole);
    }
    const bool last = is("IEND");
    at += whole.size();
    if (last) break;
  }
  ScanTrailing(file.subspan(std::min(at, file.size())), false, findings);
}

}  // namespace efface
