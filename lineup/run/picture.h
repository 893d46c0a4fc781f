// A picture in memory, and where a face lies in it.
#ifndef EFFACE_LINEUP_RUN_PICTURE_H_
#define EFFACE_LINEUP_RUN_PICTURE_H_

#include <array>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"

namespace lineup {

struct Point {
  double x = 0, y = 0;  // pixels; (0, 0) is the middle of the first one
};

struct Box {
  double x = 0, y = 0, width = 0, height = 0;  // pixels
};

// Upright; RGB, interleaved, rows without padding.
struct Picture {
  int width = 0, height = 0;
  std::vector<uint8_t> rgb;

  uint8_t* at(int x, int y) {
    return rgb.data() +
           3 * (static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x));
  }
};

// A face as the detector and the 5-point predictor give it: both corners of the eye that is to the
// right in the picture (outer, inner), of the other eye (outer, inner), and the base of the nose.
struct Place {
  Box box;
  std::array<Point, 5> points;
};

// A JPEG, PNG or BMP file, turned as its EXIF orientation says. Errors name no file:
// InvalidArgument where it can't be decoded, ResourceExhausted beyond kMaxFile or kMaxPixels; else
// as efface::ReadFile.
constexpr int64_t kMaxFile = int64_t{1} << 28;  // bytes
constexpr int64_t kMaxPixels = int64_t{1} << 27;
absl::StatusOr<Picture> ReadPicture(const std::filesystem::path& path);

// A JPEG as it is stored, not turned. InvalidArgument where any of it is damaged, or its colours
// are no RGB, YCC or grey.
absl::StatusOr<Picture> DecodeJpeg(efface::ByteView bytes);

// Paints the ellipse that `box` bounds in one colour, mid-grey.
void PaintEllipse(const Box& box, Picture& picture);

}  // namespace lineup

#endif  // EFFACE_LINEUP_RUN_PICTURE_H_
