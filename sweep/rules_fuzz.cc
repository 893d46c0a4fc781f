// Rules files.
#include "sweep/rules.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)sweep::ParseRules({reinterpret_cast<const char*>(data), size}, "rules.yaml");
  return 0;
}
