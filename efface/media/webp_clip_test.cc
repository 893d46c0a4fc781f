#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <webp/demux.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include <cmath>

#include "base/exif.h"
#include "efface/media/icc.h"
#include "efface/media/test_animation.h"
#include "efface/media/test_profile.h"
#include "efface/media/webp_frames.h"

namespace efface {
namespace {

using testing::Contains;
using testing::Field;
using testing::HasSubstr;

constexpr int kWidth = 44, kHeight = 34;

struct Image {
  int x = 0, y = 0, width = kWidth, height = kHeight;
  int delay = 40;
  bool clear = false, over = false;
  bool lossy = false, alpha = true;
};

struct Sample {
  std::vector<Image> images;
  bool extras = false;
};

Bytes EncodeImage(const Image& image, int seed) {
  Bytes rgba;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      const int band = (x + y) / 5 % 3;
      rgba.push_back(static_cast<uint8_t>(128 + 100 * std::sin(seed + x * 0.2)));
      rgba.push_back(static_cast<uint8_t>(128 + 100 * std::sin(seed + y * 0.2)));
      rgba.push_back(static_cast<uint8_t>(seed * 30));
      rgba.push_back(static_cast<uint8_t>(!image.alpha || band == 2 ? 255 : band * 120));
    }
  }
  uint8_t* coded = nullptr;
  const size_t size =
      image.lossy
          ? WebPEncodeRGBA(rgba.data(), image.width, image.height, image.width * 4, 80, &coded)
          : WebPEncodeLosslessRGBA(rgba.data(), image.width, image.height, image.width * 4, &coded);
  Bytes file(coded, coded + size);
  WebPFree(coded);
  return file;
}

Bytes Encode(const Sample& sample) {
  WebPMux* mux = WebPMuxNew();
  const WebPMuxAnimParams params = {0x11223344, 7};
  for (size_t i = 0; i < sample.images.size(); ++i) {
    const Image& image = sample.images[i];
    const Bytes coded = EncodeImage(image, static_cast<int>(i));
    WebPMuxFrameInfo frame{};
    frame.bitstream = {coded.data(), coded.size()};
    frame.x_offset = image.x;
    frame.y_offset = image.y;
    frame.duration = image.delay;
    frame.id = WEBP_CHUNK_ANMF;
    frame.dispose_method = image.clear ? WEBP_MUX_DISPOSE_BACKGROUND : WEBP_MUX_DISPOSE_NONE;
    frame.blend_method = image.over ? WEBP_MUX_BLEND : WEBP_MUX_NO_BLEND;
    EXPECT_EQ(WebPMuxPushFrame(mux, &frame, 1), WEBP_MUX_OK);
  }
  EXPECT_EQ(WebPMuxSetAnimationParams(mux, &params), WEBP_MUX_OK);
  EXPECT_EQ(WebPMuxSetCanvasSize(mux, kWidth, kHeight), WEBP_MUX_OK);
  const Bytes icc = RgbProfile(), exif = WriteKeptExif({.orientation = 3});
  const WebPData icc_data = {icc.data(), icc.size()}, exif_data = {exif.data(), exif.size()};
  const WebPData xmp_data = {reinterpret_cast<const uint8_t*>("secret"), 6};
  if (sample.extras) {
    WebPMuxSetChunk(mux, "ICCP", &icc_data, 1);
    WebPMuxSetChunk(mux, "EXIF", &exif_data, 1);
    WebPMuxSetChunk(mux, "XMP ", &xmp_data, 1);
  }
  WebPData assembled;
  WebPDataInit(&assembled);
  EXPECT_EQ(WebPMuxAssemble(mux, &assembled), WEBP_MUX_OK);
  Bytes file(assembled.bytes, assembled.bytes + assembled.size);
  WebPDataClear(&assembled);
  WebPMuxDelete(mux);
  if (sample.extras) Append(file, AsBytes("secret tail"));
  return file;
}

Sample Moving(bool lossy) {
  Sample sample;
  sample.images.push_back({.lossy = lossy, .alpha = !lossy});
  for (int i = 0; i < 6; ++i) {
    sample.images.push_back({.x = 4 * i,
                             .y = 2 * i,
                             .width = 15,
                             .height = 13,
                             .delay = 10 * i,
                             .clear = i % 3 == 1,
                             .over = i % 2 == 1,
                             .lossy = lossy});
  }
  return sample;
}

