// Reads and writes the little of EXIF (CIPA DC-008) that Efface looks at, from the TIFF structure
// that begins with "II*\0" or "MM\0*". Hostile input is safe: reads are bounded, loops end.
#ifndef EFFACE_BASE_EXIF_H_
#define EFFACE_BASE_EXIF_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace efface {

struct ExifEntry {
  int ifd = 0;  // 0 the picture, 1 the thumbnail, 2 Exif, 3 GPS, 4 interoperability
  uint16_t tag = 0;
  uint16_t type = 0;  // TIFF 6.0 field type
  ByteView value;     // its bytes within the input; empty where they would pass the end
};

// What Efface may keep of EXIF.
struct KeptExif {
  int orientation = 1;      // 1..8
  double x_resolution = 0;  // pixels a unit; 0: none
  double y_resolution = 0;
  int resolution_unit = 2;         // 2 inch, 3 centimetre
  std::string date_time_original;  // "YYYY:MM:DD HH:MM:SS", or empty
};

// All entries of all IFDs, in file order; at most 4,096. Empty where `tiff` is not EXIF.
std::vector<ExifEntry> ExifEntries(ByteView tiff);

// Integer value of an entry of type BYTE, SHORT or LONG; nullopt otherwise.
std::optional<uint64_t> ExifInteger(ByteView tiff, const ExifEntry& entry);

// Bytes of the embedded thumbnail, where there is one.
std::optional<ByteView> ExifThumbnail(ByteView tiff);

// Fields outside their range read as their defaults; a date that is not of the form above as empty.
KeptExif ReadKeptExif(ByteView tiff);

// The TIFF structure holding `kept` and nothing else; empty where `kept` says nothing beyond the
// defaults.
Bytes WriteKeptExif(const KeptExif& kept);

}  // namespace efface

#endif  // EFFACE_BASE_EXIF_H_
