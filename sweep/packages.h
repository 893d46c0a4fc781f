// Packages that manifests, lock files and installed metadata name.
#ifndef EFFACE_SWEEP_PACKAGES_H_
#define EFFACE_SWEEP_PACKAGES_H_

#include <string>
#include <string_view>
#include <vector>

#include "sweep/rules.h"

namespace sweep {

struct PackageUse {
  Ecosystem ecosystem;
  std::string name;   // normal, as NormalName gives it; Maven: group:artifact
  size_t offset = 0;  // of the name in the text, or of a place near it
};

// True where `path` has the name of a file that ReadPackages reads.
bool IsManifest(std::string_view path);

// The packages that the file at `path` with content `text` names, in the order of the text. Nothing
// where the name isn't that of a manifest; what is broken in it is skipped.
std::vector<PackageUse> ReadPackages(std::string_view path, std::string_view text);

// As two spellings of one name compare equal: PyPI's runs of -_. are one -, and so on.
std::string NormalName(Ecosystem ecosystem, std::string_view name);

// One reader for each family (packages_x.cc). `base` is the file's name in small letters. They
// append what they find, and return false where the name isn't theirs.
using PackageReader = bool (*)(std::string_view path, std::string_view base, std::string_view text,
                               std::vector<PackageUse>& uses);
bool ReadPythonPackages(std::string_view path, std::string_view base, std::string_view text,
                        std::vector<PackageUse>& uses);
bool ReadNpmPackages(std::string_view path, std::string_view base, std::string_view text,
                     std::vector<PackageUse>& uses);
bool ReadJavaPackages(std::string_view path, std::string_view base, std::string_view text,
                      std::vector<PackageUse>& uses);
bool ReadNuGetPackages(std::string_view path, std::string_view base, std::string_view text,
                       std::vector<PackageUse>& uses);
bool ReadNativePackages(std::string_view path, std::string_view base, std::string_view text,
                        std::vector<PackageUse>& uses);

}  // namespace sweep

#endif  // EFFACE_SWEEP_PACKAGES_H_
