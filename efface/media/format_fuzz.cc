// Tells the format of any bytes.
#include <cstdlib>

#include "efface/media/format.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace efface;
  const Format format = SniffFormat({data, size});
  if (FormatName(format).empty()) std::abort();
  return 0;
}
