// Multigrid on cells: full multigrid for the first guess, then W-cycles with one red-black
// Gauss-Seidel sweep before and after (Trottenberg, Oosterlee, Schueller: Multigrid, 2001). A cell
// of a coarse level stands for 2 x 2 cells of the finer one, and takes part if any of them does.
#include "efface/fill/harmonic.h"

#include <algorithm>
#include <cmath>
#include <type_traits>
#include <utility>
#include <vector>

namespace efface {
namespace {

constexpr int kMaxCycles = 30;
constexpr float kUsualRate = 0.25f;  // of the changes from one cycle to the next
constexpr int kCoarsestSweeps = 4;
constexpr int kGuessSweeps = 2;  // after the interpolation to the finest level

// Cells [begin, end) of row y.
struct Run {
  int y, begin, end;
};

// The equation of a cell: (sum of all its weights) u = sum of weight * neighbour's u + f. Weights
// are those of a finite-volume scheme: the length of the common side over the distance of the
// centres. Sides towards the rim (`rim` weights) have their value in f, or 0 in a correction.
struct Level {
  Level(int w, int h)
      : u(w, h), f(w, h), east(w, h), south(w, h), inverse(w, h), rim(w, h), area(w, h) {}

  Grid u, f;
  Grid east, south;  // weights towards the next cell
  Grid inverse;      // 1 / sum of the weights; 0 where the cell takes no part
  std::vector<Run> runs;

