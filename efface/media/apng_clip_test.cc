#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <png.h>

#include <cstring>
#include <functional>

#include "base/exif.h"
#include "base/test_data.h"
#include "efface/media/apng_chunks.h"
#include "efface/media/test_animation.h"

namespace efface {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;

constexpr int kWidth = 40, kHeight = 30;

struct Kind {
  const char* name;
  int color_type = PNG_COLOR_TYPE_RGB;
  int depth = 8;
  bool interlaced = false;
};

constexpr Kind kKinds[] = {
    {"rgb", PNG_COLOR_TYPE_RGB},
    {"rgba", PNG_COLOR_TYPE_RGB_ALPHA},
    {"grey", PNG_COLOR_TYPE_GRAY},
    {"grey1", PNG_COLOR_TYPE_GRAY, 1},
    {"greya", PNG_COLOR_TYPE_GRAY_ALPHA},
    {"palette", PNG_COLOR_TYPE_PALETTE},
    {"palette4", PNG_COLOR_TYPE_PALETTE, 4},
    {"rgb16", PNG_COLOR_TYPE_RGB, 16},
    {"rgba16", PNG_COLOR_TYPE_RGB_ALPHA, 16},
    {"grey16", PNG_COLOR_TYPE_GRAY, 16},
    {"interlaced", PNG_COLOR_TYPE_RGB_ALPHA, 8, true},
};

struct Image {
  int x = 0, y = 0, width = kWidth, height = kHeight;
  int delay = 3, delay_units = 25;
  int dispose = 0, blend = 0;
};

// A PNG of noise that is smooth enough, by libpng. Alpha is 0, half or full.
Bytes EncodePng(const Kind& kind, int width, int height, int seed) {
  Bytes file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &file,
      [](png_structp p, png_bytep data, size_t size) {
        Append(*static_cast<Bytes*>(png_get_io_ptr(p)), {data, size});
      },
      [](png_structp) {});
  png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height),
               kind.depth, kind.color_type,
               kind.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, 0, 0);
  std::vector<png_color> colors;
  for (int i = 0; i < 1 << std::min(kind.depth, 8); ++i) {
    const uint32_t noise = Noise(static_cast<uint32_t>(i));
    colors.push_back({static_cast<png_byte>(noise), static_cast<png_byte>(noise >> 8),
                      static_cast<png_byte>(noise >> 16)});
  }
  if (kind.color_type == PNG_COLOR_TYPE_PALETTE) {
    png_set_PLTE(png, info, colors.data(), static_cast<int>(colors.size()));
    const png_byte alpha[2] = {0, 128};
    png_set_tRNS(png, info, alpha, 2, nullptr);
  }
  png_set_gAMA_fixed(png, info, 45455);
  png_write_info(png, info);
  const auto row_bytes = static_cast<size_t>(png_get_rowbytes(png, info));
  const bool alpha = (kind.color_type & PNG_COLOR_MASK_ALPHA) != 0;
  const size_t sample_bytes = kind.depth == 16 ? 2 : 1;
  const size_t channels = png_get_channels(png, info);
  std::vector<Bytes> rows;
  std::vector<png_bytep> pointers;
  for (int y = 0; y < height; ++y) {
    Bytes row(row_bytes);
    for (size_t i = 0; i < row.size(); ++i) {
      const size_t x = i / (sample_bytes * channels);
      row[i] = static_cast<uint8_t>(seed * 40 + static_cast<int>(x) * 3 + y * 2 +
                                    static_cast<int>(Noise(static_cast<uint32_t>(i + x)) & 3));
      const size_t channel = i / sample_bytes % channels;
      if (alpha && channel == channels - 1) {
        const size_t band = (x + static_cast<size_t>(y)) / 4 % 3;
        row[i] = band == 0 ? 0 : band == 1 ? 0x80 : 0xFF;
      }
    }
    rows.push_back(row);
  }
  for (Bytes& row : rows) pointers.push_back(row.data());
  png_write_image(png, pointers.data());
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return file;
}

struct Sample {
  Kind kind = kKinds[0];
  std::vector<Image> images;
  bool default_image = false;  // a picture of its own before the frames
  bool extras = false;
  uint32_t plays = 5;
};

