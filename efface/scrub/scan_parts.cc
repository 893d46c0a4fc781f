// Structures that stand in several containers: EXIF, Photoshop's resources, XMP.
#include <array>
#include <string_view>

#include "base/exif.h"
#include "efface/scrub/walk.h"

namespace efface {
namespace {

enum Ifd { kPicture = 0, kExif = 2, kGps = 3 };

// Bytes of the directory that are neither entries nor their values, each.
constexpr size_t kHeaderBytes = 8, kIfdBytes = 6;
// A block that says only what is kept may be this much larger than its entries need.
constexpr size_t kSlack = 16;

bool IsKept(const ExifEntry& entry, const ScanOptions& options) {
  switch (entry.ifd) {
    case kPicture:
      return entry.tag == 0x0112 || entry.tag == 0x011A || entry.tag == 0x011B ||  // orientation,
             entry.tag == 0x0128 || entry.tag == 0x8769 ||  // resolution, the Exif directory itself
             (options.keep.gps && entry.tag == 0x8825);     // and that of GPS
    case kExif:
      return options.keep.date && entry.tag == 0x9003;  // DateTimeOriginal
    case kGps:
      return options.keep.gps && entry.tag <= 6;  // version, latitude, longitude, altitude
    default:
      return false;
  }
}

size_t SizeOf(const ExifEntry& entry) {
  return 12 + (entry.value.size() > 4 ? entry.value.size() : 0);
}

}  // namespace

void ScanExif(ByteView tiff, ByteView whole, Findings& findings) {
  size_t all = kHeaderBytes;
  std::vector<ExifEntry> position;
  ByteView maker_note;
  bool all_kept = true;
  std::array<bool, 5> met = {};
  for (const ExifEntry& entry : ExifEntries(tiff)) {
    all += SizeOf(entry);
    all_kept = all_kept && IsKept(entry, findings.options());
    if (entry.ifd == kGps && !IsKept(entry, findings.options())) position.push_back(entry);
    if (entry.ifd == kExif && entry.tag == 0x927C) maker_note = entry.value;
    bool& seen = met.at(static_cast<size_t>(entry.ifd));
    if (!seen) all += kIfdBytes;
    seen = true;
  }
  if (all_kept && met[kPicture] && tiff.size() <= all + kSlack) return;
  findings.Add("exif", whole);
  findings.Add("exif-thumbnail", ExifThumbnail(tiff).value_or(ByteView()));
  for (const ExifEntry& entry : position) {
    findings.Add("exif-gps", SizeOf(entry));
    findings.Place("exif-gps", entry.value);
  }
  findings.Add("exif-maker-note", maker_note);
}

void ScanPhotoshop(ByteView resources, Findings& findings) {
  // "8BIM", number (2), name (Pascal string, padded to even), size (4), data (padded to even).
  size_t at = 0;
  while (HasText(resources, at, "8BIM")) {
    const auto number = ReadUint(resources, at + 4, 2, Endian::kBig);
    const auto name = ReadUint(resources, at + 6, 1, Endian::kBig);
    if (!number || !name) return;
    const size_t size_at = at + 6 + ((1 + *name + 1) & ~size_t{1});
    const auto size = ReadUint(resources, size_at, 4, Endian::kBig);
    const auto data = size ? Slice(resources, size_at + 4, *size) : std::nullopt;
    if (!data) return;
    switch (*number) {
      case 0x0404:
        findings.Add("iptc", *data);
        break;
      case 0x0409:
      case 0x040C:
        findings.Add("thumbnail", *data);
        break;
      case 0x0422:
      case 0x0423:
        findings.Add("exif", *data);
        break;
      case 0x0424:
        findings.Add("xmp", *data);
        break;
      default:
        break;
    }
    at = size_at + 4 + ((*size + 1) & ~size_t{1});
  }
}

bool SaysGainMap(ByteView xmp) {
  const std::string_view text(reinterpret_cast<const char*>(xmp.data()), xmp.size());
  for (const std::string_view word : {"hdrgm", "HDRGainMap", "GainMap"}) {
    if (text.find(word) != text.npos) return true;
  }
  return false;
}

}  // namespace efface
