// For fuzz targets only: opens any bytes with one reader, reads all pages, hides a rectangle, and
// checks that what is written can be read again and is then written the same.
#ifndef EFFACE_MEDIA_FUZZ_STILL_H_
#define EFFACE_MEDIA_FUZZ_STILL_H_

#include <cstdlib>
#include <vector>

#include "efface/media/still.h"
#include "efface/media/test_hider.h"

namespace efface {

// `same`: the format is lossless, so that a second round changes nothing.
template <typename Opener>
void FuzzStill(Opener opener, ByteView file, bool same) {
  const StillLimits limits = {.max_pixels = 1 << 16, .max_pages = 4, .max_memory = 1 << 28};
  const auto still = opener(file, limits);
  if (!still.ok()) {
    if (still.status().message().empty()) std::abort();
    return;
  }
  const RectangleHider hider(3, 2, 9, 9);
  const std::vector<const Hider*> hiders((*still)->pages().size(), &hider);
  for (size_t page = 0; page < hiders.size(); ++page) {
    const auto rgb = (*still)->Rgb(static_cast<int>(page));
    const PageInfo& info = (*still)->pages()[page];
    if (rgb.ok() && rgb->samples.size() != size_t{3} * static_cast<size_t>(info.width) *
                                               static_cast<size_t>(info.height)) {
      std::abort();
    }
  }
  const auto written = (*still)->Write(hiders, {});
  if (!written.ok()) return;
  const auto again = opener(written->file, StillLimits{});
  if (!again.ok()) std::abort();
  const auto rewritten = (*again)->Write(hiders, {});
  if (!rewritten.ok()) std::abort();
  if (same && rewritten->file != written->file) std::abort();
}

}  // namespace efface

#endif  // EFFACE_MEDIA_FUZZ_STILL_H_
