#include <gtest/gtest.h>
#include <png.h>

#include <bit>
#include <functional>

#include "base/exif.h"
#include "efface/media/icc.h"
#include "efface/media/test_profile.h"
#include "efface/media/test_samples.h"

namespace efface {
namespace {

constexpr SampleBox kBox = {5, 4, 14, 11};
const RectangleHider kHider(5, 4, 9, 7);

struct Kind {
  int color_type, depth, interlace;
};

int ChannelCount(int color_type) {
  if (color_type == PNG_COLOR_TYPE_RGB) return 3;
  if (color_type == PNG_COLOR_TYPE_RGB_ALPHA) return 4;
  return color_type == PNG_COLOR_TYPE_GRAY_ALPHA ? 2 : 1;
}

// `add` may set more on the info; `after` may write chunks after the pixels.
Bytes Encode(const Samples& samples, const Kind& kind,
             const std::function<void(png_structp, png_infop)>& add = {},
             const std::function<void(png_structp)>& after = {}) {
  Bytes file;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(
      png, &file,
      [](png_structp p, png_bytep data, size_t size) {
        Append(*static_cast<Bytes*>(png_get_io_ptr(p)), {data, size});
      },
      nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(samples.width),
               static_cast<png_uint_32>(samples.height), kind.depth, kind.color_type,
               kind.interlace, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  std::vector<png_color> palette;
  if (kind.color_type == PNG_COLOR_TYPE_PALETTE) {
    for (int i = 0; i < 1 << kind.depth; ++i) {
      palette.push_back({static_cast<png_byte>(i * 37), static_cast<png_byte>(255 - i),
                         static_cast<png_byte>(i * 3)});
    }
    png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  }
  if (add) add(png, info);
  png_write_info(png, info);
  png_set_packing(png);
  if (std::endian::native == std::endian::little) png_set_swap(png);
  Bytes bytes;
  for (const uint16_t value : samples.values) {
    bytes.push_back(static_cast<uint8_t>(value));
    if (kind.depth == 16) bytes.push_back(static_cast<uint8_t>(value >> 8));
  }
  std::vector<png_bytep> rows;
  for (int y = 0; y < samples.height; ++y) {
    rows.push_back(bytes.data() + samples.Index(0, y, 0) * (kind.depth == 16 ? 2 : 1));
  }
  png_write_image(png, rows.data());
  if (after) after(png);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return file;
}

// Calls `see` with the info, and gives the samples.
Samples Decode(const Bytes& file, const std::function<void(png_structp, png_infop)>& see = {}) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  ByteView rest = file;
  png_set_read_fn(png, &rest, [](png_structp p, png_bytep out, size_t size) {
    auto* from = static_cast<ByteView*>(png_get_io_ptr(p));
    if (size > from->size()) png_error(p, "end");
    std::copy_n(from->begin(), size, out);
    *from = from->subspan(size);
  });
  png_read_info(png, info);
  const int depth = png_get_bit_depth(png, info);
  Samples samples = NoSamples(static_cast<int>(png_get_image_width(png, info)),
                              static_cast<int>(png_get_image_height(png, info)),
                              ChannelCount(png_get_color_type(png, info)));
  png_set_packing(png);
  const size_t wide = depth == 16 ? 2 : 1;
  Bytes bytes(samples.values.size() * wide);
  std::vector<png_bytep> rows;
  for (int y = 0; y < samples.height; ++y) {
    rows.push_back(bytes.data() + samples.Index(0, y, 0) * wide);
  }
  png_read_image(png, rows.data());
  png_read_end(png, info);
  for (size_t i = 0; i < samples.values.size(); ++i) {
    samples.values[i] =
        wide == 2 ? static_cast<uint16_t>(bytes[2 * i] << 8 | bytes[2 * i + 1]) : bytes[i];
  }
  if (see) see(png, info);
  png_destroy_read_struct(&png, &info, nullptr);
  return samples;
}

std::vector<std::string> ChunkTypes(const Bytes& file) {
  std::vector<std::string> types;
  for (size_t at = 8; at + 8 <= file.size();) {
    const std::string type(file.begin() + static_cast<ptrdiff_t>(at) + 4,
                           file.begin() + static_cast<ptrdiff_t>(at) + 8);
    if (types.empty() || types.back() != type) types.push_back(type);
    at += 12 + *ReadUint(file, at, 4, Endian::kBig);
  }
  return types;
}

class PngKinds : public testing::TestWithParam<Kind> {};

TEST_P(PngKinds, HidesTheBoxAndNothingElse) {
  const Kind kind = GetParam();
  const int most = (1 << kind.depth) - 1;
  const Samples in = Pattern(33, 21, ChannelCount(kind.color_type), most);
  const Bytes file = Encode(in, kind);
  const Bytes written = MustWrite(OpenPng, file, &kHider);
  const Samples out = Decode(written, [&](png_structp png, png_infop info) {
    EXPECT_EQ(png_get_bit_depth(png, info), kind.depth);
    EXPECT_EQ(png_get_color_type(png, info), kind.color_type);
    EXPECT_EQ(png_get_interlace_type(png, info), kind.interlace);
  });
  ExpectHidden(in, out, kBox);

  // Non-interference: whatever was under the mask, the file is the same to the byte.
  const Bytes other = Encode(Scrambled(in, kBox, most), kind);
  EXPECT_NE(other, file);
  EXPECT_EQ(MustWrite(OpenPng, other, &kHider), written);

  // Without a mask every sample stays.
  EXPECT_EQ(Decode(MustWrite(OpenPng, file, nullptr)), in);
}

INSTANTIATE_TEST_SUITE_P(All, PngKinds,
                         testing::Values(Kind{0, 1, 0}, Kind{0, 2, 0}, Kind{0, 4, 1}, Kind{0, 8, 0},
                                         Kind{0, 16, 0}, Kind{2, 8, 0}, Kind{2, 8, 1},
                                         Kind{2, 16, 1}, Kind{3, 1, 0}, Kind{3, 2, 0},
                                         Kind{3, 4, 1}, Kind{3, 8, 0}, Kind{4, 8, 0},
                                         Kind{4, 16, 0}, Kind{6, 8, 1}, Kind{6, 16, 0}),
                         [](const auto& kind) {
                           return "type" + std::to_string(kind.param.color_type) + "depth" +
                                  std::to_string(kind.param.depth) +
                                  (kind.param.interlace != 0 ? "interlaced" : "");
                         });

TEST(Png, ReadingFirstChangesNothing) {
  const Bytes file = Encode(Pattern(33, 21, 3, 255), {2, 8, 0});
  const auto still = MustOpen(OpenPng, file);
  const auto rgb = still->Rgb(0);
  ASSERT_TRUE(rgb.ok());
  EXPECT_EQ(rgb->samples[3], Decode(file).values[3]);
  const Hider* hiders[] = {&kHider};
  const auto first = still->Write(hiders, {});
  const auto second = still->Write(hiders, {});
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first->file, MustWrite(OpenPng, file, &kHider));
  EXPECT_EQ(first->file, second->file);
  EXPECT_EQ(first->fidelity, Fidelity::kLossless);
}

TEST(Png, RgbOfDeepGreyIsItsHighByte) {
  const Samples in = Pattern(8, 8, 1, 65535);
  const auto rgb = MustOpen(OpenPng, Encode(in, {0, 16, 0}))->Rgb(0);
  ASSERT_TRUE(rgb.ok());
  for (size_t i = 0; i < in.values.size(); ++i) {
    EXPECT_EQ(rgb->samples[3 * i], in.values[i] >> 8);
    EXPECT_EQ(rgb->samples[3 * i + 2], in.values[i] >> 8);
  }
}

TEST(Png, KeepsTransparencyOfPaletteAndKey) {
  Samples some = Pattern(33, 21, 1, 255);
  some.values.back() = 1;
  const Bytes palette = Encode(some, {3, 8, 0}, [](png_structp png, png_infop info) {
    png_byte alphas[] = {0, 128, 255};
    png_set_tRNS(png, info, alphas, 3, nullptr);
  });
  Decode(MustWrite(OpenPng, palette, &kHider), [](png_structp png, png_infop info) {
    png_bytep alphas = nullptr;
    int count = 0;
    ASSERT_NE(png_get_tRNS(png, info, &alphas, &count, nullptr), 0u);
    ASSERT_EQ(count, 3);
    EXPECT_EQ(alphas[1], 128);
  });
  const Bytes few = Encode(Pattern(33, 21, 1, 1), {3, 8, 0}, [](png_structp png, png_infop info) {
    png_byte alphas[] = {255, 128, 77};
    png_set_tRNS(png, info, alphas, 3, nullptr);
  });
  Decode(MustWrite(OpenPng, few, nullptr), [](png_structp png, png_infop info) {
    png_bytep alphas = nullptr;
    int count = 0;
    ASSERT_NE(png_get_tRNS(png, info, &alphas, &count, nullptr), 0u);
    EXPECT_EQ(alphas[2], 255) << "of a colour that no sample has";
  });
  const Bytes key =
      Encode(Pattern(33, 21, 3, 65535), {2, 16, 0}, [](png_structp png, png_infop info) {
        png_color_16 color = {0, 1000, 2000, 3000, 0};
        png_set_tRNS(png, info, nullptr, 0, &color);
      });
  Decode(MustWrite(OpenPng, key, &kHider), [](png_structp png, png_infop info) {
    png_color_16p color = nullptr;
    ASSERT_NE(png_get_tRNS(png, info, nullptr, nullptr, &color), 0u);
    EXPECT_EQ(color->green, 2000);
  });
}

TEST(Png, FillsAlphaSoThatNoOutlineStays) {
  Samples in = Pattern(33, 21, 4, 255);
  for (int y = 0; y < 21; ++y) {
    for (int x = 0; x < 33; ++x) in.At(x, y, 3) = kBox.Contains(x, y) ? 255 : 0;
  }
  const Samples out = Decode(MustWrite(OpenPng, Encode(in, {6, 8, 0}), &kHider));
  EXPECT_EQ(out.At(kBox.left, kBox.top, 3), 0);
}

TEST(Png, KeepsColourResolutionAndOrientationAlone) {
  const KeptExif exif = {.orientation = 6, .date_time_original = "2020:01:02 03:04:05"};
  const Bytes file = Encode(
      Pattern(33, 21, 3, 255), {2, 8, 0},
      [&](png_structp png, png_infop info) {
        png_set_gAMA_fixed(png, info, 50000);
        png_set_cHRM_fixed(png, info, 31270, 32900, 64000, 33000, 21000, 71000, 15000, 6000);
        png_set_pHYs(png, info, 3937, 3938, PNG_RESOLUTION_METER);
        png_color_8 sbit = {8, 8, 8, 0, 0};
        png_set_sBIT(png, info, &sbit);
        Bytes tiff = WriteKeptExif(exif);
        png_set_eXIf_1(png, info, static_cast<png_uint_32>(tiff.size()), tiff.data());
        char key[] = "Comment", text[] = "secret comment";
        png_text texts[3] = {};
        for (int i = 0; i < 3; ++i) {
          texts[i].compression = i == 0   ? PNG_TEXT_COMPRESSION_NONE
                                 : i == 1 ? PNG_TEXT_COMPRESSION_zTXt
                                          : PNG_ITXT_COMPRESSION_NONE;
          texts[i].key = key;
          texts[i].text = text;
        }
        png_set_text(png, info, texts, 3);
        png_time time = {2020, 1, 2, 3, 4, 5};
        png_set_tIME(png, info, &time);
      },
      [](png_structp png) {
        png_write_chunk(png, reinterpret_cast<png_const_bytep>("prVt"),
                        reinterpret_cast<png_const_bytep>("secret private"), 14);
      });
  Bytes trailed = file;
  Append(trailed, AsBytes("secret trailer"));
  ASSERT_TRUE(HasBytes(trailed, "secret"));
  EXPECT_EQ(MustOpen(OpenPng, trailed)->pages()[0].orientation, 6);

  const Bytes written = MustWrite(OpenPng, trailed, &kHider);
  EXPECT_FALSE(HasBytes(written, "secret"));
  EXPECT_EQ(ChunkTypes(written),
            (std::vector<std::string>{"IHDR", "gAMA", "cHRM", "eXIf", "pHYs", "IDAT", "IEND"}));
  EXPECT_FALSE(HasBytes(written, "2020:01:02"));
  EXPECT_TRUE(
      HasBytes(MustWrite(OpenPng, trailed, &kHider, {.keep = {.date = true}}), "2020:01:02"));
  Decode(written, [](png_structp png, png_infop info) {
    png_uint_32 x = 0, y = 0;
    int unit = 0;
    png_get_pHYs(png, info, &x, &y, &unit);
    EXPECT_EQ(x, 3937u);
    EXPECT_EQ(y, 3938u);
    png_fixed_point gamma = 0;
    png_get_gAMA_fixed(png, info, &gamma);
    EXPECT_EQ(gamma, 50000);
  });
}

TEST(Png, KeepsProfileAndCodingIndependentCodePoints) {
  const Bytes icc = GreyProfile("secret of a profile");
  const Bytes file =
      Encode(Pattern(33, 21, 1, 255), {0, 8, 0}, [&](png_structp png, png_infop info) {
        png_set_iCCP(png, info, "secret name", 0, icc.data(), static_cast<png_uint_32>(icc.size()));
        png_write_info_before_PLTE(png, info);
        const png_byte cicp[] = {9, 16, 0, 1};
        png_write_chunk(png, reinterpret_cast<png_const_bytep>("cICP"), cicp, 4);
      });
  const Bytes written = MustWrite(OpenPng, file, &kHider);
  EXPECT_TRUE(HasBytes(written, std::string_view("cICP\x09\x10\x00\x01", 8)));
  EXPECT_FALSE(HasBytes(written, "secret"));
  Decode(written, [&](png_structp png, png_infop info) {
    png_charp name = nullptr;
    int compression = 0;
    png_bytep profile = nullptr;
    png_uint_32 size = 0;
    ASSERT_NE(png_get_iCCP(png, info, &name, &compression, &profile, &size), 0u);
    EXPECT_EQ(Bytes(profile, profile + size), *RebuildIcc(icc));
  });
}

TEST(Png, CutShortOrDamagedFilesAreDataLoss) {
  const Bytes file = Encode(Pattern(33, 21, 3, 255), {2, 8, 0});
  for (size_t size = 8; size < file.size(); size += 7) {
    EXPECT_EQ(ReadCode(OpenPng, ByteView(file).first(size)), absl::StatusCode::kDataLoss) << size;
  }
  Bytes damaged = file;
  damaged[file.size() / 2] ^= 0x40;
  EXPECT_EQ(ReadCode(OpenPng, damaged), absl::StatusCode::kDataLoss);
}

TEST(Png, RefusesBombs) {
  Bytes file = Encode(Pattern(8, 8, 1, 1), {0, 1, 0});
  const auto claim = [&](uint32_t width, uint32_t height) {
    Bytes head;
    AppendUint(head, width, 4, Endian::kBig);
    AppendUint(head, height, 4, Endian::kBig);
    Bytes bomb(file.begin(), file.begin() + 12);  // signature and length, then a new IHDR
    Bytes chunk(AsBytes("IHDR").begin(), AsBytes("IHDR").end());
    Append(chunk, head);
    Append(chunk, ByteView(file).subspan(24, 5));
    uint32_t crc = 0xFFFFFFFF;
    for (const uint8_t byte : chunk) {
      crc ^= byte;
      for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (0xEDB88320 & (0 - (crc & 1)));
    }
    Append(bomb, chunk);
    AppendUint(bomb, ~crc, 4, Endian::kBig);
    Append(bomb, ByteView(file).subspan(33));
    return bomb;
  };
  EXPECT_EQ(ReadCode(OpenPng, claim(8, 8)), absl::StatusCode::kOk);
  EXPECT_EQ(ReadCode(OpenPng, claim(70000, 8)), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReadCode(OpenPng, claim(60000, 60000)), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReadCode(OpenPng, claim(14000, 14000)), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace efface
