// pom.xml, build.gradle(.kts), libs.versions.toml, gradle.lockfile,
// META-INF/maven/**/pom.properties.
#include <absl/strings/str_cat.h>

#include <pugixml.hpp>

#include "sweep/packages.h"
#include "sweep/packages_toml.h"
#include "sweep/text_lines.h"

namespace sweep {
namespace {

constexpr int kMaxLevels = 100;

void Dependencies(const pugi::xml_node& node, int level,
                  const std::function<void(const pugi::xml_node&)>& each) {
  if (level > kMaxLevels) return;
  for (const pugi::xml_node& child : node.children()) {
    each(child);
    Dependencies(child, level + 1, each);
  }
}

}  // namespace

bool ReadJavaPackages(std::string_view path, std::string_view base, std::string_view text,
                      std::vector<PackageUse>& uses) {
  const auto add = [&](std::string_view group, std::string_view artifact, size_t offset) {
    group = Trimmed(group), artifact = Trimmed(artifact);
    if (!group.empty() && !artifact.empty())
      uses.push_back({Ecosystem::kMaven, std::string(group) + ":" + std::string(artifact), offset});
  };
  if (base == "pom.xml" || base.ends_with(".pom")) {
    pugi::xml_document document;
    if (!document.load_buffer(text.data(), text.size())) return true;
    Dependencies(document, 0, [&](const pugi::xml_node& node) {
      const std::string_view name = node.name();
      if (name == "dependency" || name == "project" || name == "plugin")
        add(node.child("groupId").child_value()[0] != 0
                ? node.child("groupId").child_value()
                : node.child("parent").child("groupId").child_value(),
            node.child("artifactId").child_value(),
            static_cast<size_t>(std::max<ptrdiff_t>(node.offset_debug(), 0)));
    });
    return true;
  }
  if (base == "pom.properties") {
    std::string_view group, artifact;
    EachLine(text, [&](std::string_view line, size_t) {
      if (line.starts_with("groupId=")) group = line.substr(8);
      if (line.starts_with("artifactId=")) artifact = line.substr(11);
    });
    add(group, artifact, 0);
    return true;
  }
  if (base == "gradle.lockfile" || base == "buildscript-gradle.lockfile" ||
      path.ends_with("dependency-locks/default.lockfile")) {
    EachLine(text, [&](std::string_view line, size_t offset) {
      const size_t colon = line.find(':');
      if (line.starts_with('#') || colon == std::string_view::npos) return;
      add(line.substr(0, colon), line.substr(colon + 1, line.find(':', colon + 1) - colon - 1),
          offset);
    });
    return true;
  }
  if (base == "build.gradle" || base == "build.gradle.kts") {
    EachLine(text, [&](std::string_view line, size_t offset) {
      const std::string_view code = Trimmed(line);
      if (code.starts_with("//") || code.starts_with('*')) return;
      for (size_t at = 0; at < code.size();) {
        const std::string_view quoted = Quoted(code.substr(at));
        if (quoted.data() == nullptr) break;
        at = static_cast<size_t>(quoted.data() - code.data()) + quoted.size() + 1;
        const size_t colon = quoted.find(':');
        if (colon == std::string_view::npos || quoted.find("//") != std::string_view::npos)
          continue;
        add(quoted.substr(0, colon),
            quoted.substr(colon + 1, quoted.find(':', colon + 1) - colon - 1), offset);
      }
      const size_t group = code.find("group:"), name = code.find("name:");
      if (group != std::string_view::npos && name != std::string_view::npos)
        add(Quoted(code.substr(group)), Quoted(code.substr(name)), offset);
    });
    return true;
  }
  if (base == "libs.versions.toml") {
    EachTomlKey(text, [&](std::string_view where, std::string_view key, std::string_view value,
                          size_t offset) {
      const size_t colon = value.find(':');
      if (where.starts_with("libraries.") && (key == "module" || where == "libraries.") &&
          colon != std::string_view::npos)
        add(value.substr(0, colon), value.substr(colon + 1, value.find(':', colon + 1) - colon - 1),
            offset);
    });
    return true;
  }
  return false;
}

}  // namespace sweep
