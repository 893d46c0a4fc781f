#include <gtest/gtest.h>

#include <array>
#include <bit>

#include "efface/media/icc.h"
#include "efface/media/test_profile.h"
#include "efface/media/test_samples.h"

namespace efface {
namespace {

constexpr SampleBox kBox = {5, 4, 14, 11};
const RectangleHider kHider(5, 4, 9, 7);
constexpr int kWidth = 33, kHeight = 21;

struct Kind {
  const char* name;
  int depth;
  uint32_t header = 40;                // bytes of the DIB header
  std::array<uint32_t, 4> masks = {};  // all 0: BI_RGB
  bool top_down = false;
};

void Put(Bytes& file, uint64_t value, int size) { AppendUint(file, value, size, Endian::kLittle); }

int Bits(uint32_t mask) { return std::popcount(mask); }

// The masks in force: of 16 bits without masks 5-5-5, of 24 and 32 bits 8-8-8.
std::array<uint32_t, 4> Masks(const Kind& kind) {
  if (kind.masks[0] != 0) return kind.masks;
  if (kind.depth == 16) return {0x7C00, 0x03E0, 0x001F, 0};
  return {0xFF0000, 0xFF00, 0xFF, 0};
}

int ChannelCount(const Kind& kind) { return kind.depth <= 8 ? 1 : Masks(kind)[3] != 0 ? 4 : 3; }

// Each channel scaled down to its own bits, from samples of 16.
Samples Fitted(Samples samples, const Kind& kind) {
  for (int y = 0; y < samples.height; ++y) {
    for (int x = 0; x < samples.width; ++x) {
      for (int c = 0; c < samples.channels; ++c) {
        const int bits = kind.depth <= 8 ? kind.depth : Bits(Masks(kind)[static_cast<size_t>(c)]);
        samples.At(x, y, c) = static_cast<uint16_t>(samples.At(x, y, c) >> (16 - bits));
      }
    }
  }
  return samples;
}

size_t RowBytes(int width, int depth) { return static_cast<size_t>((width * depth + 31) / 32 * 4); }

// The headers, up to the pixels; `extra` bytes of the header beyond 40 where it has them.
Bytes Head(const Kind& kind, int width, int height, uint32_t compression, size_t pixel_bytes,
           const Bytes& extra = {}) {
  Bytes dib;
  Put(dib, kind.header, 4);
  if (kind.header == 12) {
    Put(dib, static_cast<uint64_t>(width), 2);
    Put(dib, static_cast<uint64_t>(height), 2);
    Put(dib, 1, 2);
    Put(dib, static_cast<uint64_t>(kind.depth), 2);
  } else {
    Put(dib, static_cast<uint64_t>(width), 4);
    Put(dib, static_cast<uint64_t>(kind.top_down ? -height : height), 4);
    Put(dib, 1, 2);
    Put(dib, static_cast<uint64_t>(kind.depth), 2);
    Put(dib, compression, 4);
    Put(dib, pixel_bytes, 4);
    Put(dib, 3000, 4);
    Put(dib, 3001, 4);
    Put(dib, 0, 8);
    const size_t masks = kind.masks[0] == 0 ? 0 : kind.header == 40 ? 3 : 4;
    for (size_t i = 0; i < masks; ++i) Put(dib, kind.masks[i], 4);
    Append(dib, extra);
    if (dib.size() < kind.header) dib.resize(kind.header);
  }
  if (kind.depth <= 8) {
    for (int i = 0; i < 1 << kind.depth; ++i) {
      Put(dib, static_cast<uint8_t>(i * 3), 1);
      Put(dib, static_cast<uint8_t>(255 - i), 1);
      Put(dib, static_cast<uint8_t>(i * 37), 1);
      if (kind.header != 12) Put(dib, 0, 1);
    }
  }
  Bytes file = {'B', 'M'};
  Put(file, 14 + dib.size() + pixel_bytes, 4);
  Put(file, 0, 4);
  Put(file, 14 + dib.size(), 4);
  Append(file, dib);
  return file;
}

Bytes Encode(const Samples& samples, const Kind& kind, const Bytes& extra = {}) {
  const size_t stride = RowBytes(samples.width, kind.depth);
  const auto masks = Masks(kind);
  Bytes pixels(stride * static_cast<size_t>(samples.height));
  for (int y = 0; y < samples.height; ++y) {
    const int row = kind.top_down ? y : samples.height - 1 - y;
    uint8_t* out = pixels.data() + stride * static_cast<size_t>(row);
    for (int x = 0; x < samples.width; ++x) {
      uint32_t pixel = 0;
      if (kind.depth <= 8) {
        const int bit = x * kind.depth;
        out[bit / 8] =
            static_cast<uint8_t>(out[bit / 8] | samples.At(x, y, 0) << (8 - kind.depth - bit % 8));
        continue;
      }
      for (int c = 0; c < samples.channels; ++c) {
        pixel |= uint32_t{samples.At(x, y, c)} << std::countr_zero(masks[static_cast<size_t>(c)]);
      }
      for (int i = 0; i < kind.depth / 8; ++i) {
        out[x * kind.depth / 8 + i] = static_cast<uint8_t>(pixel >> (8 * i));
      }
    }
  }
  Bytes file =
      Head(kind, samples.width, samples.height, kind.masks[0] != 0 ? 3 : 0, pixels.size(), extra);
  Append(file, pixels);
  return file;
}

// Reads uncompressed files with headers of 40 bytes or more, by the kind that they should be of.
Samples Decode(const Bytes& file, const Kind& kind) {
  const auto field = [&](size_t at, int size) {
    return ReadUint(file, at, size, Endian::kLittle).value_or(0);
  };
  const auto width = static_cast<int>(field(18, 4));
  const auto signed_height = static_cast<int32_t>(field(22, 4));
  EXPECT_EQ(static_cast<int>(field(28, 2)), kind.depth);
  EXPECT_EQ(signed_height < 0, kind.top_down);
  const int height = std::abs(signed_height);
  Samples samples = NoSamples(width, height, ChannelCount(kind));
  const size_t start = field(10, 4);
  const size_t stride = RowBytes(width, kind.depth);
  EXPECT_EQ(field(2, 4), file.size());
  const auto masks = Masks(kind);
  for (int y = 0; y < height; ++y) {
    const size_t row = start + stride * static_cast<size_t>(kind.top_down ? y : height - 1 - y);
    for (int x = 0; x < width; ++x) {
      if (kind.depth <= 8) {
        const int bit = x * kind.depth;
        samples.At(x, y, 0) = static_cast<uint16_t>(field(row + static_cast<size_t>(bit / 8), 1) >>
                                                        (8 - kind.depth - bit % 8) &
                                                    ((1u << kind.depth) - 1));
        continue;
      }
      const auto pixel = static_cast<uint32_t>(
          field(row + static_cast<size_t>(x * kind.depth / 8), kind.depth / 8));
      for (int c = 0; c < samples.channels; ++c) {
        const uint32_t mask = masks[static_cast<size_t>(c)];
        samples.At(x, y, c) = static_cast<uint16_t>((pixel & mask) >> std::countr_zero(mask));
      }
    }
  }
  return samples;
}

class BmpKinds : public testing::TestWithParam<Kind> {};

TEST_P(BmpKinds, HidesTheBoxAndNothingElse) {
  const Kind kind = GetParam();
  const Samples deep = Pattern(kWidth, kHeight, ChannelCount(kind), 65535);
  const Samples in = Fitted(deep, kind);
  const Bytes file = Encode(in, kind);
  const Bytes written = MustWrite(OpenBmp, file, &kHider);
  ExpectHidden(in, Decode(written, kind), kBox);

  // Non-interference: whatever was under the mask, the file is the same to the byte.
  const Bytes other = Encode(Fitted(Scrambled(deep, kBox, 65535), kind), kind);
  EXPECT_EQ(MustWrite(OpenBmp, other, &kHider), written);

  EXPECT_EQ(Decode(MustWrite(OpenBmp, file, nullptr), kind), in);
  EXPECT_EQ(MustWrite(OpenBmp, written, nullptr), written);
  for (size_t size = 1; size < file.size(); size += 11) {
    EXPECT_NE(ReadCode(OpenBmp, ByteView(file).first(size)), absl::StatusCode::kOk) << size;
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, BmpKinds,
    testing::Values(Kind{"Palette1", 1}, Kind{"Palette4", 4}, Kind{"Palette8", 8},
                    Kind{"Palette8Core", 8, 12}, Kind{"Palette8Os2", 8, 64}, Kind{"Rgb555", 16},
                    Kind{"Rgb565", 16, 40, {0xF800, 0x07E0, 0x001F, 0}}, Kind{"Bgr24", 24},
                    Kind{"Bgr24Core", 24, 12}, Kind{"Bgr24TopDown", 24, 40, {}, true},
                    Kind{"Bgr24V4", 24, 108}, Kind{"Bgr32", 32},
                    Kind{"Bgra32V5", 32, 124, {0xFF0000, 0xFF00, 0xFF, 0xFF000000}},
                    Kind{"Rgba32", 32, 56, {0xFF000000, 0xFF0000, 0xFF00, 0xFF}, true},
                    Kind{"Deep", 32, 108, {0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000}}),
    [](const auto& kind) { return kind.param.name; });

TEST(Bmp, ReadsRunLengths) {
  const Kind kind = {"", 8};
  // Bottom row: three of index 7, then 1 2 3 as they are; second: a step right by 2, then one 9.
  const Bytes codes = {3, 7, 0, 3, 1, 2, 3, 0, 0, 0, 0, 2, 2, 0, 1, 9, 0, 1};
  Bytes file = Head(kind, 6, 3, 1, codes.size());
  Append(file, codes);
  const Samples out = Decode(MustWrite(OpenBmp, file, nullptr), kind);
  EXPECT_EQ(out.values, (std::vector<uint16_t>{0, 0, 0, 0, 0, 0,  //
                                               0, 0, 9, 0, 0, 0,  //
                                               7, 7, 7, 1, 2, 3}));
  EXPECT_EQ(ReadCode(OpenBmp, ByteView(file).first(file.size() - 3)), absl::StatusCode::kDataLoss);

  const Kind small = {"", 4};
  const Bytes nibbles = {3, 0x12, 0, 3, 0x34, 0x50, 0, 0, 6, 0xAB, 0, 1};
  file = Head(small, 6, 2, 2, nibbles.size());
  Append(file, nibbles);
  EXPECT_EQ(Decode(MustWrite(OpenBmp, file, nullptr), small).values,
            (std::vector<uint16_t>{10, 11, 10, 11, 10, 11, 1, 2, 1, 3, 4, 5}));
}

TEST(Bmp, RgbOfPaletteAndOfFewBits) {
  Samples one = NoSamples(1, 1, 1);
  one.values = {5};
  const auto palette = MustOpen(OpenBmp, Encode(one, {"", 8}))->Rgb(0);
  ASSERT_TRUE(palette.ok());
  EXPECT_EQ(palette->samples, (std::vector<uint8_t>{185, 250, 15}));
  Samples few = NoSamples(1, 1, 3);
  few.values = {31, 0, 1};
  const auto rgb = MustOpen(OpenBmp, Encode(few, {"", 16}))->Rgb(0);
  ASSERT_TRUE(rgb.ok());
  EXPECT_EQ(rgb->samples, (std::vector<uint8_t>{255, 0, 8}));
}

TEST(Bmp, KeepsProfileAndResolutionAlone) {
  const Kind kind = {"", 24, 124};
  const Bytes icc = RgbProfile("secret of a profile"), anew = *RebuildIcc(icc);
  Bytes extra(16);
  Append(extra, AsBytes("DEBM"));
  extra.resize(extra.size() + 48);
  Put(extra, 4, 4);  // intent
  const size_t pixels = RowBytes(kWidth, 24) * kHeight;
  Put(extra, 124 + pixels, 4);
  Put(extra, icc.size(), 4);
  const Samples in = Fitted(Pattern(kWidth, kHeight, 3, 65535), kind);
  Bytes file = Encode(in, kind, extra);
  Append(file, icc);
  Append(file, AsBytes("secret trailer"));
  const Bytes written = MustWrite(OpenBmp, file, &kHider);
  EXPECT_TRUE(HasBytes(written, {reinterpret_cast<const char*>(anew.data()), anew.size()}));
  EXPECT_FALSE(HasBytes(written, "secret"));
  EXPECT_EQ(ReadUint(written, 38, 4, Endian::kLittle), 3000u);
  EXPECT_EQ(ReadUint(written, 42, 4, Endian::kLittle), 3001u);
  EXPECT_EQ(MustWrite(OpenBmp, written, nullptr), written);
}

TEST(Bmp, UnusedBytesCarryNothing) {
  const Samples in = Fitted(Pattern(kWidth, kHeight, 3, 65535), {"", 32});
  Bytes file = Encode(in, {"", 32});
  const Bytes clean = MustWrite(OpenBmp, file, &kHider);
  for (size_t at = 54 + 3; at < file.size(); at += 4) file[at] = static_cast<uint8_t>(at);
  EXPECT_EQ(MustWrite(OpenBmp, file, &kHider), clean);
}

TEST(Bmp, RefusesBombsAndForeignCodings) {
  const auto code = [](int width, int height, uint32_t compression) {
    Bytes file = Head({"", 24}, width, height, compression, 0);
    file.resize(file.size() + 100);
    return ReadCode(OpenBmp, file);
  };
  EXPECT_EQ(code(5, 5, 0), absl::StatusCode::kOk);
  EXPECT_EQ(code(70000, 5, 0), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(code(60000, 60000, 0), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(code(10000, 10000, 0), absl::StatusCode::kDataLoss);
  EXPECT_EQ(code(5, 5, 4), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(code(0, 5, 0), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace efface
