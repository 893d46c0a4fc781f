#include "efface/mask/mask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <utility>

namespace efface {
namespace {

using Bitmap = std::vector<uint8_t>;  // width * height of a plane: 1 hidden

// The definition, rectangle by rectangle: does the open shape meet [x0, x1) x [y0, y1)?
bool Touches(const Shape& shape, double x0, double y0, double x1, double y1) {
  if (shape.rectangle) {
    return shape.x < x1 && x0 < shape.x + shape.width && shape.y < y1 &&
           y0 < shape.y + shape.height;
  }
  const double cx = shape.x + shape.width / 2, cy = shape.y + shape.height / 2;
  const double dx = (std::clamp(cx, x0, x1) - cx) / (shape.width / 2);
  const double dy = (std::clamp(cy, y0, y1) - cy) / (shape.height / 2);
  return dx * dx + dy * dy < 1;
}

Bitmap BruteForce(std::span<const Shape> shapes, const PlaneGrid& grid) {
  Bitmap bitmap;
  for (int y = 0; y < grid.height; ++y) {
    for (int x = 0; x < grid.width; ++x) {
      const double x0 = x / grid.block * grid.block, y0 = y / grid.block * grid.block;
      bitmap.push_back(std::any_of(shapes.begin(), shapes.end(), [&](const Shape& shape) {
        return Touches(shape, x0 * grid.sub_x, y0 * grid.sub_y, (x0 + grid.block) * grid.sub_x,
                       (y0 + grid.block) * grid.sub_y);
      }));
    }
  }
  return bitmap;
}

Bitmap BitmapOf(const std::vector<Patch>& patches, const PlaneGrid& grid) {
  Bitmap bitmap(static_cast<size_t>(grid.width) * grid.height, 0);
  for (const Patch& patch : patches) {
    for (int y = 0; y < patch.height; ++y) {
      for (int x = 0; x < patch.width; ++x) {
        bitmap[static_cast<size_t>(patch.y + y) * grid.width + patch.x + x] |=
            patch.hidden[static_cast<size_t>(y) * patch.width + x];
      }
    }
  }
  return bitmap;
}

// What the comment of Patch promises.
void CheckPatches(const std::vector<Patch>& patches, const PlaneGrid& grid) {
  for (const Patch& patch : patches) {
    ASSERT_GE(patch.x, 0);
    ASSERT_GE(patch.y, 0);
    ASSERT_GT(patch.width, 0);
    ASSERT_GT(patch.height, 0);
    ASSERT_LE(patch.x + patch.width, grid.width);
    ASSERT_LE(patch.y + patch.height, grid.height);
    ASSERT_EQ(patch.hidden.size(), static_cast<size_t>(patch.width) * patch.height);
    EXPECT_GT(patch.face_size, 0);
    EXPECT_EQ(patch.x % grid.block, 0);
    EXPECT_EQ(patch.y % grid.block, 0);
    for (int y = 0; y < patch.height; ++y) {
      for (int x = 0; x < patch.width; ++x) {
        if (patch.hidden[static_cast<size_t>(y) * patch.width + x] == 0) continue;
        EXPECT_TRUE(x >= grid.block || patch.x == 0);
        EXPECT_TRUE(y >= grid.block || patch.y == 0);
        EXPECT_TRUE(x < patch.width - grid.block || patch.x + patch.width == grid.width);
        EXPECT_TRUE(y < patch.height - grid.block || patch.y + patch.height == grid.height);
      }
    }
  }
  for (size_t i = 0; i < patches.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      const Patch &a = patches[i], &b = patches[j];
      EXPECT_FALSE(a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height &&
                   b.y < a.y + a.height)
          << "patches overlap";
    }
  }
}

// Quarter pixels, so that mirroring is exact.
Shape RandomShape(std::mt19937& random, int width, int height) {
  const auto quarter = [&](int from, int to) {
    return std::uniform_int_distribution<int>(4 * from, 4 * to)(random) * 0.25;
  };
  return {quarter(-5, width), quarter(-5, height), quarter(0, width / 2) + 0.25,
          quarter(0, height / 2) + 0.25, random() % 2 == 0};
}

constexpr int kStoredWidth = 23, kStoredHeight = 14;

// The stored pixel that is shown at (x, y), by the words of EXIF: where row 0 and column 0 go.
std::pair<int, int> StoredPixel(int orientation, int x, int y) {
  const int right = kStoredWidth - 1, bottom = kStoredHeight - 1;
  switch (orientation) {
    case 2:  // row 0 top, column 0 right
      return {right - x, y};
    case 3:  // row 0 bottom, column 0 right
      return {right - x, bottom - y};
    case 4:  // row 0 bottom, column 0 left
      return {x, bottom - y};
    case 5:  // row 0 left, column 0 top
      return {y, x};
    case 6:  // row 0 right, column 0 top
      return {y, bottom - x};
    case 7:  // row 0 right, column 0 bottom
      return {right - y, bottom - x};
    case 8:  // row 0 left, column 0 bottom
      return {right - y, x};
    default:  // row 0 top, column 0 left
      return {x, y};
  }
}

class ToStoredTest : public testing::TestWithParam<int> {};

TEST_P(ToStoredTest, HidesTheSamePixels) {
  const int orientation = GetParam();
  const bool turned = orientation >= 5;
  const PlaneGrid upright_grid{turned ? kStoredHeight : kStoredWidth,
                               turned ? kStoredWidth : kStoredHeight};
  const PlaneGrid stored_grid{kStoredWidth, kStoredHeight};
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    const Shape upright = RandomShape(random, upright_grid.width, upright_grid.height);
    const Shape stored = ToStored(upright, orientation, kStoredWidth, kStoredHeight);
    EXPECT_EQ(stored.rectangle, upright.rectangle);
    const Bitmap seen = BruteForce({&upright, 1}, upright_grid);
    const Bitmap hidden = BitmapOf(Rasterise({&stored, 1}, stored_grid), stored_grid);
    for (int y = 0; y < upright_grid.height; ++y) {
      for (int x = 0; x < upright_grid.width; ++x) {
        const auto [sx, sy] = StoredPixel(orientation, x, y);
        ASSERT_EQ(hidden[sy * kStoredWidth + sx], seen[y * upright_grid.width + x])
            << "pixel " << x << "," << y << " of round " << round;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(AllOrientations, ToStoredTest, testing::Range(1, 9));

struct NamedGrid {
  const char* name;
  PlaneGrid grid;
};

class RasteriseTest : public testing::TestWithParam<NamedGrid> {};

TEST_P(RasteriseTest, HidesWhatTouchesAShape) {
  const PlaneGrid& grid = GetParam().grid;
  const int width = static_cast<int>(grid.width * grid.sub_x);
  const int height = static_cast<int>(grid.height * grid.sub_y);
  std::mt19937 random(11);
  for (int round = 0; round < 100; ++round) {
    std::vector<Shape> shapes;
    for (unsigned i = 0; i < round % 6 + 1u; ++i) {
      Shape shape = RandomShape(random, width, height);
      if (round % 2 == 0) {  // smaller, so that there are several patches; no round numbers
        shape.x += 0.0371234;
        shape.y += 0.0293456;
        shape.width = shape.width / 5 + 0.1234567;
        shape.height = shape.height / 5 + 0.7654321;
      }
      shapes.push_back(shape);
    }
    const std::vector<Patch> patches = Rasterise(shapes, grid);
    CheckPatches(patches, grid);
    const Bitmap hidden = BitmapOf(patches, grid), expected = BruteForce(shapes, grid);
    for (size_t i = 0; i < hidden.size(); ++i) {
      ASSERT_EQ(int{hidden[i]}, int{expected[i]})
          << "at " << i % grid.width << "," << i / grid.width << " in round " << round;
    }
  }
}

TEST_P(RasteriseTest, HidesEveryPointOfAnEllipse) {
  const PlaneGrid& grid = GetParam().grid;
  const double width = grid.width * grid.sub_x, height = grid.height * grid.sub_y;
  const Shape shape{width * 0.21, height * 0.17, width * 0.61, height * 0.77};
  const Bitmap hidden = BitmapOf(Rasterise({&shape, 1}, grid), grid);
  for (int i = 0; i < 100'000; ++i) {
    const double angle = i * 0.001, radius = 0.999999 * shape.width / 2;
    const double x = shape.x + shape.width / 2 + radius * std::cos(angle);
    const double y =
        shape.y + shape.height / 2 + radius * std::sin(angle) * shape.height / shape.width;
    const auto at =
        static_cast<size_t>(y / grid.sub_y) * grid.width + static_cast<size_t>(x / grid.sub_x);
    ASSERT_EQ(hidden[at], 1) << x << "," << y;
  }
}

INSTANTIATE_TEST_SUITE_P(Grids, RasteriseTest,
                         testing::Values(NamedGrid{"full", {67, 45}},
                                         NamedGrid{"half", {33, 23, 2, 2}},
                                         NamedGrid{"across", {17, 45, 4, 1}},
                                         NamedGrid{"odd", {45, 30, 1.5, 1.5}},
                                         NamedGrid{"blocks", {96, 80, 1, 1, 8}},
                                         NamedGrid{"chroma_blocks", {48, 40, 2, 2, 8}}),
                         [](const auto& grid) { return grid.param.name; });

TEST(Rasterise, CountsThePartialSampleAtTheBorder) {
  // 17 pixels at half the resolution: sample 8 has but one pixel.
  const PlaneGrid grid{9, 9, 2, 2};
  const Shape shape{16.2, 16.3, 0.5, 0.5};
  const std::vector<Patch> patches = Rasterise({&shape, 1}, grid);
  ASSERT_EQ(patches.size(), 1u);
  EXPECT_EQ(patches[0].x, 7);
  EXPECT_EQ(patches[0].y, 7);
  EXPECT_EQ(patches[0].width, 2);
  EXPECT_THAT(patches[0].hidden, testing::ElementsAre(0, 0, 0, 1));
}

TEST(Rasterise, DoesNotHideWhatABoxOnlyBordersOn) {
  const PlaneGrid grid{64, 64, 1, 1, 8};
  const Shape shape{8, 16, 8, 24, true};
  const Bitmap hidden = BitmapOf(Rasterise({&shape, 1}, grid), grid);
  EXPECT_EQ(std::count(hidden.begin(), hidden.end(), 1), 8 * 24);
}

TEST(Rasterise, MergesPatchesThatWouldReadEachOther) {
  const PlaneGrid grid{100, 100};
  const auto patches_of = [&](double second_x) {
    const std::vector<Shape> shapes{{10, 10, 10, 10, true}, {second_x, 12, 20, 10, true}};
    return Rasterise(shapes, grid);
  };
  EXPECT_EQ(patches_of(15).size(), 1u);             // overlap
  EXPECT_EQ(patches_of(20).size(), 1u);             // touch
  EXPECT_EQ(patches_of(21).size(), 1u);             // one sample between: the rim of both
  EXPECT_EQ(patches_of(22).size(), 2u);             // a rim each
  EXPECT_EQ(patches_of(15)[0].face_size, 20);       // of the larger one
  EXPECT_EQ(patches_of(15)[0].width, 35 - 10 + 2);  // both and the rim
  EXPECT_EQ(patches_of(22)[0].face_size, 10);       // in order from the top
  EXPECT_EQ(patches_of(22)[1].face_size, 20);
}

TEST(Rasterise, MergesAgainWhatAMergerMakesOverlap) {
  // The box around the first two holds the third, which neither of them touches.
  const std::vector<Shape> shapes{
      {40, 10, 4, 4, true}, {10, 10, 31, 4, true}, {10, 10, 4, 60, true}, {30, 50, 4, 4, true}};
  const PlaneGrid grid{100, 100};
  std::vector<Shape> order = shapes;
  for (int round = 0; round < 4; ++round) {
    const std::vector<Patch> patches = Rasterise(order, grid);
    CheckPatches(patches, grid);
    EXPECT_EQ(patches.size(), 1u);
    EXPECT_EQ(BitmapOf(patches, grid), BruteForce(shapes, grid));
    std::rotate(order.begin(), order.begin() + 1, order.end());
  }
}

TEST(Rasterise, FaceSizeIsInSamples) {
  const Shape shape{10, 10, 30, 40};
  EXPECT_EQ(Rasterise({&shape, 1}, {100, 100})[0].face_size, 40);
  EXPECT_EQ(Rasterise({&shape, 1}, {50, 50, 2, 2})[0].face_size, 20);
  EXPECT_EQ(Rasterise({&shape, 1}, {25, 100, 4, 1})[0].face_size, 40);
}

TEST(Rasterise, IgnoresWhatHidesNothing) {
  const std::vector<Shape> shapes{{-20, 5, 20, 10},   {50, 5, 10, 10},      {5, -9, 10, 9, true},
                                  {5, 40, 10, 10},    {5, 5, 0, 10},        {5, 5, 10, -3, true},
                                  {1e300, 0, 10, 10}, {0, -1e300, 1e10, 10}};
  EXPECT_TRUE(Rasterise(shapes, {50, 40}).empty());
  EXPECT_TRUE(Rasterise({}, {50, 40}).empty());
}

TEST(Rasterise, TakesAnyNumber) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kTiny = std::numeric_limits<double>::denorm_min();
  const PlaneGrid grid{50, 40};
  const auto hidden = [&](const Shape& shape) {
    const std::vector<Patch> patches = Rasterise({&shape, 1}, grid);
    CheckPatches(patches, grid);
    const Bitmap bitmap = BitmapOf(patches, grid);
    return std::count(bitmap.begin(), bitmap.end(), 1);
  };
  EXPECT_EQ(hidden({-1000, -1000, 3000, 3000}), 2000);
  EXPECT_EQ(hidden({-kInfinity, -kInfinity, kInfinity, kInfinity, true}), 2000);
  EXPECT_EQ(hidden({-1e300, -1e300, 2e300, 2e300}), 2000);
  EXPECT_EQ(hidden({-1e300, -5, kInfinity, 1e10, true}), 2000);
  EXPECT_EQ(hidden({10, 10, kInfinity, kInfinity, true}), 40 * 30);
  EXPECT_EQ(hidden({kNan, 10, 5, 5}), 2000);
  EXPECT_EQ(hidden({10, 10, 5, kNan, true}), 2000);
  EXPECT_LE(hidden({10.5, 10.5, kTiny, kTiny}), 1);
  EXPECT_EQ(hidden({10.5, 10.5, 1e-9, 1e-9}), 1);
  EXPECT_EQ(hidden({kInfinity, 0, 10, 10}), 0);
}

TEST(Rasterise, ManyFaces) {
  const PlaneGrid grid{4000, 3000};
  std::mt19937 random(3);
  std::vector<Shape> shapes;
  for (int i = 0; i < 4000; ++i) {
    shapes.push_back({random() % 40000 / 10.0, random() % 30000 / 10.0, 12.3, 15.4});
  }
  const std::vector<Patch> patches = Rasterise(shapes, grid);
  EXPECT_GT(patches.size(), 100u);
  std::reverse(shapes.begin(), shapes.end());
  const std::vector<Patch> again = Rasterise(shapes, grid);
  ASSERT_EQ(again.size(), patches.size()) << "the order of the shapes matters";
  for (size_t i = 0; i < patches.size(); ++i) {
    EXPECT_EQ(again[i].x, patches[i].x);
    EXPECT_EQ(again[i].y, patches[i].y);
    EXPECT_EQ(again[i].hidden, patches[i].hidden);
  }
}

}  // namespace
}  // namespace efface
