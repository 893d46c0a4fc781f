#include <gtest/gtest.h>
#include <webp/decode.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include <cmath>

#include "base/exif.h"
#include "efface/media/icc.h"
#include "efface/media/test_profile.h"
#include "efface/media/test_samples.h"

namespace efface {
namespace {

constexpr int kWidth = 81, kHeight = 63;  // odd, so that chroma is rounded up
constexpr SampleBox kBox = {20, 14, 51, 41};
const RectangleHider kHider(20, 14, 31, 27);

Bytes Taken(uint8_t* data, size_t size) {
  Bytes file(data, data + size);
  WebPFree(data);
  return file;
}

Bytes EncodeLossless(const Samples& samples) {
  WebPConfig config;
  WebPConfigInit(&config);
  config.lossless = 1;
  config.exact = 1;
  WebPPicture picture;
  WebPPictureInit(&picture);
  picture.use_argb = 1;
  picture.width = samples.width;
  picture.height = samples.height;
  const Bytes bytes(samples.values.begin(), samples.values.end());
  const int stride = samples.width * samples.channels;
  if (samples.channels == 4) {
    WebPPictureImportRGBA(&picture, bytes.data(), stride);
  } else {
    WebPPictureImportRGB(&picture, bytes.data(), stride);
  }
  WebPMemoryWriter writer;
  WebPMemoryWriterInit(&writer);
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &writer;
  EXPECT_NE(WebPEncode(&config, &picture), 0);
  WebPPictureFree(&picture);
  return Taken(writer.mem, writer.size);
}

Bytes EncodeLossy(const Samples& samples) {
  const Bytes bytes(samples.values.begin(), samples.values.end());
  const int stride = samples.width * samples.channels;
  uint8_t* out = nullptr;
  const auto encode = samples.channels == 4 ? WebPEncodeRGBA : WebPEncodeRGB;
  const size_t size = encode(bytes.data(), samples.width, samples.height, stride, 80, &out);
  EXPECT_GT(size, 0u);
  return Taken(out, size);
}

Samples Decode(const Bytes& file, int channels) {
  int width = 0, height = 0;
  const auto decode = channels == 4 ? WebPDecodeRGBA : WebPDecodeRGB;
  uint8_t* out = decode(file.data(), file.size(), &width, &height);
  EXPECT_NE(out, nullptr);
  if (out == nullptr) return {};
  Samples samples = NoSamples(width, height, channels);
  std::copy_n(out, samples.values.size(), samples.values.begin());
  WebPFree(out);
  return samples;
}

// A picture as smooth as photos are at this scale.
Samples Smooth(int channels) {
  Samples samples = NoSamples(kWidth, kHeight, channels);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      for (int c = 0; c < channels; ++c) {
        const double wave = std::sin(x * 0.11 * (c + 1)) + std::cos(y * 0.09 + c);
        samples.At(x, y, c) = static_cast<uint16_t>(128 + 60 * wave);
      }
    }
  }
  return samples;
}

// Peak signal to noise, in dB, of the samples of the first three channels outside `box`.
double PsnrOutside(const Samples& a, const Samples& b, const SampleBox& box) {
  double sum = 0, count = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x) {
      if (box.Contains(x, y)) continue;
      for (int c = 0; c < 3; ++c) {
        const double difference = a.At(x, y, c) - b.At(x, y, c);
        sum += difference * difference;
        ++count;
      }
    }
  }
  return 10 * std::log10(255 * 255 / (sum / count));
}

WrittenStill Write(const Bytes& file, const Hider* hider, const WriteOptions& options = {}) {
  const auto still = MustOpen(OpenWebp, file);
  const Hider* hiders[] = {hider};
  auto written = still->Write(hiders, options);
  EXPECT_TRUE(written.ok()) << written.status();
  return written.ok() ? *std::move(written) : WrittenStill();
}

TEST(Webp, LosslessStaysLossless) {
  for (const int channels : {3, 4}) {
    const Samples in = Pattern(kWidth, kHeight, channels, 255);
    const Bytes file = EncodeLossless(in);
    const WrittenStill written = Write(file, &kHider);
    EXPECT_EQ(written.fidelity, Fidelity::kLossless);
    ExpectHidden(in, Decode(written.file, channels), kBox);
    WebPBitstreamFeatures features;
    WebPGetFeatures(written.file.data(), written.file.size(), &features);
    EXPECT_EQ(features.format, 2);
    EXPECT_EQ(features.has_alpha != 0, channels == 4);

    // Non-interference: whatever was under the mask, the file is the same to the byte.
    const Bytes other = EncodeLossless(Scrambled(in, kBox, 255));
    EXPECT_NE(other, file);
    EXPECT_EQ(Write(other, &kHider).file, written.file);
  }
}

TEST(Webp, ColoursUnderFullTransparencyGo) {
  Samples in = Pattern(kWidth, kHeight, 4, 255);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 60; x < kWidth; ++x) in.At(x, y, 3) = 0;
  }
  const Bytes file = EncodeLossless(in);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      for (int c = 0; c < 3 && in.At(x, y, 3) == 0; ++c) in.At(x, y, c) = 0;
    }
  }
  ExpectHidden(in, Decode(Write(file, &kHider).file, 4), kBox);
  const WrittenStill untouched = Write(file, nullptr);
  EXPECT_EQ(untouched.fidelity, Fidelity::kLossless);
  EXPECT_EQ(Decode(untouched.file, 4).values, in.values);
}

