#include "efface/media/fuzz_clip.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  efface::FuzzClip(efface::OpenApngClip, {data, size}, true);
  return 0;
}
