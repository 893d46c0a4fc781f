#include <gif_lib.h>
#include <gtest/gtest.h>

#include <cstring>

#include "efface/media/test_samples.h"

namespace efface {
namespace {

constexpr SampleBox kBox = {5, 4, 14, 11};
const RectangleHider kHider(5, 4, 9, 7);

struct Kind {
  const char* name;
  int bits = 8;
  bool local = false;
  bool interlaced = false;
  int transparent = NO_TRANSPARENT_COLOR;
  int left = 0, top = 0;
};

Bytes Encode(const Samples& samples, const Kind& kind, bool comments = false) {
  Bytes file;
  GifFileType* gif = EGifOpen(
      &file,
      [](GifFileType* g, const GifByteType* data, int size) {
        Append(*static_cast<Bytes*>(g->UserData), {data, static_cast<size_t>(size)});
        return size;
      },
      nullptr);
  EGifSetGifVersion(gif, true);
  ColorMapObject* map = GifMakeMapObject(1 << kind.bits, nullptr);
  for (int i = 0; i < map->ColorCount; ++i) {
    map->Colors[i] = {static_cast<GifByteType>(i * 37), static_cast<GifByteType>(255 - i),
                      static_cast<GifByteType>(i * 3)};
  }
  EGifPutScreenDesc(gif, samples.width + kind.left, samples.height + kind.top, 8, 1,
                    kind.local ? nullptr : map);
  if (comments) {
    EGifPutComment(gif, "secret comment");
    EGifPutExtensionLeader(gif, APPLICATION_EXT_FUNC_CODE);
    EGifPutExtensionBlock(gif, 11, "XMP DataXMP");
    EGifPutExtensionBlock(gif, 14, "secret packet!");
    EGifPutExtensionTrailer(gif);
  }
  if (kind.transparent >= 0) {
    const GraphicsControlBlock control = {DISPOSE_BACKGROUND, false, 7, kind.transparent};
    GifByteType bytes[4];
    EGifGCBToExtension(&control, bytes);
    EGifPutExtension(gif, GRAPHICS_EXT_FUNC_CODE, 4, bytes);
  }
  EGifPutImageDesc(gif, kind.left, kind.top, samples.width, samples.height, kind.interlaced,
                   kind.local ? map : nullptr);
  const auto put = [&](int start, int step) {
    for (int y = start; y < samples.height; y += step) {
      std::vector<GifPixelType> row;
      for (int x = 0; x < samples.width; ++x) {
        row.push_back(static_cast<GifPixelType>(samples.At(x, y, 0)));
      }
      EGifPutLine(gif, row.data(), samples.width);
    }
  };
  if (kind.interlaced) {
    put(0, 8);
    put(4, 8);
    put(2, 4);
    put(1, 2);
  } else {
    put(0, 1);
  }
  GifFreeMapObject(map);
  EGifCloseFile(gif, nullptr);
  return file;
}

// By giflib's own whole-file reader; checks that all but the samples is of this kind.
Samples Decode(const Bytes& file, const Kind& kind) {
  ByteView rest = file;
  GifFileType* gif = DGifOpen(
      &rest,
      [](GifFileType* g, GifByteType* out, int size) {
        auto* from = static_cast<ByteView*>(g->UserData);
        const size_t count = std::min(static_cast<size_t>(size), from->size());
        if (count > 0) std::memcpy(out, from->data(), count);
        *from = from->subspan(count);
        return static_cast<int>(count);
      },
      nullptr);
  EXPECT_EQ(DGifSlurp(gif), GIF_OK);
  EXPECT_EQ(gif->ImageCount, 1);
  const SavedImage& frame = gif->SavedImages[0];
  const GifImageDesc& place = frame.ImageDesc;
  Samples samples = NoSamples(place.Width, place.Height, 1);
  std::copy_n(frame.RasterBits, samples.values.size(), samples.values.begin());
  EXPECT_EQ(place.Left, kind.left);
  EXPECT_EQ(place.Top, kind.top);
  EXPECT_EQ(place.Interlace, kind.interlaced);
  EXPECT_EQ(gif->SWidth, place.Width + kind.left);
  EXPECT_EQ(gif->SBackGroundColor, 1);
  EXPECT_EQ(place.ColorMap != nullptr, kind.local);
  const ColorMapObject* map = kind.local ? place.ColorMap : gif->SColorMap;
  EXPECT_EQ(map->ColorCount, 1 << kind.bits);
  const bool is_used =
      std::find(samples.values.begin(), samples.values.end(), 1) != samples.values.end();
  EXPECT_EQ(map->Colors[1].Red, is_used || !kind.local ? 37 : 0);
  GraphicsControlBlock control = {};
  const bool has_control = DGifSavedExtensionToGCB(gif, 0, &control) == GIF_OK;
  EXPECT_EQ(has_control, kind.transparent >= 0);
  if (has_control) {
    EXPECT_EQ(control.TransparentColor, kind.transparent);
  }
  DGifCloseFile(gif, nullptr);
  return samples;
}

class GifKinds : public testing::TestWithParam<Kind> {};

TEST_P(GifKinds, HidesTheBoxAndNothingElse) {
  const Kind kind = GetParam();
  const int most = (1 << kind.bits) - 1;
  const Samples in = Pattern(33, 21, 1, most);
  const Bytes file = Encode(in, kind);
  const Bytes written = MustWrite(OpenGif, file, &kHider);
  ExpectHidden(in, Decode(written, kind), kBox);

  // Non-interference: whatever was under the mask, the file is the same to the byte.
  const Bytes other = Encode(Scrambled(in, kBox, most), kind);
  EXPECT_NE(other, file);
  EXPECT_EQ(MustWrite(OpenGif, other, &kHider), written);

  EXPECT_EQ(Decode(MustWrite(OpenGif, file, nullptr), kind), in);
}

INSTANTIATE_TEST_SUITE_P(All, GifKinds,
                         testing::Values(Kind{"Global8"}, Kind{"Global1", 1},
                                         Kind{"Local4", 4, true},
                                         Kind{"Interlaced", 8, false, true},
                                         Kind{"Transparent", 6, false, false, 5},
                                         Kind{"Placed", 8, true, true, 0, 3, 2}),
                         [](const auto& kind) { return kind.param.name; });

TEST(Gif, HiddenPixelsTakeTheNearestColour) {
  // Around the box all is index 4, so the fill is exactly that colour.
  Samples in = Pattern(33, 21, 1, 255);
  for (int y = 3; y < 12; ++y) {
    for (int x = 4; x < 15; ++x) {
      if (!kBox.Contains(x, y)) in.At(x, y, 0) = 4;
    }
  }
  const Samples out = Decode(MustWrite(OpenGif, Encode(in, {"", 8}), &kHider), {"", 8});
  EXPECT_EQ(out.At(kBox.left, kBox.top, 0), 4);
}

TEST(Gif, DropsCommentsAndApplicationData) {
  Bytes file = Encode(Pattern(33, 21, 1, 255), {""}, true);
  Append(file, AsBytes("secret trailer"));
  ASSERT_TRUE(HasBytes(file, "secret packet"));
  const Bytes written = MustWrite(OpenGif, file, nullptr);
  EXPECT_FALSE(HasBytes(written, "secret"));
  EXPECT_FALSE(HasBytes(written, "XMP"));
}

TEST(Gif, CutShortFilesAreDataLoss) {
  const Bytes file = Encode(Pattern(33, 21, 1, 255), {""});
  for (size_t size = 6; size + 8 < file.size(); size += 7) {
    EXPECT_EQ(ReadCode(OpenGif, ByteView(file).first(size)), absl::StatusCode::kDataLoss) << size;
  }
}

TEST(Gif, RefusesBombs) {
  Bytes file = Encode(Pattern(33, 21, 1, 255), {""});
  const size_t frame = 13 + 768;
  ASSERT_EQ(file[frame], ',');
  for (size_t i = 5; i < 9; ++i) file[frame + i] = 0xFF;
  EXPECT_EQ(ReadCode(OpenGif, file), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace efface
