// JSON, read by events.
#ifndef EFFACE_SWEEP_PACKAGES_JSON_H_
#define EFFACE_SWEEP_PACKAGES_JSON_H_

#include <functional>
#include <string_view>

namespace sweep {

// Calls each(path, key, value, offset) for every key of every object: `path` is the keys above it,
// each with a dot behind it; elements of arrays have their array's path and an empty key. `value`
// is empty where it isn't a text. `offset` is that of the key's text, found by looking for it.
// Stops where `text` isn't JSON, or is nested by more than 200 levels.
void EachJsonKey(std::string_view text,
                 const std::function<void(std::string_view path, std::string_view key,
                                          std::string_view value, size_t offset)>& each);

}  // namespace sweep

#endif  // EFFACE_SWEEP_PACKAGES_JSON_H_
