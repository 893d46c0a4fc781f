#include "efface/media/fuzz_still.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Not the same twice: a palette that samples pass is made longer, which gives the fill a choice.
  efface::FuzzStill(efface::OpenGif, {data, size}, false);
  return 0;
}