RectangleHider MaskOf(int64_t frame) {
  return RectangleHider(5 + 3 * static_cast<double>(frame), 6, 12, 14);
}

TestOutput RedactMoving(const Bytes& file, int quality = 0) {
  std::vector<std::unique_ptr<RectangleHider>> hiders;
  return Redact(OpenWebpClip, file,
                [&](int64_t index) {
                  hiders.push_back(std::make_unique<RectangleHider>(MaskOf(index)));
                  return hiders.back().get();
                },
                {.quality = quality});
}

struct Reference {
  std::vector<Raster> frames;
  std::vector<int> ends;  // ms
  uint32_t loops = 0, background = 0;
};

// As libwebp's own animation decoder shows it.
Reference Decode(const Bytes& file) {
  Reference reference;
  const WebPData data = {file.data(), file.size()};
  WebPAnimDecoder* decoder = WebPAnimDecoderNew(&data, nullptr);
  if (decoder == nullptr) return reference;
  WebPAnimInfo info;
  WebPAnimDecoderGetInfo(decoder, &info);
  reference.loops = info.loop_count;
  reference.background = info.bgcolor;
  while (WebPAnimDecoderHasMoreFrames(decoder)) {
    uint8_t* canvas = nullptr;
    int end = 0;
    if (!WebPAnimDecoderGetNext(decoder, &canvas, &end)) break;
    Raster raster(static_cast<int>(info.canvas_width), static_cast<int>(info.canvas_height),
                  {{Channel::kRed}, {Channel::kGreen}, {Channel::kBlue}, {Channel::kAlpha}});
    std::copy_n(canvas, raster.samples8.size(), raster.samples8.begin());
    for (size_t i = 0; i < raster.samples8.size(); i += 4) {  // no colour where transparent
      if (raster.samples8[i + 3] == 0) std::fill_n(&raster.samples8[i], 4, uint8_t{0});
    }
    reference.frames.push_back(raster);
    reference.ends.push_back(end);
  }
  WebPAnimDecoderDelete(decoder);
  return reference;
}

TEST(WebpClip, ReadsWhatIsShown) {
  for (const bool lossy : {false, true}) {
    const Bytes file = Encode(Moving(lossy));
    const Reference reference = Decode(file);
    const TestClip clip = ReadClip(OpenWebpClip, file);
    ASSERT_TRUE(clip.status.ok()) << clip.status;
    ASSERT_EQ(clip.frames.size(), 7u);
    ASSERT_EQ(reference.frames.size(), 7u);
    for (size_t i = 0; i < 7; ++i) {
      EXPECT_EQ(Differences(clip.frames[i].pixels, reference.frames[i], nullptr), 0) << i;
    }
  }
}

TEST(WebpClip, LosslessIsEqualOutsideOfMasksThatMove) {
  const Bytes file = Encode(Moving(false));
  const TestOutput output = RedactMoving(file);
  ASSERT_TRUE(output.status.ok()) << output.status;
  EXPECT_TRUE(output.written.warnings.empty());
  const Reference before = Decode(file), after = Decode(output.file);
  ASSERT_EQ(after.frames.size(), 7u);
  EXPECT_EQ(after.ends, before.ends);
  EXPECT_EQ(after.loops, 7u);
  EXPECT_EQ(after.background, before.background);
  for (size_t i = 0; i < 7; ++i) {
    const RectangleHider mask = MaskOf(static_cast<int64_t>(i));
    EXPECT_EQ(Differences(after.frames[i], before.frames[i], &mask), 0) << i;
    EXPECT_EQ(Differences(after.frames[i], output.frames[i].pixels, nullptr), 0) << i;
  }
}

TEST(WebpClip, LossyStaysClose) {
  const Bytes file = Encode(Moving(true));
  const TestOutput output = RedactMoving(file);
  ASSERT_TRUE(output.status.ok()) << output.status;
  EXPECT_THAT(output.written.warnings, Contains(HasSubstr("quality 90")));
  const Reference after = Decode(output.file);
  ASSERT_EQ(after.frames.size(), 7u);
  for (size_t i = 0; i < 7; ++i) {
    double sum = 0;
    const Raster &a = after.frames[i], &b = output.frames[i].pixels;
    for (size_t k = 0; k < a.samples8.size(); ++k) {
      sum += std::pow(a.samples8[k] - b.samples8[k], 2);
    }
    EXPECT_LT(std::sqrt(sum / static_cast<double>(a.samples8.size())), 8) << i;
  }
  const auto written = ReadWebpFrames(output.file);
  ASSERT_TRUE(written.ok());
  for (const FrameSpec& frame : written->animation.frames) EXPECT_TRUE(frame.lossy);
  EXPECT_LT(RedactMoving(file, 20).file.size(), output.file.size());
}

