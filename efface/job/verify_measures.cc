#include "efface/job/verify_measures.h"

#include <algorithm>
#include <cmath>

#include "efface/mask/mask.h"

namespace efface {
namespace {

// Measured: docs/verify.md.
constexpr double kLeastDetail = 9;   // mean square of a cell's detail, to be called textured
constexpr double kSameDetail = 0.7;  // least correlation of detail that is still there
constexpr double kDetailLeft = 0.5;  // least share of its energy
constexpr int kLeastCell = 4, kMostCell = 8;  // pixels
constexpr double kCellsAcross = 5;            // about, in a small area
constexpr double kLeastOfCell = 0.5;          // share of a cell that must lie within the area
constexpr int kDifferenceCell = 16;

bool Within(const Shape& shape, double x, double y) {
  const double across = (x - shape.x - shape.width / 2) / (shape.width / 2);
  const double down = (y - shape.y - shape.height / 2) / (shape.height / 2);
  if (shape.rectangle) return std::abs(across) <= 1 && std::abs(down) <= 1;
  return across * across + down * down <= 1;
}

// What is left of a cell's samples once the plane that fits them best is taken off.
class Detail {
 public:
  void Add(double x, double y, double before, double after) {
    points_[count_++] = {x, y, before, after};
  }
  int count() const { return count_; }

  // Mean squares, and the mean product.
  void Measure(double& before, double& after, double& both) {
    double sx = 0, sy = 0, sb = 0, sa = 0;
    for (int i = 0; i < count_; ++i) {
      sx += points_[i].x, sy += points_[i].y, sb += points_[i].before, sa += points_[i].after;
    }
    const double mx = sx / count_, my = sy / count_, mb = sb / count_, ma = sa / count_;
    double xx = 0, xy = 0, yy = 0, xb = 0, yb = 0, xa = 0, ya = 0;
    for (int i = 0; i < count_; ++i) {
      Point& p = points_[i];
      p.x -= mx, p.y -= my, p.before -= mb, p.after -= ma;
      xx += p.x * p.x, xy += p.x * p.y, yy += p.y * p.y;
      xb += p.x * p.before, yb += p.y * p.before, xa += p.x * p.after, ya += p.y * p.after;
    }
    const double determinant = xx * yy - xy * xy;
    double bx = 0, by = 0, ax = 0, ay = 0;  // slopes
    if (determinant > 1e-6) {
      bx = (xb * yy - yb * xy) / determinant, by = (yb * xx - xb * xy) / determinant;
      ax = (xa * yy - ya * xy) / determinant, ay = (ya * xx - xa * xy) / determinant;
    }
    before = after = both = 0;
    for (int i = 0; i < count_; ++i) {
      const Point& p = points_[i];
      const double b = p.before - bx * p.x - by * p.y, a = p.after - ax * p.x - ay * p.y;
      before += b * b, after += a * a, both += a * b;
    }
    before /= count_, after /= count_, both /= count_;
  }

