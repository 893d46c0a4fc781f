#include <gif_lib.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "base/test_data.h"
#include "efface/media/test_animation.h"

namespace efface {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;

// A frame to encode.
struct Image {
  int left = 0, top = 0, width = 0, height = 0;
  std::function<int(int x, int y)> index;  // of the palette; x and y on the frame
  int disposal = DISPOSE_DO_NOT;
  int delay = 7;
  int transparent = NO_TRANSPARENT_COLOR;
  bool interlaced = false;
  bool local = false;
  int palette_seed = 0;  // of the local palette
};

struct Sample {
  int width = 48, height = 36;
  int loops = 0;  // < 0: no loop extension
  int palette_size = 256;
  std::vector<Image> images;
  bool extras = false;  // comments and the like
};

GifColorType PaletteColor(int seed, int index) {
  const uint32_t noise = Noise(static_cast<uint32_t>(seed * 1000 + index));
  return {static_cast<GifByteType>(noise), static_cast<GifByteType>(noise >> 8),
          static_cast<GifByteType>(noise >> 16)};
}

Bytes Encode(const Sample& sample) {
  Bytes file;
  GifFileType* gif = EGifOpen(
      &file,
      [](GifFileType* g, const GifByteType* data, int size) {
        Append(*static_cast<Bytes*>(g->UserData), {data, static_cast<size_t>(size)});
        return size;
      },
      nullptr);
  EGifSetGifVersion(gif, true);
  const auto map_of = [&](int seed) {
    ColorMapObject* map = GifMakeMapObject(sample.palette_size, nullptr);
    for (int i = 0; i < map->ColorCount; ++i) map->Colors[i] = PaletteColor(seed, i);
    return map;
  };
  ColorMapObject* global = map_of(0);
  EGifPutScreenDesc(gif, sample.width, sample.height, 8, 3, global);
  GifFreeMapObject(global);
  const auto application = [&](const char* name, int size, const void* data) {
    EGifPutExtensionLeader(gif, APPLICATION_EXT_FUNC_CODE);
    EGifPutExtensionBlock(gif, 11, name);
    EGifPutExtensionBlock(gif, size, data);
    EGifPutExtensionTrailer(gif);
  };
  if (sample.loops >= 0) {
    const GifByteType loops[3] = {1, static_cast<GifByteType>(sample.loops),
                                  static_cast<GifByteType>(sample.loops >> 8)};
    application("NETSCAPE2.0", 3, loops);
  }
  if (sample.extras) {
    EGifPutComment(gif, "secret comment");
    application("XMP DataXMP", 13, "secret packet");
    application("SECRETAPP01", 12, "secret bytes");
  }
  for (const Image& image : sample.images) {
    const GraphicsControlBlock control = {image.disposal, false, image.delay, image.transparent};
    GifByteType bytes[4];
    EGifGCBToExtension(&control, bytes);
    EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, 4, bytes);
    ColorMapObject* local = image.local ? map_of(image.palette_seed) : nullptr;
    GifFreeMapObject(gif->Image.ColorMap);  // giflib 5.2.1 forgets it where the next has none
    gif->Image.ColorMap = nullptr;
    EGifPutImageDesc(gif, image.left, image.top, image.width, image.height, image.interlaced,
                     local);
    GifFreeMapObject(local);
    const auto rows = [&](int start, int step) {
      for (int y = start; y < image.height; y += step) {
        std::vector<GifPixelType> row;
        for (int x = 0; x < image.width; ++x) {
          row.push_back(static_cast<GifPixelType>(image.index(x, y)));
        }
        EGifPutLine(gif, row.data(), image.width);
      }
    };
    if (image.interlaced) {
      for (const auto& [start, step] : {std::pair{0, 8}, {4, 8}, {2, 4}, {1, 2}}) rows(start, step);
    } else {
      rows(0, 1);
    }
  }
  EGifCloseFile(gif, nullptr);
  if (sample.extras) Append(file, AsBytes("secret tail"));
  return file;
}

