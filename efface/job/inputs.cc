#include "efface/job/inputs.h"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/file.h"

namespace efface {
namespace {

namespace fs = std::filesystem;

using FileId = std::pair<dev_t, ino_t>;

std::optional<FileId> IdOf(const fs::path& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return std::nullopt;
  return FileId{info.st_dev, info.st_ino};
}

bool IsSidecarEnding(const std::string& ending) {
  return ending == "xmp" || ending == "aae" || ending == "mov" || ending == "mp4";
}

class Lister {
 public:
  Lister(Inputs& inputs, const std::optional<fs::path>& output_dir, const std::string& ending)
      : inputs_(inputs),
        output_dir_(output_dir),
        ending_(ending),
        output_id_(output_dir ? IdOf(*output_dir) : std::nullopt) {}

  void Add(const fs::path& path) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) {
      inputs_.failures.push_back({path, "there is no such file or folder"});
    } else if (error) {
      inputs_.failures.push_back({path, absl::StrCat("cannot be looked at: ", error.message())});
    } else if (fs::is_directory(status)) {
      AddFolder(path);
    } else {
      const fs::path output =
          output_dir_ ? *output_dir_ / path.filename()
                      : path.parent_path() /
                            fs::path(path.stem()).concat(ending_).concat(path.extension().native());
      AddFile({path, output, {}});
    }
  }

 private:
  void AddFolder(const fs::path& folder) {
    fs::path root;
    if (output_dir_) {
      root = *output_dir_;
    } else {
      std::error_code error;
      fs::path whole = fs::absolute(folder, error).lexically_normal();
      if (!whole.has_filename()) whole = whole.parent_path();  // "photos/" is "photos"
      root = whole.parent_path() / fs::path(whole.filename()).concat(ending_);
    }
    inputs_.root = root;
    const size_t before = inputs_.files.size() + inputs_.failures.size();
    entered_.clear();
    Walk(folder, root, {});
    if (inputs_.files.size() + inputs_.failures.size() == before) {
      inputs_.notices.push_back({folder, "holds no files to redact"});
    }
  }

  void Walk(const fs::path& folder, const fs::path& root, const fs::path& inside) {
    const std::optional<FileId> id = IdOf(folder);
    if (!id || id == output_id_ || !entered_.insert(*id).second) return;
    std::error_code error;
    std::vector<fs::path> entries;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
      entries.push_back(it->path());
    }
    if (error) {
      inputs_.failures.push_back(
          {folder, absl::StrCat("the folder cannot be read: ", error.message())});
      return;
    }
    std::sort(entries.begin(), entries.end());

    // Looking for each name that a sidecar could have takes longer than it should where there is
    // none.
    const bool beside = std::any_of(entries.begin(), entries.end(), [](const fs::path& entry) {
      return IsSidecarEnding(LowerEnding(entry));
    });
    std::set<fs::path> sidecars;
    for (const fs::path& entry : entries) {
      if (!beside || IsSidecarEnding(LowerEnding(entry))) continue;
      for (fs::path& sidecar : SidecarsOf(entry)) sidecars.insert(std::move(sidecar));
    }
    for (const fs::path& entry : entries) {
      const fs::file_status status = fs::status(entry, error);
      if (fs::is_directory(status)) {
        Walk(entry, root, inside / entry.filename());
      } else if (sidecars.contains(entry)) {
        inputs_.notices.push_back({entry, "belongs to a photo and is not copied"});
      } else if (status.type() == fs::file_type::not_found || error) {
        inputs_.failures.push_back(
            {entry, error && status.type() != fs::file_type::not_found
                        ? absl::StrCat("cannot be looked at: ", error.message())
                        : "is a link to nothing"});
      } else if (!absl::EndsWith(entry.native(), kRecordEnding)) {
        AddFile({entry, root / inside / entry.filename(), inside, false, beside});
      }
    }
  }

  void AddFile(Input input) {
    std::error_code error;
    const fs::path key = fs::absolute(input.output, error).lexically_normal();
    const auto [it, is_new] = outputs_.emplace(key, input.path);
    if (is_new) {
      inputs_.files.push_back(std::move(input));
    } else if (it->second.lexically_normal() != input.path.lexically_normal()) {
      inputs_.failures.push_back(
          {input.path, absl::StrCat("its result would have the same name as that of ",
                                    DisplayName(it->second), ": give them different folders")});
    }
  }

  Inputs& inputs_;
  const std::optional<fs::path>& output_dir_;
  const std::string& ending_;
  std::optional<FileId> output_id_;
  std::set<FileId> entered_;              // folders of the tree being walked
  std::map<fs::path, fs::path> outputs_;  // output to input
};

}  // namespace

Inputs ListInputs(const std::vector<fs::path>& paths, const std::optional<fs::path>& output_dir,
                  const std::string& ending) {
  Inputs inputs;
  Lister lister(inputs, output_dir, ending);
  for (const fs::path& path : paths) lister.Add(path);
  if (output_dir)
    inputs.root = output_dir;
  else if (paths.size() != 1)
    inputs.root.reset();
  return inputs;
}

std::vector<fs::path> SidecarsOf(const fs::path& photo) {
  static constexpr std::string_view kEndings[] = {".xmp", ".XMP", ".aae", ".AAE",
                                                  ".mov", ".MOV", ".mp4", ".MP4"};
  static const std::set<std::string> kPhotoEndings = {"jpg", "jpeg", "heic", "heif", "avif", "png",
                                                      "tif", "tiff", "webp", "bmp",  "gif"};
  std::vector<fs::path> found;
  if (!kPhotoEndings.contains(LowerEnding(photo))) return found;
  const fs::path folder = photo.parent_path();
  for (const std::string_view ending : kEndings) {
    for (const fs::path& stem : {photo.stem(), photo.filename()}) {
      const fs::path sidecar = folder / fs::path(stem).concat(ending);
      std::error_code error;
      if (fs::is_regular_file(sidecar, error)) found.push_back(sidecar);
    }
  }
  return found;
}

std::string SidecarKind(const fs::path& sidecar) {
  const std::string ending = LowerEnding(sidecar);
  return ending == "xmp" ? "sidecar-xmp" : ending == "aae" ? "sidecar-aae" : "sidecar-clip";
}

std::string LowerEnding(const fs::path& path) {
  std::string ending = path.extension().native();
  if (!ending.empty()) ending.erase(0, 1);
  for (char& c : ending) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return ending;
}

}  // namespace efface
