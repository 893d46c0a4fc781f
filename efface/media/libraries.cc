#include "efface/media/libraries.h"

#include <avif/avif.h>
#include <gif_lib.h>
#include <libheif/heif.h>
#include <png.h>
#include <tiffio.h>
#include <webp/decode.h>

// After <cstdio>, which libjpeg's header needs.
#include <jpeglib.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace efface {

std::vector<LibraryVersion> MediaLibraries() {
  const int webp = WebPGetDecoderVersion();
  char avif_codecs[256];
  avifCodecVersions(avif_codecs);
  const std::string tiff = TIFFGetVersion();  // "LIBTIFF, Version 4.5.0\nCopyright ..."
  const std::vector<std::string> tiff_words = absl::StrSplit(tiff, absl::ByAnyChar(" \n"));
  return {
      {"libjpeg-turbo", absl::StrCat(LIBJPEG_TURBO_VERSION_NUMBER / 1000000, ".",
                                     LIBJPEG_TURBO_VERSION_NUMBER / 1000 % 1000, ".",
                                     LIBJPEG_TURBO_VERSION_NUMBER % 1000)},
      {"libpng", png_get_libpng_ver(nullptr)},
      {"libtiff", tiff_words.size() > 2 ? tiff_words[2] : tiff},
      {"libwebp", absl::StrCat(webp >> 16, ".", webp >> 8 & 255, ".", webp & 255)},
      {"giflib", absl::StrCat(GIFLIB_MAJOR, ".", GIFLIB_MINOR, ".", GIFLIB_RELEASE)},
      {"libheif", heif_get_version()},
      {"libavif", absl::StrCat(avifVersion(), " (", static_cast<const char*>(avif_codecs), ")")},
  };
}

}  // namespace efface
