// Any bytes as a JPEG: its pixels, and written anew, with nothing hidden (its coded data is copied
// where it can be) and with a rectangle hidden. What is written must open again, with the same
// pixels where nothing was hidden.
#include <cstdlib>

#include "efface/media/still.h"
#include "efface/media/test_hider.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace efface;
  StillLimits limits;
  limits.max_pixels = 1 << 18;
  limits.max_memory = 64 << 20;
  const auto still = OpenJpeg(ByteView(data, size), limits);
  if (!still.ok() || (*still)->memory() > limits.max_memory) return 0;
  const PageInfo page = (*still)->pages()[0];
  const auto rgb = (*still)->Rgb(0);
  const bool readable = rgb.ok();
  const RectangleHider hider(page.width / 3.0, page.height / 4.0, page.width / 2.0,
                             page.height / 2.0);
  const Hider* const nobody[] = {nullptr};
  if (const auto copied = (*still)->Write(nobody, {}); readable && copied.ok()) {
    const auto again = OpenJpeg(copied->file, limits);
    if (!again.ok()) std::abort();
    const auto same = (*again)->Rgb(0);
    if (!same.ok() || same->samples != rgb->samples) std::abort();
  }
  const Hider* const hiders[] = {&hider};
  const auto written = (*still)->Write(hiders, {});
  if (!readable || !written.ok()) return 0;
  const auto again = OpenJpeg(written->file, limits);
  if (!again.ok() || !(*again)->Rgb(0).ok()) std::abort();
  return 0;
}
