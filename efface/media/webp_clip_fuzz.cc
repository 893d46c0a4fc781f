#include "efface/media/fuzz_clip.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  efface::FuzzClip(efface::OpenWebpClip, {data, size}, false);
  return 0;
}
