// MP4 and QuickTime (ISO/IEC 14496-12; QuickTime File Format): every box that is not the clip's own
// structure.
#include <algorithm>
#include <array>

#include "efface/scrub/walk_clip.h"

namespace efface {
namespace {

constexpr std::string_view kXmpUuid =
    "\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC";
constexpr std::string_view kSphericalUuid =
    "\xFF\xCC\x82\x63\xF8\x55\x4A\x93\x88\x14\x58\x7A\x02\x52\x1F\xDD";
constexpr std::string_view kC2paUuid =
    "\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81";

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// What a box that is no part of the clip's structure holds.
std::string_view NameOf(std::string_view type, ByteView payload) {
  if (IsOneOf(type, {"udta", "meta", "keys", "ilst", "cprt", "kmat", "ctab", "prft"})) {
    return "metadata";
  }
  if (type == "uuid") {
    if (HasText(payload, 0, kXmpUuid)) return "xmp";
    if (HasText(payload, 0, kSphericalUuid)) return "projection";
    if (HasText(payload, 0, kC2paUuid)) return "jumbf";
  }
  if (type == "jumb") return "jumbf";
  if (type == "emsg") return "data-track";
  return "unknown-box";
}

}  // namespace

absl::Status ScanMp4(ClipFile& file, Findings& findings) {
  uint64_t at = 0;
  while (at < file.size()) {
    const auto small = file.Uint(at, 4, Endian::kBig);
    const ByteView name = file.Peek(at + 4, 4);
    if (!small || name.size() < 4) break;
    const std::string type(name.begin(), name.end());
    uint64_t header = 8, size = *small;
    if (size == 1) {
      size = file.Uint(at + 8, 8, Endian::kBig).value_or(0);
      header = 16;
    }
    if (size == 0) size = file.size() - at;
    if (size < header || size > file.size() - at) break;
    if (IsOneOf(type, {"free", "skip", "wide"})) {
      if (!file.IsZero(at + header, size - header)) {
        findings.AddAt("gap-bytes", {at + header, size - header});
      }
    } else if (!IsOneOf(type, {"ftyp", "styp", "mdat", "moov", "moof", "sidx", "mfra"})) {
      const ByteView start =
          file.Peek(at + header, static_cast<size_t>(std::min<uint64_t>(16, size - header)));
      findings.AddAt(NameOf(type, start), {at, size});
    }
    at += size;
  }
  if (at < file.size()) findings.AddAt("trailing-bytes", {at, file.size() - at});
  return file.status();
}

}  // namespace efface
