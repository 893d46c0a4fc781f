// package.json, package-lock.json, npm-shrinkwrap.json, yarn.lock, pnpm-lock.yaml.
#include "sweep/packages.h"
#include "sweep/packages_json.h"
#include "sweep/text_lines.h"

namespace sweep {
namespace {

constexpr std::string_view kModules = "node_modules/";

// "@scope/name@^1.2" or "/name@1.2(peer)" without what comes behind the name
std::string_view BeforeVersion(std::string_view text) {
  if (text.starts_with('/')) text.remove_prefix(1);
  return text.substr(0, text.find('@', 1));
}

}  // namespace

bool ReadNpmPackages(std::string_view, std::string_view base, std::string_view text,
                     std::vector<PackageUse>& uses) {
  const auto add = [&](std::string_view name, size_t offset) {
    if (!name.empty()) uses.push_back({Ecosystem::kNpm, std::string(name), offset});
  };
  if (base == "package.json") {
    EachJsonKey(text, [&](std::string_view where, std::string_view key, std::string_view value,
                          size_t offset) {
      if (where == "dependencies." || where == "devDependencies." ||
          where == "optionalDependencies." || where == "peerDependencies.") {
        add(key, offset);
        if (value.starts_with("npm:")) add(BeforeVersion(value.substr(4)), offset);
      }
      if (where.empty() && key == "name") add(value, offset);
    });
    return true;
  }
  if (base == "package-lock.json" || base == "npm-shrinkwrap.json" ||
      base == ".package-lock.json") {
    EachJsonKey(text,
                [&](std::string_view where, std::string_view key, std::string_view, size_t offset) {
                  const size_t modules = key.rfind(kModules);
                  if (where == "packages." && modules != std::string_view::npos)
                    add(key.substr(modules + kModules.size()), offset);
                  if (where.ends_with("dependencies.") && !where.starts_with("packages."))
                    add(key, offset);  // version 1
                });
    return true;
  }
  if (base == "yarn.lock") {
    EachLine(text, [&](std::string_view line, size_t offset) {
      if (line.empty() || line[0] == ' ' || line[0] == '#' || !line.ends_with(':')) return;
      std::string_view first = line.substr(0, line.find_first_of(",:", 1));
      if (first.starts_with('"')) first.remove_prefix(1);
      const std::string_view name = BeforeVersion(first);
      if (name != "__metadata") add(name, offset);
      const size_t alias = line.find("@npm:");
      if (alias != std::string_view::npos) {
        const std::string_view target = line.substr(alias + 5);
        if (!target.empty() &&
            std::string_view("0123456789^~*<>=v").find(target[0]) == std::string_view::npos)
          add(BeforeVersion(target), offset);
      }
    });
    return true;
  }
  if (base == "pnpm-lock.yaml") {
    bool packages = false;
    EachLine(text, [&](std::string_view line, size_t offset) {
      if (!line.empty() && line[0] != ' ') packages = line == "packages:" || line == "snapshots:";
      if (!packages || !line.starts_with("  ") || line.starts_with("   ") || !line.ends_with(':'))
        return;
      std::string_view key = Trimmed(line);
      key.remove_suffix(1);
      if (const std::string_view quoted = Quoted(key); !quoted.empty()) key = quoted;
      if (key.starts_with('/') &&
          key.find('@', 2) == std::string_view::npos) {  // before version 6: /name/1.2.3
        add(key.substr(1, key.rfind('/') - 1), offset);
      } else {
        add(BeforeVersion(key), offset);
      }
    });
    return true;
  }
  return false;
}

}  // namespace sweep
