#include "efface/track/align.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace efface {
namespace {

constexpr int kMostSide = 16;  // points across a patch; larger patches are read at a coarser level
constexpr int kLeastSide = 7;
constexpr int kIterations = 8;
constexpr double kConverged = 0.02;    // samples of the level
constexpr double kNoise = 5;           // grey levels: what a sample differs by without moving
constexpr double kScaleSpread = 0.04;  // the scale's expected distance from the guess

struct Point {
  float u, v;    // from the patch's centre, samples of the level
  float weight;  // of the ellipse; 0 where outside the plane
  float value;   // grey, of the first plane
  float gu, gv;  // its slope
};

// A level's samples between sample centres (bilinear). The point (x, y) is in the level's own
// coordinates, sample centres at + 0.5.
bool Sample(const GreyPicture& plane, float x, float y, float& value) {
  x -= 0.5f, y -= 0.5f;
  if (!(x >= 0 && y >= 0 && x < plane.width - 1 && y < plane.height - 1)) return false;
  const int i = static_cast<int>(x), j = static_cast<int>(y);
  const float fx = x - i, fy = y - j;
  const uint8_t* p = plane.samples.data() + static_cast<size_t>(j) * plane.width + i;
  const float top = p[0] + fx * (p[1] - p[0]);
  const float bottom = p[plane.width] + fx * (p[plane.width + 1] - p[plane.width]);
  value = top + fy * (bottom - top);
  return true;
}

// The points of a patch on one level. Their count is at most kMostSide squared.
struct Template {
  std::array<Point, kMostSide * kMostSide> points;
  int count = 0;
  double weight = 0;  // of all that lie within the ellipse, inside the plane or not
};

void Read(const GreyPicture& level, double x, double y, double width, double height, Template& t) {
  const int nx = std::clamp(static_cast<int>(std::lround(width)), kLeastSide, kMostSide);
  const int ny = std::clamp(static_cast<int>(std::lround(height)), kLeastSide, kMostSide);
  t.count = 0;
  t.weight = 0;
  // A patch smaller than the grid is read a little beyond its border.
  const double step_x = std::max(width / nx, 1.0), step_y = std::max(height / ny, 1.0);
  for (int j = 0; j < ny; ++j) {
    for (int i = 0; i < nx; ++i) {
      const double p = (i + 0.5) / nx * 2 - 1, q = (j + 0.5) / ny * 2 - 1;
      const double r = p * p + q * q;
      if (r > 1.3) continue;
      const double weight = 1 / (1 + r * r);
      t.weight += weight;
      Point point;
      point.u = static_cast<float>((i + 0.5 - nx / 2.0) * step_x);
      point.v = static_cast<float>((j + 0.5 - ny / 2.0) * step_y);
      const float at_x = static_cast<float>(x) + point.u, at_y = static_cast<float>(y) + point.v;
      float left, right, above, below;
      if (!Sample(level, at_x, at_y, point.value) || !Sample(level, at_x - 1, at_y, left) ||
          !Sample(level, at_x + 1, at_y, right) || !Sample(level, at_x, at_y - 1, above) ||
          !Sample(level, at_x, at_y + 1, below))
        continue;
      point.gu = (right - left) / 2;
      point.gv = (below - above) / 2;
      point.weight = static_cast<float>(weight);
      t.points[t.count++] = point;
    }
  }
}

// Solves the symmetric system h p = g of `n` (2 or 3) unknowns by Cholesky's way; h is positive
// definite.
void Solve(double h[3][3], const double g[3], int n, double p[3]) {
  double l[3][3] = {}, y[3] = {};
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j <= i; ++j) {
      double sum = h[i][j];
      for (int k = 0; k < j; ++k) sum -= l[i][k] * l[j][k];
      l[i][j] = i == j ? std::sqrt(std::max(sum, 1e-12)) : sum / l[j][j];
    }
  }
  for (int i = 0; i < n; ++i) {
    y[i] = g[i];
    for (int k = 0; k < i; ++k) y[i] -= l[i][k] * y[k];
    y[i] /= l[i][i];
  }
  for (int i = n - 1; i >= 0; --i) {
    p[i] = y[i];
    for (int k = i + 1; k < n; ++k) p[i] -= l[k][i] * p[k];
    p[i] /= l[i][i];
  }
}

}  // namespace

