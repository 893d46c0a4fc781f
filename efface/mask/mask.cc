#include "efface/mask/mask.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

namespace efface {
namespace {

// Far beyond any picture, and small enough for exact sums.
constexpr double kFar = 1e9;

// A rectangle of units (samples, or blocks of samples).
struct Rect {
  int x0, y0, x1, y1;  // [x0, x1) x [y0, y1)

  bool Overlaps(const Rect& other) const {
    return x0 < other.x1 && other.x0 < x1 && y0 < other.y1 && other.y0 < y1;
  }
  bool Contains(const Rect& other) const {
    return x0 <= other.x0 && other.x1 <= x1 && y0 <= other.y0 && other.y1 <= y1;
  }
  Rect Union(const Rect& other) const {
    return {std::min(x0, other.x0), std::min(y0, other.y0), std::max(x1, other.x1),
            std::max(y1, other.y1)};
  }
};

// The plane in units: `columns` x `rows`, each `width` x `height` picture pixels.
struct Units {
  explicit Units(const PlaneGrid& grid)
      : columns((grid.width - 1) / grid.block + 1),
        rows((grid.height - 1) / grid.block + 1),
        width(grid.sub_x * grid.block),
        height(grid.sub_y * grid.block) {}
  int columns, rows;
  double width, height;
};

// The units along one axis that [begin, end) touches, of those from 0 to `count`.
std::pair<int, int> Touched(double begin, double end, double size, int count) {
  return {static_cast<int>(std::clamp<double>(std::floor(begin / size), 0, count)),
          static_cast<int>(std::clamp<double>(std::ceil(end / size), 0, count))};
}

// A shape without what can't be computed with. NaN says nothing of where the face is, so that the
// whole plane is hidden.
Shape Tame(const Shape& shape) {
  if (std::isnan(shape.x) || std::isnan(shape.y) || std::isnan(shape.width) ||
      std::isnan(shape.height)) {
    return {-kFar, -kFar, 2 * kFar, 2 * kFar, true};
  }
  if (std::max({std::abs(shape.x), std::abs(shape.y), std::abs(shape.width),
                std::abs(shape.height)}) <= kFar) {
    return shape;
  }
  // The far end is found before clamping; inf - inf is taken as reaching over the picture.
  const auto tame = [](double& begin, double& size) {
    const double end = begin + size;
    begin = std::clamp(begin, -kFar, kFar);
    size = (std::isnan(end) ? kFar : std::clamp(end, -kFar, kFar)) - begin;
  };
  Shape tamed = shape;
  tame(tamed.x, tamed.width);
  tame(tamed.y, tamed.height);
  return tamed;
}

// The columns that a shape touches in a row of units; none where first >= second. Within the row
// the ellipse is widest at the height nearest to its centre.
std::pair<int, int> Columns(const Shape& shape, const Units& units, int row) {
  if (shape.rectangle) {
    return Touched(shape.x, shape.x + shape.width, units.width, units.columns);
  }
  const double radius_x = shape.width / 2, centre_x = shape.x + radius_x;
  const double radius_y = shape.height / 2, centre_y = shape.y + radius_y;
  const double away =
      std::max({row * units.height - centre_y, centre_y - (row + 1) * units.height, 0.0}) /
      radius_y;
  if (!(away < 1)) return {0, 0};
  const double half = radius_x * std::sqrt((1 - away) * (1 + away));
  return Touched(centre_x - half, centre_x + half, units.width, units.columns);
}

// The units that a shape touches lie in this rectangle and meet each of its sides; empty where
// there are none.
Rect BoundsOf(const Shape& shape, const Units& units) {
  Rect bounds{units.columns, units.rows, 0, 0};
  const auto [first, last] = Touched(shape.y, shape.y + shape.height, units.height, units.rows);
  for (int row = first; row < last; ++row) {
    const auto [begin, end] = Columns(shape, units, row);
    if (begin < end) bounds = bounds.Union({begin, row, end, row + 1});
  }
  return bounds;
}

Rect Grow(const Rect& rect, const Units& units) {
  return {std::max(rect.x0 - 1, 0), std::max(rect.y0 - 1, 0), std::min(rect.x1 + 1, units.columns),
          std::min(rect.y1 + 1, units.rows)};
}

// Adds `rect`, united with all that it overlaps, to rectangles of which no two overlap.
void Merge(Rect rect, std::vector<Rect>& apart) {
  for (bool grown = true; grown;) {
    grown = false;
    for (size_t i = 0; i < apart.size();) {
      if (!apart[i].Overlaps(rect)) {
        ++i;
        continue;
      }
      rect = rect.Union(apart[i]);
      apart[i] = apart.back();
      apart.pop_back();
      grown = true;
    }
  }
  apart.push_back(rect);
}

Patch EmptyPatch(const Rect& rect, const PlaneGrid& grid) {
  Patch patch;
  patch.x = rect.x0 * grid.block;
  patch.y = rect.y0 * grid.block;
  patch.width = std::min(rect.x1 * grid.block, grid.width) - patch.x;
  patch.height = std::min(rect.y1 * grid.block, grid.height) - patch.y;
  patch.hidden.assign(static_cast<size_t>(patch.width) * patch.height, 0);
  return patch;
}

void Hide(const Shape& shape, const Rect& bounds, const Units& units, const PlaneGrid& grid,
          Patch& patch) {
  for (int row = bounds.y0; row < bounds.y1; ++row) {
    const auto [first, last] = Columns(shape, units, row);
    if (first >= last) continue;
    const int begin = first * grid.block - patch.x;
    const int end = std::min(last * grid.block - patch.x, patch.width);
    const int top = row * grid.block - patch.y;
    const int bottom = std::min(top + grid.block, patch.height);
    for (int y = top; y < bottom; ++y) {
      const auto line = patch.hidden.begin() + static_cast<ptrdiff_t>(y) * patch.width;
      std::fill(line + begin, line + end, 1);
    }
  }
  patch.face_size =
      std::max({patch.face_size, shape.width / grid.sub_x, shape.height / grid.sub_y});
}

}  // namespace

Shape ToStored(const Shape& upright, Orientation orientation, int width, int height) {
  const auto [x, y, w, h, rectangle] = upright;
  switch (orientation) {
    case 2:
      return {width - x - w, y, w, h, rectangle};
    case 3:
      return {width - x - w, height - y - h, w, h, rectangle};
    case 4:
      return {x, height - y - h, w, h, rectangle};
    case 5:
      return {y, x, h, w, rectangle};
    case 6:
      return {y, height - x - w, h, w, rectangle};
    case 7:
      return {width - y - h, height - x - w, h, w, rectangle};
    case 8:
      return {width - y - h, x, h, w, rectangle};
    default:
      return upright;
  }
}

std::vector<Patch> Rasterise(std::span<const Shape> shapes, const PlaneGrid& grid) {
  if (grid.width <= 0 || grid.height <= 0) return {};
  const Units units(grid);
  std::vector<std::pair<Shape, Rect>> placed;
  std::vector<Rect> rects;
  for (const Shape& given : shapes) {
    const Shape shape = Tame(given);
    if (!(shape.width > 0 && shape.height > 0)) continue;
    const Rect bounds = BoundsOf(shape, units);
    if (bounds.x0 >= bounds.x1) continue;
    placed.emplace_back(shape, bounds);
    Merge(Grow(bounds, units), rects);
  }
  std::sort(rects.begin(), rects.end(), [](const Rect& a, const Rect& b) {
    return std::pair(a.y0, a.x0) < std::pair(b.y0, b.x0);
  });

  std::vector<Patch> patches;
  for (const Rect& rect : rects) patches.push_back(EmptyPatch(rect, grid));
  for (const auto& [shape, bounds] : placed) {
    const size_t at =
        std::find_if(rects.begin(), rects.end(),
                     [&bounds = bounds](const Rect& rect) { return rect.Contains(bounds); }) -
        rects.begin();
    Hide(shape, bounds, units, grid, patches[at]);
  }
  return patches;
}

}  // namespace efface