Bytes Encode(const Sample& sample) {
  Bytes file;
  uint32_t sequence = 0;
  Append(file, AsBytes(kPngSignature));
  const auto chunks_of = [](const Bytes& png, const auto& function) {
    size_t at = 8;
    while (const auto chunk = ReadPngChunk(png, at)) {
      function(*chunk);
      at += chunk->whole.size();
    }
  };
  const Bytes head = EncodePng(sample.kind, kWidth, kHeight, 77);
  Bytes picture;
  chunks_of(head, [&](const PngChunk& chunk) {
    if (chunk.type == "IDAT") {
      Append(picture, chunk.whole);
    } else if (chunk.type != "IEND") {
      Append(file, chunk.whole);
    }
  });
  if (sample.extras) {
    AppendPngChunk("tEXt", AsBytes(std::string_view("Comment\0secret text", 19)), file);
    AppendPngChunk("eXIf", WriteKeptExif({.orientation = 6}), file);
    AppendPngChunk("seCr", AsBytes("secret"), file);
  }
  Bytes control;
  AppendUint(control, sample.images.size(), 4, Endian::kBig);
  AppendUint(control, sample.plays, 4, Endian::kBig);
  AppendPngChunk("acTL", control, file);
  if (sample.default_image) Append(file, picture);
  for (size_t i = 0; i < sample.images.size(); ++i) {
    const Image& image = sample.images[i];
    Bytes frame;
    AppendUint(frame, sequence++, 4, Endian::kBig);
    for (const int value : {image.width, image.height, image.x, image.y}) {
      AppendUint(frame, static_cast<uint64_t>(value), 4, Endian::kBig);
    }
    AppendUint(frame, static_cast<uint64_t>(image.delay), 2, Endian::kBig);
    AppendUint(frame, static_cast<uint64_t>(image.delay_units), 2, Endian::kBig);
    frame.push_back(static_cast<uint8_t>(image.dispose));
    frame.push_back(static_cast<uint8_t>(image.blend));
    AppendPngChunk("fcTL", frame, file);
    chunks_of(EncodePng(sample.kind, image.width, image.height, static_cast<int>(i)),
              [&](const PngChunk& chunk) {
                if (chunk.type != "IDAT") return;
                if (i == 0 && !sample.default_image) {
                  AppendPngChunk("IDAT", chunk.data, file);
                } else {
                  Bytes data;
                  AppendUint(data, sequence++, 4, Endian::kBig);
                  Append(data, chunk.data);
                  AppendPngChunk("fdAT", data, file);
                }
              });
  }
  AppendPngChunk("IEND", {}, file);
  if (sample.extras) Append(file, AsBytes("secret tail"));
  return file;
}

Sample Moving(const Kind& kind) {
  Sample sample;
  sample.kind = kind;
  sample.images.push_back({});
  for (int i = 0; i < 6; ++i) {
    sample.images.push_back({.x = 3 * i,
                             .y = 2 * i,
                             .width = 15,
                             .height = 12,
                             .delay = i,
                             .delay_units = i == 2 ? 0 : 100 + i,
                             .dispose = i % 3,
                             .blend = i / 3});
  }
  return sample;
}

RectangleHider MaskOf(int64_t frame) {
  return RectangleHider(4 + 3 * static_cast<double>(frame), 5, 11, 14);
}

TestOutput RedactMoving(const Bytes& file) {
  std::vector<std::unique_ptr<RectangleHider>> hiders;
  return Redact(OpenApngClip, file, [&](int64_t index) {
    hiders.push_back(std::make_unique<RectangleHider>(MaskOf(index)));
    return hiders.back().get();
  });
}

// Adds one of the sample's pixels, drawn by hand over `under`, both not premultiplied.
std::vector<int> Over(const std::vector<int>& pixel, const std::vector<int>& under, double full) {
  const size_t alpha = pixel.size() - 1;
  const double a = pixel[alpha] / full, b = under[alpha] / full;
  const double both = a + b * (1 - a);
  std::vector<int> result(pixel.size());
  if (both == 0) return result;
  for (size_t c = 0; c < alpha; ++c) {
    result[c] = static_cast<int>((pixel[c] * a + under[c] * b * (1 - a)) / both);
  }
  result[alpha] = static_cast<int>(both * full);
  return result;
}

