#include "efface/media/fuzz_still.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  efface::FuzzStill(efface::OpenPng, {data, size}, true);
  return 0;
}
