// Profiles of any bytes: what comes out is a fixed point.
#include <cstdlib>

#include "efface/media/icc.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (const auto made = efface::RebuildIcc({data, size})) {
    if (efface::RebuildIcc(*made) != made) std::abort();
  }
  return 0;
}
