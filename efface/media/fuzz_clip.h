// For fuzz targets only: opens any bytes with one reader of animations, reads and hides all frames,
// and checks that what is written can be read again, with as many frames, none of them damaged.
#ifndef EFFACE_MEDIA_FUZZ_CLIP_H_
#define EFFACE_MEDIA_FUZZ_CLIP_H_

#include <cstdlib>

#include "efface/media/test_animation.h"

namespace efface {

// `same`: the format is lossless, so that the frames come back as they were written.
inline void FuzzClip(ClipOpener open, ByteView file, bool same) {
  const ClipLimits limits = {.max_pixels = 1 << 12};
  const RectangleHider hider(3, 2, 9, 9);
  const auto hide = [&](int64_t index) { return index % 2 == 0 ? &hider : nullptr; };
  const TestOutput output = Redact(open, file, hide, {}, limits);
  if (!output.status.ok()) {
    if (output.status.message().empty()) std::abort();
    return;
  }
  const TestClip again = ReadClip(open, output.file, limits);
  if (!again.status.ok() || !again.warnings.empty()) std::abort();
  if (again.frames.size() != output.frames.size()) std::abort();
  for (size_t i = 0; i < again.frames.size(); ++i) {
    const TestFrame &a = again.frames[i], &b = output.frames[i];
    if (a.damaged || a.delay != b.delay || a.delay_units != b.delay_units) std::abort();
    if (same && Differences(a.pixels, b.pixels, nullptr) != 0) std::abort();
  }
}

}  // namespace efface

#endif  // EFFACE_MEDIA_FUZZ_CLIP_H_