int NoiseIndex(int seed, int x, int y, int colors) {
  return static_cast<int>(Noise(static_cast<uint32_t>(seed * 7919 + y * 512 + x))) & (colors - 1);
}

// Smooth enough to compress, with many colours.
Image Whole(int seed, int colors) {
  return {.width = 48, .height = 36, .index = [=](int x, int y) {
            return (x / 3 + y * 5 + seed * 11) % colors;
          }};
}

// A sprite over a still background, disposed of in each way, with local palettes and holes.
Sample Sprites(int disposal, bool transparent_background) {
  Sample sample;
  Image background = Whole(1, 200);
  if (transparent_background) {
    background.transparent = 9;
    background.left = 6;
    background.width = 36;
  }
  sample.images.push_back(background);
  for (int i = 0; i < 6; ++i) {
    Image sprite = {.left = 4 + 5 * i, .top = 3 + 2 * i, .width = 14, .height = 17};
    sprite.index = [i](int x, int y) {
      return (x - 7) * (x - 7) + (y - 8) * (y - 8) > 45 ? 255 : NoiseIndex(i, x, y, 128);
    };
    sprite.transparent = 255;
    sprite.disposal = disposal;
    sprite.delay = i;
    sprite.local = i % 2 == 1;
    sprite.palette_seed = i;
    sprite.interlaced = i == 3;
    sample.images.push_back(sprite);
  }
  return sample;
}

// What any reader that follows the specification shows, without our own reader: giflib's DGifSlurp,
// composed here. Transparent pixels are 0.
std::vector<std::vector<uint32_t>> Reference(const Bytes& file) {
  ByteView rest(file);
  GifFileType* gif = DGifOpen(
      &rest,
      [](GifFileType* g, GifByteType* out, int size) {
        auto& left = *static_cast<ByteView*>(g->UserData);
        const size_t count = std::min<size_t>(left.size(), static_cast<size_t>(size));
        std::copy_n(left.begin(), count, out);
        left = left.subspan(count);
        return static_cast<int>(count);
      },
      nullptr);
  std::vector<std::vector<uint32_t>> shown;
  if (gif == nullptr || DGifSlurp(gif) == GIF_ERROR) return shown;
  std::vector<uint32_t> canvas(static_cast<size_t>(gif->SWidth * gif->SHeight));
  for (int i = 0; i < gif->ImageCount; ++i) {
    const SavedImage& image = gif->SavedImages[i];
    const GifImageDesc& place = image.ImageDesc;
    GraphicsControlBlock control = {0, false, 0, -1};
    DGifSavedExtensionToGCB(gif, i, &control);
    const ColorMapObject* map = place.ColorMap != nullptr ? place.ColorMap : gif->SColorMap;
    const std::vector<uint32_t> before = canvas;
    const auto each = [&](const auto& function) {
      for (int y = 0; y < place.Height; ++y) {
        for (int x = 0; x < place.Width; ++x) {
          function(static_cast<size_t>((y + place.Top) * gif->SWidth + x + place.Left),
                   image.RasterBits[y * place.Width + x]);
        }
      }
    };
    each([&](size_t at, int index) {
      if (index == control.TransparentColor) return;
      const GifColorType& c = map->Colors[index];
      canvas[at] = 0xFF000000u | uint32_t{c.Red} << 16 | uint32_t{c.Green} << 8 | c.Blue;
    });
    shown.push_back(canvas);
    if (control.DisposalMode == DISPOSE_BACKGROUND) each([&](size_t at, int) { canvas[at] = 0; });
    if (control.DisposalMode == DISPOSE_PREVIOUS) canvas = before;
  }
  DGifCloseFile(gif, nullptr);
  return shown;
}

uint32_t Packed(const Raster& raster, size_t pixel) {
  const uint8_t* p = raster.samples8.data() + pixel * 4;
  if (p[3] == 0) return 0;
  return 0xFF000000u | uint32_t{p[0]} << 16 | uint32_t{p[1]} << 8 | p[2];
}

