// Solves Laplace's equation on a grid with holes: each hidden cell becomes the mean of its
// neighbours.
#ifndef EFFACE_FILL_HARMONIC_H_
#define EFFACE_FILL_HARMONIC_H_

#include <cstdint>
#include <span>

#include "efface/fill/grid.h"

namespace efface {

// Sets every cell of `grid` for which `hidden` (width * height) is 1. Of the others, 0, it reads
// only those beside a hidden one: the Dirichlet values. At the grid's border the boundary is
// natural (nothing flows across it). What the hidden cells hold beforehand is not read. Stops when
// the error left is estimated at `tolerance` or less. At least one cell must not be hidden. Time
// and memory (some 10 bytes a cell beside the grid) are linear in the grid's size.
void SolveHarmonic(std::span<const uint8_t> hidden, float tolerance, Grid& grid);

// The same, but only the first guess of full multigrid, smoothed: within about two hundredths of
// the range of the Dirichlet values, in half of the time.
void GuessHarmonic(std::span<const uint8_t> hidden, Grid& grid);

}  // namespace efface

#endif  // EFFACE_FILL_HARMONIC_H_
