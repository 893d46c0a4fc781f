// What replaces a hidden area.
//
//   kind      hidden samples become                              what it keeps of them
//   membrane  the harmonic interpolation of the rim around them  nothing
//   solid     one colour                                         nothing
//   pixelate  means of cells, a quarter of the face wide         traces: weaker
//   blur      a Gaussian mean, sigma a quarter of the face       traces: weaker
#ifndef EFFACE_FILL_FILL_H_
#define EFFACE_FILL_FILL_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "efface/media/plane.h"

namespace efface {

enum class FillKind { kMembrane, kSolid, kPixelate, kBlur };

std::optional<FillKind> ParseFillKind(std::string_view name);
std::string_view FillName(FillKind kind);

struct Color {
  uint8_t red = 0, green = 0, blue = 0;
};

// "#rrggbb" or "rrggbb" or one of black, white, grey.
std::optional<Color> ParseColor(std::string_view text);

// How near the membrane comes to the true solution.
enum class Accuracy {
  kExact,  // within a quarter of a level
  kFast,   // within a few hundredths of the range of the rim, in an eighth of the time: for clips
};

// Replaces the hidden samples of `plane`, which covers the rectangle of `patch`. Deterministic: the
// same samples give the same result on every machine of one architecture. Membrane and solid read
// no hidden sample.
void Fill(FillKind kind, Color color, const Patch& patch, const PlaneView& plane,
          Accuracy accuracy = Accuracy::kExact);

}  // namespace efface

#endif  // EFFACE_FILL_FILL_H_