// The masks of the tests: one that moves over the picture.
RectangleHider MaskOf(int64_t frame) {
  return RectangleHider(6 + 4 * static_cast<double>(frame), 5 + static_cast<double>(frame), 15, 12);
}

TestOutput RedactMoving(const Bytes& file) {
  std::vector<std::unique_ptr<RectangleHider>> hiders;
  return Redact(OpenGifClip, file, [&](int64_t index) {
    hiders.push_back(std::make_unique<RectangleHider>(MaskOf(index)));
    return hiders.back().get();
  });
}

TEST(GifClip, ReadsWhatIsShown) {
  for (const int disposal : {DISPOSE_DO_NOT, DISPOSE_BACKGROUND, DISPOSE_PREVIOUS}) {
    const Bytes file = Encode(Sprites(disposal, true));
    const TestClip clip = ReadClip(OpenGifClip, file);
    ASSERT_TRUE(clip.status.ok()) << clip.status;
    const auto reference = Reference(file);
    ASSERT_EQ(clip.frames.size(), reference.size());
    for (size_t i = 0; i < reference.size(); ++i) {
      for (size_t p = 0; p < reference[i].size(); ++p) {
        ASSERT_EQ(Packed(clip.frames[i].pixels, p), reference[i][p]) << i << " " << p;
      }
    }
  }
}

TEST(GifClip, SaysWhatItIs) {
  const TestClip clip = ReadClip(OpenGifClip, Encode(Sprites(DISPOSE_DO_NOT, false)));
  EXPECT_EQ(clip.info.container, "GIF");
  ASSERT_EQ(clip.info.tracks.size(), 1u);
  EXPECT_EQ(clip.info.tracks[0].width, 48);
  EXPECT_EQ(clip.info.tracks[0].height, 36);
  EXPECT_EQ(clip.info.tracks[0].frames, 7);
  EXPECT_NEAR(clip.info.tracks[0].seconds, 0.07 + 0.1 + 0.15, 1e-9);  // one has no delay
  EXPECT_NEAR(clip.frames[2].seconds, 0.17, 1e-9);
  EXPECT_NEAR(clip.frames[2].duration, 0.01, 1e-9);
  EXPECT_TRUE(clip.warnings.empty());
}

TEST(GifClip, IsEqualOutsideOfMasksThatMove) {
  for (const int disposal : {DISPOSE_DO_NOT, DISPOSE_BACKGROUND, DISPOSE_PREVIOUS}) {
    for (const bool transparent : {false, true}) {
      const Bytes file = Encode(Sprites(disposal, transparent));
      const TestOutput output = RedactMoving(file);
      ASSERT_TRUE(output.status.ok()) << output.status;
      EXPECT_TRUE(output.written.warnings.empty());
      EXPECT_LT(output.file.size(), 4 * file.size());
      const auto before = Reference(file), after = Reference(output.file);
      ASSERT_EQ(before.size(), after.size());
      for (size_t i = 0; i < before.size(); ++i) {
        const SampleBox box = MaskOf(static_cast<int64_t>(i)).Hidden({.width = 48, .height = 36});
        for (int y = 0; y < 36; ++y) {
          for (int x = 0; x < 48; ++x) {
            const auto p = static_cast<size_t>(y * 48 + x);
            if (box.Contains(x, y)) continue;
            ASSERT_EQ(after[i][p], before[i][p])
                << disposal << transparent << " frame " << i << " " << x << "," << y;
          }
        }
      }
    }
  }
}

