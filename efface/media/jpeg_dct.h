// The 8 x 8 DCT of JPEG (ITU-T T.81 A.3.3) between the quantised coefficients of one block and its
// samples. Deterministic; plain enough for the compiler to vectorise.
#ifndef EFFACE_MEDIA_JPEG_DCT_H_
#define EFFACE_MEDIA_JPEG_DCT_H_

#include <cstddef>
#include <cstdint>

namespace efface {

// Coefficients and quantisers: 64 in natural order, row by row of rising vertical frequency.
// Samples: 8 rows of 8, `stride` bytes apart. Any value is safe, a quantiser of 0 too.

void DecodeJpegBlock(const int16_t* coefficients, const uint16_t* quantisers, uint8_t* samples,
                     ptrdiff_t stride);

// Coefficients stay within the -1023 .. 1023 (DC: -1024) that 8-bit JPEG can code.
void EncodeJpegBlock(const uint8_t* samples, ptrdiff_t stride, const uint16_t* quantisers,
                     int16_t* coefficients);

}  // namespace efface

#endif  // EFFACE_MEDIA_JPEG_DCT_H_
