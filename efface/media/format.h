// Which kind of file this is, told by its first bytes and never by its name.
#ifndef EFFACE_MEDIA_FORMAT_H_
#define EFFACE_MEDIA_FORMAT_H_

#include <string_view>

#include "base/bytes.h"

namespace efface {

enum class Format {
  kUnknown,  // not a picture or clip that Efface knows of
  // Stills that Efface redacts.
  kJpeg,
  kPng,
  kTiff,
  kBmp,
  kGif,
  kWebp,
  kHeic,
  kAvif,
  // Clips that Efface redacts. kClip: MP4, QuickTime, Matroska, WebM, AVI, MPEG-TS, MPEG-PS, and
  // other containers, which OpenAvClip refuses.
  kAnimatedPng,
  kAnimatedGif,
  kAnimatedWebp,
  kClip,
  // Known, and refused: each with a sentence of its own.
  kImageSequence,
  kRaw,
  kJpegXl,
  kJpeg2000,
  kPdf,
  kPsd,
  kSvg,
  kOpenExr,
  kIcon,
};

Format SniffFormat(ByteView file);

// True for the formats that OpenStill reads.
bool IsStill(Format format);

// True for the formats that OpenClip reads, as far as the first bytes tell.
bool IsClip(Format format);

// "JPEG", "PNG", "animated GIF", "camera RAW" ...; for sentences.
std::string_view FormatName(Format format);

// True where a file name ending, in lower case without its dot, is one that this format usually
// has; also true for kUnknown and for an empty ending.
bool IsUsualEnding(Format format, std::string_view ending);

}  // namespace efface

#endif  // EFFACE_MEDIA_FORMAT_H_
