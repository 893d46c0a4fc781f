// Fits the next canvas of an animated GIF into one frame: which rectangle it draws, with which
// palette of at most 256 colours.
//
// Pixels that were not hidden keep their exact colour: those that differ from what is already shown
// must find it in the palette. The palette is the input frame's; colours that it lacks (of what
// a mask or a disposed frame uncovers) take the place of entries that the frame does not use.
// Hidden pixels take the nearest entry.
#ifndef EFFACE_MEDIA_GIF_FIT_H_
#define EFFACE_MEDIA_GIF_FIT_H_

#include <cstdint>
#include <vector>

#include "efface/media/animation.h"
#include "efface/media/raster.h"

namespace efface {

// 0: transparent. Otherwise 0xRRGGBB, with kShown, or with kFilled where it was hidden.
using GifColor = uint32_t;
constexpr GifColor kShown = 0xFF000000;
constexpr GifColor kFilled = 0xFE000000;

struct GifCanvas {
  int width = 0, height = 0;
  std::vector<GifColor> colors;  // width * height
};

// The canvas of a frame. Pixels of which less than half is opaque are transparent.
GifCanvas ToGifCanvas(const AnimationFrame& frame);

constexpr int16_t kKeepIndex = -1;  // the pixel stays as it is

struct GifFit {
  FrameRect rect;
  std::vector<PaletteEntry> palette;  // 1..256
  int transparent = -1;               // index, or -1: none is free
  std::vector<int16_t> indices;       // of rect: into the palette, or kKeepIndex
  int64_t inexact = 0;  // pixels outside of masks that got the nearest colour, not their own
};

// What stands between a canvas and the next one.
struct GifStep {
  FrameRect clears;   // all pixels that must become transparent, which no frame can draw;
                      // width 0: none
  bool exact = true;  // every pixel outside of masks gets its own colour
};
GifStep CheckStep(const GifCanvas& base, const GifCanvas& target);

// Fits `target` over `base`, and makes `base` what is then shown.
GifFit FitGifFrame(const GifCanvas& target, const std::vector<PaletteEntry>& palette,
                   int transparent, GifCanvas& base);

// Makes fit.rect hold `rect` too.
void Extend(const FrameRect& rect, GifFit& fit);

// The indices to write, every one >= 0: pixels that stay become transparent, or their own colour
// where that makes longer runs. `shown`: the canvas with the fit drawn. May add to fit.inexact, and
// sets fit.transparent to -1 where nothing uses it.
std::vector<uint8_t> FinalIndices(const GifCanvas& shown, GifFit& fit);

}  // namespace efface

#endif  // EFFACE_MEDIA_GIF_FIT_H_
