// What a written file may carry beside its picture, chosen by name (--keep). Everything else is
// left out, since no writer copies what it doesn't name.
#ifndef EFFACE_MEDIA_KEEP_H_
#define EFFACE_MEDIA_KEEP_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/exif.h"

namespace efface {

// As a choice: what is to be kept. As a report: what a written file carries.
struct Keep {
  bool icc = true;          // the colour profile, written anew (icc.h)
  bool orientation = true;  // how the picture is turned; can't be left out, as it shows upright
  bool resolution = true;   // pixels an inch or centimetre
  bool date = false;        // when the picture was taken, to the second
  bool gps = false;         // where: latitude, longitude, altitude

  bool operator==(const Keep&) const = default;
};

// The report of a file that carries nothing.
inline constexpr Keep kKeepNothing = {.icc = false, .orientation = false, .resolution = false};

// All names, in the order of Keep's members; "none" and "default" are words of the choice alone.
inline constexpr const char* kKeepNames[] = {"icc", "orientation", "resolution", "date", "gps"};

// The choice that `names` make: what they name is added to the default, or with "none" to
// orientation alone. InvalidArgument, with a sentence, for a name that isn't known.
absl::StatusOr<Keep> ParseKeep(const std::vector<std::string>& names);

std::vector<std::string> NamesOf(const Keep& keep);

// What of `exif` goes into a written file; notes it in `kept`.
KeptExif Chosen(KeptExif exif, const Keep& keep, Keep& kept);

}  // namespace efface

#endif  // EFFACE_MEDIA_KEEP_H_
