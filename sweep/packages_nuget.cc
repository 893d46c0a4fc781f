// *.csproj and its like, Directory.Packages.props, packages.config, packages.lock.json, *.nuspec,
// *.deps.json.
#include <pugixml.hpp>

#include "sweep/packages.h"
#include "sweep/packages_json.h"
#include "sweep/text_lines.h"

namespace sweep {

bool ReadNuGetPackages(std::string_view, std::string_view base, std::string_view text,
                       std::vector<PackageUse>& uses) {
  const auto add = [&](std::string_view name, size_t offset) {
    if (!name.empty()) uses.push_back({Ecosystem::kNuGet, std::string(name), offset});
  };
  if (base.ends_with(".csproj") || base.ends_with(".vbproj") || base.ends_with(".fsproj") ||
      base.ends_with(".nuspec") || base == "packages.config" ||
      base == "directory.packages.props" || base == "directory.build.props") {
    pugi::xml_document document;
    if (!document.load_buffer(text.data(), text.size())) return true;
    struct Walker : pugi::xml_tree_walker {
      std::function<void(const pugi::xml_node&)> each;
      bool for_each(pugi::xml_node& node) override {
        each(node);
        return depth() < 100;
      }
    } walker;
    walker.each = [&](const pugi::xml_node& node) {
      const std::string_view name = node.name();
      const size_t offset = static_cast<size_t>(std::max<ptrdiff_t>(node.offset_debug(), 0));
      if (name == "PackageReference" || name == "PackageVersion" || name == "Reference")
        add(std::string_view(node.attribute("Include").value())
                .substr(0, std::string_view(node.attribute("Include").value()).find(',')),
            offset);
      if (name == "package" || name == "dependency") add(node.attribute("id").value(), offset);
      if (name == "id") add(node.child_value(), offset);
    };
    document.traverse(walker);
    return true;
  }
  if (base == "packages.lock.json") {
    EachJsonKey(text,
                [&](std::string_view where, std::string_view key, std::string_view, size_t offset) {
                  if (!where.starts_with("dependencies.")) return;
                  // dependencies.FRAMEWORK.NAME; the framework's name has dots, so what has fields
                  // of its own is told by its field.
                  if (key == "resolved" && where.ends_with('.')) return;
                  add(key, offset);
                });
    return true;
  }
  if (base.ends_with(".deps.json")) {
    EachJsonKey(text,
                [&](std::string_view where, std::string_view key, std::string_view, size_t offset) {
                  if (where == "libraries.") add(key.substr(0, key.find('/')), offset);
                });
    return true;
  }
  return false;
}

}  // namespace sweep
