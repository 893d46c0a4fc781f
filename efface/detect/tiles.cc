#include "efface/detect/tiles.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace efface {
namespace {

constexpr double kLeastScale = 0.93;  // of the scale asked for

// Tiles of `size` pixels in a row that cover `length` pixels.
int TilesAcross(double length, int size) {
  if (length <= size) return 1;
  return static_cast<int>(std::ceil((length - kTileOverlap) / (size - kTileOverlap)));
}

// The most that `count` tiles of `size` pixels in a row can cover.
double Reach(int count, int size) { return count * (size - kTileOverlap) + kTileOverlap; }

// Where the i-th of `count` tiles begins along a side of `length` canvas pixels: spread evenly.
double Start(int i, int count, double length, int size) {
  return count == 1 ? 0 : i * (length - size) / (count - 1);
}

// Tiles of the cheapest of the first `canvases` canvases.
std::vector<Tile> Cover(int width, int height, double scale, int canvases) {
  struct Plan {
    int canvas = 0, columns = 0, rows = 0;
    double scale = 0;
    double cost = std::numeric_limits<double>::infinity();
  } best;
  for (int canvas = 0; canvas < canvases; ++canvas) {
    const auto [w, h] = kCanvases[canvas];
    const int columns_least = TilesAcross(width * scale * kLeastScale, w);
    const int rows_least = TilesAcross(height * scale * kLeastScale, h);
    const int columns_most = TilesAcross(width * scale, w);
    const int rows_most = TilesAcross(height * scale, h);
    for (int columns = columns_least; columns <= columns_most; ++columns) {
      for (int rows = rows_least; rows <= rows_most; ++rows) {
        const double fit = std::min({scale, Reach(columns, w) / width, Reach(rows, h) / height});
        const double cost = static_cast<double>(columns) * rows * w * h;
        if (cost < best.cost || (cost == best.cost && fit > best.scale)) {
          best = {canvas, columns, rows, fit, cost};
        }
      }
    }
  }

  std::vector<Tile> tiles;
  tiles.reserve(static_cast<size_t>(best.columns) * best.rows);
  const auto [w, h] = kCanvases[best.canvas];
  for (int row = 0; row < best.rows; ++row) {
    for (int column = 0; column < best.columns; ++column) {
      tiles.push_back({best.canvas, Start(column, best.columns, width * best.scale, w) / best.scale,
                       Start(row, best.rows, height * best.scale, h) / best.scale, best.scale});
    }
  }
  return tiles;
}

}  // namespace

std::vector<Tile> CoverPicture(int width, int height, double scale) {
  return Cover(width, height, scale, kPhotoCanvases);
}

std::vector<Tile> CoverFrame(int width, int height, double scale) {
  return Cover(width, height, scale, static_cast<int>(kCanvases.size()));
}

std::optional<Tile> CoverWhole(int width, int height, double scale) {
  constexpr int kMostPixels = 640 * 640;
  std::optional<Tile> best;
  for (int canvas = 0; canvas < kPhotoCanvases; ++canvas) {
    const auto [w, h] = kCanvases[canvas];
    const double fit =
        std::min({scale, static_cast<double>(w) / width, static_cast<double>(h) / height});
    if (w * h > kMostPixels || fit < kLeastScale * scale) continue;
    const auto cost = [](const Tile& tile) {
      return kCanvases[tile.canvas].width * kCanvases[tile.canvas].height;
    };
    const Tile tile{canvas, 0, 0, fit};
    if (!best || cost(tile) < cost(*best)) best = tile;
  }
  return best;
}

std::vector<Tile> CoverPoints(std::vector<Point> points, int width, int height, double scale,
                              double inset) {
  const double w = std::min<double>(kCanvases[kWindowCanvas].width / scale, width);
  const double h = std::min<double>(kCanvases[kWindowCanvas].height / scale, height);
  const double margin = inset / scale;
  std::sort(points.begin(), points.end(),
            [](const Point& a, const Point& b) { return a.y != b.y ? a.y < b.y : a.x < b.x; });

  std::vector<Tile> tiles;
  std::vector<bool> covered(points.size(), false);
  for (size_t first = 0; first < points.size(); ++first) {
    if (covered[first]) continue;
    // The window begins just above the topmost point left, and just left of the leftmost point in
    // its rows.
    const double top = std::clamp(points[first].y - margin, 0.0, height - h);
    const double lowest = top + h >= height ? height : top + h - margin;
    double leftmost = points[first].x;
    for (size_t i = first; i < points.size() && points[i].y <= lowest; ++i) {
      if (!covered[i]) leftmost = std::min(leftmost, points[i].x);
    }
    const double left = std::clamp(leftmost - margin, 0.0, width - w);
    const double rightmost = left + w >= width ? width : left + w - margin;
    for (size_t i = first; i < points.size() && points[i].y <= lowest; ++i) {
      if (points[i].x <= rightmost) covered[i] = true;
    }
    tiles.push_back({kWindowCanvas, left, top, scale});
    if (!covered[first]) --first;  // left of it there was another: come back for it
  }
  return tiles;
}

}  // namespace efface
