#include "efface/job/hidden.h"

#include <algorithm>

#include "base/status.h"

namespace efface {

absl::StatusOr<std::vector<HiddenThing>> HiddenInClip(int fd) {
  auto hidden = FindInClip(fd, {});
  if (!hidden.ok()) return std::vector<HiddenThing>();
  for (const HiddenThing& thing : *hidden) {
    if (thing.what == "clean-aperture") {
      return absl::UnimplementedError(
          "part of its picture is hidden by a clean aperture, which Efface does not follow; crop "
          "it "
          "first");
    }
  }
  return *std::move(hidden);
}

void AddRemoved(const std::vector<HiddenThing>& hidden, std::vector<Removed>& removed) {
  for (const HiddenThing& thing : hidden) {
    const auto listed = std::find_if(removed.begin(), removed.end(),
                                     [&](const Removed& each) { return each.what == thing.what; });
    if (listed == removed.end()) {
      removed.push_back({thing.what, thing.bytes});
    } else {
      listed->bytes = std::max(listed->bytes, thing.bytes);
    }
  }
}

}  // namespace efface
