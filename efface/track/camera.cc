#include "efface/track/camera.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "efface/track/align.h"

namespace efface {
namespace {

constexpr int kAcross = 12;            // points of the grid, across the plane's longer side
constexpr double kPatchShare = 0.036;  // a point's patch, as a share of the longer side
constexpr double kLeastTexture = 4;    // grey levels
constexpr double kLeastMatch = 0.6;
constexpr double kAgree = 0.0017;  // of the longer side: 0.8 samples of 480
constexpr int kDraws = 80;

struct Pair {
  double x, y, to_x, to_y;
};

// The similarity that takes two points to where they went.
Similarity Through(const Pair& p, const Pair& q) {
  const double dx = q.x - p.x, dy = q.y - p.y, n = dx * dx + dy * dy;
  const double ex = q.to_x - p.to_x, ey = q.to_y - p.to_y;
  Similarity s{(dx * ex + dy * ey) / n, (dx * ey - dy * ex) / n, 0, 0};
  s.tx = p.to_x - s.a * p.x + s.b * p.y;
  s.ty = p.to_y - s.b * p.x - s.a * p.y;
  return s;
}

double Miss(const Similarity& s, const Pair& p) {
  return std::hypot(s.X(p.x, p.y) - p.to_x, s.Y(p.x, p.y) - p.to_y);
}

// Least squares over the pairs that agree with `s` (Umeyama 1991, without the reflection).
Similarity Refine(const Similarity& s, const std::vector<Pair>& pairs, double agree) {
  double n = 0, x = 0, y = 0, tx = 0, ty = 0;
  for (const Pair& p : pairs) {
    if (Miss(s, p) > agree) continue;
    n += 1, x += p.x, y += p.y, tx += p.to_x, ty += p.to_y;
  }
  if (n < 3) return s;
  x /= n, y /= n, tx /= n, ty /= n;
  double dot = 0, cross = 0, size = 0;
  for (const Pair& p : pairs) {
    if (Miss(s, p) > agree) continue;
    const double dx = p.x - x, dy = p.y - y, ex = p.to_x - tx, ey = p.to_y - ty;
    dot += dx * ex + dy * ey, cross += dx * ey - dy * ex, size += dx * dx + dy * dy;
  }
  if (size <= 0) return s;
  Similarity refined{dot / size, cross / size, 0, 0};
  refined.tx = tx - refined.a * x + refined.b * y;
  refined.ty = ty - refined.b * x - refined.a * y;
  return refined;
}

}  // namespace

CameraMotion CameraBetween(const std::vector<GreyPicture>& from,
                           const std::vector<GreyPicture>& to) {
  const double width = from.front().width, height = from.front().height;
  const double longer = std::max(width, height);
  // The picture as a whole first, as a guess for the points.
  AlignSettings whole_settings;
  whole_settings.shift_spread = 0.5;
  const Aligned whole = Align(from, to, {width / 2, height / 2, width, height},
                              {width / 2, height / 2, 1, 0}, whole_settings);
  const bool guessed = whole.match > 0.5;
  const double scale = guessed ? whole.scale : 1;
  const double shift_x = guessed ? whole.x - width / 2 : 0;
  const double shift_y = guessed ? whole.y - height / 2 : 0;

  CameraMotion camera;
  camera.alike = whole.match;
  std::vector<Pair> pairs;
  const int columns = std::max(3, static_cast<int>(std::lround(kAcross * width / longer)));
  const int rows = std::max(3, static_cast<int>(std::lround(kAcross * height / longer)));
  const double side = std::max(kPatchShare * longer, 9.0);
  AlignSettings settings;
  settings.scale = false;
  settings.shift_spread = 0.6;
  for (int j = 0; j < rows; ++j) {
    for (int i = 0; i < columns; ++i) {
      const double x = (i + 0.5) / columns * width, y = (j + 0.5) / rows * height;
      const Guess guess{width / 2 + shift_x + scale * (x - width / 2),
                        height / 2 + shift_y + scale * (y - height / 2), scale, 0};
      const Aligned aligned = Align(from, to, {x, y, side, side}, guess, settings);
      if (aligned.texture < kLeastTexture || aligned.inside < 0.7) continue;
      ++camera.textured;
      if (aligned.match < kLeastMatch) continue;
      pairs.push_back({x, y, aligned.x, aligned.y});
    }
  }
  if (camera.textured > 0) {
    camera.matched = static_cast<double>(pairs.size()) / camera.textured;
  }

  const double agree = kAgree * longer + 0.2;
  const auto votes = [&](const Similarity& s) {
    return std::count_if(pairs.begin(), pairs.end(),
                         [&](const Pair& p) { return Miss(s, p) < agree; });
  };
  Similarity best{scale, 0, width / 2 * (1 - scale) + shift_x, height / 2 * (1 - scale) + shift_y};
  auto most = votes(best);
  uint32_t draw = 12345;  // a linear congruential generator (Numerical Recipes): the same each time
  const auto next = [&](size_t count) {
    draw = draw * 1664525u + 1013904223u;
    return static_cast<size_t>(draw >> 8) % count;
  };
  for (int i = 0; i < kDraws && pairs.size() >= 3; ++i) {
    const Pair& p = pairs[next(pairs.size())];
    const Pair& q = pairs[next(pairs.size())];
    if (std::hypot(p.x - q.x, p.y - q.y) < longer / 6) continue;
    const Similarity s = Through(p, q);
    if (s.scale() < 0.8 || s.scale() > 1.25) continue;
    const auto count = votes(s);
    if (count > most) most = count, best = s;
  }
  if (most >= 3) {
    for (int i = 0; i < 2; ++i) best = Refine(best, pairs, agree);
  }
  camera.motion = best;
  if (camera.textured > 0) camera.agreement = static_cast<double>(votes(best)) / camera.textured;
  return camera;
}

bool IsCut(const std::vector<GreyPicture>& from, const std::vector<GreyPicture>& to,
           const CameraMotion& camera) {
  const size_t level = std::min<size_t>(2, from.size() - 1);
  std::array<int, 32> histogram{};
  for (const uint8_t value : from[level].samples) ++histogram[value >> 3];
  for (const uint8_t value : to[level].samples) --histogram[value >> 3];
  int difference = 0;
  for (const int count : histogram) difference += std::abs(count);
  const double changed = difference / (2.0 * from[level].samples.size());  // 0..1
  if (camera.textured < 6) return changed > 0.6;
  const bool unlike = camera.alike < 0.25 || camera.matched < 0.2;
  return camera.agreement < 0.2 && (camera.matched < 0.5 || unlike) && (changed > 0.08 || unlike);
}

}  // namespace efface
