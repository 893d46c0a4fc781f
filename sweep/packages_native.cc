// go.mod, go.sum; conanfile.txt, conanfile.py, conan.lock; dpkg's status and control files;
// Podfile, Podfile.lock; vcpkg.json.
#include "sweep/packages.h"
#include "sweep/packages_json.h"
#include "sweep/text_lines.h"

namespace sweep {
namespace {

using Uses = std::vector<PackageUse>;

void Go(std::string_view text, bool sum, Uses& uses) {
  EachLine(text, [&](std::string_view line, size_t offset) {
    std::string_view rest = Trimmed(line);
    if (!sum)
      for (const std::string_view word : {"require ", "module ", "replace "})
        if (rest.starts_with(word)) rest = Trimmed(rest.substr(word.size()));
    const std::string_view name = rest.substr(0, rest.find_first_of(" \t"));
    if (name.find('.') != std::string_view::npos && name.find('/') != std::string_view::npos &&
        !name.starts_with("//"))
      uses.push_back({Ecosystem::kGo, std::string(name), offset});
  });
}

// "name/1.2@user/channel"
void ConanReference(std::string_view reference, size_t offset, Uses& uses) {
  reference = Trimmed(reference);
  const std::string_view name = Run(reference, kNameCharacters);
  if (!name.empty() && reference.substr(name.size()).starts_with('/'))
    uses.push_back({Ecosystem::kConan, std::string(name), offset});
}

void ConanText(std::string_view text, Uses& uses) {
  bool listed = false;
  EachLine(text, [&](std::string_view line, size_t offset) {
    if (line.starts_with('[')) listed = line.find("requires") != std::string_view::npos;
    if (listed) ConanReference(line, offset, uses);
  });
}

void ConanPython(std::string_view text, Uses& uses) {
  bool listed = false;
  EachLine(text, [&](std::string_view line, size_t offset) {
    const std::string_view code = Trimmed(line);
    if (code.starts_with('#')) return;
    if (code.find("requires") != std::string_view::npos) listed = true;
    if (listed)
      for (size_t at = 0; at < line.size();) {
        const std::string_view quoted = Quoted(line.substr(at));
        if (quoted.data() == nullptr) break;
        at = static_cast<size_t>(quoted.data() - line.data()) + quoted.size() + 1;
        ConanReference(quoted, offset, uses);
      }
    // A list goes on to the next line while it isn't closed.
    if (!code.ends_with(',') && !code.ends_with('(') && !code.ends_with('[') &&
        !code.ends_with('='))
      listed = false;
  });
}

void Debian(std::string_view text, Uses& uses) {
  bool listed = false, removed = false;
  size_t name_at = 0;
  std::string package;
  const auto flush = [&] {
    if (!package.empty() && !removed) uses.push_back({Ecosystem::kDebian, package, name_at});
    package.clear();
    removed = false;
  };
  const auto list = [&](std::string_view names, size_t offset) {
    for (size_t at = 0; at <= names.size();) {
      const size_t end = std::min(names.find_first_of(",|", at), names.size());
      const std::string_view name =
          Run(Trimmed(names.substr(at, end - at)), "abcdefghijklmnopqrstuvwxyz0123456789+-.");
      if (!name.empty()) uses.push_back({Ecosystem::kDebian, std::string(name), offset});
      at = end + 1;
    }
  };
  EachLine(text, [&](std::string_view line, size_t offset) {
    if (Trimmed(line).empty()) {
      flush();
      listed = false;
      return;
    }
    if (line[0] == ' ' || line[0] == '\t') {
      if (listed) list(line, offset);
      return;
    }
    listed = false;
    if (line.starts_with("Package:")) {
      flush();
      package = std::string(Trimmed(line.substr(8)));
      name_at = offset;
    }
    if (line.starts_with("Status:")) removed = line.find(" installed") == std::string_view::npos;
    for (const std::string_view field : {"Depends:", "Build-Depends:", "Pre-Depends:"}) {
      if (!line.starts_with(field) || removed) continue;
      listed = true;
      list(line.substr(field.size()), offset);
    }
  });
  flush();
}

void Pods(std::string_view text, bool lock, Uses& uses) {
  EachLine(text, [&](std::string_view line, size_t offset) {
    const std::string_view code = Trimmed(line);
    std::string_view name;
    if (!lock && code.starts_with("pod ")) name = Quoted(code);
    if (lock && code.starts_with("- ")) {
      name = Trimmed(code.substr(2));
      if (name.starts_with('"')) name.remove_prefix(1);
      name = name.substr(0, name.find_first_of(" :\"("));
    }
    if (!name.empty()) uses.push_back({Ecosystem::kCocoaPods, std::string(name), offset});
  });
}

}  // namespace

bool ReadNativePackages(std::string_view path, std::string_view base, std::string_view text,
                        Uses& uses) {
  if (base == "go.mod" || base == "go.sum") return Go(text, base == "go.sum", uses), true;
  if (base == "conanfile.txt") return ConanText(text, uses), true;
  if (base == "conanfile.py") return ConanPython(text, uses), true;
  if (base == "conan.lock") {
    EachJsonKey(text,
                [&](std::string_view, std::string_view key, std::string_view value, size_t offset) {
                  if (key.empty() || key == "ref") ConanReference(value, offset, uses);
                });
    return true;
  }
  if ((base == "status" && path.ends_with("dpkg/status")) ||
      path.find("dpkg/status.d/") != std::string_view::npos ||
      (base == "control" && (path.ends_with("debian/control") || path.ends_with("!control") ||
                             path.ends_with("DEBIAN/control") || path.ends_with("./control"))))
    return Debian(text, uses), true;
  if (base == "podfile") return Pods(text, false, uses), true;
  if (base == "podfile.lock") return Pods(text, true, uses), true;
  return false;
}

}  // namespace sweep
