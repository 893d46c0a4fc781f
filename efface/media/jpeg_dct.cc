// Two multiplications by the matrix of cosines, which is orthonormal: its transpose is its inverse.
#include "efface/media/jpeg_dct.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace efface {
namespace {

using Matrix = std::array<std::array<float, 8>, 8>;

// kBasis[u][x] = c(u) / 2 * cos((2 x + 1) u pi / 16), with c(0) = sqrt(1/2) and c(u) = 1.
constexpr Matrix MakeBasis() {
  // cos(k pi / 16) / 2 for k = 0 .. 8
  constexpr std::array<float, 9> kCosines = {0.5F,         0.490392640F, 0.461939766F,
                                             0.415734806F, 0.353553391F, 0.277785117F,
                                             0.191341716F, 0.097545161F, 0.0F};
  Matrix basis = {};
  for (size_t u = 0; u < 8; ++u) {
    for (size_t x = 0; x < 8; ++x) {
      const size_t turn = (2 * x + 1) * u % 32;           // cos has the period 32,
      const size_t half = turn <= 16 ? turn : 32 - turn;  // is even,
      const float sign = half <= 8 ? 1.0F : -1.0F;        // and odd about 8
      basis[u][x] = u == 0 ? kCosines[4] : sign * kCosines[half <= 8 ? half : 16 - half];
    }
  }
  return basis;
}

constexpr Matrix Transpose(const Matrix& matrix) {
  Matrix out = {};
  for (size_t i = 0; i < 8; ++i) {
    for (size_t j = 0; j < 8; ++j) out[i][j] = matrix[j][i];
  }
  return out;
}

constexpr Matrix kBasis = MakeBasis();
constexpr Matrix kTransposed = Transpose(kBasis);

Matrix Multiply(const Matrix& left, const Matrix& right) {
  Matrix out;
  for (size_t i = 0; i < 8; ++i) {
    std::array<float, 8> row = {};
    for (size_t k = 0; k < 8; ++k) {
      for (size_t j = 0; j < 8; ++j) row[j] += left[i][k] * right[k][j];
    }
    out[i] = row;
  }
  return out;
}

constexpr float kMiddle = 128;  // subtracted from 8-bit samples

}  // namespace

void DecodeJpegBlock(const int16_t* coefficients, const uint16_t* quantisers, uint8_t* samples,
                     ptrdiff_t stride) {
  Matrix frequencies;
  for (size_t v = 0; v < 8; ++v) {
    for (size_t u = 0; u < 8; ++u) {
      frequencies[v][u] =
          static_cast<float>(coefficients[8 * v + u]) * static_cast<float>(quantisers[8 * v + u]);
    }
  }
  const Matrix picture = Multiply(kTransposed, Multiply(frequencies, kBasis));
  for (size_t y = 0; y < 8; ++y) {
    uint8_t* row = samples + static_cast<ptrdiff_t>(y) * stride;
    for (size_t x = 0; x < 8; ++x) {
      row[x] = static_cast<uint8_t>(std::clamp(picture[y][x] + kMiddle + 0.5F, 0.0F, 255.0F));
    }
  }
}

void EncodeJpegBlock(const uint8_t* samples, ptrdiff_t stride, const uint16_t* quantisers,
                     int16_t* coefficients) {
  Matrix picture;
  for (size_t y = 0; y < 8; ++y) {
    const uint8_t* row = samples + static_cast<ptrdiff_t>(y) * stride;
    for (size_t x = 0; x < 8; ++x) picture[y][x] = static_cast<float>(row[x]) - kMiddle;
  }
  const Matrix frequencies = Multiply(kBasis, Multiply(picture, kTransposed));
  for (size_t v = 0; v < 8; ++v) {
    for (size_t u = 0; u < 8; ++u) {
      const auto quantiser = static_cast<float>(quantisers[8 * v + u]);
      const float level = quantiser > 0 ? frequencies[v][u] / quantiser : 0.0F;
      const float lowest = u + v == 0 ? -1024.0F : -1023.0F;
      coefficients[8 * v + u] =
          static_cast<int16_t>(std::lround(std::clamp(level, lowest, 1023.0F)));
    }
  }
}

}  // namespace efface