// Every raw pixel of the file, whatever a viewer makes of disposal, was made from hidden canvases:
// the colours that stand only under the masks are in no frame.
TEST(GifClip, HasNoPixelOfAFace) {
  for (const int disposal : {DISPOSE_DO_NOT, DISPOSE_BACKGROUND, DISPOSE_PREVIOUS}) {
    Sample sample;
    Image first = Whole(1, 100);  // colours 0..99
    sample.images.push_back(first);
    for (int i = 0; i < 5; ++i) {
      // The face, drawn once, has colours 200..; later frames cover and uncover it.
      Image image = {.left = 12, .top = 10, .width = 8, .height = 8};
      image.disposal = disposal;
      image.index = [=](int x, int y) { return i % 2 == 0 ? 200 + NoiseIndex(3, x, y, 32) : 5; };
      sample.images.push_back(image);
    }
    const RectangleHider mask(11, 9, 10, 10);
    const TestOutput output = Redact(OpenGifClip, Encode(sample), [&](int64_t) { return &mask; });
    ASSERT_TRUE(output.status.ok()) << output.status;
    std::set<uint32_t> face;
    for (int i = 200; i < 232; ++i) {
      const GifColorType c = PaletteColor(0, i);
      face.insert(0xFF000000u | uint32_t{c.Red} << 16 | uint32_t{c.Green} << 8 | c.Blue);
    }
    // The fill is a flat colour, so at most one of the palette's colours comes back.
    std::set<uint32_t> seen;
    for (const auto& canvas : Reference(output.file)) {
      for (const uint32_t color : canvas) {
        if (face.contains(color)) seen.insert(color);
      }
    }
    EXPECT_LE(seen.size(), 2u) << disposal;
  }
}

TEST(GifClip, KeepsDelaysLoopsScreenAndPalette) {
  Sample sample = Sprites(DISPOSE_DO_NOT, false);
  for (Image& image : sample.images) image.local = false;
  sample.loops = 1234;
  const Bytes file = Encode(sample);
  const TestOutput output = Redact(OpenGifClip, file, HideNothing);
  ASSERT_TRUE(output.status.ok()) << output.status;
  // Header, screen, global table and loop extension are the same bytes, but for colours of the
  // table that nothing has.
  const size_t table = 13, head = table + 768 + 19;
  ASSERT_GT(output.file.size(), head);
  int cleared = 0;
  for (size_t i = 0; i < head; ++i) {
    const bool clear = i >= table && i < table + 768 && output.file[i] == 0 && file[i] != 0;
    cleared += clear;
    EXPECT_TRUE(clear || output.file[i] == file[i]) << i;
  }
  EXPECT_GT(cleared, 0);
  EXPECT_LT(output.file.size(), file.size() + 100);  // no local palettes
  const TestClip before = ReadClip(OpenGifClip, file), after = ReadClip(OpenGifClip, output.file);
  ASSERT_EQ(after.frames.size(), before.frames.size());
  for (size_t i = 0; i < before.frames.size(); ++i) {
    EXPECT_EQ(after.frames[i].delay, before.frames[i].delay);
    EXPECT_EQ(Differences(after.frames[i].pixels, before.frames[i].pixels, nullptr), 0);
  }
}

TEST(GifClip, PlayedOnceStaysPlayedOnce) {
  Sample sample = Sprites(DISPOSE_DO_NOT, false);
  sample.loops = -1;
  const TestOutput output = RedactMoving(Encode(sample));
  ASSERT_TRUE(output.status.ok());
  const std::string text(output.file.begin(), output.file.end());
  EXPECT_EQ(text.find("NETSCAPE"), std::string::npos);
}

TEST(GifClip, IsWrittenTheSameTwice) {
  const Bytes file = Encode(Sprites(DISPOSE_PREVIOUS, true));
  EXPECT_EQ(RedactMoving(file).file, RedactMoving(file).file);
}

TEST(GifClip, FullPalettesOfEachFrameStayExact) {
  Sample sample;
  for (int i = 0; i < 4; ++i) {
    Image image = Whole(i, 256);
    image.local = true;
    image.palette_seed = 10 + i;
    image.index = [i](int x, int y) { return (y * 48 + x + i) & 255; };
    sample.images.push_back(image);
  }
  const Bytes file = Encode(sample);
  const TestOutput output = RedactMoving(file);
  ASSERT_TRUE(output.status.ok()) << output.status;
  EXPECT_TRUE(output.written.warnings.empty());
  const TestClip before = ReadClip(OpenGifClip, file), after = ReadClip(OpenGifClip, output.file);
  for (size_t i = 0; i < 4; ++i) {
    const RectangleHider mask = MaskOf(static_cast<int64_t>(i));
    EXPECT_EQ(Differences(after.frames[i].pixels, before.frames[i].pixels, &mask), 0) << i;
  }
}

