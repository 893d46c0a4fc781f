#include "sweep/packages.h"

#include <absl/strings/ascii.h>

#include "sweep/kinds.h"

namespace sweep {
namespace {

constexpr PackageReader kReaders[] = {ReadPythonPackages, ReadNpmPackages, ReadJavaPackages,
                                      ReadNuGetPackages, ReadNativePackages};

std::string Small(std::string_view text) {
  return absl::AsciiStrToLower(absl::string_view(text.data(), text.size()));
}

}  // namespace

std::string NormalName(Ecosystem ecosystem, std::string_view name) {
  if (ecosystem == Ecosystem::kMaven || ecosystem == Ecosystem::kGo ||
      ecosystem == Ecosystem::kCocoaPods)
    return std::string(name);
  std::string normal = Small(name);
  if (ecosystem == Ecosystem::kCargo) std::replace(normal.begin(), normal.end(), '_', '-');
  if (ecosystem != Ecosystem::kPyPi) return normal;
  std::string joined;
  for (const char c : normal) {
    const bool dash = c == '-' || c == '_' || c == '.';
    if (!dash || !joined.ends_with('-')) joined += dash ? '-' : c;
  }
  return joined;
}

bool IsManifest(std::string_view path) {
  std::vector<PackageUse> none;
  const std::string base = Small(BaseName(path));
  for (const auto reader : kReaders)
    if (reader(path, base, "", none)) return true;
  return false;
}

std::vector<PackageUse> ReadPackages(std::string_view path, std::string_view text) {
  std::vector<PackageUse> uses;
  const std::string base = Small(BaseName(path));
  for (const auto reader : kReaders)
    if (reader(path, base, text, uses)) break;
  for (PackageUse& use : uses) {
    use.name = NormalName(use.ecosystem, use.name);
    use.offset = std::min(use.offset, text.size());
  }
  return uses;
}

}  // namespace sweep