Aligned Align(const std::vector<GreyPicture>& from, const std::vector<GreyPicture>& to,
              const Patchlet& patch, const Guess& guess, const AlignSettings& settings) {
  // The finest level used shows the patch in about kMostSide samples.
  int finest = 0;
  const int last = static_cast<int>(from.size()) - 1;
  const double side = std::min(patch.width, patch.height);
  while (finest < last && side / (2 << finest) >= 0.75 * kMostSide) ++finest;

  Aligned result{guess.x, guess.y, guess.scale, 0, 0, 0};
  const float cos = static_cast<float>(std::cos(guess.turn));
  const float sin = static_cast<float>(std::sin(guess.turn));
  Template t;
  std::array<float, kMostSide * kMostSide> differences;
  std::array<bool, kMostSide * kMostSide> inside;
  for (int level = std::min(finest + settings.coarser, last); level >= finest; --level) {
    const double unit = 1.0 / (1 << level);  // samples of the level a sample of level 0
    Read(from[level], patch.x * unit, patch.y * unit, patch.width * unit, patch.height * unit, t);
    if (t.count * 4 < kLeastSide * kLeastSide) continue;
    const GreyPicture& second = to[level];

    // Samples the second plane under the present motion: differences less their mean.
    double shown = 0, mean = 0;
    const auto compare = [&] {
      shown = mean = 0;
      const float x = static_cast<float>(result.x * unit), y = static_cast<float>(result.y * unit);
      const float c = static_cast<float>(result.scale) * cos;
      const float s = static_cast<float>(result.scale) * sin;
      for (int i = 0; i < t.count; ++i) {
        const Point& p = t.points[i];
        float value = 0;
        inside[i] = Sample(second, x + c * p.u - s * p.v, y + s * p.u + c * p.v, value);
        if (!inside[i]) continue;
        differences[i] = value - p.value;
        mean += p.weight * differences[i];
        shown += p.weight;
      }
      if (shown > 0) mean /= shown;
    };

    const double level_side = std::max(side * unit, static_cast<double>(kLeastSide));
    const double shift_spread = settings.shift_spread * level_side + 0.3;
    const double shift_prior = kNoise * kNoise / (shift_spread * shift_spread);
    const double scale_prior = kNoise * kNoise / (kScaleSpread * kScaleSpread);
    const int unknowns = settings.scale ? 3 : 2;
    for (int iteration = 0; iteration < kIterations; ++iteration) {
      compare();
      if (shown < 0.25 * t.weight) break;
      // Robust weights (Geman and McClure) about the spread of the differences themselves.
      double spread = 0;
      for (int i = 0; i < t.count; ++i) {
        if (inside[i]) spread += t.points[i].weight * std::abs(differences[i] - mean);
      }
      spread = std::max(1.5 * spread / shown, kNoise);
      const double spread2 = 2 * spread * spread;
      double h[3][3] = {}, g[3] = {};
      for (int i = 0; i < t.count; ++i) {
        if (!inside[i]) continue;
        const Point& p = t.points[i];
        const double e = differences[i] - mean;
        const double r = spread2 / (spread2 + e * e);
        const double w = p.weight * r * r;
        const double j2 = p.gu * p.u + p.gv * p.v;
        h[0][0] += w * p.gu * p.gu;
        h[1][0] += w * p.gu * p.gv;
        h[1][1] += w * p.gv * p.gv;
        h[2][0] += w * p.gu * j2;
        h[2][1] += w * p.gv * j2;
        h[2][2] += w * j2 * j2;
        g[0] += w * p.gu * e;
        g[1] += w * p.gv * e;
        g[2] += w * j2 * e;
      }
      // The guess as a prior, in the patch's own axes.
      const double ex = (result.x - guess.x) * unit, ey = (result.y - guess.y) * unit;
      h[0][0] += shift_prior, h[1][1] += shift_prior, h[2][2] += scale_prior;
      g[0] += shift_prior * (cos * ex + sin * ey);
      g[1] += shift_prior * (cos * ey - sin * ex);
      g[2] += scale_prior * (result.scale / guess.scale - 1);
      double p[3] = {};
      Solve(h, g, unknowns, p);
      const double limit = level_side / 3;
      p[0] = std::clamp(p[0], -limit, limit);
      p[1] = std::clamp(p[1], -limit, limit);
      p[2] = std::clamp(p[2], -0.1, 0.1);
      result.x -= result.scale * (cos * p[0] - sin * p[1]) / unit;
      result.y -= result.scale * (sin * p[0] + cos * p[1]) / unit;
      result.scale = std::clamp(result.scale / (1 + p[2]), 0.5, 2.0);
      if (std::hypot(p[0], p[1]) < kConverged && std::abs(p[2]) * level_side < kConverged) break;
    }

    if (level > finest) continue;
    compare();
    result.inside = t.weight > 0 ? shown / t.weight : 0;
    double mean_a = 0, aa = 0, ab = 0, bb = 0;
    for (int i = 0; i < t.count; ++i) {
      if (inside[i]) mean_a += t.points[i].weight * t.points[i].value;
    }
    if (shown > 0) mean_a /= shown;
    for (int i = 0; i < t.count; ++i) {
      if (!inside[i]) continue;
      const double a = t.points[i].value - mean_a;
      const double b = a + differences[i] - mean;
      aa += t.points[i].weight * a * a;
      ab += t.points[i].weight * a * b;
      bb += t.points[i].weight * b * b;
    }
    result.match = aa > 0 && bb > 0 ? ab / std::sqrt(aa * bb) : 0;
    result.texture = shown > 0 ? std::sqrt(aa / shown) : 0;
  }
  return result;
}

}  // namespace efface
