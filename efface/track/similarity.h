// A motion of the plane: turn, scale, shift.
#ifndef EFFACE_TRACK_SIMILARITY_H_
#define EFFACE_TRACK_SIMILARITY_H_

#include <cmath>

namespace efface {

// (x, y) goes to (a x - b y + tx, b x + a y + ty).
struct Similarity {
  double a = 1, b = 0, tx = 0, ty = 0;

  double X(double x, double y) const { return a * x - b * y + tx; }
  double Y(double x, double y) const { return b * x + a * y + ty; }
  double scale() const { return std::hypot(a, b); }

  // Needs scale() > 0.
  Similarity Inverse() const {
    const double n = a * a + b * b;
    return {a / n, -b / n, -(a * tx + b * ty) / n, (b * tx - a * ty) / n};
  }
};

}  // namespace efface

#endif  // EFFACE_TRACK_SIMILARITY_H_
