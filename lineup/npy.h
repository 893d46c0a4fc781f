// Reads NumPy's arrays: .npy files (format versions 1 to 3) and .npz archives of them, stored or
// deflated. minizip is met here only.
#ifndef EFFACE_LINEUP_NPY_H_
#define EFFACE_LINEUP_NPY_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace lineup {

// Rows of float numbers, in row order, and their names where the archive has them.
struct NumpyRows {
  size_t rows = 0, columns = 0;
  std::vector<float> values;     // rows * columns
  std::vector<std::string> ids;  // the array "ids" of an .npz: one a row, or empty: none
};

// Numbers may be of 4 or 8 bytes (or 2, IEEE half precision), little-endian, in C or Fortran order.
// Of an .npz: the array "embeddings", or else its only one with two dimensions. InvalidArgument, in
// a sentence, for what it can't be; ResourceExhausted above kMaxValues numbers.
constexpr uint64_t kMaxValues = uint64_t{1} << 33;
absl::StatusOr<NumpyRows> ReadNumpy(const std::filesystem::path& path);

}  // namespace lineup

#endif  // EFFACE_LINEUP_NPY_H_
