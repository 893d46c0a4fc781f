// One colour, in whatever the plane's channel is.
#include <algorithm>
#include <cmath>

#include "efface/fill/kinds.h"
#include "efface/fill/samples.h"

namespace efface {
namespace {

struct Rgb {
  double red, green, blue;  // 0..1
};

double LumaOf(const Rgb& rgb, double kr, double kb) {
  return kr * rgb.red + (1 - kr - kb) * rgb.green + kb * rgb.blue;
}

// How a channel is quantised, H.273 (equations 8.3): value = offset + scale * level.
struct Scale {
  double offset, scale;
};

Scale ScaleOf(const PlaneView& plane) {
  const double max = (1 << plane.bits) - 1;
  const double unit = std::ldexp(1, plane.bits - 8);  // one step of 8 bits
  const double middle = std::ldexp(1, plane.bits - 1);
  switch (plane.channel) {
    case Channel::kLuma:
      return plane.full_range ? Scale{0, max} : Scale{16 * unit, 219 * unit};
    case Channel::kCb:
    case Channel::kCr:
      return {middle, plane.full_range ? max : 224 * unit};
    default:
      return {0, max};
  }
}

// The channel's level: 0..1, chroma -0.5..0.5.
double LevelOf(const Rgb& rgb, const PlaneView& plane) {
  switch (plane.channel) {
    case Channel::kGrey:
      return LumaOf(rgb, 0.299, 0.114);
    case Channel::kRed:
      return rgb.red;
    case Channel::kGreen:
      return rgb.green;
    case Channel::kBlue:
      return rgb.blue;
    case Channel::kLuma:
      return LumaOf(rgb, plane.kr, plane.kb);
    case Channel::kCb:
      return (rgb.blue - LumaOf(rgb, plane.kr, plane.kb)) / (2 * (1 - plane.kb));
    case Channel::kCr:
      return (rgb.red - LumaOf(rgb, plane.kr, plane.kb)) / (2 * (1 - plane.kr));
    case Channel::kCyan:
      return 1 - rgb.red;
    case Channel::kMagenta:
      return 1 - rgb.green;
    case Channel::kYellow:
      return 1 - rgb.blue;
    case Channel::kBlack:
      return 0;
    case Channel::kAlpha:
      return 1;
  }
  return 0;
}

}  // namespace

int SolidValue(Color color, const PlaneView& plane) {
  const bool chroma = plane.channel == Channel::kCb || plane.channel == Channel::kCr;
  double level = LevelOf({color.red / 255.0, color.green / 255.0, color.blue / 255.0}, plane);
  if (plane.inverted) level = chroma ? -level : 1 - level;
  const auto [offset, scale] = ScaleOf(plane);
  const double value = std::floor(offset + scale * level + 0.5);
  return static_cast<int>(std::clamp<double>(value, 0, (1 << plane.bits) - 1));
}

void FillSolid(Color color, const Patch& patch, const PlaneView& plane) {
  Samples samples(plane);
  const int value = SolidValue(color, plane);
  VisitHidden(patch, [&](int x, int y) { samples.Set(x, y, value); });
}

}  // namespace efface