TEST(ApngClip, ReadsWhatIsShown) {
  // One frame over another, of which both are known alone.
  Sample first, second, both;
  first.kind = second.kind = both.kind = kKinds[1];
  first.images = {{}};
  both.images = {{},
                 {.x = 5, .y = 6, .width = 20, .height = 10, .dispose = 2, .blend = 1},
                 {.x = 0, .y = 0, .width = 3, .height = 3, .dispose = 1, .blend = 0},
                 {.x = 39, .y = 29, .width = 1, .height = 1, .blend = 0}};
  const TestClip one = ReadClip(OpenApngClip, Encode(first));
  const TestClip all = ReadClip(OpenApngClip, Encode(both));
  ASSERT_TRUE(one.status.ok()) << one.status;
  ASSERT_EQ(all.frames.size(), 4u);
  EXPECT_EQ(Differences(one.frames[0].pixels, all.frames[0].pixels, nullptr), 0);
  // The second frame alone: drawn at once as a default size picture.
  const Bytes png = EncodePng(kKinds[1], 20, 10, 1);
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  ASSERT_TRUE(png_image_begin_read_from_memory(&image, png.data(), png.size()));
  image.format = PNG_FORMAT_RGBA;
  Bytes samples(PNG_IMAGE_SIZE(image));
  ASSERT_TRUE(png_image_finish_read(&image, nullptr, samples.data(), 0, nullptr));
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      std::vector<int> wanted = PixelAt(one.frames[0].pixels, x, y);
      if (x >= 5 && x < 25 && y >= 6 && y < 16) {
        const uint8_t* p = &samples[static_cast<size_t>((y - 6) * 20 + x - 5) * 4];
        wanted = Over({p[0], p[1], p[2], p[3]}, wanted, 255);
      }
      const std::vector<int> got = PixelAt(all.frames[1].pixels, x, y);
      for (size_t c = 0; c < 4; ++c) ASSERT_NEAR(got[c], wanted[c], 1) << x << "," << y;
    }
  }
  // Restored, then a corner replaced; then that corner cleared.
  EXPECT_LE(Differences(all.frames[2].pixels, all.frames[0].pixels, nullptr), 9);
  EXPECT_EQ(PixelAt(all.frames[3].pixels, 1, 1), (std::vector<int>{0, 0, 0, 0}));
  EXPECT_EQ(PixelAt(all.frames[3].pixels, 20, 12), PixelAt(all.frames[0].pixels, 20, 12));
}

TEST(ApngClip, IsEqualOutsideOfMasksThatMove) {
  for (const Kind& kind : kKinds) {
    SCOPED_TRACE(kind.name);
    const Bytes file = Encode(Moving(kind));
    const TestOutput output = RedactMoving(file);
    ASSERT_TRUE(output.status.ok()) << output.status;
    const TestClip before = ReadClip(OpenApngClip, file);
    const TestClip after = ReadClip(OpenApngClip, output.file);
    ASSERT_TRUE(after.status.ok()) << after.status;
    EXPECT_TRUE(after.warnings.empty());
    ASSERT_EQ(before.frames.size(), 7u);
    ASSERT_EQ(after.frames.size(), 7u);
    for (size_t i = 0; i < 7; ++i) {
      const RectangleHider mask = MaskOf(static_cast<int64_t>(i));
      EXPECT_FALSE(before.frames[i].damaged);
      // Palettes with transparency become RGBA; the canvas is the same.
      EXPECT_EQ(Differences(after.frames[i].pixels, before.frames[i].pixels, &mask), 0) << i;
      EXPECT_EQ(Differences(after.frames[i].pixels, output.frames[i].pixels, nullptr), 0) << i;
      EXPECT_EQ(after.frames[i].delay, before.frames[i].delay);
      EXPECT_EQ(after.frames[i].delay_units, before.frames[i].delay_units);
    }
  }
}

