#include "efface/cli/install.h"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace efface {

std::string ModelPath() {
  if (const char* given = std::getenv("EFFACE_MODEL"); given != nullptr && *given != '\0')
    return given;
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  return (program.parent_path().parent_path() / "share/efface/centerface.xml").string();
}

std::string CachePath() {
  // As the XDG Base Directory Specification has it: a relative path is to be ignored.
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/') {
    return std::string(cache) + "/efface";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home == '/')
    return std::string(home) + "/.cache/efface";
  return "";
}

}  // namespace efface
