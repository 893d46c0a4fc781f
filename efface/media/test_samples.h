// For tests only: made-up samples, comparisons of what came out of a writer, and shorthands for
// calling one.
#ifndef EFFACE_MEDIA_TEST_SAMPLES_H_
#define EFFACE_MEDIA_TEST_SAMPLES_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "efface/media/still.h"
#include "efface/media/test_hider.h"

namespace efface {

struct Samples {
  int width = 0, height = 0, channels = 0;
  std::vector<uint16_t> values;  // interleaved

  size_t Index(int x, int y, int c) const {
    return (static_cast<size_t>(y) * static_cast<size_t>(width) + static_cast<size_t>(x)) *
               static_cast<size_t>(channels) +
           static_cast<size_t>(c);
  }
  uint16_t& At(int x, int y, int c) { return values[Index(x, y, c)]; }
  uint16_t At(int x, int y, int c) const { return values[Index(x, y, c)]; }
  bool operator==(const Samples&) const = default;
};

inline Samples NoSamples(int width, int height, int channels) {
  Samples samples{width, height, channels, {}};
  samples.values.resize(static_cast<size_t>(width) * static_cast<size_t>(height) *
                        static_cast<size_t>(channels));
  return samples;
}

// Gradients with noise on them, in 0..most.
inline Samples Pattern(int width, int height, int channels, int most) {
  Samples samples = NoSamples(width, height, channels);
  uint32_t noise = 12345;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < channels; ++c) {
        noise = noise * 1664525 + 1013904223;
        const int slope = (x * (c + 1) + y * 2) * most / (width * channels + height * 2);
        const int value = slope + static_cast<int>(noise >> 16) % (most / 4 + 1);
        samples.At(x, y, c) = static_cast<uint16_t>(std::min(value, most));
      }
    }
  }
  return samples;
}

// The same with every sample in `box` changed.
inline Samples Scrambled(Samples samples, const SampleBox& box, int most) {
  for (int y = box.top; y < box.bottom; ++y) {
    for (int x = box.left; x < box.right; ++x) {
      for (int c = 0; c < samples.channels; ++c) {
        uint16_t& sample = samples.At(x, y, c);
        sample = static_cast<uint16_t>((sample + 1 + (x * 7 + y * 3) % most) % (most + 1));
      }
    }
  }
  return samples;
}

// Outside `box` all samples are equal; inside, `out` has one value a channel, as RectangleHider
// fills.
inline void ExpectHidden(const Samples& in, const Samples& out, const SampleBox& box) {
  ASSERT_EQ(in.width, out.width);
  ASSERT_EQ(in.height, out.height);
  ASSERT_EQ(in.channels, out.channels);
  int different = 0, uneven = 0;
  for (int y = 0; y < in.height; ++y) {
    for (int x = 0; x < in.width; ++x) {
      for (int c = 0; c < in.channels; ++c) {
        if (box.Contains(x, y)) {
          uneven += out.At(x, y, c) != out.At(box.left, box.top, c);
        } else {
          different += in.At(x, y, c) != out.At(x, y, c);
        }
      }
    }
  }
  EXPECT_EQ(different, 0);
  EXPECT_EQ(uneven, 0);
}

// Adapts one of the openers to a file that a test owns; fails the test where it does not open.
template <typename Opener>
std::unique_ptr<Still> MustOpen(Opener opener, const Bytes& file) {
  auto still = opener(file, StillLimits{});
  EXPECT_TRUE(still.ok()) << still.status();
  return still.ok() ? *std::move(still) : nullptr;
}

// The file with `hider` on its first page; empty, and the test failed, where that goes wrong.
template <typename Opener>
Bytes MustWrite(Opener opener, const Bytes& file, const Hider* hider,
                const WriteOptions& options = {}) {
  const auto still = MustOpen(opener, file);
  if (still == nullptr) return {};
  std::vector<const Hider*> hiders(still->pages().size());
  hiders[0] = hider;
  auto written = still->Write(hiders, options);
  EXPECT_TRUE(written.ok()) << written.status();
  return written.ok() ? std::move(written->file) : Bytes();
}

// The code with which opening or reading fails; kOk where neither does.
template <typename Opener>
absl::StatusCode ReadCode(Opener opener, ByteView file) {
  auto still = opener(file, StillLimits{});
  if (!still.ok()) return still.status().code();
  return (*still)->Rgb(0).status().code();
}

inline bool HasBytes(ByteView file, std::string_view text) {
  const std::string_view all(reinterpret_cast<const char*>(file.data()), file.size());
  return all.find(text) != std::string_view::npos;
}

}  // namespace efface

#endif  // EFFACE_MEDIA_TEST_SAMPLES_H_
