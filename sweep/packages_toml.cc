#include "sweep/packages_toml.h"

#include <toml++/toml.h>

namespace sweep {
namespace {

using Each = std::function<void(std::string_view, std::string_view, std::string_view, size_t)>;

struct Walk {
  std::vector<size_t> lines;  // offsets
  const Each& each;

  void Node(const std::string& path, std::string_view key, const toml::node& node,
            size_t line) const {
    const size_t offset = line >= 1 && line <= lines.size() ? lines[line - 1] : 0;
    const auto text = node.value<std::string_view>();
    each(path, key, text ? *text : std::string_view(), offset);
    const std::string below = key.empty() ? path : path + std::string(key) + ".";
    if (const toml::table* table = node.as_table()) Table(below, *table);
    if (const toml::array* array = node.as_array())
      for (const toml::node& item : *array) {
        if (item.is_table()) {
          Table(below, *item.as_table());
        } else {
          Node(below, "", item, item.source().begin.line);
        }
      }
  }
  void Table(const std::string& path, const toml::table& table) const {
    for (const auto& [key, value] : table) Node(path, key.str(), value, key.source().begin.line);
  }
};

}  // namespace

bool EachTomlKey(std::string_view text, const Each& each) {
  toml::table file;
  try {
    file = toml::parse(text);
  } catch (const toml::parse_error&) {
    return false;
  }
  Walk walk{{0}, each};
  for (size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') walk.lines.push_back(i + 1);
  walk.Table("", file);
  return true;
}

}  // namespace sweep