TEST(WebpClip, KeepsTheProfileAndDropsTheRest) {
  Sample sample = Moving(false);
  sample.extras = true;
  const TestOutput output = RedactMoving(Encode(sample));
  ASSERT_TRUE(output.status.ok()) << output.status;
  const std::string text(output.file.begin(), output.file.end());
  EXPECT_EQ(text.find("secret"), std::string::npos);
  EXPECT_THAT(
      output.written.removed,
      testing::UnorderedElementsAre(Field(&Removed::what, "exif"), Field(&Removed::what, "xmp"),
                                    Field(&Removed::what, "trailing-bytes")));
  const auto written = ReadWebpFrames(output.file);
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(Bytes(written->icc.begin(), written->icc.end()), *RebuildIcc(RgbProfile()));
  EXPECT_EQ(written->animation.orientation, 3);
  ASSERT_EQ(Decode(output.file).frames.size(), 7u);  // flags and sizes are right
}

TEST(WebpClip, FramesThatStayTheSameAreKept) {
  Sample sample;
  sample.images = {{.alpha = false}, {.width = 4, .height = 4, .delay = 0}, {.delay = 5}};
  const Bytes file = Encode(sample);
  const RectangleHider all(0, 0, kWidth, kHeight);
  const TestOutput output = Redact(OpenWebpClip, file, [&](int64_t) { return &all; });
  const Reference after = Decode(output.file);
  EXPECT_EQ(after.frames.size(), 3u);
  EXPECT_EQ(after.ends, (std::vector<int>{40, 40, 45}));
}

TEST(WebpClip, IsWrittenTheSameTwice) {
  const Bytes file = Encode(Moving(true));
  EXPECT_EQ(RedactMoving(file).file, RedactMoving(file).file);
}

TEST(WebpClip, ABrokenFrameIsPlainAndTheRestGoesOn) {
  Bytes file = Encode(Moving(false));
  const TestClip whole = ReadClip(OpenWebpClip, file);
  const auto frames = ReadWebpFrames(file);
  ASSERT_TRUE(frames.ok());
  const ByteView data = frames->animation.frames[2].data;
  file[static_cast<size_t>(data.data() - file.data()) + 8] ^= 0xFF;  // VP8L's signature
  const TestClip clip = ReadClip(OpenWebpClip, file);
  ASSERT_EQ(clip.frames.size(), 7u);
  for (size_t i = 0; i < 7; ++i) EXPECT_EQ(clip.frames[i].damaged, i == 2) << i;
  EXPECT_EQ(PixelAt(clip.frames[2].pixels, 0, 0), (std::vector<int>{128, 128, 128, 255}));
  EXPECT_EQ(PixelAt(clip.frames[3].pixels, 43, 33), PixelAt(whole.frames[3].pixels, 43, 33));
}

TEST(WebpClip, CutOffAnywhere) {
  for (const bool lossy : {false, true}) {
    const Bytes file = Encode(Moving(lossy));
    const TestClip whole = ReadClip(OpenWebpClip, file);
    for (size_t size = 0; size < file.size(); size += 7) {
      const TestClip clip = ReadClip(OpenWebpClip, ByteView(file).first(size));
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
}

TEST(WebpClip, RefusesWhatItCanNotBe) {
  const Bytes file = Encode(Moving(false));
  EXPECT_EQ(ReadClip(OpenWebpClip, file, {.max_pixels = 1000}).status.code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReadClip(OpenWebpClip, EncodeImage({}, 1)).status.code(),
            absl::StatusCode::kInvalidArgument);
  // A frame that passes the canvas.
  Bytes outside = file;
  const auto frames = ReadWebpFrames(file);
  const ByteView data = frames->animation.frames[1].data;
  outside[static_cast<size_t>(data.data() - file.data()) - 16] = 0x30;  // its x
  const TestClip clip = ReadClip(OpenWebpClip, outside);
  ASSERT_EQ(clip.frames.size(), 7u);
  EXPECT_TRUE(clip.frames[1].damaged);
}

}  // namespace
}  // namespace efface