TEST(ApngClip, KeepsDepthColorAndPlays) {
  for (const Kind& kind : kKinds) {
    const TestOutput output = RedactMoving(Encode(Moving(kind)));
    const auto png = ReadApngChunks(output.file);
    ASSERT_TRUE(png.ok()) << png.status();
    EXPECT_EQ(png->depth, kind.depth == 16 ? 16 : 8) << kind.name;
    EXPECT_EQ(png->plays, 5u);
    ASSERT_EQ(png->color.size(), 1u);
    EXPECT_TRUE(HasText(png->color[0], 4, "gAMA"));
    const bool grey = (kind.color_type & PNG_COLOR_MASK_COLOR) == 0;
    EXPECT_EQ(png->grey(), grey) << kind.name;
  }
  Sample still_opaque;  // nothing clears it: no alpha
  still_opaque.images = {{}, {.x = 3, .y = 3, .width = 4, .height = 4, .blend = 1}};
  EXPECT_EQ(ReadApngChunks(RedactMoving(Encode(still_opaque)).file)->color_type,
            PNG_COLOR_TYPE_RGB);
}

// Colours under full transparency are no part of what is shown, and may be a face.
TEST(ApngClip, NothingStandsUnderTransparency) {
  const TestOutput output = Redact(OpenApngClip, Encode(Moving(kKinds[1])), HideNothing);
  const auto png = ReadApngChunks(output.file);
  ASSERT_TRUE(png.ok());
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  ASSERT_TRUE(png_image_begin_read_from_memory(&image, output.file.data(), output.file.size()));
  image.format = PNG_FORMAT_RGBA;
  Bytes samples(PNG_IMAGE_SIZE(image));
  ASSERT_TRUE(png_image_finish_read(&image, nullptr, samples.data(), 0, nullptr));
  int transparent = 0;
  for (size_t i = 0; i < samples.size(); i += 4) {
    if (samples[i + 3] != 0) continue;
    ++transparent;
    ASSERT_EQ(samples[i] + samples[i + 1] + samples[i + 2], 0);
  }
  EXPECT_GT(transparent, 100);
}

TEST(ApngClip, ADefaultImageThatIsNoFrameIsDropped) {
  Sample sample = Moving(kKinds[0]);
  sample.default_image = true;
  sample.images[0] = {.x = 2, .y = 2, .width = 20, .height = 20};
  const Bytes file = Encode(sample);
  const TestOutput output = RedactMoving(file);
  ASSERT_TRUE(output.status.ok()) << output.status;
  EXPECT_THAT(output.written.removed, Contains(Field(&Removed::what, "second-picture")));
  const TestClip before = ReadClip(OpenApngClip, file), after = ReadClip(OpenApngClip, output.file);
  ASSERT_EQ(after.frames.size(), 7u);
  for (size_t i = 0; i < 7; ++i) {
    const RectangleHider mask = MaskOf(static_cast<int64_t>(i));
    EXPECT_EQ(Differences(after.frames[i].pixels, before.frames[i].pixels, &mask), 0) << i;
  }
  const auto png = ReadApngChunks(output.file);
  EXPECT_TRUE(png->animation.removed.empty());  // the default image is the first frame
}

TEST(ApngClip, DropsAndListsTheRest) {
  Sample sample = Moving(kKinds[0]);
  sample.extras = true;
  const TestOutput output = RedactMoving(Encode(sample));
  ASSERT_TRUE(output.status.ok());
  const std::string text(output.file.begin(), output.file.end());
  EXPECT_EQ(text.find("secret"), std::string::npos);
  EXPECT_THAT(output.written.removed,
              testing::UnorderedElementsAre(
                  Field(&Removed::what, "text"), Field(&Removed::what, "exif"),
                  Field(&Removed::what, "unknown-chunk"), Field(&Removed::what, "trailing-bytes")));
  EXPECT_EQ(ReadClip(OpenApngClip, output.file).info.tracks[0].orientation, 6);
}

TEST(ApngClip, IsWrittenTheSameTwice) {
  const Bytes file = Encode(Moving(kKinds[1]));
  EXPECT_EQ(RedactMoving(file).file, RedactMoving(file).file);
}

