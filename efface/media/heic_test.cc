// Tests OpenHeic on samples of every depth and chroma that libheif encodes here; what is written is
// read back both by OpenHeic's decoder and by libheif.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libheif/heif.h>

#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "base/exif.h"
#include "base/isobmff.h"
#include "efface/media/heif_beyond.h"
#include "efface/media/heif_copy.h"
#include "efface/media/heif_hevc.h"
#include "efface/media/heif_hevc_picture.h"
#include "efface/media/heif_items.h"
#include "efface/media/heif_samples.h"
#include "efface/media/heif_write.h"
#include "efface/media/icc.h"
#include "efface/media/still.h"
#include "efface/media/test_profile.h"

#ifdef __SANITIZE_ADDRESS__
// libheif 1.15 leaves a few KiB of x265's parameters behind with every picture that it encodes.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libx265\n"; }
#endif

namespace efface {
namespace {

struct Deleter {
  void operator()(heif_context* context) const { heif_context_free(context); }
  void operator()(heif_image_handle* handle) const { heif_image_handle_release(handle); }
  void operator()(heif_image* image) const { heif_image_release(image); }
  void operator()(heif_encoder* encoder) const { heif_encoder_release(encoder); }
  void operator()(heif_color_profile_nclx* nclx) const { heif_nclx_color_profile_free(nclx); }
  void operator()(heif_encoding_options* options) const { heif_encoding_options_free(options); }
};
template <typename T>
using Owned = std::unique_ptr<T, Deleter>;

struct Sample {
  int width = 128, height = 96;
  int bits = 8;
  heif_chroma chroma = heif_chroma_420;
  bool alpha = false, premultiplied = false;
  bool lossless = false;
  bool p3 = false;       // says in nclx that it is Display P3 with full range
  bool limited = false;  // says in nclx that it has limited range, and nothing else
  heif_orientation orientation = heif_orientation_normal;
  std::string exif, xmp;
  bool thumbnail = false;
  uint32_t seed = 1;
  int quality = 90;
  int shown_width = 1 << 16, shown_height = 1 << 16;  // beyond them:
  Beyond beyond = Beyond::kRepeated;
};

bool IsGrey(const Sample& sample) { return sample.chroma == heif_chroma_monochrome; }

// The planes of an image of libheif, which keeps them.
YuvPicture Planes(heif_image* image, const Sample& sample) {
  YuvPicture picture;
  picture.width = sample.width;
  picture.height = sample.height;
  picture.bits = sample.bits;
  picture.shift_x = sample.chroma == heif_chroma_420 || sample.chroma == heif_chroma_422;
  picture.shift_y = sample.chroma == heif_chroma_420;
  constexpr heif_channel kChannels[] = {heif_channel_Y, heif_channel_Cb, heif_channel_Cr,
                                        heif_channel_Alpha};
  for (int plane = 0; plane < 4; ++plane) {
    int stride = 0;
    picture.planes[plane] = heif_image_get_plane(image, kChannels[plane], &stride);
    picture.row_bytes[plane] = stride;
  }
  return picture;
}

Owned<heif_image> MakeImage(const Sample& sample) {
  heif_image* image = nullptr;
  heif_image_create(sample.width, sample.height,
                    IsGrey(sample) ? heif_colorspace_monochrome : heif_colorspace_YCbCr,
                    sample.chroma, &image);
  const int x = sample.chroma == heif_chroma_420 || sample.chroma == heif_chroma_422;
  const int y = sample.chroma == heif_chroma_420;
  heif_image_add_plane(image, heif_channel_Y, sample.width, sample.height, sample.bits);
  if (!IsGrey(sample)) {
    for (const heif_channel channel : {heif_channel_Cb, heif_channel_Cr}) {
      heif_image_add_plane(image, channel, (sample.width + x) >> x, (sample.height + y) >> y,
                           sample.bits);
    }
  }
  if (sample.alpha) {
    heif_image_add_plane(image, heif_channel_Alpha, sample.width, sample.height, sample.bits);
    heif_image_set_premultiplied_alpha(image, sample.premultiplied);
  }
  if (sample.p3) {
    const Owned<heif_color_profile_nclx> nclx(heif_nclx_color_profile_alloc());
    nclx->color_primaries = heif_color_primaries_SMPTE_EG_432_1;
    nclx->transfer_characteristics = heif_transfer_characteristic_IEC_61966_2_1;
    nclx->matrix_coefficients = heif_matrix_coefficients_ITU_R_BT_601_6;
    nclx->full_range_flag = 1;
    heif_image_set_nclx_color_profile(image, nclx.get());
  } else if (sample.limited) {
    const Owned<heif_color_profile_nclx> nclx(heif_nclx_color_profile_alloc());
    nclx->color_primaries = heif_color_primaries_unspecified;
    nclx->transfer_characteristics = heif_transfer_characteristic_unspecified;
    nclx->matrix_coefficients = heif_matrix_coefficients_unspecified;
    nclx->full_range_flag = 0;
    heif_image_set_nclx_color_profile(image, nclx.get());
  }
  return Owned<heif_image>(image);
}

Bytes Encode(heif_image* image, const Sample& sample) {
  const Owned<heif_context> context(heif_context_alloc());
  heif_encoder* made = nullptr;
  EXPECT_EQ(heif_context_get_encoder_for_format(context.get(), heif_compression_HEVC, &made).code,
            heif_error_Ok);
  const Owned<heif_encoder> encoder(made);
  heif_encoder_set_parameter(made, "preset", "ultrafast");
  heif_encoder_set_parameter(made, "chroma",
                             sample.chroma == heif_chroma_444   ? "444"
                             : sample.chroma == heif_chroma_422 ? "422"
                                                                : "420");
  if (sample.lossless) {
    heif_encoder_set_lossless(made, 1);
  } else {
    heif_encoder_set_lossy_quality(made, sample.quality);
  }
  heif_color_profile_nclx* nclx = nullptr;
  heif_image_get_nclx_color_profile(image, &nclx);
  const Owned<heif_color_profile_nclx> owned_nclx(nclx);
  const Owned<heif_encoding_options> options(heif_encoding_options_alloc());
  options->output_nclx_profile = nclx;
  options->macOS_compatibility_workaround_no_nclx_profile = sample.p3 ? 0 : 1;
  options->image_orientation = sample.orientation;
  heif_image_handle* handle = nullptr;
  const heif_error error =
      heif_context_encode_image(context.get(), image, made, options.get(), &handle);
  EXPECT_EQ(error.code, heif_error_Ok) << error.message;
  const Owned<heif_image_handle> owned(handle);
  if (!sample.exif.empty()) {
    heif_context_add_exif_metadata(context.get(), handle, sample.exif.data(),
                                   static_cast<int>(sample.exif.size()));
  }
  if (!sample.xmp.empty()) {
    heif_context_add_XMP_metadata(context.get(), handle, sample.xmp.data(),
                                  static_cast<int>(sample.xmp.size()));
  }
  if (sample.thumbnail) {
    heif_image_handle* small = nullptr;
    heif_context_encode_thumbnail(context.get(), image, handle, made, nullptr, 64, &small);
    EXPECT_NE(small, nullptr);
    heif_image_handle_release(small);
  }
  Bytes file;
  heif_writer writer = {1, [](heif_context*, const void* data, size_t size, void* bytes) {
                          const auto* begin = static_cast<const uint8_t*>(data);
                          static_cast<Bytes*>(bytes)->assign(begin, begin + size);
                          return heif_error{heif_error_Ok, heif_suberror_Unspecified, ""};
                        }};
  heif_context_write(context.get(), &writer, &file);
  return file;
}

Bytes MakeHeic(const Sample& sample) {
  const auto image = MakeImage(sample);
  const YuvPicture planes = Planes(image.get(), sample);
  Draw(planes, sample.seed);
  FillBeyond(planes, std::min(sample.shown_width, sample.width),
             std::min(sample.shown_height, sample.height), sample.beyond);
  return Encode(image.get(), sample);
}

// The file with one more property of its picture.
Bytes WithProperty(const Bytes& file, const Bytes& box) {
  auto parts = ExtractHeif(*ReadHeif(file));
  EXPECT_TRUE(parts.ok()) << parts.status();
  parts->items.front().properties.push_back({box, false});
  return WriteHeif(*parts);
}

// The file without what its boxes say of colour: only the coded data may.
Bytes WithoutColr(const Bytes& file) {
  auto parts = ExtractHeif(*ReadHeif(file));
  EXPECT_TRUE(parts.ok()) << parts.status();
  for (HeifOutItem& item : parts->items) {
    std::erase_if(item.properties,
                  [](const HeifOutProperty& property) { return HasText(property.box, 4, "colr"); });
  }
  return WriteHeif(*parts);
}

YuvBuffer Decode(ByteView file) {
  const auto heif = ReadHeif(file);
  EXPECT_TRUE(heif.ok()) << heif.status();
  auto decoded = DecodeHevcPicture(*heif);
  EXPECT_TRUE(decoded.ok()) << decoded.status();
  return std::move(decoded->picture);
}

// What libheif makes of the file: upright 8-bit RGB. Empty where it fails.
struct Rgb {
  int width = 0, height = 0;
  Bytes samples;
  bool alpha = false;
};
Rgb DecodeByLibheif(ByteView file) {
  const Owned<heif_context> context(heif_context_alloc());
  heif_image_handle* handle = nullptr;
  heif_image* image = nullptr;
  heif_error error =
      heif_context_read_from_memory_without_copy(context.get(), file.data(), file.size(), nullptr);
  EXPECT_EQ(error.code, heif_error_Ok) << error.message;
  error = heif_context_get_primary_image_handle(context.get(), &handle);
  EXPECT_EQ(error.code, heif_error_Ok) << error.message;
  const Owned<heif_image_handle> owned_handle(handle);
  error =
      heif_decode_image(handle, &image, heif_colorspace_RGB, heif_chroma_interleaved_RGB, nullptr);
  EXPECT_EQ(error.code, heif_error_Ok) << error.message;
  if (error.code != heif_error_Ok) return {};
  const Owned<heif_image> owned(image);
  Rgb rgb;
  rgb.width = heif_image_get_primary_width(image);
  rgb.height = heif_image_get_primary_height(image);
  rgb.alpha = heif_image_handle_has_alpha_channel(handle) != 0;
  int stride = 0;
  const uint8_t* rows = heif_image_get_plane_readonly(image, heif_channel_interleaved, &stride);
  for (int y = 0; y < rgb.height; ++y) {
    rgb.samples.insert(rgb.samples.end(), rows + static_cast<ptrdiff_t>(y) * stride,
                       rows + static_cast<ptrdiff_t>(y) * stride + rgb.width * 3);
  }
  return rgb;
}

// How far the contrast and the brightness that libheif shows differ, in levels of 0 .. 255: the
// mean difference, signed, over the samples of `a` that are darker than its mean, and over others.
std::pair<double, double> Shift(const Rgb& a, const Rgb& b) {
  EXPECT_EQ(a.samples.size(), b.samples.size());
  EXPECT_FALSE(a.samples.empty());
  if (a.samples.empty() || a.samples.size() != b.samples.size()) return {255, 255};
  double mean = 0;
  for (const uint8_t sample : a.samples) mean += sample;
  mean /= static_cast<double>(a.samples.size());
  double sums[2] = {}, counts[2] = {};
  for (size_t i = 0; i < a.samples.size(); ++i) {
    const int half = a.samples[i] < mean ? 0 : 1;
    sums[half] += b.samples[i] - a.samples[i];
    ++counts[half];
  }
  return {sums[0] / counts[0], sums[1] / counts[1]};
}

WrittenStill Write(ByteView file, const Hider* hider, const WriteOptions& options = {}) {
  auto still = OpenHeic(file, {});
  EXPECT_TRUE(still.ok()) << still.status();
  if (!still.ok()) return {};
  const Hider* hiders[] = {hider};
  auto written = (*still)->Write(hiders, options);
  EXPECT_TRUE(written.ok()) << written.status();
  return written.ok() ? *std::move(written) : WrittenStill();
}

std::vector<Sample> AllFormats() {
  std::vector<Sample> samples;
  for (const heif_chroma chroma :
       {heif_chroma_444, heif_chroma_422, heif_chroma_420, heif_chroma_monochrome}) {
    for (const int bits : {8, 10, 12}) {
      Sample sample;
      sample.chroma = chroma;
      sample.bits = bits;
      sample.alpha = bits == 8;
      sample.p3 = bits != 12;
      samples.push_back(sample);
    }
  }
  return samples;
}

std::string NameOf(const Sample& sample) {
  return absl::StrCat("chroma ", static_cast<int>(sample.chroma), ", ", sample.bits, " bits",
                      sample.alpha ? ", alpha" : "");
}

TEST(HeicTest, DecodesTheSamplesThatWereCoded) {
  for (Sample sample : AllFormats()) {
    SCOPED_TRACE(NameOf(sample));
    sample.lossless = true;
    const auto image = MakeImage(sample);
    const YuvPicture drawn = Planes(image.get(), sample);
    Draw(drawn, 7);
    const YuvBuffer decoded = Decode(Encode(image.get(), sample));
    for (int plane = 0; plane < 4; ++plane) {
      ASSERT_EQ(drawn.planes[plane] == nullptr, decoded.picture().planes[plane] == nullptr);
      if (drawn.planes[plane] == nullptr) continue;
      EXPECT_TRUE(
          std::isinf(PsnrOutside(drawn, decoded.picture(), plane, RectangleHider(0, 0, 0, 0))))
          << plane;
    }
  }
}

TEST(HeicTest, Keeps42DecibelsOutsideTheMaskInEveryFormat) {
  const RectangleHider hider(30, 20, 40, 50);
  for (Sample sample : AllFormats()) {
    SCOPED_TRACE(NameOf(sample));
    const Bytes file = MakeHeic(sample);
    const WrittenStill written = Write(file, &hider);
    EXPECT_EQ(written.fidelity, Fidelity::kReencoded);
    const YuvBuffer before = Decode(file), after = Decode(written.file);
    const YuvPicture &a = before.picture(), &b = after.picture();
    ASSERT_EQ(a.bits, b.bits);
    ASSERT_EQ(a.shift_x, b.shift_x);
    ASSERT_EQ(a.shift_y, b.shift_y);
    EXPECT_EQ(a.full_range, b.full_range);
    EXPECT_EQ(a.coefficients, b.coefficients);
    for (int plane = 0; plane < 4; ++plane) {
      ASSERT_EQ(a.planes[plane] == nullptr, b.planes[plane] == nullptr) << plane;
      if (a.planes[plane] == nullptr) continue;
      EXPECT_GE(PsnrOutside(a, b, plane, hider), 42) << plane;
      EXPECT_LT(EqualInside(a, b, plane, hider), 0.5) << plane;
      if (plane == 3) {
        EXPECT_TRUE(std::isinf(PsnrOutside(a, b, plane, hider)));
      }
    }
    const Rgb shown = DecodeByLibheif(written.file);
    EXPECT_EQ(shown.width, sample.width);
    EXPECT_EQ(shown.height, sample.height);
    EXPECT_EQ(shown.alpha, sample.alpha);
  }
}

void ExpectSameColors(const Bytes& file) {
  ASSERT_EQ(FindProperty(*ReadHeif(file)->Find(ReadHeif(file)->primary), "colr"), nullptr);
  const RectangleHider hider(0, 0, 8, 8);
  const WrittenStill written = Write(file, &hider);
  ASSERT_EQ(written.fidelity, Fidelity::kReencoded);
  const auto [dark, bright] = Shift(DecodeByLibheif(file), DecodeByLibheif(written.file));
  EXPECT_LT(std::abs(dark), 1);
  EXPECT_LT(std::abs(bright), 1);
  const YuvBuffer before = Decode(file), after = Decode(written.file);
  const YuvPicture &a = before.picture(), &b = after.picture();
  EXPECT_EQ(a.full_range, b.full_range);
  EXPECT_EQ(a.primaries, b.primaries);
  EXPECT_EQ(a.transfer, b.transfer);
  EXPECT_EQ(a.coefficients, b.coefficients);
}

TEST(HeicTest, WithoutColrTheCodedDataSaysTheSameOfColor) {
  for (const bool limited : {false, true}) {
    for (const heif_chroma chroma : {heif_chroma_420, heif_chroma_444, heif_chroma_monochrome}) {
      Sample sample;
      sample.limited = limited;
      sample.chroma = chroma;
      SCOPED_TRACE(absl::StrCat(NameOf(sample), limited ? ", limited" : ", full"));
      const Bytes file = WithoutColr(MakeHeic(sample));
      EXPECT_EQ(Decode(file).picture().full_range, !limited);
      ExpectSameColors(file);
    }
  }
}

TEST(HeicTest, OddSizesKeepTheirSize) {
  const RectangleHider hider(5, 5, 9, 9);
  for (const heif_chroma chroma : {heif_chroma_420, heif_chroma_422, heif_chroma_444}) {
    for (const auto& [width, height] : {std::pair{61, 47}, std::pair{17, 64}, std::pair{64, 21}}) {
      Sample sample;
      sample.width = width;
      sample.height = height;
      sample.chroma = chroma;
      sample.alpha = true;
      const Bytes file = MakeHeic(sample);
      for (const Hider* which :
           {static_cast<const Hider*>(&hider), static_cast<const Hider*>(nullptr)}) {
        const WrittenStill written = Write(file, which);
        const auto still = OpenHeic(written.file, {});
        ASSERT_TRUE(still.ok()) << still.status();
        EXPECT_EQ((*still)->pages()[0].width, width);
        EXPECT_EQ((*still)->pages()[0].height, height);
        const Rgb shown = DecodeByLibheif(written.file);
        EXPECT_EQ(shown.width, width);
        EXPECT_EQ(shown.height, height);
        EXPECT_TRUE(shown.alpha);
      }
    }
  }
}

TEST(HeicTest, WhatIsHiddenLeavesNoTraceWhereTheRestIsEqual) {
  // Lossless input, so that both pictures are equal outside the mask.
  const RectangleHider hider(32, 16, 40, 32);
  Sample sample;
  sample.lossless = true;
  sample.alpha = true;
  const auto image = MakeImage(sample);
  Draw(Planes(image.get(), sample), 1);
  const Bytes first = Encode(image.get(), sample);
  Draw(Planes(image.get(), sample), 99, {32, 16, 72, 48});
  const Bytes second = Encode(image.get(), sample);
  ASSERT_NE(first, second);
  EXPECT_EQ(Write(first, &hider).file, Write(second, &hider).file);
}

TEST(HeicTest, QualityIsObeyed) {
  const RectangleHider hider(32, 16, 40, 32);
  const Bytes file = MakeHeic({});
  EXPECT_LT(Write(file, &hider, {.quality = 20}).file.size() * 2,
            Write(file, &hider, {.quality = 95}).file.size());
}

TEST(HeicTest, ColourIsKept) {
  const RectangleHider hider(30, 30, 20, 20);
  for (const int color : {0, 1, 2, 3}) {  // bits: nclx, ICC
    Sample sample;
    sample.p3 = (color & 1) != 0;
    sample.alpha = sample.premultiplied = true;
    Bytes file = MakeHeic(sample);
    if ((color & 2) != 0) {
      Bytes icc = {'p', 'r', 'o', 'f'};
      Append(icc, *RebuildIcc(RgbProfile()));
      file = WithProperty(file, MakeBox("colr", icc));
    }
    file = WithProperty(file, MakeBox("clli", Bytes{1, 2, 3, 4}));
    file = WithProperty(file, MakeBox("pasp", Bytes{0, 0, 0, 4, 0, 0, 0, 3}));
    for (const Hider* which :
         {static_cast<const Hider*>(&hider), static_cast<const Hider*>(nullptr)}) {
      const Bytes written = Write(file, which).file;
      const auto before = ReadHeif(file), after = ReadHeif(written);
      ASSERT_TRUE(after.ok());
      std::vector<Bytes> colors[2];
      for (int i = 0; i < 2; ++i) {
        const HeifFile& heif = i == 0 ? *before : *after;
        for (const HeifProperty& property : heif.Find(heif.primary)->properties) {
          if (property.type == "colr" || property.type == "clli" || property.type == "pasp") {
            colors[i].emplace_back(property.payload.begin(), property.payload.end());
          }
        }
      }
      EXPECT_THAT(colors[1], ::testing::UnorderedElementsAreArray(colors[0]));
      EXPECT_EQ(colors[1].size(), 2u + (color & 1) + (color >> 1));
      const auto header = ReadHevcHeader(*after);
      ASSERT_TRUE(header.ok());
      EXPECT_TRUE(header->premultiplied);
    }
  }
}

TEST(HeicTest, TurnedPicturesStayTurned) {
  const RectangleHider hider(8, 8, 24, 16);
  for (int orientation = 1; orientation <= 8; ++orientation) {
    SCOPED_TRACE(orientation);
    Sample sample;
    sample.orientation = static_cast<heif_orientation>(orientation);
    const Bytes file = MakeHeic(sample);
    const auto still = OpenHeic(file, {});
    ASSERT_TRUE(still.ok()) << still.status();
    EXPECT_EQ((*still)->pages()[0].orientation, orientation);
    EXPECT_EQ((*still)->pages()[0].width, sample.width);  // as stored
    const Bytes written = Write(file, &hider).file;
    EXPECT_EQ((*OpenHeic(written, {}))->pages()[0].orientation, orientation);
    const Rgb before = DecodeByLibheif(file), after = DecodeByLibheif(written);
    ASSERT_EQ(before.width, after.width);
    ASSERT_EQ(before.height, after.height);
    // Far from the mask, the same colours in the same places.
    int64_t squares = 0, count = 0;
    for (int y = 0; y < before.height; ++y) {
      for (int x = 0; x < before.width; ++x) {
        const bool far =
            std::min(x, before.width - 1 - x) >= 40 || std::min(y, before.height - 1 - y) >= 40;
        if (!far) continue;
        for (int c = 0; c < 3; ++c) {
          const size_t at = static_cast<size_t>((y * before.width + x) * 3 + c);
          const int64_t difference = before.samples[at] - after.samples[at];
          squares += difference * difference;
          ++count;
        }
      }
    }
    ASSERT_GT(count, 1000);
    EXPECT_LT(static_cast<double>(squares) / static_cast<double>(count), 12);
  }
}

TEST(HeicTest, WithoutAMaskTheCodedPictureIsCopiedAndNothingElse) {
  KeptExif exif;
  exif.date_time_original = "2024:05:06 07:08:09";
  const Bytes tiff = WriteKeptExif(exif);
  for (Sample sample : AllFormats()) {
    SCOPED_TRACE(NameOf(sample));
    sample.exif = std::string(tiff.begin(), tiff.end()) + "CAMERA-SERIAL-42";
    sample.xmp = "<x:xmpmeta>SECRET-XMP</x:xmpmeta>";
    sample.thumbnail = !IsGrey(sample);
    Bytes file = MakeHeic(sample);
    Append(file, MakeBox("free", AsBytes("SECRET-FREE")));
    const WrittenStill written = Write(file, nullptr);
    EXPECT_EQ(written.fidelity, Fidelity::kCopied);
    for (const char* text :
         {"SECRET", "CAMERA-SERIAL", "2024:05", "Exif", "thmb", "x265", "libheif"}) {
      EXPECT_FALSE(Holds(written.file, text)) << text;
    }
    EXPECT_TRUE(SamePicture(Decode(file).picture(), Decode(written.file).picture()));
    EXPECT_EQ(DecodeByLibheif(file).samples, DecodeByLibheif(written.file).samples);

    const RectangleHider hider(20, 20, 20, 20);
    for (const Hider* which :
         {static_cast<const Hider*>(&hider), static_cast<const Hider*>(nullptr)}) {
      const Bytes dated = Write(file, which, {.keep = {.date = true}}).file;
      EXPECT_TRUE(Holds(dated, "2024:05:06 07:08:09"));
      EXPECT_FALSE(Holds(dated, "CAMERA-SERIAL"));
      EXPECT_FALSE(Holds(dated, "SECRET"));
    }
    EXPECT_FALSE(Holds(Write(file, &hider).file, "x265"));
  }
}

// A tile of the grid below.
Sample TileOf(const Sample& sample, uint32_t index, int width, int height) {
  Sample tile = sample;
  tile.seed = 10 + index;
  tile.shown_width = width - static_cast<int>(index % 2) * sample.width;
  tile.shown_height = height - static_cast<int>(index / 2) * sample.height;
  return tile;
}

// A grid of 2 x 2 tiles, put together from four coded pictures.
Bytes MakeGrid(const Sample& sample, int width, int height) {
  HeifOut out = EmptyGrid("heic", 2, 2, width, height);
  HeifOutReference reference{"dimg", 0, {}};
  for (uint32_t i = 0; i < 4; ++i) {
    const Sample tile = TileOf(sample, i, width, height);
    const Bytes file = MakeHeic(tile);
    const auto heif = ReadHeif(file);
    const HeifItem* coded = heif->Find(heif->primary);
    HeifOutItem item;
    item.type = coded->type;
    for (const ByteView extent : coded->extents) Append(item.data, extent);
    for (const HeifProperty& property : coded->properties) {
      item.properties.push_back(
          {Bytes(property.whole.begin(), property.whole.end()), property.essential});
    }
    reference.to.push_back(out.items.size());
    out.items.push_back(item);
  }
  out.references.push_back(reference);
  return WriteHeif(out);
}

TEST(HeicTest, GridsAreCopiedOrEncodedAsOnePicture) {
  Sample sample;
  const int width = 230, height = 161;
  const Bytes file = MakeGrid(sample, width, height);
  const YuvBuffer before = Decode(file);
  for (int i = 0; i < 4; ++i) {  // each tile in its place
    const Sample tile = TileOf(sample, static_cast<uint32_t>(i), width, height);
    const YuvBuffer alone = Decode(MakeHeic(tile));
    const int x = i % 2 * 128, y = i / 2 * 96;
    const int w = std::min(128, width - x), h = std::min(96, height - y);
    const YuvPicture part = Crop(alone.picture(), {0, 0, w, h});
    const YuvPicture there = Crop(before.picture(), {x, y, w, h});
    EXPECT_TRUE(SamePicture(part, there)) << i;
  }
  const WrittenStill copied = Write(file, nullptr);
  EXPECT_EQ(copied.fidelity, Fidelity::kCopied);
  EXPECT_EQ(ReadHeif(copied.file)->items.size(), 5u);
  EXPECT_TRUE(SamePicture(before.picture(), Decode(copied.file).picture()));
  EXPECT_EQ(DecodeByLibheif(file).samples, DecodeByLibheif(copied.file).samples);

  const RectangleHider hider(100, 80, 60, 40);  // over all four tiles
  const Bytes hidden = Write(file, &hider).file;
  const YuvBuffer after = Decode(hidden);
  for (int plane = 0; plane < 3; ++plane) {
    EXPECT_GE(PsnrOutside(before.picture(), after.picture(), plane, hider), 42);
    EXPECT_LT(EqualInside(before.picture(), after.picture(), plane, hider), 0.5);
  }
}

bool Warns(const WrittenStill& written) {
  return std::find(written.warnings.begin(), written.warnings.end(), kMoreThanShown) !=
         written.warnings.end();
}

TEST(HeicTest, TilesWithPaddingBeyondTheirGridAreCopied) {
  for (const Beyond beyond : {Beyond::kRepeated, Beyond::kFlat, Beyond::kBoth}) {
    for (const int quality : {90, 70}) {
      for (const int bits : {8, 10}) {
        Sample sample;
        sample.bits = bits;
        sample.quality = quality;
        sample.beyond = beyond;
        SCOPED_TRACE(absl::StrCat(static_cast<int>(beyond), " ", quality, " ", bits));
        const Bytes file = MakeGrid(sample, 214, 144);
        const WrittenStill written = Write(file, nullptr);
        EXPECT_EQ(written.fidelity, Fidelity::kCopied);
        EXPECT_FALSE(Warns(written));
      }
    }
  }
}

TEST(HeicTest, PicturesBeyondTheGridAreNotCopied) {
  for (const Beyond beyond : {Beyond::kPicture, Beyond::kFaint}) {
    for (const auto& [width, height] :
         {std::pair{214, 192}, std::pair{256, 144}, std::pair{238, 176}}) {
      Sample sample;
      sample.beyond = beyond;
      SCOPED_TRACE(absl::StrCat(static_cast<int>(beyond), " ", width, " x ", height));
      const Bytes file = MakeGrid(sample, width, height);
      const WrittenStill written = Write(file, nullptr);
      EXPECT_EQ(written.fidelity, Fidelity::kReencoded);
      EXPECT_TRUE(Warns(written));
      EXPECT_EQ(ReadHeif(written.file)->items.size(), 1u);
      const YuvBuffer before = Decode(file), after = Decode(written.file);
      for (int plane = 0; plane < 3; ++plane) {
        EXPECT_GE(PsnrOutside(before.picture(), after.picture(), plane, RectangleHider(0, 0, 0, 0)),
                  42);
      }
    }
  }
}

// `file` with the coded picture followed by that of `more`.
Bytes WithSecondPicture(const Bytes& file, const Bytes& more) {
  auto parts = ExtractHeif(*ReadHeif(file));
  Append(parts->items.front().data, ExtractHeif(*ReadHeif(more))->items.front().data);
  return WriteHeif(*parts);
}

TEST(HeicTest, ASecondPictureInTheCodedDataIsNotCopied) {
  Sample other;
  other.seed = 5;
  const Bytes file = MakeHeic({});
  const Bytes both = WithSecondPicture(file, MakeHeic(other));
  EXPECT_TRUE(SamePicture(Decode(file).picture(), Decode(both).picture()));
  const WrittenStill written = Write(both, nullptr);
  EXPECT_EQ(written.fidelity, Fidelity::kReencoded);
  EXPECT_TRUE(Warns(written));
}

TEST(HeicTest, BytesAfterTheEndOfTheSliceAreNotCopied) {
  const Bytes file = MakeHeic({});
  for (const size_t size : {size_t{8}, size_t{12}, size_t{400}}) {
    auto parts = ExtractHeif(*ReadHeif(file));
    Bytes& data = parts->items.front().data;
    const Bytes slice(data.begin() + 4, data.end());
    ASSERT_EQ(ReadUint(data, 0, 4, Endian::kBig), slice.size());  // of one unit
    data.clear();
    AppendUint(data, slice.size() + size, 4, Endian::kBig);
    Append(data, slice);
    for (size_t i = 0; i < size; ++i) data.push_back(static_cast<uint8_t>(17 * i + 5));
    const Bytes longer = WriteHeif(*parts);
    EXPECT_TRUE(SamePicture(Decode(file).picture(), Decode(longer).picture()));
    const WrittenStill written = Write(longer, nullptr);
    EXPECT_EQ(written.fidelity, Fidelity::kReencoded) << size;
    EXPECT_TRUE(Warns(written)) << size;
  }
}

// A sequence parameter set without a conformance window, with one (ITU-T H.265, 7.3.2.2.1).
Bytes CropRight(ByteView nal, int cut) {
  std::vector<int> bits;
  int zeros = 0;
  for (const uint8_t byte : nal) {
    if (zeros >= 2 && byte == 3) {
      zeros = 0;
      continue;
    }
    zeros = byte == 0 ? zeros + 1 : 0;
    for (int i = 7; i >= 0; --i) bits.push_back(byte >> i & 1);
  }
  size_t at = 16 + 8 + 96;  // headers, and the profile
  EXPECT_EQ((nal[2] >> 1) & 7, 0);
  for (int i = 0; i < 4; ++i) {  // number, chroma, width, height
    size_t length = 0;
    while (bits[at + length] == 0) ++length;
    at += 2 * length + 1;
  }
  EXPECT_EQ(bits[at], 0);
  const int code = cut / 2 + 1;  // Exp-Golomb, of chroma samples
  int size = 0;
  while (code >> (size + 1) != 0) ++size;
  std::vector<int> window = {1, 1};  // there is one; left 0
  window.insert(window.end(), static_cast<size_t>(size), 0);
  for (int i = size; i >= 0; --i) window.push_back(code >> i & 1);
  window.push_back(1);  // top, bottom
  window.push_back(1);
  bits[at] = window.front();
  bits.insert(bits.begin() + static_cast<ptrdiff_t>(at) + 1, window.begin() + 1, window.end());
  while (bits.size() % 8 != 0) bits.push_back(0);
  Bytes out;
  zeros = 0;
  for (size_t i = 0; i < bits.size(); i += 8) {
    int byte = 0;
    for (size_t k = 0; k < 8; ++k) byte = byte << 1 | bits[i + k];
    if (zeros >= 2 && byte <= 3) out.push_back(3), zeros = 0;
    zeros = byte == 0 ? zeros + 1 : 0;
    out.push_back(static_cast<uint8_t>(byte));
  }
  return out;
}

// `file` with a conformance window that cuts off so many pixels on the right, of a sequence
// parameter set of x265 that has none, and as wide as that leaves.
Bytes WithWindow(const Bytes& file, const Sample& sample, int cut) {
  auto parts = ExtractHeif(*ReadHeif(file));
  EXPECT_TRUE(parts.ok());
  for (HeifOutProperty& property : parts->items.front().properties) {
    if (HasText(property.box, 4, "ispe")) {
      Bytes ispe(4);
      AppendUint(ispe, static_cast<uint64_t>(sample.width - cut), 4, Endian::kBig);
      AppendUint(ispe, static_cast<uint64_t>(sample.height), 4, Endian::kBig);
      property.box = MakeBox("ispe", ispe);
    }
    if (!HasText(property.box, 4, "hvcC")) continue;
    const auto config = ReadHevcConfig(ByteView(property.box).subspan(8));
    Bytes payload(config->clean.begin(), config->clean.begin() + 22);
    const auto nals = SplitNals(config->sets, 4);
    payload.push_back(static_cast<uint8_t>(nals.size()));
    for (const ByteView nal : nals) {
      const Bytes set = (nal[0] >> 1) == 33 ? CropRight(nal, cut) : Bytes(nal.begin(), nal.end());
      payload.push_back(static_cast<uint8_t>(0x80 | nal[0] >> 1));
      AppendUint(payload, 1, 2, Endian::kBig);
      AppendUint(payload, set.size(), 2, Endian::kBig);
      Append(payload, set);
    }
    property.box = MakeBox("hvcC", payload);
  }
  return WriteHeif(*parts);
}

TEST(HeicTest, WhatTheConformanceWindowCutsOffIsNotCopied) {
  for (const int cut : {2, 6, 8, 32}) {
    SCOPED_TRACE(cut);
    const Sample sample;
    const Bytes file = WithWindow(MakeHeic(sample), sample, cut);
    ASSERT_EQ(Decode(file).picture().width, sample.width - cut);
    const WrittenStill written = Write(file, nullptr);
    EXPECT_EQ(written.fidelity, cut < 8 ? Fidelity::kCopied : Fidelity::kReencoded);
    EXPECT_EQ(Warns(written), cut >= 8);
    EXPECT_EQ(Decode(written.file).picture().width, sample.width - cut);
  }
}

TEST(HeicTest, BrokenGridsAreRefused) {
  const Sample sample;
  for (const auto& [width, height] :
       {std::pair{1, 1}, std::pair{128, 96}, std::pair{300, 100}, std::pair{200, 60'000}}) {
    const Bytes file = MakeGrid(sample, width, height);
    const auto still = OpenHeic(file, {});
    if (!still.ok()) continue;
    EXPECT_EQ((*still)->Rgb(0).status().code(), absl::StatusCode::kDataLoss) << width;
  }
}

TEST(HeicTest, RgbIsThatOfLibheif) {
  for (const int bits : {8, 10}) {
    Sample sample;
    sample.bits = bits;
    sample.p3 = true;
    sample.chroma = heif_chroma_444;
    const Bytes file = MakeHeic(sample);
    const auto rgb = (*OpenHeic(file, {}))->Rgb(0);
    ASSERT_TRUE(rgb.ok()) << rgb.status();
    const Rgb expected = DecodeByLibheif(file);
    ASSERT_EQ(rgb->samples.size(), expected.samples.size());
    int worst = 0;
    for (size_t i = 0; i < rgb->samples.size(); ++i) {
      worst = std::max(worst, std::abs(rgb->samples[i] - expected.samples[i]));
    }
    EXPECT_LE(worst, 3);
  }
}

TEST(HeicTest, RefusesCutsGarbageAndSizes) {
  Sample sample;
  sample.width = sample.height = 64;
  const Bytes file = MakeHeic(sample);
  for (size_t size = 0; size < file.size(); size += size < 600 ? 3 : 211) {
    const auto still = OpenHeic(ByteView(file).first(size), {});
    EXPECT_FALSE(still.ok()) << size;
    EXPECT_FALSE(still.status().message().empty());
  }
  EXPECT_EQ(OpenHeic(ByteView(file).first(file.size() - 1), {}).status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_FALSE(OpenHeic({}, {}).ok());
  EXPECT_FALSE(OpenHeic(AsBytes("\0\0\0\x18"
                                "ftypheic garbage"),
                        {})
                   .ok());
  StillLimits limits;
  limits.max_pixels_heif = 64 * 64 - 1;
  EXPECT_EQ(OpenHeic(file, limits).status().code(), absl::StatusCode::kResourceExhausted);
  // Only the coded data says how large the picture is.
  Bytes lying = file;
  const std::string_view ispe = "ispe";
  const auto at = std::search(lying.begin(), lying.end(), ispe.begin(), ispe.end());
  ASSERT_NE(at, lying.end());
  at[8 + 3] = 16;
  EXPECT_EQ(OpenHeic(lying, limits).status().code(), absl::StatusCode::kResourceExhausted);
  const auto smaller = OpenHeic(lying, {});
  ASSERT_TRUE(smaller.ok()) << smaller.status();
  EXPECT_EQ((*smaller)->Rgb(0).status().code(), absl::StatusCode::kDataLoss);
}

TEST(HeicTest, FlippedBitsNeverCrash) {
  Sample sample;
  sample.width = sample.height = 64;
  sample.alpha = true;
  const Bytes file = MakeHeic(sample);
  const RectangleHider hider(8, 8, 8, 8);
  const Hider* hiders[] = {&hider};
  for (size_t at = 0; at < file.size(); at += 37) {
    Bytes broken = file;
    broken[at] ^= static_cast<uint8_t>(1 << at % 8);
    const auto still = OpenHeic(broken, {});
    if (!still.ok()) {
      EXPECT_FALSE(still.status().message().empty());
      continue;
    }
    if ((*still)->Rgb(0).ok()) (*still)->Write(hiders, {}).IgnoreError();
  }
}

TEST(HeicTest, TheMotionClipOfARealFileGoes) {
  const Bytes file = RealFile("leaks/motion_photo.heic");
  if (file.empty()) GTEST_SKIP() << "the test data folder is missing (EFFACE_TEST_DATA)";
  const WrittenStill copied = Write(file, nullptr);
  EXPECT_EQ(copied.fidelity, Fidelity::kCopied);
  EXPECT_LT(copied.file.size() + 28'000, file.size());
  EXPECT_EQ(ReadHeif(copied.file)->items.size(), 1u);
  EXPECT_FALSE(Holds(copied.file, "isom"));
  EXPECT_EQ(DecodeByLibheif(file).samples, DecodeByLibheif(copied.file).samples);
  const RectangleHider hider(300, 300, 200, 300);
  const YuvBuffer before = Decode(file), after = Decode(Write(file, &hider).file);
  for (int plane = 0; plane < 3; ++plane) {
    EXPECT_GE(PsnrOutside(before.picture(), after.picture(), plane, hider), 42);
  }
}

TEST(HeicTest, APhotoThatSaysNothingOfColorKeepsItsContrast) {
  const Bytes file = RealFile("leaks/motion_photo.heic");
  if (file.empty()) GTEST_SKIP() << "the test data folder is missing (EFFACE_TEST_DATA)";
  ExpectSameColors(file);
}

TEST(HeicTest, AMalformedFileEndsInASentenceOrAWholeFile) {
  const Bytes file = RealFile("malformed/heic_cf588bbd89.heic");
  if (file.empty()) GTEST_SKIP() << "the test data folder is missing (EFFACE_TEST_DATA)";
  const RectangleHider hider(10, 10, 20, 20);
  const Hider* hiders[] = {&hider};
  const auto still = OpenHeic(file, {});
  if (!still.ok()) {
    EXPECT_FALSE(still.status().message().empty());
    return;
  }
  const auto written = (*still)->Write(hiders, {});
  if (written.ok()) {
    EXPECT_TRUE((*OpenHeic(written->file, {}))->Rgb(0).ok());
  } else {
    EXPECT_FALSE(written.status().message().empty());
  }
}

}  // namespace
}  // namespace efface
