#include "efface/fill/harmonic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>

namespace efface {
namespace {

constexpr int kWidth = 45, kHeight = 38;

using Mask = std::vector<uint8_t>;

template <typename IsHidden>
Mask MakeMask(IsHidden is_hidden) {
  Mask mask;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) mask.push_back(is_hidden(x, y));
  }
  return mask;
}

// The same equations in double precision by plain relaxation, until nothing moves.
std::vector<double> SolveSlowly(const Mask& hidden, std::vector<double> u) {
  for (double largest = 1; largest > 1e-9;) {
    largest = 0;
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        const int at = y * kWidth + x;
        if (hidden[at] == 0) continue;
        double sum = 0;
        int count = 0;
        for (const auto& [nx, ny] : {std::pair(x - 1, y), {x + 1, y}, {x, y - 1}, {x, y + 1}}) {
          if (nx < 0 || ny < 0 || nx >= kWidth || ny >= kHeight) continue;
          sum += u[ny * kWidth + nx];
          ++count;
        }
        const double change = 1.7 * (sum / count - u[at]);  // over-relaxed
        u[at] += change;
        largest = std::max(largest, std::abs(change));
      }
    }
  }
  return u;
}

struct Case {
  std::string name;
  Mask mask;
};

std::vector<Case> Cases() {
  std::mt19937 random(9);
  const auto specks = [&](unsigned percent) {
    return MakeMask([&](int x, int y) { return random() % 100 < percent || (x == 3 && y == 3); });
  };
  return {
      {"one", MakeMask([](int x, int y) { return x == 20 && y == 20; })},
      {"box", MakeMask([](int x, int y) { return x > 2 && x < 40 && y > 5 && y < 33; })},
      {"disc", MakeMask([](int x, int y) { return std::hypot(x - 22, y - 19) < 17; })},
      {"at_the_border", MakeMask([](int x, int y) { return std::hypot(x - 40, y - 35) < 25; })},
      {"all_but_a_corner", MakeMask([](int x, int y) { return x + y > 0; })},
      {"all_but_a_column", MakeMask([](int x, int) { return x != 17; })},
      {"pinholes", MakeMask([](int x, int y) { return x % 13 != 5 || y % 11 != 5; })},
      {"comb", MakeMask([](int x, int y) { return x % 2 == 0 || y == 0; })},
      {"maze", MakeMask([](int x, int y) { return y % 2 == 1 || x == (y / 2 % 2) * 44; })},
      {"ring",
       MakeMask([](int x, int y) { return std::abs(std::hypot(x - 22, y - 19) - 13) < 2; })},
      {"specks_20", specks(20)},
      {"specks_50", specks(50)},
      {"specks_90", specks(90)},
      {"specks_99", specks(99)},
  };
}

class HarmonicTest : public testing::TestWithParam<Case> {};

TEST_P(HarmonicTest, SolvesTheEquations) {
  const Mask& mask = GetParam().mask;
  std::mt19937 random(4);
  Grid grid(kWidth, kHeight);
  std::vector<double> values(mask.size());
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const int at = y * kWidth + x;
      values[at] = mask[at] != 0 ? 0 : static_cast<double>(random() % 256);
      // NaN under the mask would spread if it were read.
      grid.row(y)[x] = mask[at] != 0 ? std::nanf("") : static_cast<float>(values[at]);
    }
  }
  const std::vector<double> expected = SolveSlowly(mask, values);
  SolveHarmonic(mask, 0.005f, grid);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      ASSERT_NEAR(grid.row(y)[x], expected[y * kWidth + x], 0.05) << x << "," << y;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Masks, HarmonicTest, testing::ValuesIn(Cases()),
                         [](const auto& mask) { return mask.param.name; });

// What clips are filled with: near enough where the rim is as in pictures.
TEST(Harmonic, FirstGuessIsNear) {
  for (const Case& shape : Cases()) {
    if (shape.name != "box" && shape.name != "disc" && shape.name != "at_the_border") continue;
    const auto value = [](int x, int y) {
      return 128 + 70 * std::sin(x * 0.3) + 50 * std::cos(y * 0.2);
    };
    Grid guess(kWidth, kHeight);
    std::vector<double> values(shape.mask.size());
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        const int at = y * kWidth + x;
        values[at] = shape.mask[at] != 0 ? 0 : value(x, y);
        guess.row(y)[x] = shape.mask[at] != 0 ? std::nanf("") : static_cast<float>(values[at]);
      }
    }
    GuessHarmonic(shape.mask, guess);
    const std::vector<double> expected = SolveSlowly(shape.mask, values);
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        ASSERT_NEAR(guess.row(y)[x], expected[y * kWidth + x], 0.02 * 240)
            << shape.name << x << "," << y;
      }
    }
  }
}

TEST(Harmonic, SmallestGrids) {
  Grid one(1, 1);
  one.row(0)[0] = 5;
  SolveHarmonic(std::vector<uint8_t>{0}, 0.1f, one);
  EXPECT_EQ(one.row(0)[0], 5);
  Grid two(2, 1);
  two.row(0)[0] = 5;
  SolveHarmonic(std::vector<uint8_t>{0, 1}, 0.1f, two);
  EXPECT_EQ(two.row(0)[1], 5);
}

}  // namespace
}  // namespace efface