// A mask that goes away uncovers more colours than a frame can have: the nearest is taken, the
// output says so, and the next frame puts right what it can.
TEST(GifClip, TooManyColorsAreSaid) {
  Sample sample;
  for (int i = 0; i < 4; ++i) {  // four quarters, each with its own 256 colours
    Image image = {.left = 24 * (i % 2), .top = 18 * (i / 2), .width = 24, .height = 18};
    image.local = true;
    image.palette_seed = 20 + i;
    image.index = [](int x, int y) { return (y * 24 + x) & 255; };
    sample.images.push_back(image);
  }
  for (int i = 0; i < 3; ++i) {
    Image still = {.width = 1, .height = 1, .index = [](int, int) { return 0; }};
    still.transparent = 0;
    sample.images.push_back(still);
  }
  const Bytes file = Encode(sample);
  const RectangleHider all(0, 0, 48, 36);
  const TestOutput output =
      Redact(OpenGifClip, file, [&](int64_t i) { return i == 3 ? &all : nullptr; });
  ASSERT_TRUE(output.status.ok()) << output.status;
  EXPECT_THAT(output.written.warnings, Contains(HasSubstr("more than 256 colours")));
  const TestClip before = ReadClip(OpenGifClip, file), after = ReadClip(OpenGifClip, output.file);
  ASSERT_EQ(after.frames.size(), 7u);
  const auto wrong = [&](size_t i) {
    return Differences(after.frames[i].pixels, before.frames[i].pixels, nullptr);
  };
  EXPECT_EQ(wrong(2), 0);
  EXPECT_GT(wrong(4), 0);
  EXPECT_LT(wrong(5), wrong(4));
  EXPECT_LT(wrong(6), wrong(5));
}

TEST(GifClip, SmallPalettesGetColorsForTheFill) {
  Sample sample;
  sample.palette_size = 2;
  for (int i = 0; i < 3; ++i) {
    Image image = Whole(i, 2);
    sample.images.push_back(image);
  }
  const TestOutput output = RedactMoving(Encode(sample));
  ASSERT_TRUE(output.status.ok());
  const TestClip after = ReadClip(OpenGifClip, output.file);
  for (size_t i = 0; i < 3; ++i) {
    const auto wanted = PixelAt(output.frames[i].pixels, 15, 12);
    const auto got = PixelAt(after.frames[i].pixels, 15, 12);
    for (size_t c = 0; c < 3; ++c) EXPECT_NEAR(got[c], wanted[c], 35);
  }
}

TEST(GifClip, DropsAndListsTheRest) {
  Sample sample = Sprites(DISPOSE_DO_NOT, false);
  sample.extras = true;
  const TestOutput output = RedactMoving(Encode(sample));
  ASSERT_TRUE(output.status.ok());
  const std::string text(output.file.begin(), output.file.end());
  EXPECT_EQ(text.find("secret"), std::string::npos);
  EXPECT_EQ(text.find("XMP"), std::string::npos);
  EXPECT_THAT(
      output.written.removed,
      testing::UnorderedElementsAre(
          Field(&Removed::what, "comment"), Field(&Removed::what, "xmp"),
          Field(&Removed::what, "application-extension"),
          testing::AllOf(Field(&Removed::what, "trailing-bytes"), Field(&Removed::bytes, 11))));
}

