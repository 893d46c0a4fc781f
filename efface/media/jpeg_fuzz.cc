// Any bytes as a JPEG: its pixels, and written anew with a rectangle hidden. What is written must
// open again.
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
  const bool readable = (*still)->Rgb(0).ok();
  const RectangleHider hider(page.width / 3.0, page.height / 4.0, page.width / 2.0,
                             page.height / 2.0);
  const Hider* const hiders[] = {&hider};
  const auto written = (*still)->Write(hiders, {});
  if (!readable || !written.ok()) return 0;
  const auto again = OpenJpeg(written->file, limits);
  if (!again.ok() || !(*again)->Rgb(0).ok()) std::abort();
  return 0;
}
