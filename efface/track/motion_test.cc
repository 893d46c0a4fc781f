// Pyramid, patches, the camera, cuts, and one face's box carried along.
#include <gtest/gtest.h>

#include "efface/track/align.h"
#include "efface/track/camera.h"
#include "efface/track/mover.h"
#include "efface/track/pyramid.h"
#include "efface/track/test_scene.h"
#include "efface/track/window.h"

namespace efface {
namespace {

constexpr int kWidth = 240, kHeight = 136;

std::vector<GreyPicture> Background(uint32_t seed, double x, double y) {
  return PyramidOf(Scene(kWidth, kHeight, seed, x, y, {}));
}

// The background under a similarity.
std::vector<GreyPicture> Warped(uint32_t seed, const Similarity& motion) {
  const Similarity back = motion.Inverse();
  GreyPicture plane{kWidth, kHeight, std::vector<uint8_t>(kWidth * kHeight)};
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      plane.samples[y * kWidth + x] =
          static_cast<uint8_t>(Texture(seed, back.X(x + 0.5, y + 0.5), back.Y(x + 0.5, y + 0.5)));
    }
  }
  return PyramidOf(plane);
}

TEST(Pyramid, HalvesAndStops) {
  const auto levels = PyramidOf(Scene(101, 40, 1, 0, 0, {}));
  ASSERT_EQ(levels.size(), 3u);
  EXPECT_EQ(levels[1].width, 50);
  EXPECT_EQ(levels[1].height, 20);
  EXPECT_EQ(levels[2].height, 10);
  const auto& a = levels[0].samples;
  EXPECT_EQ(levels[1].samples[0], (a[0] + a[1] + a[101] + a[102] + 2) / 4);
  EXPECT_EQ(PyramidOf({1, 1, {7}}).size(), 1u);
}

TEST(Align, FindsAShiftByPartsOfASample) {
  const auto from = Background(1, 0, 0), to = Background(1, 2.6, -1.3);
  const Aligned aligned = Align(from, to, {100, 70, 20, 24}, {100, 70, 1, 0}, {});
  EXPECT_NEAR(aligned.x, 102.6, 0.25);
  EXPECT_NEAR(aligned.y, 68.7, 0.25);
  EXPECT_NEAR(aligned.scale, 1, 0.02);
  EXPECT_GT(aligned.match, 0.95);
  EXPECT_NEAR(aligned.inside, 1, 1e-6);
}

TEST(Align, StaysAtTheGuessWithoutTexture) {
  const auto flat = PyramidOf({kWidth, kHeight, std::vector<uint8_t>(kWidth * kHeight, 90)});
  const Aligned aligned = Align(flat, flat, {100, 70, 20, 20}, {104, 71, 1.02, 0}, {});
  EXPECT_NEAR(aligned.x, 104, 0.01);
  EXPECT_NEAR(aligned.y, 71, 0.01);
  EXPECT_LT(aligned.texture, 0.5);
}

TEST(Align, SurvivesPatchesOutsideAndTinyPlanes) {
  const auto planes = Background(1, 0, 0), tiny = PyramidOf({1, 1, {7}});
  EXPECT_EQ(Align(planes, planes, {-500, 70, 20, 20}, {-500, 70, 1, 0}, {}).inside, 0);
  EXPECT_EQ(Align(planes, planes, {1e9, 1e9, 1e7, 1e7}, {1e9, 1e9, 1, 0}, {}).inside, 0);
  EXPECT_EQ(Align(tiny, tiny, {0.5, 0.5, 1, 1}, {0.5, 0.5, 1, 0}, {}).inside, 0);
}

TEST(Camera, FindsTurnScaleAndShift) {
  const Similarity truth{1.01 * std::cos(0.02), 1.01 * std::sin(0.02), 1.5, -2.5};
  const CameraMotion camera = CameraBetween(Background(3, 0, 0), Warped(3, truth));
  for (const auto& [x, y] :
       {std::pair(20.0, 20.0), std::pair(200.0, 30.0), std::pair(120.0, 110.0)}) {
    EXPECT_NEAR(camera.motion.X(x, y), truth.X(x, y), 0.4);
    EXPECT_NEAR(camera.motion.Y(x, y), truth.Y(x, y), 0.4);
  }
  EXPECT_GT(camera.agreement, 0.7);
  const Similarity same = camera.motion.Inverse();
  EXPECT_NEAR(same.X(camera.motion.X(50, 60), camera.motion.Y(50, 60)), 50, 1e-9);
}

