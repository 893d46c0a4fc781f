// Tests OpenAvif on samples of every depth and chroma that libavif encodes here, against libavif's
// own decoder.
#include <avif/avif.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "base/exif.h"
#include "base/isobmff.h"
#include "efface/media/heif_beyond.h"
#include "efface/media/heif_copy.h"
#include "efface/media/heif_samples.h"
#include "efface/media/heif_write.h"
#include "efface/media/icc.h"
#include "efface/media/still.h"
#include "efface/media/test_profile.h"

namespace efface {
namespace {

using ::testing::HasSubstr;

struct ImageDeleter {
  void operator()(avifImage* image) const { avifImageDestroy(image); }
};
using Image = std::unique_ptr<avifImage, ImageDeleter>;

struct Sample {
  int width = 96, height = 80;
  int bits = 8;
  avifPixelFormat format = AVIF_PIXEL_FORMAT_YUV420;
  bool full_range = true;
  bool alpha = false, premultiplied = false;
  bool lossless = true;
  int coefficients = AVIF_MATRIX_COEFFICIENTS_BT601;
  int columns = 1, rows = 1;  // of a grid of pictures of width x height
  uint32_t seed = 1;
};

Image MakeImage(const Sample& sample) {
  Image image(avifImageCreate(static_cast<uint32_t>(sample.width),
                              static_cast<uint32_t>(sample.height),
                              static_cast<uint32_t>(sample.bits), sample.format));
  image->yuvRange = sample.full_range ? AVIF_RANGE_FULL : AVIF_RANGE_LIMITED;
  image->colorPrimaries = AVIF_COLOR_PRIMARIES_SMPTE432;
  image->transferCharacteristics = AVIF_TRANSFER_CHARACTERISTICS_SRGB;
  image->matrixCoefficients = static_cast<avifMatrixCoefficients>(sample.coefficients);
  image->alphaPremultiplied = sample.premultiplied;
  avifImageAllocatePlanes(image.get(), sample.alpha ? AVIF_PLANES_ALL : AVIF_PLANES_YUV);
  return image;
}

// The planes of `image`, written down here so that the code under test is not trusted with it.
YuvPicture Planes(const avifImage& image) {
  YuvPicture picture;
  picture.width = static_cast<int>(image.width);
  picture.height = static_cast<int>(image.height);
  picture.bits = static_cast<int>(image.depth);
  picture.full_range = image.yuvRange == AVIF_RANGE_FULL;
  avifPixelFormatInfo info = {};
  avifGetPixelFormatInfo(image.yuvFormat, &info);
  if (!info.monochrome) picture.shift_x = info.chromaShiftX, picture.shift_y = info.chromaShiftY;
  for (int plane = 0; plane < (info.monochrome ? 1 : 3); ++plane) {
    picture.planes[plane] = image.yuvPlanes[plane];
    picture.row_bytes[plane] = image.yuvRowBytes[plane];
  }
  picture.planes[3] = image.alphaPlane;
  picture.row_bytes[3] = image.alphaRowBytes;
  return picture;
}

Bytes Encode(const std::vector<const avifImage*>& cells, const Sample& sample) {
  avifEncoder* encoder = avifEncoderCreate();
  encoder->codecChoice = AVIF_CODEC_CHOICE_AOM;
  encoder->speed = 9;
  encoder->minQuantizer = encoder->maxQuantizer = sample.lossless ? 0 : 8;
  encoder->minQuantizerAlpha = encoder->maxQuantizerAlpha = 0;
  avifRWData output = AVIF_DATA_EMPTY;
  EXPECT_EQ(avifEncoderAddImageGrid(encoder, static_cast<uint32_t>(sample.columns),
                                    static_cast<uint32_t>(sample.rows), cells.data(),
                                    AVIF_ADD_IMAGE_FLAG_SINGLE),
            AVIF_RESULT_OK)
      << encoder->diag.error;
  EXPECT_EQ(avifEncoderFinish(encoder, &output), AVIF_RESULT_OK);
  Bytes file(output.data, output.data + output.size);
  avifRWDataFree(&output);
  avifEncoderDestroy(encoder);
  return file;
}

Bytes EncodeOne(const avifImage& image, const Sample& sample) { return Encode({&image}, sample); }

Bytes MakeAvif(const Sample& sample) {
  std::vector<Image> images;
  std::vector<const avifImage*> cells;
  for (int i = 0; i < sample.columns * sample.rows; ++i) {
    images.push_back(MakeImage(sample));
    Draw(Planes(*images.back()), sample.seed + static_cast<uint32_t>(i));
    cells.push_back(images.back().get());
  }
  return Encode(cells, sample);
}

Image Decode(ByteView file) {
  Image image(avifImageCreateEmpty());
  avifDecoder* decoder = avifDecoderCreate();
  const avifResult result = avifDecoderReadMemory(decoder, image.get(), file.data(), file.size());
  EXPECT_EQ(result, AVIF_RESULT_OK) << avifResultToString(result) << " " << decoder->diag.error;
  avifDecoderDestroy(decoder);
  return image;
}

WrittenStill Write(ByteView file, const Hider* hider, const WriteOptions& options = {}) {
  auto still = OpenAvif(file, {});
  EXPECT_TRUE(still.ok()) << still.status();
  if (!still.ok()) return {};
  const Hider* hiders[] = {hider};
  auto written = (*still)->Write(hiders, options);
  EXPECT_TRUE(written.ok()) << written.status();
  return written.ok() ? *std::move(written) : WrittenStill();
}

std::string NameOf(const Sample& sample) {
  return absl::StrCat(avifPixelFormatToString(sample.format), " ", sample.bits, " bits",
                      sample.alpha ? " alpha" : "", sample.full_range ? "" : " studio");
}

std::vector<Sample> AllFormats() {
  std::vector<Sample> samples;
  for (const avifPixelFormat format : {AVIF_PIXEL_FORMAT_YUV444, AVIF_PIXEL_FORMAT_YUV422,
                                       AVIF_PIXEL_FORMAT_YUV420, AVIF_PIXEL_FORMAT_YUV400}) {
    for (const int bits : {8, 10, 12}) {
      Sample sample;
      sample.width = 97;  // odd, so that chroma is rounded up
      sample.height = 71;
      sample.format = format;
      sample.bits = bits;
      sample.alpha = bits != 10;
      sample.full_range = bits != 12;
      samples.push_back(sample);
    }
  }
  return samples;
}

TEST(AvifTest, LosslessIsExactOutsideTheMaskInEveryFormat) {
  const RectangleHider hider(21, 18, 30, 27);
  for (const Sample& sample : AllFormats()) {
    SCOPED_TRACE(NameOf(sample));
    const Bytes file = MakeAvif(sample);
    const WrittenStill written = Write(file, &hider);
    EXPECT_EQ(written.fidelity, Fidelity::kLossless);
    const Image before = Decode(file), after = Decode(written.file);
    const YuvPicture a = Planes(*before), b = Planes(*after);
    EXPECT_EQ(before->depth, after->depth);
    EXPECT_EQ(before->yuvFormat, after->yuvFormat);
    EXPECT_EQ(before->yuvRange, after->yuvRange);
    for (int plane = 0; plane < 4; ++plane) {
      ASSERT_EQ(a.planes[plane] == nullptr, b.planes[plane] == nullptr) << plane;
      if (a.planes[plane] == nullptr) continue;
      EXPECT_TRUE(std::isinf(PsnrOutside(a, b, plane, hider))) << plane;
      EXPECT_LT(EqualInside(a, b, plane, hider), 0.5) << plane;
    }
  }
}

TEST(AvifTest, LosslessRgbIsExactToo) {
  Sample sample;
  sample.format = AVIF_PIXEL_FORMAT_YUV444;
  sample.coefficients = AVIF_MATRIX_COEFFICIENTS_IDENTITY;
  const RectangleHider hider(10, 10, 20, 20);
  const Bytes file = MakeAvif(sample);
  const WrittenStill written = Write(file, &hider);
  EXPECT_EQ(written.fidelity, Fidelity::kLossless);
  const Image before = Decode(file), after = Decode(written.file);
  EXPECT_EQ(after->matrixCoefficients, AVIF_MATRIX_COEFFICIENTS_IDENTITY);
  for (int plane = 0; plane < 3; ++plane) {
    EXPECT_TRUE(std::isinf(PsnrOutside(Planes(*before), Planes(*after), plane, hider))) << plane;
  }
}

TEST(AvifTest, WhatIsHiddenLeavesNoTraceInALosslessFile) {
  for (const bool alpha : {false, true}) {
    Sample sample;
    sample.alpha = alpha;
    const RectangleHider hider(24, 16, 40, 32);
    Image image = MakeImage(sample);
    Draw(Planes(*image), 1);
    const Bytes first = EncodeOne(*image, sample);
    Draw(Planes(*image), 99, {24, 16, 64, 48});
    const Bytes second = EncodeOne(*image, sample);
    ASSERT_NE(first, second);
    EXPECT_EQ(Write(first, &hider).file, Write(second, &hider).file);
  }
}

TEST(AvifTest, LossyKeeps42DecibelsOutsideTheMask) {
  const RectangleHider hider(60, 40, 50, 60);
  for (Sample sample : AllFormats()) {
    if (sample.bits == 12) continue;
    sample.width = 256;
    sample.height = 192;
    sample.lossless = false;
    SCOPED_TRACE(NameOf(sample));
    const Bytes file = MakeAvif(sample);
    const WrittenStill written = Write(file, &hider);
    EXPECT_EQ(written.fidelity, Fidelity::kReencoded);
    const Image before = Decode(file), after = Decode(written.file);
    for (int plane = 0; plane < 3; ++plane) {
      if (Planes(*before).planes[plane] == nullptr) continue;
      EXPECT_GE(PsnrOutside(Planes(*before), Planes(*after), plane, hider), 42) << plane;
      EXPECT_LT(EqualInside(Planes(*before), Planes(*after), plane, hider), 0.5) << plane;
    }
    if (sample.alpha) {
      EXPECT_TRUE(std::isinf(PsnrOutside(Planes(*before), Planes(*after), 3, hider)));
    }
  }
}

TEST(AvifTest, QualityIsObeyedAndTheSameFileComesOutTwice) {
  Sample sample;
  sample.lossless = false;
  sample.width = 256;
  const RectangleHider hider(30, 30, 20, 20);
  const Bytes file = MakeAvif(sample);
  const Bytes low = Write(file, &hider, {.quality = 30}).file;
  const Bytes high = Write(file, &hider, {.quality = 95}).file;
  EXPECT_LT(low.size() * 2, high.size());
  EXPECT_EQ(low, Write(file, &hider, {.quality = 30}).file);
}

TEST(AvifTest, ColourTurnAndPixelShapeAreKept) {
  const RectangleHider hider(30, 30, 20, 20);
  for (const Hider* which :
       {static_cast<const Hider*>(&hider), static_cast<const Hider*>(nullptr)}) {
    Sample sample;
    sample.alpha = sample.premultiplied = true;
    Image image = MakeImage(sample);
    Draw(Planes(*image), 3);
    image->transformFlags = AVIF_TRANSFORM_IROT | AVIF_TRANSFORM_IMIR | AVIF_TRANSFORM_PASP;
    image->irot.angle = 1;
    image->imir.mode = 1;
    image->pasp = {4, 3};
    const Image after = Decode(Write(EncodeOne(*image, sample), which).file);
    EXPECT_EQ(after->colorPrimaries, AVIF_COLOR_PRIMARIES_SMPTE432);
    EXPECT_EQ(after->transferCharacteristics, AVIF_TRANSFER_CHARACTERISTICS_SRGB);
    EXPECT_EQ(after->matrixCoefficients, AVIF_MATRIX_COEFFICIENTS_BT601);
    EXPECT_EQ(after->transformFlags, image->transformFlags);
    EXPECT_EQ(after->irot.angle, 1);
    EXPECT_EQ(after->imir.mode, 1);
    EXPECT_EQ(after->pasp.hSpacing, 4u);
    EXPECT_EQ(after->pasp.vSpacing, 3u);
    EXPECT_TRUE(after->alphaPremultiplied);

    const Bytes icc = RgbProfile("secret of a profile");
    avifImageSetProfileICC(image.get(), icc.data(), icc.size());
    const Image with_icc = Decode(Write(EncodeOne(*image, sample), which).file);
    EXPECT_EQ(Bytes(with_icc->icc.data, with_icc->icc.data + with_icc->icc.size), *RebuildIcc(icc));
  }
}

TEST(AvifTest, OrientationIsThatOfTheTurn) {
  struct Case {
    int angle, mode, orientation;  // mode -1: not mirrored
  };
  for (const Case& each : {Case{0, -1, 1}, Case{0, 1, 2}, Case{2, -1, 3}, Case{0, 0, 4},
                           Case{1, 0, 5}, Case{3, -1, 6}, Case{1, 1, 7}, Case{1, -1, 8}}) {
    Sample sample;
    Image image = MakeImage(sample);
    Draw(Planes(*image), 3);
    if (each.angle != 0) image->transformFlags |= AVIF_TRANSFORM_IROT;
    if (each.mode >= 0) image->transformFlags |= AVIF_TRANSFORM_IMIR;
    image->irot.angle = static_cast<uint8_t>(each.angle);
    image->imir.mode = static_cast<uint8_t>(std::max(each.mode, 0));
    const Bytes file = EncodeOne(*image, sample);
    const auto still = OpenAvif(file, {});
    ASSERT_TRUE(still.ok()) << still.status();
    EXPECT_EQ((*still)->pages()[0].orientation, each.orientation);
    EXPECT_EQ((*still)->pages()[0].width, sample.width);  // as stored
  }
}

TEST(AvifTest, WithoutAMaskTheCodedPictureIsCopiedAndNothingElse) {
  for (const bool lossless : {true, false}) {
    for (const bool grid : {true, false}) {
      Sample sample;
      sample.lossless = lossless;
      sample.alpha = true;
      if (grid) sample.columns = 3, sample.rows = 2;
      const Bytes plain = MakeAvif(sample);
      const WrittenStill written = Write(plain, nullptr);
      EXPECT_EQ(written.fidelity, Fidelity::kCopied);
      const Image before = Decode(plain), after = Decode(written.file);
      EXPECT_EQ(after->width, static_cast<uint32_t>(sample.width * sample.columns));
      EXPECT_TRUE(SamePicture(Planes(*before), Planes(*after)));
      EXPECT_EQ(after->colorPrimaries, before->colorPrimaries);
      const RectangleHider nowhere(500, 500, 10, 10);
      EXPECT_EQ(Write(plain, &nowhere).file, written.file);
    }
  }
}

bool Warns(const WrittenStill& written) {
  return std::find(written.warnings.begin(), written.warnings.end(), kMoreThanShown) !=
         written.warnings.end();
}

// A grid of 2 x 1 coded pictures, shown to that size.
Bytes MakeGrid(const Sample& sample, int width, int height, Beyond beyond) {
  HeifOut out = EmptyGrid("avif", 1, 2, width, height);
  HeifOutReference reference{"dimg", 0, {}};
  for (int i = 0; i < 2; ++i) {
    const Image image = MakeImage(sample);
    Draw(Planes(*image), static_cast<uint32_t>(20 + i));
    FillBeyond(Planes(*image), std::min(width - i * sample.width, sample.width), height, beyond);
    const auto parts = ExtractHeif(*ReadHeif(EncodeOne(*image, sample)));
    reference.to.push_back(out.items.size());
    out.items.push_back(parts->items.front());
  }
  for (const HeifOutProperty& property : out.items[1].properties) {
    if (HasText(property.box, 4, "pixi")) out.items[0].properties.push_back(property);
  }
  out.references.push_back(reference);
  return WriteHeif(out);
}

TEST(AvifTest, TilesAreCopiedWithPaddingAlone) {
  Sample sample;
  sample.width = sample.height = 96;
  for (const bool lossless : {true, false}) {
    sample.lossless = lossless;
    for (const Beyond beyond :
         {Beyond::kRepeated, Beyond::kFlat, Beyond::kBoth, Beyond::kPicture, Beyond::kFaint}) {
      SCOPED_TRACE(absl::StrCat(static_cast<int>(beyond), lossless ? " lossless" : " lossy"));
      const Bytes file = MakeGrid(sample, 150, 80, beyond);
      const bool more = beyond == Beyond::kPicture || beyond == Beyond::kFaint;
      const WrittenStill written = Write(file, nullptr);
      EXPECT_EQ(written.fidelity == Fidelity::kCopied, !more);
      EXPECT_EQ(Warns(written), more);
      const Image before = Decode(file), after = Decode(written.file);
      EXPECT_EQ(after->width, 150u);
      EXPECT_EQ(ReadHeif(written.file)->items.size(), more ? 1u : 3u);
      EXPECT_TRUE(more || SamePicture(Planes(*before), Planes(*after)));
    }
  }
}

TEST(AvifTest, TilesWhollyOutsideAreRefused) {
  Sample sample;
  sample.width = sample.height = 96;
  const Bytes file = MakeGrid(sample, 96, 80, Beyond::kRepeated);
  const auto still = OpenAvif(file, {});
  ASSERT_TRUE(still.ok()) << still.status();
  const Hider* hiders[] = {nullptr};
  EXPECT_EQ((*still)->Write(hiders, {}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(AvifTest, ASecondFrameInTheCodedDataIsNotCopied) {
  Sample other;
  other.seed = 9;
  const Bytes file = MakeAvif({}), more = MakeAvif(other);
  auto parts = ExtractHeif(*ReadHeif(file));
  Append(parts->items.front().data, ExtractHeif(*ReadHeif(more))->items.front().data);
  const Bytes both = WriteHeif(*parts);
  const WrittenStill written = Write(both, nullptr);
  EXPECT_NE(written.fidelity, Fidelity::kCopied);
  EXPECT_TRUE(Warns(written));
  EXPECT_LT(written.file.size(), both.size() * 3 / 4);
}

TEST(AvifTest, BytesAfterTheEndOfTheLastTileAreNotCopied) {
  for (const bool lossless : {true, false}) {
    Sample sample;
    sample.lossless = lossless;
    const Bytes file = MakeAvif(sample);
    auto parts = ExtractHeif(*ReadHeif(file));
    Bytes& data = parts->items.front().data;
    // The last unit, a frame: its header, its size in two bytes, and all that follows.
    size_t at = 0;
    const auto is_frame = [&] {
      const size_t size = (data[at + 1] & 127U) + data[at + 2] * size_t{128};
      return (data[at] >> 3 & 15) == 6 && data.size() - at - 3 == size;
    };
    while (at + 3 < data.size() && !is_frame()) ++at;
    ASSERT_LT(at + 3, data.size());
    const size_t size = data.size() - at - 3 + 40;
    data[at + 1] = static_cast<uint8_t>(128 | (size & 127));
    data[at + 2] = static_cast<uint8_t>(size >> 7);
    for (int i = 0; i < 40; ++i) data.push_back(static_cast<uint8_t>(17 * i + 5));
    const Bytes longer = WriteHeif(*parts);
    EXPECT_TRUE(SamePicture(Planes(*Decode(file)), Planes(*Decode(longer))));
    const WrittenStill written = Write(longer, nullptr);
    EXPECT_NE(written.fidelity, Fidelity::kCopied);
    EXPECT_TRUE(Warns(written));
  }
}

TEST(AvifTest, AFrameLargerThanStatedIsNotCopied) {
  auto parts = ExtractHeif(*ReadHeif(MakeAvif({})));
  for (HeifOutProperty& property : parts->items.front().properties) {
    if (HasText(property.box, 4, "ispe")) property.box[15] = 64;  // wide, of 96
  }
  const Bytes file = WriteHeif(*parts);
  const auto still = OpenAvif(file, {});
  ASSERT_TRUE(still.ok()) << still.status();
  const Hider* hiders[] = {nullptr};
  const auto written = (*still)->Write(hiders, {});
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_NE(written->fidelity, Fidelity::kCopied);
  EXPECT_TRUE(Warns(*written));
}

// The EXIF that a camera might write: date, resolution, and a camera's name that must not survive.
Bytes CameraExif() {
  KeptExif exif;
  exif.date_time_original = "2024:05:06 07:08:09";
  exif.x_resolution = exif.y_resolution = 300;
  Bytes tiff = WriteKeptExif(exif);
  Append(tiff, AsBytes("CAMERA-SERIAL-42"));
  return tiff;
}

TEST(AvifTest, MetadataGoesAndTheDateStaysWhenAsked) {
  const RectangleHider hider(30, 30, 20, 20);
  Sample sample;
  Image image = MakeImage(sample);
  Draw(Planes(*image), 5);
  const Bytes exif = CameraExif();
  avifRWDataSet(&image->exif, exif.data(), exif.size());
  const std::string xmp = "<x:xmpmeta>SECRET-XMP</x:xmpmeta>";
  avifImageSetMetadataXMP(image.get(), reinterpret_cast<const uint8_t*>(xmp.data()), xmp.size());
  Bytes file = EncodeOne(*image, sample);
  Append(file, AsBytes("TRAILING-BYTES"));
  ASSERT_TRUE(Holds(file, "SECRET-XMP"));
  for (const Hider* which :
       {static_cast<const Hider*>(&hider), static_cast<const Hider*>(nullptr)}) {
    const Bytes without = Write(file, which).file;
    for (const char* text : {"SECRET-XMP", "CAMERA-SERIAL", "2024:05:06", "TRAILING"}) {
      EXPECT_FALSE(Holds(without, text)) << text;
    }
    const Image undated = Decode(without);
    EXPECT_EQ(ReadKeptExif(ByteView(undated->exif.data, undated->exif.size)).x_resolution, 300);
    const Bytes with = Write(file, which, {.keep = {.date = true}}).file;
    EXPECT_FALSE(Holds(with, "SECRET-XMP"));
    EXPECT_FALSE(Holds(with, "CAMERA-SERIAL"));
    const Image after = Decode(with);
    const KeptExif kept = ReadKeptExif(ByteView(after->exif.data, after->exif.size));
    EXPECT_EQ(kept.date_time_original, "2024:05:06 07:08:09");
    EXPECT_EQ(kept.orientation, 1);
  }
}

TEST(AvifTest, ACleanApertureIsCutOut) {
  Sample sample;
  Image image = MakeImage(sample);
  Draw(Planes(*image), 6);
  image->transformFlags = AVIF_TRANSFORM_CLAP;
  const avifCropRect crop = {8, 4, 60, 50};
  avifDiagnostics diagnostics = {};
  ASSERT_TRUE(avifCleanApertureBoxConvertCropRect(&image->clap, &crop, image->width, image->height,
                                                  image->yuvFormat, &diagnostics));
  const Bytes file = EncodeOne(*image, sample);
  const auto still = OpenAvif(file, {});
  ASSERT_TRUE(still.ok()) << still.status();
  EXPECT_EQ((*still)->pages()[0].width, 60);
  EXPECT_EQ((*still)->pages()[0].height, 50);
  const auto rgb = (*still)->Rgb(0);
  ASSERT_TRUE(rgb.ok());
  EXPECT_EQ(rgb->samples.size(), 60u * 50 * 3);
  // What lies outside must go, so the picture is not copied even without a mask.
  const WrittenStill written = Write(file, nullptr);
  EXPECT_EQ(written.fidelity, Fidelity::kLossless);
  EXPECT_EQ(written.warnings.size(), 1u);
  const Image after = Decode(written.file);
  EXPECT_EQ(after->transformFlags, 0u);
  ASSERT_EQ(after->width, 60u);
  EXPECT_TRUE(std::isinf(PsnrOutside(Planes(*after), Crop(Planes(*image), {8, 4, 60, 50}), 0,
                                     RectangleHider(0, 0, 0, 0))));

  image->clap.horizOffN = image->clap.horizOffN * 2 + 1;  // half a pixel aside
  image->clap.horizOffD *= 2;
  const auto refused = OpenAvif(EncodeOne(*image, sample), {});
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnimplemented);
}

TEST(AvifTest, RgbIgnoresAlphaAndReducesDepth) {
  for (const int bits : {8, 10, 12}) {
    Sample sample;
    sample.bits = bits;
    sample.alpha = true;
    Image image = MakeImage(sample);
    const YuvPicture planes = Planes(*image);
    const int top = (1 << bits) - 1;
    for (int y = 0; y < planes.height; ++y) {
      for (int x = 0; x < planes.width; ++x) {
        SetSample(planes, 0, x, y, x < 48 ? top : top / 2);
        SetSample(planes, 3, x, y, 0);  // fully transparent
      }
    }
    for (int plane = 1; plane < 3; ++plane) {
      for (int y = 0; y < 40; ++y) {
        for (int x = 0; x < 48; ++x) SetSample(planes, plane, x, y, 1 << (bits - 1));
      }
    }
    const Bytes file = EncodeOne(*image, sample);
    const auto still = OpenAvif(file, {});
    ASSERT_TRUE(still.ok());
    const auto rgb = (*still)->Rgb(0);
    ASSERT_TRUE(rgb.ok()) << rgb.status();
    EXPECT_EQ(rgb->width, 96);
    EXPECT_EQ(rgb->height, 80);
    EXPECT_EQ(rgb->samples[0], 255);
    EXPECT_NEAR(rgb->samples[60 * 3], 127, 1);
  }
}

TEST(AvifTest, RefusesCutsGarbageAndSizes) {
  Sample sample;
  const Bytes file = MakeAvif(sample);
  for (size_t size = 0; size < file.size(); size += size < 600 ? 1 : 97) {
    const auto still = OpenAvif(ByteView(file).first(size), {});
    if (!still.ok()) continue;
    EXPECT_EQ((*still)->Rgb(0).status().code(), absl::StatusCode::kDataLoss) << size;
    EXPECT_FALSE((*still)->Write({}, {}).ok()) << size;
  }
  EXPECT_EQ(OpenAvif(ByteView(file).first(file.size() - 9), {}).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(OpenAvif(AsBytes("\0\0\0\x18"
                             "ftypavif garbage"),
                     {})
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(OpenAvif({}, {}).ok());
  StillLimits limits;
  limits.max_pixels_heif = 96 * 80 - 1;
  EXPECT_EQ(OpenAvif(file, limits).status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_GT((*OpenAvif(file, {}))->memory(), 96 * 80 * 10);
}

TEST(AvifTest, FlippedBitsNeverCrash) {
  Sample sample;
  sample.width = sample.height = 32;
  const Bytes file = MakeAvif(sample);
  const RectangleHider hider(8, 8, 8, 8);
  const Hider* hiders[] = {&hider};
  for (size_t at = 0; at < file.size(); at += 3) {
    Bytes broken = file;
    broken[at] ^= static_cast<uint8_t>(1 << at % 8);
    const auto still = OpenAvif(broken, {});
    if (!still.ok()) {
      EXPECT_FALSE(still.status().message().empty());
      continue;
    }
    if ((*still)->Rgb(0).ok()) (*still)->Write(hiders, {}).IgnoreError();
  }
}

TEST(AvifTest, TheGainMapOfARealFileGoes) {
  const Bytes file = RealFile("leaks/seine_sdr_gainmap_srgb.avif");
  if (file.empty()) GTEST_SKIP() << "the test data folder is missing (EFFACE_TEST_DATA)";
  const WrittenStill copied = Write(file, nullptr);
  EXPECT_EQ(copied.fidelity, Fidelity::kCopied);
  EXPECT_LT(copied.file.size() + 38000, file.size());
  const auto heif = ReadHeif(copied.file);
  ASSERT_TRUE(heif.ok());
  ASSERT_EQ(heif->items.size(), 2u);  // the picture, and its resolution
  EXPECT_EQ(heif->items[1].type, "Exif");
  const Image before = Decode(file), after = Decode(copied.file);
  EXPECT_TRUE(SamePicture(Planes(*before), Planes(*after)));

  const RectangleHider hider(100, 100, 60, 60);
  const WrittenStill hidden = Write(file, &hider);
  EXPECT_EQ(hidden.fidelity, Fidelity::kReencoded);
  for (int plane = 0; plane < 3; ++plane) {
    EXPECT_GE(PsnrOutside(Planes(*before), Planes(*Decode(hidden.file)), plane, hider), 42);
  }
}

}  // namespace
}  // namespace efface