TEST(GifClip, ABrokenFrameIsPlainAndTheRestGoesOn) {
  const Sample sample = Sprites(DISPOSE_DO_NOT, false);
  Bytes file = Encode(sample);
  // Break the third image's code: its LZW code size.
  const auto reference = Reference(file);
  int image = 0;
  size_t at = 13 + 768;
  while (at < file.size() && file[at] != ';') {
    size_t next = at + 2;
    if (file[at] == ',') {
      next = at + 10 + ((file[at + 9] & 0x80) != 0 ? 768 : 0) + 1;
      if (++image == 3) file[next - 1] = 12;
    }
    while (file[next] != 0) next += 1 + size_t{file[next]};
    at = next + 1;
  }
  const TestClip clip = ReadClip(OpenGifClip, file);
  ASSERT_TRUE(clip.status.ok());
  ASSERT_EQ(clip.frames.size(), 7u);
  EXPECT_TRUE(clip.frames[2].damaged);
  for (size_t p = 0; p < reference[2].size(); ++p) {
    ASSERT_EQ(Packed(clip.frames[2].pixels, p), 0xFF808080u);
  }
  EXPECT_FALSE(clip.frames[3].damaged);
  // Where the broken frame would have drawn, the next one shows grey: not what lay there before.
  EXPECT_EQ(PixelAt(clip.frames[3].pixels, 9, 5), (std::vector<int>{128, 128, 128, 255}));
  EXPECT_EQ(Packed(clip.frames[3].pixels, 0), reference[3][0]);
  EXPECT_THAT(clip.warnings, Contains(HasSubstr("1 frame is damaged")));
}

TEST(GifClip, CutOffAnywhere) {
  const Bytes file = Encode(Sprites(DISPOSE_PREVIOUS, true));
  const TestClip whole = ReadClip(OpenGifClip, file);
  for (size_t size = 0; size < file.size(); size += 13) {
    const TestClip clip = ReadClip(OpenGifClip, ByteView(file).first(size));
    if (!clip.status.ok()) {
      EXPECT_FALSE(clip.status.message().empty());
      continue;
    }
    EXPECT_FALSE(clip.warnings.empty()) << size;
    for (size_t i = 0; i < clip.frames.size(); ++i) {
      if (clip.frames[i].damaged) {
        EXPECT_EQ(i + 1, clip.frames.size());
        EXPECT_EQ(Packed(clip.frames[i].pixels, 0), 0xFF808080u);
      } else {
        EXPECT_EQ(Differences(clip.frames[i].pixels, whole.frames[i].pixels, nullptr), 0);
      }
    }
  }
}

TEST(GifClip, RefusesWhatIsTooLarge) {
  Sample sample = Sprites(DISPOSE_DO_NOT, false);
  Bytes file = Encode(sample);
  EXPECT_EQ(ReadClip(OpenGifClip, file, {.max_pixels = 1000}).status.code(),
            absl::StatusCode::kResourceExhausted);
  file[6] = file[7] = file[8] = file[9] = 0xFF;
  EXPECT_EQ(ReadClip(OpenGifClip, file).status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReadClip(OpenGifClip, AsBytes("GIF89a")).status.code(),
            absl::StatusCode::kInvalidArgument);
}

// A frame that passes the screen's border is drawn where it lies within.
TEST(GifClip, FramesOutsideOfTheScreen) {
  Sample sample;
  sample.images.push_back(Whole(1, 100));
  sample.images.push_back(
      {.left = 40, .top = 30, .width = 20, .height = 20, .index = [](int, int) { return 200; }});
  sample.images.push_back(
      {.left = 100, .top = 100, .width = 20, .height = 20, .index = [](int, int) { return 201; }});
  const Bytes file = Encode(sample);
  const TestClip clip = ReadClip(OpenGifClip, file);
  ASSERT_TRUE(clip.status.ok());
  ASSERT_EQ(clip.frames.size(), 3u);
  const GifColorType c = PaletteColor(0, 200);
  EXPECT_EQ(PixelAt(clip.frames[1].pixels, 47, 35),
            (std::vector<int>{c.Red, c.Green, c.Blue, 255}));
  EXPECT_EQ(Differences(clip.frames[2].pixels, clip.frames[1].pixels, nullptr), 0);
  EXPECT_TRUE(RedactMoving(file).status.ok());
}

