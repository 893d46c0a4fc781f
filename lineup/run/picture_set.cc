#include "lineup/run/picture_set.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "lineup/csv.h"
#include "lineup/gate.h"

namespace lineup {
namespace {

namespace fs = std::filesystem;
using absl::InvalidArgumentError;
using absl::StrCat;

bool IsPicture(const fs::path& path) {
  const std::string ending = absl::AsciiStrToLower(path.extension().string());
  return path.filename().string().front() != '.' &&
         (ending == ".jpg" || ending == ".jpeg" || ending == ".png" || ending == ".bmp");
}

// "Ada_B_0012" is of "Ada_B"; empty where there is no number.
std::string PersonOfStem(const std::string& stem) {
  const size_t at = stem.rfind('_');
  if (at == std::string::npos || at == 0 || at + 1 == stem.size()) return "";
  for (size_t i = at + 1; i < stem.size(); ++i)
    if (!absl::ascii_isdigit(static_cast<unsigned char>(stem[i]))) return "";
  return stem.substr(0, at);
}

absl::Status FromFolder(const fs::path& folder, PictureSet& set) {
  std::error_code error;
  std::vector<fs::path> files;
  for (auto entry = fs::recursive_directory_iterator(folder, error);
       !error && entry != fs::recursive_directory_iterator(); entry.increment(error))
    if (entry->is_regular_file(error) && IsPicture(entry->path())) files.push_back(entry->path());
  if (error) return absl::UnavailableError(StrCat("cannot be read: ", error.message()));
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    const fs::path below = fs::relative(file, folder, error);
    PictureEntry entry{.file = file, .id = below.generic_string()};
    entry.person =
        below.has_parent_path() ? below.begin()->string() : PersonOfStem(file.stem().string());
    if (entry.person.empty())
      return InvalidArgumentError(
          StrCat("doesn't say who is on ", entry.id,
                 ": name pictures PERSON_0001.jpg, or give a folder for each person, or a CSV"));
    set.entries.push_back(std::move(entry));
  }
  return absl::OkStatus();
}

// The column of one of these names, or -1.
int AnyColumn(const CsvReader& csv, const std::vector<const char*>& names) {
  for (const char* name : names)
    if (csv.Column(name) >= 0) return csv.Column(name);
  return -1;
}

absl::StatusOr<std::optional<Box>> BoxOf(const CsvReader& csv, const std::array<int, 4>& columns) {
  std::array<double, 4> value = {};
  int empty = 0;
  for (size_t i = 0; i < 4; ++i) {
    const std::string_view text = csv.field(columns[i]);
    if (text.empty())
      ++empty;
    else if (!ParseNumber(text, value[i]) || !(std::abs(value[i]) < 1e6))
      return InvalidArgumentError(StrCat(AtLine(csv), "not a place: ", std::string(text)));
  }
  if (empty == 4) return std::optional<Box>();
  if (empty > 0 || value[2] < 1 || value[3] < 1)
    return InvalidArgumentError(
        StrCat(AtLine(csv), "a face's place needs x, y, and a width and height of at least 1"));
  return Box{value[0], value[1], value[2], value[3]};
}

absl::Status FromTable(const fs::path& path, const std::vector<std::string>& group_by, Gate& gate,
                       PictureSet& set) {
  ASSIGN_OR_RETURN(CsvReader csv, CsvReader::Open(path));
  const int file = AnyColumn(csv, {"file", "image", "id"});
  const int person = AnyColumn(csv, {"person", "identity"});
  if (file < 0) return InvalidArgumentError("has no column file (or image, or id)");
  std::vector<int> groups;
  for (const std::string& name : group_by) {
    groups.push_back(csv.Column(name));
    if (groups.back() < 0) return InvalidArgumentError(StrCat("has no column ", name));
  }
  if (groups.empty() && csv.Column("group") >= 0) groups.push_back(csv.Column("group"));
  set.grouped = !groups.empty();
  set.one_each = person < 0;
  const std::array<int, 4> place = {csv.Column("x"), csv.Column("y"), csv.Column("width"),
                                    csv.Column("height")};
  const bool placed = std::all_of(place.begin(), place.end(), [](int c) { return c >= 0; });
  std::set<std::string> seen;
  for (;;) {
    ASSIGN_OR_RETURN(const bool any, csv.Next());
    if (!any) break;
    PictureEntry entry{.id = std::string(csv.field(file))};
    entry.person = person >= 0 ? std::string(csv.field(person)) : entry.id;
    if (entry.id.empty()) return InvalidArgumentError(StrCat(AtLine(csv), "no picture is named"));
    if (entry.person.empty())
      return InvalidArgumentError(StrCat(AtLine(csv), "no person is named"));
    for (const int group : groups) {
      if (csv.field(group).empty())
        return InvalidArgumentError(
            StrCat(AtLine(csv), "no group is named; write unknown where it isn't known"));
      absl::StrAppend(&entry.group, entry.group.empty() ? "" : " ", std::string(csv.field(group)));
    }
    if (!seen.insert(entry.id).second) {
      RETURN_IF_ERROR(gate.Flaw("a picture stands twice in the table",
                                StrCat(entry.id, " in line ", csv.row())));
      continue;
    }
    if (placed) {
      ASSIGN_OR_RETURN(entry.box, BoxOf(csv, place));
    }
    std::error_code error;
    entry.file = path.parent_path() / entry.id;
    if (!fs::exists(entry.file, error)) entry.file = path.parent_path() / "images" / entry.id;
    if (!fs::is_regular_file(entry.file, error)) {
      RETURN_IF_ERROR(gate.Flaw("a picture of the table is missing", entry.id));
      continue;
    }
    set.entries.push_back(std::move(entry));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PictureSet> ReadPictureSet(const fs::path& path,
                                          const std::vector<std::string>& group_by, Flaws flaws) {
  PictureSet set;
  Gate gate(flaws, set.left_out);
  std::error_code error;
  const bool folder = fs::is_directory(path, error);
  set.root = folder ? path : path.parent_path();
  absl::Status status;
  if (folder && !group_by.empty())
    status = InvalidArgumentError("is a folder, and groups need a CSV");
  else
    status = folder ? FromFolder(path, set) : FromTable(path, group_by, gate, set);
  if (status.ok() && set.entries.empty()) status = InvalidArgumentError("holds no picture");
  if (!status.ok())
    return absl::Status(status.code(), StrCat(efface::DisplayName(path), ": ", status.message()));
  return set;
}

}  // namespace lineup
