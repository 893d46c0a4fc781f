// TOML, read by toml++.
#ifndef EFFACE_SWEEP_PACKAGES_TOML_H_
#define EFFACE_SWEEP_PACKAGES_TOML_H_

#include <functional>
#include <string>
#include <string_view>

namespace sweep {

// Calls each(path, key, value, offset) for every key of every table: `path` is the names of the
// tables above, each with a dot behind it ("tool.poetry.dependencies."); elements of arrays have
// their array's path and an empty key. `value` is empty where it isn't a text. Returns false where
// `text` isn't TOML.
bool EachTomlKey(std::string_view text,
                 const std::function<void(std::string_view path, std::string_view key,
                                          std::string_view value, size_t offset)>& each);

}  // namespace sweep

#endif  // EFFACE_SWEEP_PACKAGES_TOML_H_
