// GIF: comments, text, application extensions, pictures after the first, and what follows the
// trailer.
#include <algorithm>
#include <optional>

#include "efface/scrub/walk.h"

namespace efface {
namespace {

constexpr uint8_t kExtension = 0x21, kImage = 0x2C, kTrailer = 0x3B;

// Bytes of the colour table that `packed` announces.
size_t ColorTable(uint64_t packed) {
  return (packed & 0x80) != 0 ? size_t{3} << ((packed & 7) + 1) : 0;
}

// After the sub-blocks that begin at `at`; nullopt where they are cut off.
std::optional<size_t> SkipSubBlocks(ByteView file, size_t at) {
  while (at < file.size()) {
    const size_t size = file[at];
    at += 1 + size;
    if (size == 0) return at;
  }
  return std::nullopt;
}

// What an extension holds; empty where it belongs to the picture. `payload`: after the label.
std::string_view NameOf(uint64_t label, ByteView payload) {
  switch (label) {
    case 0xF9:
      return "";  // transparency
    case 0xFE:
      return "comment";
    case 0x01:
      return "text";
    case 0xFF:
      // The loop count of an animation says nothing.
      if (HasText(payload, 1, "NETSCAPE2.0") || HasText(payload, 1, "ANIMEXTS1.0")) return "";
      return HasText(payload, 1, "XMP DataXMP") ? "xmp" : "application-extension";
    default:
      return "unknown-chunk";
  }
}

}  // namespace

void ScanGif(ByteView file, Findings& findings, bool animated) {
  const auto packed = ReadUint(file, 10, 1, Endian::kLittle);
  if (!packed) return;
  size_t at = std::min(13 + ColorTable(*packed), file.size());
  int images = 0;
  while (at < file.size()) {
    const uint8_t kind = file[at];
    if (kind == kTrailer) {
      ++at;
      break;
    }
    std::optional<size_t> end;
    if (kind == kExtension) {
      end = SkipSubBlocks(file, at + 2);
      const std::string_view what = end ? NameOf(file[at + 1], file.subspan(at + 2)) : "";
      if (!what.empty()) findings.Add(what, file.subspan(at, *end - at));
    } else if (kind == kImage) {
      const auto local = ReadUint(file, at + 9, 1, Endian::kLittle);
      if (local) end = SkipSubBlocks(file, at + 11 + ColorTable(*local));  // 10: LZW code size
      if (!end && images == 0) return;                                     // the picture is cut off
      if (end && ++images > 1 && !animated) findings.Add("animation", file.subspan(at, *end - at));
    }
    if (!end) break;
    at = *end;
  }
  ScanTrailing(file.subspan(at), false, findings);
}

}  // namespace efface
