// Reading manifests and lock files of all kinds: the first byte says whose name the rest gets.
#include "sweep/kinds.h"
#include "sweep/packages.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static constexpr std::string_view kNames[] = {"requirements.txt",
                                                "a-1.dist-info/METADATA",
                                                "Pipfile.lock",
                                                "poetry.lock",
                                                "pyproject.toml",
                                                "setup.cfg",
                                                "setup.py",
                                                "environment.yml",
                                                "package.json",
                                                "package-lock.json",
                                                "yarn.lock",
                                                "pnpm-lock.yaml",
                                                "pom.xml",
                                                "pom.properties",
                                                "build.gradle",
                                                "gradle.lockfile",
                                                "libs.versions.toml",
                                                "a.csproj",
                                                "packages.config",
                                                "packages.lock.json",
                                                "a.deps.json",
                                                "go.mod",
                                                "go.sum",
                                                "Cargo.toml",
                                                "conanfile.txt",
                                                "conanfile.py",
                                                "conan.lock",
                                                "dpkg/status",
                                                "debian/control",
                                                "Podfile",
                                                "Podfile.lock"};
  if (size == 0) return 0;
  const std::string_view name = kNames[data[0] % std::size(kNames)];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  for (const auto& use : sweep::ReadPackages(name, text))
    if (use.offset > text.size()) __builtin_trap();
  for (const auto comments :
       {sweep::Comments::kSlashes, sweep::Comments::kPython, sweep::Comments::kXml})
    sweep::InComment(text, text.size() / 2, comments);
  return 0;
}
