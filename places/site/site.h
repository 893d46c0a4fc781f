// The register as a static site: pages, style, script and data as files that need no server and
// fetch nothing from elsewhere. Same register and day, same bytes.
#ifndef PLACES_SITE_SITE_H_
#define PLACES_SITE_SITE_H_

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "places/register/register.h"

namespace places {

struct SiteFile {
  std::string path;  // within the site, '/' between folders: "places/us-ma-boston.html"
  std::string bytes;
};

// Every file of the site. `as_of`: the day whose law is shown; what was adopted later is left out.
std::vector<SiteFile> MakeSite(const Register& reg, Day as_of);

// Puts `files` into `folder`, with a list of them (kSiteList), so that it appears whole or not at
// all: they are written to a hidden folder beside it, which then takes its name in one step. What
// is there already must be an empty folder or an earlier site, all of whose files its list names;
// FailedPrecondition with a sentence that says what is in the way otherwise. The folder above
// `folder` must exist. Sentences begin with what is wrong, and name the folder.
absl::Status PublishSite(const std::vector<SiteFile>& files, const std::filesystem::path& folder);

inline constexpr char kSiteList[] = "efface-places-site.json";

}  // namespace places

#endif  // PLACES_SITE_SITE_H_
