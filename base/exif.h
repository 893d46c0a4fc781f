// Reads and writes the little of EXIF (CIPA DC-008) that Efface looks at, from the TIFF structure
// that begins with "II*\0" or "MM\0*". Hostile input is safe: reads are bounded, loops end.
#ifndef EFFACE_BASE_EXIF_H_
#define EFFACE_BASE_EXIF_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace efface {

struct ExifEntry {
  int ifd = 0;  // 0 the picture, 1 the thumbnail, 2 Exif, 3 GPS, 4 interoperability
  uint16_t tag = 0;
  uint16_t type = 0;  // TIFF 6.0 field type
  ByteView value;     // its bytes within the input; empty where they would pass the end
};

// A place on Earth.
struct Position {
  double latitude = 0;             // degrees, north positive, -90..90
  double longitude = 0;            // degrees, east positive, -180..180
  std::optional<double> altitude;  // metres above the sea, within 100 km of it
};

// What Efface may keep of EXIF.
struct KeptExif {
  int orientation = 1;      // 1..8
  double x_resolution = 0;  // pixels a unit; 0: none
  double y_resolution = 0;
  int resolution_unit = 2;         // 2 inch, 3 centimetre
  std::string date_time_original;  // "YYYY:MM:DD HH:MM:SS", or empty
  std::optional<Position> position;
};

// All entries of all IFDs, in file order; at most 4,096. Empty where `tiff` is not EXIF.
std::vector<ExifEntry> ExifEntries(ByteView tiff);

// Integer value of an entry of type BYTE, SHORT or LONG; nullopt otherwise.
std::optional<uint64_t> ExifInteger(ByteView tiff, const ExifEntry& entry);

// Bytes of the embedded thumbnail, where there is one.
std::optional<ByteView> ExifThumbnail(ByteView tiff);

// Fields outside their range read as their defaults; a date that is not of the form above as empty,
// a position that is not whole and in its ranges as none.
KeptExif ReadKeptExif(ByteView tiff);

// Whether a text is of a form of 19 letters in which "d" stands for a digit, "dddd:dd:dd dd:dd:dd"
// say: year, month, day, hours, minutes and seconds, each but the year in its range.
bool IsDateOfForm(std::string_view text, std::string_view form);

// Degrees, minutes and seconds, as EXIF and TIFF have them, of an angle >= 0 in degrees.
std::array<double, 3> DegreesOf(double angle);

// The angle that they say, up to `most` degrees; below 0 where `side` is the second of `sides`, as
// in "NS". Nullopt for what is out of range.
std::optional<double> AngleOf(const std::array<double, 3>& degrees, char side,
                              std::string_view sides, double most);

inline constexpr double kMaxAltitude = 100'000;  // metres

// The TIFF structure holding `kept` and nothing else; empty where `kept` says nothing beyond the
// defaults.
Bytes WriteKeptExif(const KeptExif& kept);

}  // namespace efface

#endif  // EFFACE_BASE_EXIF_H_
