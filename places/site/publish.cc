// A folder that appears whole or not at all.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "places/site/site.h"

namespace places {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr char kFormat[] = "efface-places-site/1";
constexpr int64_t kMaxList = int64_t{16} << 20;  // bytes

absl::Status Refuse(const fs::path& folder, const std::string& why) {
  return absl::FailedPreconditionError(absl::StrCat(efface::DisplayName(folder), ": ", why));
}

absl::Status Fail(const fs::path& path, int error) {
  return absl::UnavailableError(
      absl::StrCat(efface::DisplayName(path), ": can't be written: ", std::strerror(error)));
}

std::string ListOf(const std::vector<SiteFile>& files) {
  Json list = {{"format", kFormat}, {"files", Json::array()}};
  for (const SiteFile& file : files) list["files"].push_back(file.path);
  list["files"].push_back(kSiteList);
  return list.dump(1) + "\n";
}

// What may be replaced: nothing, an empty folder, or an earlier site without a file that isn't its
// own.
absl::Status CheckReplaceable(const fs::path& folder) {
  std::error_code error;
  const fs::file_status what = fs::symlink_status(folder, error);
  if (what.type() == fs::file_type::not_found) return absl::OkStatus();
  if (what.type() != fs::file_type::directory) return Refuse(folder, "is there, and is no folder");
  if (fs::is_empty(folder, error) && !error) return absl::OkStatus();
  constexpr char kNoSite[] = "is there, and is not a site that efface-places made";
  const auto bytes = efface::ReadFile(folder / kSiteList, kMaxList);
  if (!bytes.ok()) return Refuse(folder, kNoSite);
  const Json list = Json::parse(bytes->begin(), bytes->end(), nullptr, /*allow_exceptions=*/false);
  if (!list.is_object() || list.value("format", Json()) != kFormat) return Refuse(folder, kNoSite);
  std::set<std::string> own;
  const Json paths = list.value("files", Json());
  for (const Json& path : paths)
    if (path.is_string()) own.insert(path.get<std::string>());
  for (auto at = fs::recursive_directory_iterator(folder, error);
       !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const std::string path = at->path().lexically_relative(folder).generic_string();
    if (!own.contains(path) && !(at->is_directory(error) && !at->is_symlink(error)))
      return Refuse(folder, absl::StrCat("holds ", efface::DisplayName(path),
                                         ", which is not of the site; move it away first"));
  }
  return error ? Fail(folder, error.value()) : absl::OkStatus();
}

// Removes a folder of ours unless it was given its name.
class Temporary {
 public:
  explicit Temporary(fs::path path) : path_(std::move(path)) {}
  ~Temporary() {
    std::error_code error;
    fs::remove_all(path_, error);
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

absl::Status Write(const std::vector<SiteFile>& files, const fs::path& folder) {
  for (const SiteFile& file : files) {
    const fs::path path = folder / file.path;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) return Fail(folder, error.value());
    RETURN_IF_ERROR(
        efface::WriteFileWhole(path, efface::AsBytes(file.bytes), efface::Existing::kRefuse));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status PublishSite(const std::vector<SiteFile>& files, const std::filesystem::path& asked) {
  std::error_code error;
  // Through links, so that the new folder lies beside the real one; without a '/' at the end.
  fs::path folder = fs::weakly_canonical(asked, error);
  if (error || !folder.has_filename()) folder = folder.parent_path();
  if (folder.empty() || !folder.has_filename()) return Refuse(asked, "is no folder to write to");
  RETURN_IF_ERROR(CheckReplaceable(folder));

  std::string name =
      (folder.parent_path() / absl::StrCat(".", folder.filename().string(), ".XXXXXX"));
  if (mkdtemp(name.data()) == nullptr) return Fail(asked, errno);
  const Temporary temporary(name);
  const mode_t mask = umask(0);
  umask(mask);
  if (chmod(name.c_str(), 0777 & ~mask) != 0) return Fail(asked, errno);
  RETURN_IF_ERROR(Write(files, temporary.path()));
  RETURN_IF_ERROR(Write({{kSiteList, ListOf(files)}}, temporary.path()));

  // The new folder takes the name in one step. Of an old one the two change places, and what
  // `temporary` names, then the old one, is removed.
  const bool there = fs::exists(folder, error);
  if (renameat2(AT_FDCWD, name.c_str(), AT_FDCWD, folder.c_str(),
                there ? RENAME_EXCHANGE : RENAME_NOREPLACE) != 0)
    return Fail(asked, errno);
  return absl::OkStatus();
}

}  // namespace places
