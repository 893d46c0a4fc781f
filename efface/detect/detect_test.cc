#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <set>

#include "efface/detect/boxes.h"
#include "efface/detect/detector.h"
#include "efface/detect/resample.h"
#include "efface/detect/tiles.h"
#include "gtest/gtest.h"

namespace efface {
namespace {

RgbPicture Numbered(int width, int height) {
  RgbPicture picture{width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height * 3)};
  for (size_t i = 0; i < picture.samples.size(); ++i)
    picture.samples[i] = static_cast<uint8_t>(i / 3);
  return picture;
}

TEST(CoverPicture, CoversEveryPixelOfAnySize) {
  for (const auto& [width, height] : std::vector<std::pair<int, int>>{{1, 1},
                                                                      {320, 192},
                                                                      {1024, 769},
                                                                      {1023, 1537},
                                                                      {5000, 37},
                                                                      {37, 5000},
                                                                      {4032, 3024},
                                                                      {12000, 9000}}) {
    for (const double scale : {0.25, 0.5, 1.0, 2.0}) {
      const std::vector<Tile> tiles = CoverPicture(width, height, scale);
      ASSERT_FALSE(tiles.empty());
      std::set<double> xs, ys;
      for (const Tile& tile : tiles) {
        EXPECT_LE(tile.scale, scale);
        EXPECT_GE(tile.scale, 0.93 * scale - 1e-9);
        xs.insert(tile.x);
        ys.insert(tile.y);
      }
      // Neighbours overlap by at least kTileOverlap, and the last reaches the edge.
      const auto check = [&](const std::set<double>& starts, int side, int length) {
        double reach = -1;
        for (const double start : starts) {
          if (reach >= 0) {
            EXPECT_GE((reach - start) * tiles[0].scale, kTileOverlap - 1e-6);
          }
          reach = start + side / tiles[0].scale;
        }
        EXPECT_EQ(*starts.begin(), 0);
        EXPECT_GE(reach, length - 1e-6);
      };
      check(xs, kCanvases[tiles[0].canvas].width, width);
      check(ys, kCanvases[tiles[0].canvas].height, height);
    }
  }
}

TEST(CoverPoints, HoldsEveryPointAwayFromInnerEdges) {
  std::srand(7);
  for (int round = 0; round < 50; ++round) {
    const int width = 100 + std::rand() % 3000, height = 50 + std::rand() % 3000;
    std::vector<Point> points(std::rand() % 60);
    for (Point& point : points) {
      point = {static_cast<double>(std::rand() % (width + 1)),
               static_cast<double>(std::rand() % (height + 1))};
    }
    const std::vector<Tile> tiles = CoverPoints(points, width, height, 2, 16);
    EXPECT_LE(tiles.size(), points.size());
    for (const Point& point : points) {
      bool held = false;
      for (const Tile& tile : tiles) {
        const double right = tile.x + 160, bottom = tile.y + 96;
        held = held || ((tile.x == 0 || point.x >= tile.x + 8 - 1e-9) &&
                        (right >= width || point.x <= right - 8 + 1e-9) &&
                        (tile.y == 0 || point.y >= tile.y + 8 - 1e-9) &&
                        (bottom >= height || point.y <= bottom - 8 + 1e-9));
      }
      EXPECT_TRUE(held) << point.x << "," << point.y << " in " << width << "x" << height;
    }
  }
}

// Each orientation against its definition in EXIF: where the stored picture's row 0 and column 0
// are when upright.
TEST(Upright, TurnsEachOrientationAsExifSays) {
  const int w = 4, h = 3;
  const RgbPicture stored = Numbered(w, h);
  const auto at = [&](const RgbPicture& picture, int x, int y) {
    return picture.samples[3 * (static_cast<size_t>(y) * picture.width + x)];
  };
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const RgbPicture upright = Upright(stored, orientation);
    ASSERT_EQ(upright.width, orientation >= 5 ? h : w);
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) {
        int u = x, v = y;
        switch (orientation) {
          case 2:
            u = w - 1 - x;
            break;
          case 3:
            u = w - 1 - x, v = h - 1 - y;
            break;
          case 4:
            v = h - 1 - y;
            break;
          case 5:
            u = y, v = x;
            break;
          case 6:
            u = h - 1 - y, v = x;
            break;
          case 7:
            u = h - 1 - y, v = w - 1 - x;
            break;
          case 8:
            u = y, v = w - 1 - x;
            break;
          default:
            break;
        }
        EXPECT_EQ(at(upright, u, v), at(stored, x, y)) << orientation;
      }
    }
  }
}

