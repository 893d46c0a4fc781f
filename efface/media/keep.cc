#include "efface/media/keep.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace efface {
namespace {

// Keep's members by name.
constexpr std::array kMembers = {&Keep::icc, &Keep::orientation, &Keep::resolution, &Keep::date,
                                 &Keep::gps};
static_assert(kMembers.size() == std::size(kKeepNames));

}  // namespace

absl::StatusOr<Keep> ParseKeep(const std::vector<std::string>& names) {
  Keep keep;
  for (const std::string& name : names) {
    if (name == "none") keep = kKeepNothing;
  }
  keep.orientation = true;
  for (const std::string& name : names) {
    bool known = name == "none" || name == "default";
    for (size_t i = 0; i < kMembers.size(); ++i) {
      if (name != kKeepNames[i]) continue;
      keep.*kMembers[i] = known = true;
    }
    if (!known) {
      return absl::InvalidArgumentError(absl::StrCat(
          "'", name, "' is none of ", absl::StrJoin(kKeepNames, ", "), ", default and none"));
    }
  }
  return keep;
}

std::vector<std::string> NamesOf(const Keep& keep) {
  std::vector<std::string> names;
  for (size_t i = 0; i < kMembers.size(); ++i) {
    if (keep.*kMembers[i]) names.emplace_back(kKeepNames[i]);
  }
  return names;
}

KeptExif Chosen(KeptExif exif, const Keep& keep, Keep& kept) {
  if (!keep.resolution) exif.x_resolution = exif.y_resolution = 0;
  if (!keep.date) exif.date_time_original.clear();
  if (!keep.gps) exif.position.reset();
  kept.orientation |= exif.orientation != 1;
  kept.resolution |= exif.x_resolution > 0 && exif.y_resolution > 0;
  kept.date |= !exif.date_time_original.empty();
  kept.gps |= exif.position.has_value();
  return exif;
}

}  // namespace efface
