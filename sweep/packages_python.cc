// requirements.txt, constraints, Pipfile(.lock), poetry.lock, uv.lock, pdm.lock, pyproject.toml,
// setup.cfg, setup.py, environment.yml, *.dist-info/METADATA, PKG-INFO; and Cargo's files, which
// are TOML too.
#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include "sweep/packages.h"
#include "sweep/packages_json.h"
#include "sweep/packages_toml.h"
#include "sweep/text_lines.h"

namespace sweep {
namespace {

// The name at the start of a requirement like "face_recognition[extra]>=1.3 ; python_version >
// '3'"; empty: none.
std::string_view Requirement(std::string_view line) {
  line = Trimmed(line);
  const std::string_view name = Run(line, kNameCharacters);
  if (name.empty() || !absl::ascii_isalnum(static_cast<unsigned char>(name[0]))) return {};
  const std::string_view rest = Trimmed(line.substr(name.size()));
  if (!rest.empty() && std::string_view("=<>!~[;@#(,").find(rest[0]) == std::string_view::npos)
    return {};
  return name;
}

void Add(std::vector<PackageUse>& uses, Ecosystem ecosystem, std::string_view name, size_t offset) {
  if (!name.empty()) uses.push_back({ecosystem, std::string(name), offset});
}

// `name: "=2.2"` in a table of dependencies
bool IsDependencyTable(std::string_view path) {
  return path.ends_with("dependencies.") || path.ends_with("packages.");
}

}  // namespace

bool ReadPythonPackages(std::string_view path, std::string_view base, std::string_view text,
                        std::vector<PackageUse>& uses) {
  const auto python = [&](std::string_view name, size_t offset) {
    Add(uses, Ecosystem::kPyPi, name, offset);
  };
  if ((base.starts_with("requirements") || base.starts_with("constraints") ||
       path.find("requirements/") != std::string_view::npos) &&
      (base.ends_with(".txt") || base.ends_with(".in"))) {
    EachLine(text, [&](std::string_view line, size_t offset) {
      const std::string_view name = Requirement(line);
      if (!name.empty()) python(name, offset + static_cast<size_t>(name.data() - line.data()));
    });
    return true;
  }
  if (base == "metadata" ? path.ends_with(".dist-info/METADATA") : base == "pkg-info") {
    bool header = true;
    EachLine(text, [&](std::string_view line, size_t offset) {
      if (line.empty()) header = false;
      if (!header) return;
      if (line.starts_with("Name:")) python(Trimmed(line.substr(5)), offset);
      // What an extra asks for isn't there unless it is installed, and then it has metadata of its
      // own.
      if (line.starts_with("Requires-Dist:") && line.find("extra ==") == std::string_view::npos)
        python(Requirement(line.substr(14)), offset);
    });
    return true;
  }
  if (base == "pipfile.lock") {
    EachJsonKey(text,
                [&](std::string_view where, std::string_view key, std::string_view, size_t offset) {
                  if (where == "default." || where == "develop.") python(key, offset);
                });
    return true;
  }
  if (base == "poetry.lock" || base == "uv.lock" || base == "pdm.lock" || base == "pylock.toml") {
    EachTomlKey(text, [&](std::string_view where, std::string_view key, std::string_view value,
                          size_t offset) {
      if ((where == "package." || where == "packages.") && key == "name") python(value, offset);
    });
    return true;
  }
  if (base == "pyproject.toml" || base == "pipfile") {
    EachTomlKey(text, [&](std::string_view where, std::string_view key, std::string_view value,
                          size_t offset) {
      const bool list =
          where == "project.dependencies." || where.starts_with("project.optional-dependencies.") ||
          where.starts_with("dependency-groups.") || where == "build-system.requires.";
      if (list && key.empty()) python(Requirement(value), offset);
      if (where == "project." && key == "name") python(value, offset);
      if (where == "tool.poetry." && key == "name") python(value, offset);
      if (where.starts_with("tool.poetry.") && where.ends_with("dependencies.") && !key.empty())
        python(key, offset);
      if (base == "pipfile" && (where == "packages." || where == "dev-packages.") && !key.empty())
        python(key, offset);
    });
    return true;
  }
  if (base == "setup.cfg") {
    bool requires_list = false;
    EachLine(text, [&](std::string_view line, size_t offset) {
      if (line.empty()) return;
      const bool indented = line[0] == ' ' || line[0] == '\t';
      if (!indented) {
        requires_list = line.starts_with("install_requires") || line.starts_with("tests_require");
        const size_t equals = line.find('=');
        if (requires_list && equals != std::string_view::npos)
          python(Requirement(line.substr(equals + 1)), offset);
      } else if (requires_list) {
        python(Requirement(line), offset);
      }
    });
    return true;
  }
  if (base == "setup.py") {
    const size_t begin = text.find("install_requires");
    if (begin == std::string_view::npos) return true;
    const size_t end = std::min(text.find(']', begin), text.size());
    for (size_t at = begin; at < end;) {
      const std::string_view quoted = Quoted(text.substr(at, end - at));
      if (quoted.data() == nullptr) break;
      at = static_cast<size_t>(quoted.data() - text.data());
      python(Requirement(quoted), at);
      at += quoted.size() + 1;
    }
    return true;
  }
  if (base == "environment.yml" || base == "environment.yaml" || base == "conda.yaml") {
    EachLine(text, [&](std::string_view line, size_t offset) {
      const std::string_view item = Trimmed(line);
      if (item.starts_with("- ")) python(Requirement(item.substr(2)), offset);
    });
    return true;
  }
  if (base == "cargo.toml" || base == "cargo.lock") {
    EachTomlKey(text, [&](std::string_view where, std::string_view key, std::string_view value,
                          size_t offset) {
      if (where == "package." && key == "name") Add(uses, Ecosystem::kCargo, value, offset);
      if (base == "cargo.toml" && IsDependencyTable(where) && !key.empty() &&
          !where.starts_with("package.metadata."))
        Add(uses, Ecosystem::kCargo, key, offset);
      if (key == "package" && where.find("dependencies.") != std::string_view::npos)
        Add(uses, Ecosystem::kCargo, value, offset);
    });
    return true;
  }
  return false;
}

}  // namespace sweep