TEST(Camera, FollowsTheBackgroundAndNotAWalker) {
  const auto from = PyramidOf(Scene(kWidth, kHeight, 3, 0, 0, {{{120, 70, 70, 90}, 9}}));
  const auto to = PyramidOf(Scene(kWidth, kHeight, 3, 1, 0, {{{125, 70, 70, 90}, 9}}));
  const CameraMotion camera = CameraBetween(from, to);
  EXPECT_NEAR(camera.motion.X(20, 20), 21, 0.3);
  EXPECT_NEAR(camera.motion.X(200, 100), 201, 0.3);
}

TEST(Cut, IsFoundAndAFlashIsNone) {
  Window window;
  EXPECT_TRUE(window.Push(Scene(kWidth, kHeight, 3, 0, 0, {})));
  EXPECT_FALSE(window.Push(Scene(kWidth, kHeight, 3, 4, 1, {})));
  GreyPicture flash = Scene(kWidth, kHeight, 3, 5, 1, {});
  for (uint8_t& sample : flash.samples) sample = static_cast<uint8_t>(100 + sample * 0.6);
  EXPECT_FALSE(window.Push(flash));
  GreyPicture other = Scene(kWidth, kHeight, 77, 5, 1, {});
  for (uint8_t& sample : other.samples) sample = static_cast<uint8_t>(sample * 0.6);
  EXPECT_TRUE(window.Push(other));
  EXPECT_EQ(window.end(), 4);
  window.DropBefore(3);
  EXPECT_EQ(window.first(), 3);
  window.DropBefore(9);
  EXPECT_EQ(window.first(), 3);  // the newest is kept for the next one
}

// A head that moves by (3, 1) a frame over a background that moves by (-2, 0).
TEST(Mover, FollowsTheHeadAndNotTheCamera) {
  Window window;
  for (int f = 0; f < 12; ++f) {
    window.Push(Scene(kWidth, kHeight, 3, -2 * f, 0, {{{60 + 3.0 * f, 50 + 1.0 * f, 30, 36}, 9}}));
  }
  Mover mover;
  mover.box = {120, 100, 60, 72};
  mover.scale = 2;
  for (int f = 0; f < 11; ++f) {
    Step(window, f, f + 1, mover);
    EXPECT_TRUE(mover.sure) << f;
  }
  EXPECT_NEAR(mover.box.x, 2 * (60 + 33), 5);
  EXPECT_NEAR(mover.box.y, 2 * (50 + 11), 5);
  const double drift = mover.drift;
  EXPECT_GT(drift, 0);
  // And back again.
  mover.own_x = -mover.own_x, mover.own_y = -mover.own_y;
  for (int f = 11; f > 0; --f) Step(window, f, f - 1, mover);
  EXPECT_NEAR(mover.box.x, 120, 7);
  EXPECT_NEAR(mover.box.y, 100, 7);
  EXPECT_GT(mover.drift, drift);
}

// A bar passes in front of a head that rests on a camera's picture: the box stays with the head.
TEST(Mover, IsNotTakenAlongByAnOccluder) {
  Window window;
  const int frames = 24;
  for (int f = 0; f < frames; ++f) {
    GreyPicture plane = Scene(kWidth, kHeight, 3, 0.5 * f, 0, {{{120 + 0.5 * f, 70, 30, 36}, 9}});
    const int left = 30 + 8 * f;
    for (int y = 0; y < kHeight; ++y) {
      for (int x = std::max(left, 0); x < std::min(left + 40, kWidth); ++x) {
        plane.samples[y * kWidth + x] = static_cast<uint8_t>(Texture(55, x - left, y));
      }
    }
    window.Push(plane);
  }
  Mover mover;
  mover.box = {120, 70, 30, 36};
  for (int f = 0; f + 1 < frames; ++f) Step(window, f, f + 1, mover);
  EXPECT_NEAR(mover.box.x, 120 + 0.5 * (frames - 1), 6);
  EXPECT_NEAR(mover.box.y, 70, 6);
}

TEST(ShareInside, CountsTheVisiblePart) {
  EXPECT_DOUBLE_EQ(ShareInside({50, 50, 20, 20}, 100, 100), 1);
  EXPECT_DOUBLE_EQ(ShareInside({0, 50, 20, 20}, 100, 100), 0.5);
  EXPECT_DOUBLE_EQ(ShareInside({-11, 50, 20, 20}, 100, 100), 0);
}

}  // namespace
}  // namespace efface