TEST(Webp, BytesAfterThePictureInItsChunkGo) {
  for (const bool lossless : {true, false}) {
    Bytes file = lossless ? EncodeLossless(Smooth(3)) : EncodeLossy(Smooth(3));
    const Samples in = Decode(file, 3);
    const Bytes plain = Write(file, nullptr).file;
    const auto grow = [&](size_t at, uint32_t more) {
      uint32_t size = 0;
      std::memcpy(&size, &file[at], 4);
      size += more;
      std::memcpy(&file[at], &size, 4);
    };
    grow(4, 100);
    grow(16, 100);
    file.insert(file.end(), 100, 's');
    const WrittenStill written = Write(file, nullptr);
    EXPECT_EQ(written.fidelity, Fidelity::kCopied);
    EXPECT_EQ(Decode(written.file, 3).values, in.values);
    EXPECT_LE(written.file.size(), plain.size());
  }
}

TEST(Webp, LossyKeepsFortyDecibelsAndAllAlpha) {
  for (const int channels : {3, 4}) {
    const Bytes file = EncodeLossy(Smooth(channels));
    const Samples in = Decode(file, channels);
    const WrittenStill written = Write(file, &kHider);
    EXPECT_EQ(written.fidelity, Fidelity::kReencoded);
    const Samples out = Decode(written.file, channels);
    // One macroblock around the mask is coded together with it.
    const SampleBox near = {kBox.left - 16, kBox.top - 16, kBox.right + 16, kBox.bottom + 16};
    EXPECT_GT(PsnrOutside(in, out, near), 40);
    // There the test's flat fill, unlike the real one, leaves a hard edge to code.
    EXPECT_GT(PsnrOutside(in, out, kBox), 32);
    // The hidden area is flat, but for the coding.
    double most = 0;
    for (int y = kBox.top + 4; y < kBox.bottom - 4; ++y) {
      for (int x = kBox.left + 4; x < kBox.right - 4; ++x) {
        most = std::max(most, std::abs(double(out.At(x, y, 0)) - out.At(35, 27, 0)));
      }
    }
    EXPECT_LT(most, 12);
    if (channels == 4) {
      for (int y = 0; y < kHeight; ++y) {
        for (int x = 0; x < kWidth; ++x) {
          if (!kBox.Contains(x, y)) {
            ASSERT_EQ(in.At(x, y, 3), out.At(x, y, 3));
          }
        }
      }
    }
    // A lower quality takes fewer bytes.
    EXPECT_LT(Write(file, &kHider, {.quality = 20}).file.size(), written.file.size());
  }
}

TEST(Webp, WithoutMasksThePictureIsCopied) {
  for (const Bytes& file : {EncodeLossy(Smooth(3)), EncodeLossy(Smooth(4)),
                            EncodeLossless(Pattern(kWidth, kHeight, 4, 255))}) {
    const WrittenStill written = Write(file, nullptr);
    EXPECT_EQ(written.fidelity, Fidelity::kCopied);
    EXPECT_EQ(Decode(written.file, 4), Decode(file, 4));
    EXPECT_EQ(written.file.size(), file.size());
  }
}

TEST(Webp, KeepsProfileAndOrientationAlone) {
  const Bytes plain = EncodeLossy(Smooth(3));
  const Bytes exif = WriteKeptExif({.orientation = 3, .date_time_original = "2020:01:02 03:04:05"});
  Bytes prefixed(6);
  std::copy_n("Exif\0", 6, prefixed.begin());
  Append(prefixed, exif);
  for (const Bytes& payload : {exif, prefixed}) {
    WebPData image = {plain.data(), plain.size()};
    WebPMux* mux = WebPMuxCreate(&image, 1);
    const auto set = [mux](const char* name, ByteView bytes) {
      const WebPData data = {bytes.data(), bytes.size()};
      ASSERT_EQ(WebPMuxSetChunk(mux, name, &data, 1), WEBP_MUX_OK);
    };
    set("ICCP", RgbProfile("secret of a profile"));
    set("EXIF", payload);
    set("XMP ", AsBytes("secret packet"));
    set("prvT", AsBytes("secret private"));
    WebPData assembled;
    ASSERT_EQ(WebPMuxAssemble(mux, &assembled), WEBP_MUX_OK);
    Bytes file(assembled.bytes, assembled.bytes + assembled.size);
    WebPDataClear(&assembled);
    WebPMuxDelete(mux);
    Append(file, AsBytes("secret trailer"));

    EXPECT_EQ(MustOpen(OpenWebp, file)->pages()[0].orientation, 3);
    for (const Hider* hider :
         {static_cast<const Hider*>(nullptr), static_cast<const Hider*>(&kHider)}) {
      const Bytes written = Write(file, hider).file;
      EXPECT_FALSE(HasBytes(written, "secret"));
      EXPECT_FALSE(HasBytes(written, "2020:01:02"));
      const Bytes profile = *RebuildIcc(RgbProfile());
      EXPECT_TRUE(
          HasBytes(written, {reinterpret_cast<const char*>(profile.data()), profile.size()}));
      EXPECT_EQ(MustOpen(OpenWebp, written)->pages()[0].orientation, 3);
      EXPECT_TRUE(HasBytes(Write(file, hider, {.keep = {.date = true}}).file, "2020:01:02"));
    }
  }
}

TEST(Webp, CutShortFilesAreErrors) {
  for (const Bytes& file : {EncodeLossy(Smooth(3)), EncodeLossless(Smooth(4))}) {
    for (size_t size = 12; size + 2 < file.size(); size += 19) {
      EXPECT_NE(ReadCode(OpenWebp, ByteView(file).first(size)), absl::StatusCode::kOk) << size;
    }
  }
}

TEST(Webp, RefusesBombs) {
  const Bytes file = EncodeLossless(Smooth(3));
  auto still = OpenWebp(file, {.max_pixels = 1000});
  EXPECT_EQ(still.status().code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace efface
