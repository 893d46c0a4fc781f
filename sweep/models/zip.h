// The entries of a zip archive in memory, for models that are one. libarchive is met here only.
#ifndef EFFACE_SWEEP_MODELS_ZIP_H_
#define EFFACE_SWEEP_MODELS_ZIP_H_

#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "base/bytes.h"

namespace sweep {

constexpr size_t kMaxZipEntries = 1 << 17;  // those after it are passed over

// Whether content starts as a zip archive and has `name` in its first 4 KB or its last 64 KB, where
// names stand.
bool IsZipWith(efface::ByteView content, std::string_view name);

// Calls with the name of each entry in turn. Where that answers a number of bytes above 0, calls
// `read` with the name and the entry's unpacked bytes, at most that many: what is longer is left
// out. InvalidArgument where the archive is broken.
absl::Status EachZipEntry(
    efface::ByteView content, const std::function<size_t(std::string_view name)>& wanted,
    const std::function<void(std::string_view name, efface::ByteView bytes)>& read);

}  // namespace sweep

#endif  // EFFACE_SWEEP_MODELS_ZIP_H_
