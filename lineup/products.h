// Products of all rows of one table with all of another, for every score that this package makes.
// Compiled for AVX-512, AVX2 and plain x86-64; picks at run time.
//
// Each product is summed in the order of the dimensions, by one fused multiply-add after the other.
// So it is the same number on every processor that has them (AVX2 or later), with any number of
// threads, in any block, and with the two sides exchanged. A BLAS promises none of that, and Debian
// 12's takes its AVX2 kernels on processors newer than it.
#ifndef EFFACE_LINEUP_PRODUCTS_H_
#define EFFACE_LINEUP_PRODUCTS_H_

#include <vector>

namespace lineup {

enum class Side { kRows, kColumns };

// How many rows of numbers lie interleaved in a strip on that side; counts are rounded up to whole
// strips.
int StripOf(Side side);
inline int WholeStrips(int count, Side side) {
  return (count + StripOf(side) - 1) / StripOf(side) * StripOf(side);
}

// Appends `count` rows of `dimensions` numbers each, in strips: [strip][dimension][row in the
// strip], zeros at the end.
void Pack(const float* rows, int count, int dimensions, Side side, std::vector<float>& packed);

// out[i * WholeStrips(columns) + j] = the product of row i and column j, for all rows and columns
// up to whole strips.
void Products(const float* packed_rows, int rows, const float* packed_columns, int columns,
              int dimensions, float* out);

}  // namespace lineup

#endif  // EFFACE_LINEUP_PRODUCTS_H_