 private:
  struct Point {
    double x, y, before, after;
  };
  std::array<Point, kMostCell * kMostCell> points_;
  int count_ = 0;
};

double Psnr(double mean_square) {
  return mean_square <= 0 ? 99 : std::min(99.0, 10 * std::log10(255 * 255 / mean_square));
}

}  // namespace

GreyPicture LumaOf(const RgbPicture& picture) {
  GreyPicture grey{picture.width, picture.height, std::vector<uint8_t>(picture.samples.size() / 3)};
  const uint8_t* rgb = picture.samples.data();
  for (uint8_t& sample : grey.samples) {
    sample = static_cast<uint8_t>((77 * rgb[0] + 150 * rgb[1] + 29 * rgb[2] + 128) >> 8);
    rgb += 3;
  }
  return grey;
}

Bareness MeasureBareness(const GreyPicture& before, const GreyPicture& after, const Shape& shape,
                         double rim) {
  Bareness found;
  Shape inner = shape;
  // Small areas keep their middle whatever the rim.
  const double off_x = std::min(rim, shape.width / 4), off_y = std::min(rim, shape.height / 4);
  inner.x += off_x, inner.y += off_y;
  inner.width -= 2 * off_x, inner.height -= 2 * off_y;
  if (!(inner.width > 0) || !(inner.height > 0)) return found;
  const int cell =
      std::clamp(static_cast<int>(std::min({inner.width, inner.height, 1000.0}) / kCellsAcross),
                 kLeastCell, kMostCell);
  const auto limit = [](double value, int most) {
    return static_cast<int>(std::clamp<double>(value, 0, most));
  };
  const int left = limit(std::floor(inner.x), before.width),
            right = limit(std::ceil(inner.x + inner.width), before.width),
            top = limit(std::floor(inner.y), before.height),
            bottom = limit(std::ceil(inner.y + inner.height), before.height);
  for (int y0 = top; y0 < bottom; y0 += cell) {
    for (int x0 = left; x0 < right; x0 += cell) {
      Detail detail;
      for (int y = y0; y < std::min(y0 + cell, bottom); ++y) {
        const size_t row = static_cast<size_t>(y) * before.width;
        for (int x = x0; x < std::min(x0 + cell, right); ++x) {
          if (!Within(inner, x + 0.5, y + 0.5)) continue;
          detail.Add(x - x0, y - y0, before.samples[row + x], after.samples[row + x]);
        }
      }
      if (detail.count() < std::max(kLeastOfCell * cell * cell, 6.0)) continue;
      double energy = 0, left_energy = 0, product = 0;
      detail.Measure(energy, left_energy, product);
      if (energy < kLeastDetail) continue;
      ++found.textured;
      if (left_energy >= kDetailLeft * energy &&
          product >= kSameDetail * std::sqrt(energy * left_energy)) {
        ++found.bare;
      }
    }
  }
  return found;
}

void Allowed::Add(const std::vector<uint8_t>& before, const std::vector<uint8_t>& after, int more) {
  if (before.size() != pixels.size() || after.size() != pixels.size()) return;
  for (int y = 0; y < height; ++y) {
    const size_t row = static_cast<size_t>(y) * width;
    for (int x = 0; x < width; ++x) {
      if (before[row + x] == 0 || after[row + x] == 0) continue;
      int end = x + 1;  // of the run
      while (end < width && before[row + end] != 0 && after[row + end] != 0) ++end;
      const int left = std::max(x - more, 0), right = std::min(end + more, width);
      for (int at = std::max(y - more, 0); at < std::min(y + more + 1, height); ++at) {
        std::fill_n(pixels.begin() + static_cast<ptrdiff_t>(at) * width + left, right - left,
                    uint8_t{1});
      }
      x = end;
    }
  }
}

Allowed AllowedBy(std::span<const Shape> shapes, int width, int height, const Reach& reach) {
  Allowed allowed{width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height, 0)};
  if (shapes.empty()) return allowed;
  const auto samples = [&](int pixels, double sub) {
    const int count = static_cast<int>(std::ceil(pixels / sub));
    return (count + reach.block - 1) / reach.block * reach.block;
  };
  const PlaneGrid grid{.width = samples(width, reach.sub_x),
                       .height = samples(height, reach.sub_y),
                       .sub_x = reach.sub_x,
                       .sub_y = reach.sub_y,
                       .block = reach.block};
  for (const Patch& patch : Rasterise(shapes, grid)) {
    for (int y = 0; y < patch.height; ++y) {
      const uint8_t* hidden = patch.hidden.data() + static_cast<size_t>(y) * patch.width;
      const int top = std::max(static_cast<int>((patch.y + y) * reach.sub_y) - reach.more, 0);
      const int bottom = std::min(
          static_cast<int>(std::ceil((patch.y + y + 1) * reach.sub_y)) + reach.more, height);
      for (int x = 0; x < patch.width; ++x) {
        if (hidden[x] == 0) continue;
        int end = x + 1;  // of the run
        while (end < patch.width && hidden[end] != 0) ++end;
        const int left = std::max(static_cast<int>((patch.x + x) * reach.sub_x) - reach.more, 0);
        const int right = std::min(
            static_cast<int>(std::ceil((patch.x + end) * reach.sub_x)) + reach.more, width);
        for (int at = top; at < bottom && left < right; ++at) {
          std::fill_n(allowed.pixels.begin() + static_cast<ptrdiff_t>(at) * width + left,
                      right - left, uint8_t{1});
        }
        x = end;
      }
    }
  }
  return allowed;
}

double Difference::psnr() const {
  return compared == 0 ? 99 : Psnr(squared / (3 * static_cast<double>(compared)));
}

double Difference::worst_psnr() const { return Psnr(worst); }

Difference MeasureDifference(const RgbPicture& before, const RgbPicture& after,
                             const Allowed& allowed) {
  Difference found;
  const int width = before.width, height = before.height;
  int left = width, top = height, right = 0, bottom = 0;
  const int columns = (width + kDifferenceCell - 1) / kDifferenceCell;
  std::vector<int64_t> squares(columns);
  std::vector<int> counts(columns);
  for (int y0 = 0; y0 < height; y0 += kDifferenceCell) {
    std::fill(squares.begin(), squares.end(), 0);
    std::fill(counts.begin(), counts.end(), 0);
    const int end = std::min(y0 + kDifferenceCell, height);
    for (int y = y0; y < end; ++y) {
      const size_t row = static_cast<size_t>(y) * width;
      const uint8_t* a = before.samples.data() + 3 * row;
      const uint8_t* b = after.samples.data() + 3 * row;
      for (int x = 0; x < width; ++x, a += 3, b += 3) {
        if (allowed.pixels[row + x] != 0) continue;
        const int r = a[0] - b[0], g = a[1] - b[1], blue = a[2] - b[2];
        const int cell = x / kDifferenceCell;
        ++counts[cell];
        if ((r | g | blue) == 0) continue;
        squares[cell] += r * r + g * g + blue * blue;
        ++found.differing;
        left = std::min(left, x), right = std::max(right, x + 1);
        top = std::min(top, y), bottom = std::max(bottom, y + 1);
      }
    }
    for (int cell = 0; cell < columns; ++cell) {
      found.compared += counts[cell];
      found.squared += static_cast<double>(squares[cell]);
      const int cell_width = std::min(kDifferenceCell, width - cell * kDifferenceCell);
      if (2 * counts[cell] < cell_width * (end - y0) || counts[cell] == 0) continue;
      const double mean = static_cast<double>(squares[cell]) / (3.0 * counts[cell]);
      if (mean <= found.worst) continue;
      found.worst = mean;
      found.worst_cell = {static_cast<double>(cell * kDifferenceCell), static_cast<double>(y0),
                          static_cast<double>(cell_width), static_cast<double>(end - y0)};
    }
  }
  if (found.differing > 0) {
    found.bounds = {static_cast<double>(left), static_cast<double>(top),
                    static_cast<double>(right - left), static_cast<double>(bottom - top)};
  }
  return found;
}

}  // namespace efface