TEST(FillCanvas, CopiesAtScaleOneAndBlackensTheRest) {
  const RgbPicture picture = Numbered(5, 4);
  std::vector<uint8_t> canvas(8 * 6 * 3, 99);
  FillCanvas(picture, 2, 1, 1, 8, 6, canvas.data());
  for (int y = 0; y < 6; ++y) {
    for (int x = 0; x < 8; ++x) {
      const int expected = x < 3 && y < 3 ? (y + 1) * 5 + x + 2 : 0;
      EXPECT_EQ(canvas[3 * (y * 8 + x)], expected);
    }
  }
}

TEST(FillCanvas, InterpolatesARampAtScaleTwo) {
  RgbPicture picture{16, 1, std::vector<uint8_t>(48)};
  for (int x = 0; x < 16; ++x) picture.samples[3 * x] = static_cast<uint8_t>(10 * x);
  std::vector<uint8_t> canvas(32 * 2 * 3);
  FillCanvas(picture, 0, 0, 2, 32, 2, canvas.data());
  for (int x = 1; x < 31; ++x) EXPECT_NEAR(canvas[3 * x], 10 * ((x + 0.5) / 2 - 0.5), 1) << x;
}

TEST(Halve, TakesTheMeanAlsoAtOddEdges) {
  const RgbPicture picture{3, 1, {0, 0, 0, 10, 20, 30, 7, 8, 9}};
  const RgbPicture half = Halve(picture);
  EXPECT_EQ(half.width, 2);
  EXPECT_EQ(half.samples, (std::vector<uint8_t>{5, 10, 15, 7, 8, 9}));
}

TEST(BoxesOf, DecodesACellAndIgnoresWildOnes) {
  std::vector<float> heat(6), size(12), offset(12);
  heat[4] = 0.9f;
  size[4] = std::log(5.0f);
  size[6 + 4] = std::log(3.0f);
  offset[4] = 0.25f;
  offset[6 + 4] = -0.5f;
  heat[1] = 0.8f;
  size[1] = std::numeric_limits<float>::quiet_NaN();
  const auto boxes = BoxesOf({heat.data(), size.data(), offset.data(), 3, 2}, 0.5);
  ASSERT_EQ(boxes.size(), 1u);
  EXPECT_NEAR(boxes[0].height, 20, 1e-4);
  EXPECT_NEAR(boxes[0].width, 12, 1e-4);
  EXPECT_NEAR(boxes[0].x + 6, 4 * (1 - 0.5 + 0.5), 1e-4);
  EXPECT_NEAR(boxes[0].y + 10, 4 * (1 + 0.25 + 0.5), 1e-4);
}

TEST(Fuse, WeighsByScoreAndKeepsTheBestScore) {
  const auto fused = Fuse({{0, 0, 10, 10, 0.2}, {2, 0, 10, 10, 0.6}, {50, 50, 4, 4, 0.3}}, 0.3);
  ASSERT_EQ(fused.size(), 2u);
  EXPECT_DOUBLE_EQ(fused[0].x, 1.5);
  EXPECT_DOUBLE_EQ(fused[0].score, 0.6);
  EXPECT_DOUBLE_EQ(fused[1].x, 50);
}

TEST(Detector, SaysWhereTheMissingModelShouldBe) {
  DetectorOptions options;
  options.model = "/nonexistent/model.xml";
  const auto detector = Detector::Create(options);
  ASSERT_FALSE(detector.ok());
  EXPECT_NE(std::string(detector.status().message()).find("/nonexistent/model.xml"),
            std::string::npos);
}

}  // namespace
}  // namespace efface