TEST(GifClip, PicturesForTheDetector) {
  Sample sample;
  sample.images.push_back(Whole(1, 100));
  const MemoryFile file(Encode(sample));
  auto reader = OpenGifClip(file.fd(), {});
  ASSERT_TRUE(reader.ok());
  auto item = (*reader)->Next();
  ASSERT_TRUE(item.ok());
  const ClipFrame& frame = *std::get<std::unique_ptr<ClipFrame>>(*item);
  const Raster pixels = Describe(frame).pixels;
  const RgbPicture same = frame.Rgb({0, 0, 48, 36}, 48, 36);
  const RgbPicture part = frame.Rgb({8, 4, 16, 12}, 16, 12);
  const RgbPicture half = frame.Rgb({0, 0, 48, 36}, 24, 18);
  const RgbPicture twice = frame.Rgb({0, 0, 48, 36}, 96, 72);
  for (int c = 0; c < 3; ++c) {
    const auto channel = static_cast<size_t>(c);
    EXPECT_EQ(same.samples[(5 * 48 + 7) * 3 + channel], PixelAt(pixels, 7, 5)[channel]);
    EXPECT_EQ(part.samples[(1 * 16 + 2) * 3 + channel], PixelAt(pixels, 10, 5)[channel]);
    const int sum = PixelAt(pixels, 6, 4)[channel] + PixelAt(pixels, 7, 4)[channel] +
                    PixelAt(pixels, 6, 5)[channel] + PixelAt(pixels, 7, 5)[channel];
    EXPECT_NEAR(half.samples[(2 * 24 + 3) * 3 + channel], sum / 4.0, 1);
    EXPECT_NEAR(twice.samples[(0 * 96 + 0) * 3 + channel], PixelAt(pixels, 0, 0)[channel], 1);
  }
  const GreyPicture grey = frame.Grey(48, 36);
  const auto p = PixelAt(pixels, 3, 3);
  EXPECT_NEAR(grey.samples[3 * 48 + 3], 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2], 1);
}

TEST(GifClip, RealClip) {
  const auto path = TestData() / "video" / "two_heads_turning.gif";
  if (!std::filesystem::exists(path)) {
    GTEST_SKIP() << "the evaluation data is not there: set EFFACE_TEST_DATA to its folder";
  }
  const auto file = ReadFile(path, 1 << 30);
  ASSERT_TRUE(file.ok());
  const TestClip before = ReadClip(OpenGifClip, *file);
  ASSERT_TRUE(before.status.ok()) << before.status;
  const TestOutput output = RedactMoving(*file);
  ASSERT_TRUE(output.status.ok()) << output.status;
  EXPECT_TRUE(output.written.warnings.empty());
  EXPECT_LT(output.file.size(), 2 * file->size());
  const TestClip after = ReadClip(OpenGifClip, output.file);
  ASSERT_EQ(after.frames.size(), before.frames.size());
  for (size_t i = 0; i < before.frames.size(); ++i) {
    const RectangleHider mask = MaskOf(static_cast<int64_t>(i));
    EXPECT_EQ(after.frames[i].delay, before.frames[i].delay);
    EXPECT_EQ(Differences(after.frames[i].pixels, before.frames[i].pixels, &mask), 0) << i;
  }
}

TEST(GifClip, MalformedFiles) {
  const auto folder = TestData() / "malformed";
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "the evaluation data is not there: set EFFACE_TEST_DATA to its folder";
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".gif") continue;
    const auto file = ReadFile(entry.path(), 1 << 30);
    ASSERT_TRUE(file.ok());
    const TestOutput output = RedactMoving(*file);
    if (!output.status.ok()) {
      EXPECT_FALSE(output.status.message().empty());
      continue;
    }
    const TestClip again = ReadClip(OpenGifClip, output.file);
    EXPECT_TRUE(again.status.ok()) << entry.path() << again.status;
    EXPECT_EQ(again.frames.size(), output.frames.size()) << entry.path();
    EXPECT_TRUE(again.warnings.empty()) << entry.path();
  }
}

}  // namespace
}  // namespace efface