TEST(ApngClip, ABrokenFrameIsPlainAndTheRestGoesOn) {
  Bytes file = Encode(Moving(kKinds[0]));
  // A bit in the third frame's samples: the CRC tells.
  const auto png = ReadApngChunks(file);
  ASSERT_TRUE(png.ok());
  const ByteView data = png->animation.frames[2].data;
  file[static_cast<size_t>(data.data() - file.data()) + 30] ^= 4;
  const TestClip whole = ReadClip(OpenApngClip, Encode(Moving(kKinds[0])));
  const TestClip clip = ReadClip(OpenApngClip, file);
  ASSERT_EQ(clip.frames.size(), 7u);
  for (size_t i = 0; i < 7; ++i) EXPECT_EQ(clip.frames[i].damaged, i == 2) << i;
  EXPECT_EQ(PixelAt(clip.frames[2].pixels, 0, 0), (std::vector<int>{128, 128, 128, 255}));
  EXPECT_EQ(PixelAt(clip.frames[3].pixels, 0, 0), PixelAt(whole.frames[3].pixels, 0, 0));
  EXPECT_THAT(clip.warnings, Contains(HasSubstr("1 frame is damaged")));
}

TEST(ApngClip, CutOffAnywhere) {
  const Bytes file = Encode(Moving(kKinds[1]));
  const TestClip whole = ReadClip(OpenApngClip, file);
  for (size_t size = 0; size < file.size(); size += 17) {
    const TestClip clip = ReadClip(OpenApngClip, ByteView(file).first(size));
    if (!clip.status.ok()) {
      EXPECT_FALSE(clip.status.message().empty());
      continue;
    }
    EXPECT_FALSE(clip.warnings.empty()) << size;
    for (size_t i = 0; i < clip.frames.size(); ++i) {
      if (clip.frames[i].damaged) {
        EXPECT_EQ(i + 1, clip.frames.size());
      } else {
        EXPECT_EQ(Differences(clip.frames[i].pixels, whole.frames[i].pixels, nullptr), 0);
      }
    }
  }
}

TEST(ApngClip, FramesThatCanNotBe) {
  for (const Image& image :
       {Image{.x = 30, .width = 20, .height = 5}, Image{.y = 29, .width = 5, .height = 2},
        Image{.width = 5, .height = 5, .dispose = 9}, Image{.width = 5, .height = 5, .blend = 2}}) {
    Sample sample;
    sample.images = {{}, image, {.width = 6, .height = 6}};
    const TestClip clip = ReadClip(OpenApngClip, Encode(sample));
    ASSERT_EQ(clip.frames.size(), 3u);
    EXPECT_TRUE(clip.frames[1].damaged);
    EXPECT_FALSE(clip.frames[2].damaged);
  }
  Sample sample = Moving(kKinds[0]);
  EXPECT_EQ(ReadClip(OpenApngClip, Encode(sample), {.max_pixels = 1000}).status.code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReadClip(OpenApngClip, EncodePng(kKinds[0], 4, 4, 1)).status.code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(ApngClip, RealClips) {
  for (const char* folder : {"leaks", "malformed"}) {
    if (!std::filesystem::exists(TestData() / folder)) {
      GTEST_SKIP() << "the evaluation data is not there: set EFFACE_TEST_DATA to its folder";
    }
    for (const auto& entry : std::filesystem::directory_iterator(TestData() / folder)) {
      if (entry.path().extension() != ".png") continue;
      SCOPED_TRACE(entry.path().filename());
      const auto file = ReadFile(entry.path(), 1 << 30);
      ASSERT_TRUE(file.ok());
      const TestOutput output = RedactMoving(*file);
      if (!output.status.ok()) {
        EXPECT_FALSE(output.status.message().empty());
        continue;
      }
      const TestClip again = ReadClip(OpenApngClip, output.file);
      EXPECT_TRUE(again.status.ok()) << again.status;
      EXPECT_TRUE(again.warnings.empty());
      ASSERT_EQ(again.frames.size(), output.frames.size());
      for (size_t i = 0; i < again.frames.size(); ++i) {
        EXPECT_EQ(Differences(again.frames[i].pixels, output.frames[i].pixels, nullptr), 0);
      }
    }
  }
}

}  // namespace
}  // namespace efface