  // While building only: how many sides of hidden finest cells in this cell meet the rim, and how
  // many hidden finest cells there are. f then holds the sum of the rim's values at those sides.
  Grid rim, area;
};

// The finest level has no arrays but `u`: weights are 1. Cells at the grid's border miss
// neighbours, and stand apart.
struct Finest {
  std::span<const uint8_t> hidden;
  Grid& u;
  std::vector<Run> runs;    // without border cells
  std::vector<Run> border;  // one cell each
};

// ---- The finest level ----

Finest MakeFinest(std::span<const uint8_t> hidden, Grid& grid) {
  Finest finest{hidden, grid, {}, {}};
  const int w = grid.width, h = grid.height;
  for (int y = 0; y < h; ++y) {
    const uint8_t* row = hidden.data() + static_cast<ptrdiff_t>(y) * w;
    for (int x = 0; x < w; ++x) {
      if (row[x] == 0) continue;
      if (y == 0 || y == h - 1 || x == 0 || x == w - 1) {
        finest.border.push_back({y, x, x + 1});
        continue;
      }
      const int begin = x;
      while (x < w - 1 && row[x] != 0) ++x;
      finest.runs.push_back({y, begin, x--});
    }
  }
  return finest;
}

// Calls visit(x, y) for the neighbours of a cell that lie on the grid.
template <typename Visit>
void VisitNeighbours(const Grid& grid, int x, int y, Visit visit) {
  if (x > 0) visit(x - 1, y);
  if (x + 1 < grid.width) visit(x + 1, y);
  if (y > 0) visit(x, y - 1);
  if (y + 1 < grid.height) visit(x, y + 1);
}

// What the equation of a border cell lacks to be met, and how many neighbours it has.
std::pair<float, float> BorderResidual(const Grid& u, int x, int y) {
  float sum = 0, count = 0;
  VisitNeighbours(u, x, y, [&](int nx, int ny) {
    sum += u.row(ny)[nx];
    count += 1;
  });
  return {sum - count * u.row(y)[x], count};
}

void RelaxColour(Finest& finest, int colour) {
  const ptrdiff_t stride = finest.u.stride;
  for (const Run& run : finest.runs) {
    float* u = finest.u.row(run.y);
    for (int x = run.begin + ((run.begin + run.y + colour) & 1); x < run.end; x += 2) {
      u[x] = 0.25f * ((u[x - 1] + u[x + 1]) + (u[x - stride] + u[x + stride]));
    }
  }
  for (const Run& cell : finest.border) {
    if (((cell.begin + cell.y + colour) & 1) != 0) continue;
    const auto [residual, count] = BorderResidual(finest.u, cell.begin, cell.y);
    if (count > 0) finest.u.row(cell.y)[cell.begin] += residual / count;
  }
}

// Sums of the residuals of 2 x 2 cells. After a sweep those of colour 1 are 0.
void Restrict(const Finest& finest, Level& coarse) {
  std::fill(coarse.f.cells.begin(), coarse.f.cells.end(), 0.f);
  const ptrdiff_t stride = finest.u.stride;
  for (const Run& run : finest.runs) {
    const float* u = finest.u.row(run.y);
    float* f = coarse.f.row(run.y >> 1);
    for (int x = run.begin + ((run.begin + run.y) & 1); x < run.end; x += 2) {
      f[x >> 1] += ((u[x - 1] + u[x + 1]) + (u[x - stride] + u[x + stride])) - 4 * u[x];
    }
  }
  for (const Run& cell : finest.border) {
    coarse.f.row(cell.y >> 1)[cell.begin >> 1] +=
        BorderResidual(finest.u, cell.begin, cell.y).first;
  }
}

// ---- Coarse levels ----

void SetRuns(Level& level) {
  for (int y = 0; y < level.u.height; ++y) {
    const float* area = level.area.row(y);
    for (int x = 0; x < level.u.width; ++x) {
      if (area[x] == 0) continue;
      const int begin = x;
      while (x < level.u.width && area[x] != 0) ++x;
      level.runs.push_back({y, begin, x});
    }
  }
}

// Level 1.
Level Coarsen(const Finest& finest) {
  const Grid& u = finest.u;
  Level coarse((u.width + 1) / 2, (u.height + 1) / 2);
  const auto is_hidden = [&](int x, int y) {
    return finest.hidden[static_cast<size_t>(y) * u.width + x] != 0;
  };
  const auto add_cell = [&](int x, int y) {
    const int cx = x >> 1, cy = y >> 1;
    coarse.area.row(cy)[cx] += 1;
    VisitNeighbours(u, x, y, [&](int nx, int ny) {
      if (!is_hidden(nx, ny)) {
        coarse.rim.row(cy)[cx] += 1;
        coarse.f.row(cy)[cx] += u.row(ny)[nx];
      } else if (nx >> 1 > cx) {
        coarse.east.row(cy)[cx] += 0.5f;
      } else if (ny >> 1 > cy) {
        coarse.south.row(cy)[cx] += 0.5f;
      }
    });
  };
  for (const Run& run : finest.runs) {
    const uint8_t* row = finest.hidden.data() + static_cast<ptrdiff_t>(run.y) * u.width;
    float* area = coarse.area.row(run.y >> 1);
    float* east = coarse.east.row(run.y >> 1);
    float* south = coarse.south.row(run.y >> 1);
    for (int x = run.begin; x < run.end; ++x) {
      const bool inside = (row[x - 1] & row[x + 1] & row[x - u.width] & row[x + u.width] & 1) != 0;
      if (!inside) {
        add_cell(x, run.y);
        continue;
      }
      area[x >> 1] += 1;
      if ((x & 1) != 0) east[x >> 1] += 0.5f;
      if ((run.y & 1) != 0) south[x >> 1] += 0.5f;
    }
  }
  for (const Run& cell : finest.border) add_cell(cell.begin, cell.y);
  SetRuns(coarse);
  return coarse;
}

// The level above `fine`.
Level Coarsen(const Level& fine) {
  Level coarse((fine.u.width + 1) / 2, (fine.u.height + 1) / 2);
  for (const Run& run : fine.runs) {
    const int y = run.y, cy = y >> 1;
    for (int x = run.begin; x < run.end; ++x) {
      const int cx = x >> 1;
      coarse.area.row(cy)[cx] += fine.area.row(y)[x];
      coarse.rim.row(cy)[cx] += fine.rim.row(y)[x];
      coarse.f.row(cy)[cx] += fine.f.row(y)[x];
      if ((x & 1) != 0) coarse.east.row(cy)[cx] += 0.5f * fine.east.row(y)[x];
      if ((y & 1) != 0) coarse.south.row(cy)[cx] += 0.5f * fine.south.row(y)[x];
    }
  }
  SetRuns(coarse);
  return coarse;
}

// Ends the building of level `number`. The rim lies half the thickness of what is hidden of the
// cell, and half a finest cell, from the centre of that.
void Finish(int number, Level& level) {
  const auto side = static_cast<float>(1 << number);
  for (const Run& run : level.runs) {
    for (int x = run.begin; x < run.end; ++x) {
      const float rim = level.rim.row(run.y)[x];
      const float thickness = rim > 0 ? std::min(side, level.area.row(run.y)[x] / rim) : side;
      const float distance = 0.5f * (thickness + 1);
      level.f.row(run.y)[x] /= distance;
      level.inverse.row(run.y)[x] =
          1 / (rim / distance + level.east.row(run.y)[x] + level.east.row(run.y)[x - 1] +
               level.south.row(run.y)[x] + level.south.row(run.y - 1)[x]);
    }
  }
  level.rim = Grid(0, 0);
  level.area = Grid(0, 0);
}

void RelaxColour(Level& level, int colour) {
  const ptrdiff_t stride = level.u.stride;
  for (const Run& run : level.runs) {
    float* u = level.u.row(run.y);
    const float* f = level.f.row(run.y);
    const float* east = level.east.row(run.y);
    const float* south = level.south.row(run.y);
    const float* inverse = level.inverse.row(run.y);
    for (int x = run.begin + ((run.begin + run.y + colour) & 1); x < run.end; x += 2) {
      u[x] = inverse[x] * ((f[x] + east[x - 1] * u[x - 1] + east[x] * u[x + 1]) +
                           (south[x - stride] * u[x - stride] + south[x] * u[x + stride]));
    }
  }
}

void Restrict(const Level& fine, Level& coarse) {
  std::fill(coarse.f.cells.begin(), coarse.f.cells.end(), 0.f);
  const ptrdiff_t stride = fine.u.stride;
  for (const Run& run : fine.runs) {
    const float* u = fine.u.row(run.y);
    const float* f = fine.f.row(run.y);
    const float* east = fine.east.row(run.y);
    const float* south = fine.south.row(run.y);
    const float* inverse = fine.inverse.row(run.y);
    float* to = coarse.f.row(run.y >> 1);
    for (int x = run.begin + ((run.begin + run.y) & 1); x < run.end; x += 2) {
      to[x >> 1] += ((f[x] + east[x - 1] * u[x - 1] + east[x] * u[x + 1]) +
                     (south[x - stride] * u[x - stride] + south[x] * u[x + stride])) -
                    u[x] / inverse[x];
    }
  }
}

// Copies the outermost cells into the margin, so that interpolation ends flat at the border.
void ExtendIntoMargin(Grid& u) {
  for (int y = 0; y < u.height; ++y) {
    u.row(y)[-1] = u.row(y)[0];
    u.row(y)[u.width] = u.row(y)[u.width - 1];
  }
  std::copy_n(u.row(0) - 1, u.stride, u.row(-1) - 1);
  std::copy_n(u.row(u.height - 1) - 1, u.stride, u.row(u.height) - 1);
}

// Adds the coarse correction, bilinearly interpolated; cells that take no part count as 0. Returns
// the largest correction.
template <typename AnyLevel>
float AddCorrection(Level& coarse, AnyLevel& fine) {
  ExtendIntoMargin(coarse.u);
  float largest = 0;
  const auto add = [&](const Run& run) {
    float* u = fine.u.row(run.y);
    const float* near = coarse.u.row(run.y >> 1);
    const float* far = coarse.u.row((run.y >> 1) + ((run.y & 1) != 0 ? 1 : -1));
    for (int x = run.begin; x < run.end; ++x) {
      const int cx = x >> 1, side = cx + ((x & 1) != 0 ? 1 : -1);
      const float change =
          0.5625f * near[cx] + 0.1875f * (near[side] + far[cx]) + 0.0625f * far[side];
      u[x] += change;
      largest = std::max(largest, std::abs(change));
    }
  };
  for (const Run& run : fine.runs) add(run);
  if constexpr (std::is_same_v<AnyLevel, Finest>) {
    for (const Run& cell : fine.border) add(cell);
  }
  return largest;
}

// Sets the fine cells from the coarse solution, bilinearly among the cells that take part (u is 0
// in all others).
template <typename AnyLevel>
void Interpolate(const Level& coarse, AnyLevel& fine) {
  const auto set = [&](const Run& run) {
    float* u = fine.u.row(run.y);
    const int cy = run.y >> 1, far_y = cy + ((run.y & 1) != 0 ? 1 : -1);
    const float* near = coarse.u.row(cy);
    const float* far = coarse.u.row(far_y);
    const float* near_inverse = coarse.inverse.row(cy);
    const float* far_inverse = coarse.inverse.row(far_y);
    for (int x = run.begin; x < run.end; ++x) {
      const int cx = x >> 1, side = cx + ((x & 1) != 0 ? 1 : -1);
      const int weights =
          9 + 3 * (near_inverse[side] > 0) + 3 * (far_inverse[cx] > 0) + (far_inverse[side] > 0);
      u[x] = (9 * near[cx] + 3 * (near[side] + far[cx]) + far[side]) / static_cast<float>(weights);
    }
  };
  for (const Run& run : fine.runs) set(run);
  if constexpr (std::is_same_v<AnyLevel, Finest>) {
    for (const Run& cell : fine.border) set(cell);
  }
}

template <typename AnyLevel>
void Relax(AnyLevel& level) {
  RelaxColour(level, 0);
  RelaxColour(level, 1);
}

// One W-cycle on a level below which lie `coarse`. Returns the largest change by the correction.
// (V-cycles diverge where a few cells of the rim lie within a large hidden area.)
template <typename AnyLevel>
float Cycle(AnyLevel& level, std::span<Level> coarse) {
  if (coarse.empty()) {
    for (int i = 0; i < kCoarsestSweeps; ++i) Relax(level);
    return 0;
  }
  Relax(level);
  Restrict(level, coarse[0]);
  std::fill(coarse[0].u.cells.begin(), coarse[0].u.cells.end(), 0.f);
  for (int i = 0; i < 2; ++i) Cycle(coarse[0], coarse.subspan(1));
  const float largest = AddCorrection(coarse[0], level);
  Relax(level);
  return largest;
}

// The coarse levels below `finest`, each solved, and the finest interpolated from them.
std::vector<Level> FirstGuess(Finest& finest) {
  std::vector<Level> levels;
  levels.push_back(Coarsen(finest));
  while (std::max(levels.back().u.width, levels.back().u.height) > 3) {
    levels.push_back(Coarsen(levels.back()));
  }
  for (size_t i = 0; i < levels.size(); ++i) Finish(static_cast<int>(i) + 1, levels[i]);

  const std::span<Level> all(levels);
  for (size_t i = levels.size(); i-- > 0;) {
    if (i + 1 < levels.size()) Interpolate(levels[i + 1], levels[i]);
    Cycle(levels[i], all.subspan(i + 1));
  }
  Interpolate(levels[0], finest);
  return levels;
}

}  // namespace

void SolveHarmonic(std::span<const uint8_t> hidden, float tolerance, Grid& grid) {
  Finest finest = MakeFinest(hidden, grid);
  if (finest.runs.empty() && finest.border.empty()) return;
  std::vector<Level> levels = FirstGuess(finest);
  float before = 0;
  for (int i = 0; i < kMaxCycles; ++i) {
    const float change = Cycle(finest, std::span<Level>(levels));
    // Changes fall like a geometric series, whose rest is the error left.
    const float rate = i > 0 ? std::min(change / before, 0.95f) : kUsualRate;
    if (change * rate <= tolerance * (1 - rate)) break;
    before = change;
  }
}

void GuessHarmonic(std::span<const uint8_t> hidden, Grid& grid) {
  Finest finest = MakeFinest(hidden, grid);
  if (finest.runs.empty() && finest.border.empty()) return;
  FirstGuess(finest);
  for (int i = 0; i < kGuessSweeps; ++i) Relax(finest);
}

}  // namespace efface
