// Pictures with who is on each of them, from the usual layouts.
#ifndef EFFACE_LINEUP_RUN_PICTURE_SET_H_
#define EFFACE_LINEUP_RUN_PICTURE_SET_H_

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lineup/population.h"
#include "lineup/run/picture.h"

namespace lineup {

struct PictureEntry {
  std::filesystem::path file;
  std::string id;  // its path below the folder, or as the table has it
  std::string person, group;
  std::optional<Box> box;  // the face, where the table knows it
};

struct PictureSet {
  std::vector<PictureEntry> entries;  // in the table's order, or sorted by id
  bool grouped = false;
  bool one_each = false;  // persons aren't known: each picture is taken to be another one's
  std::filesystem::path root;
  std::vector<LeftOut> left_out;
};

// `path` is one of
// - a folder with a folder for each person, by its name (so LFW's own layout);
// - a folder with pictures NAME_0001.jpg, by what stands before the last underscore and its number;
// - a CSV: `file` (or `image`, or `id`), paths below its own folder or below `images` in it;
//   optionally `person` (or `identity`), `group`, and the face's `x`, `y`, `width`, `height` in
//   pixels, all empty where it isn't known. `group_by`: columns that make up the group instead.
// Files whose names don't end in jpg, jpeg, png or bmp, hidden ones, and records (.json) are no
// pictures. Sentences name the file. InvalidArgument for what doesn't fit.
absl::StatusOr<PictureSet> ReadPictureSet(const std::filesystem::path& path,
                                          const std::vector<std::string>& group_by, Flaws flaws);

}  // namespace lineup

#endif  // EFFACE_LINEUP_RUN_PICTURE_SET_H_
