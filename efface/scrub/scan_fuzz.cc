// Fuzzes the walkers: the first byte says which, the rest is the file.
#include <array>
#include <cstdint>
#include <cstdlib>

#include "efface/scrub/scan.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using efface::Format;
  constexpr std::array kFormats = {Format::kJpeg, Format::kPng,  Format::kTiff, Format::kBmp,
                                   Format::kGif,  Format::kWebp, Format::kHeic};
  if (size == 0) return 0;
  const efface::ByteView file(data + 1, size - 1);
  for (const efface::Removed& each :
       efface::ScanStill(file, kFormats.at(data[0] % kFormats.size()), {})) {
    if (each.what.empty() || each.bytes <= 0) std::abort();
  }
  return 0;
}
