#include <gtest/gtest.h>
#include <tiffio.h>

#include <array>
#include <cstring>
#include <functional>

#include "efface/media/icc.h"
#include "efface/media/test_profile.h"
#include "efface/media/test_samples.h"

namespace efface {
namespace {

constexpr SampleBox kBox = {5, 4, 24, 21};
const RectangleHider kHider(5, 4, 19, 17);

// A file in memory for libtiff.
struct File {
  Bytes bytes;
  size_t at = 0;
};

TIFF* OpenMemory(File& file, const char* mode) {
  return TIFFClientOpen(
      "memory", mode, &file,
      [](thandle_t h, void* out, tmsize_t size) -> tmsize_t {
        auto* f = static_cast<File*>(h);
        if (f->at >= f->bytes.size()) return 0;
        const size_t count = std::min(static_cast<size_t>(size), f->bytes.size() - f->at);
        std::memcpy(out, f->bytes.data() + f->at, count);
        f->at += count;
        return static_cast<tmsize_t>(count);
      },
      [](thandle_t h, void* data, tmsize_t size) -> tmsize_t {
        auto* f = static_cast<File*>(h);
        const size_t end = f->at + static_cast<size_t>(size);
        if (end > f->bytes.size()) f->bytes.resize(end);
        std::memcpy(f->bytes.data() + f->at, data, static_cast<size_t>(size));
        f->at = end;
        return size;
      },
      [](thandle_t h, toff_t offset, int whence) -> toff_t {
        auto* f = static_cast<File*>(h);
        if (whence == SEEK_CUR) offset += f->at;
        if (whence == SEEK_END) offset += f->bytes.size();
        return f->at = offset;
      },
      [](thandle_t) { return 0; },
      [](thandle_t h) -> toff_t { return static_cast<File*>(h)->bytes.size(); },
      [](thandle_t, void**, toff_t*) { return 0; }, [](thandle_t, void*, toff_t) {});
}

struct Kind {
  const char* name;
  uint16_t photometric, bits, samples;
  uint16_t compression = COMPRESSION_NONE;
  uint16_t planar = PLANARCONFIG_CONTIG;
  bool tiled = false;
  uint16_t predictor = PREDICTOR_NONE;
  const char* mode = "w";  // "wb": big-endian, "w8": BigTIFF
};

size_t RowBytes(const Kind& kind, int width) {
  const int samples = kind.planar == PLANARCONFIG_CONTIG ? kind.samples : 1;
  return (static_cast<size_t>(width * samples) * kind.bits + 7) / 8;
}

// One row of samples, as the file has it, from sample `c` of the pixel (x, y); and back.
void CopyRow(const Kind& kind, Samples& samples, int x, int y, int c, int width, bool pack,
             uint8_t* row) {
  const bool contiguous = kind.planar == PLANARCONFIG_CONTIG;
  const int count = contiguous ? width * kind.samples : width;
  if (pack) std::memset(row, 0, RowBytes(kind, width));
  for (int i = 0; i < count; ++i) {
    const int px = x + (contiguous ? i / kind.samples : i);
    const int pc = contiguous ? i % kind.samples : c;
    if (px >= samples.width || y >= samples.height) continue;
    uint16_t& sample = samples.At(px, y, pc);
    if (kind.bits == 16) {
      std::memcpy(pack ? static_cast<void*>(row + 2 * i) : &sample,
                  pack ? static_cast<const void*>(&sample) : row + 2 * i, 2);
      continue;
    }
    const int bit = i * kind.bits;
    const int shift = 8 - kind.bits - bit % 8;
    if (pack) {
      row[bit / 8] = static_cast<uint8_t>(row[bit / 8] | sample << shift);
    } else {
      sample = static_cast<uint16_t>(row[bit / 8] >> shift & ((1 << kind.bits) - 1));
    }
  }
}

constexpr int kTile = 16, kStripRows = 7;

void WritePage(TIFF* tiff, Samples samples, const Kind& kind,
               const std::function<void(TIFF*)>& add = {}) {
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, samples.width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, samples.height);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, kind.bits);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, kind.samples);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, kind.photometric);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, kind.planar);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, kind.compression);
  if (kind.predictor != PREDICTOR_NONE) TIFFSetField(tiff, TIFFTAG_PREDICTOR, kind.predictor);
  if (kind.photometric == PHOTOMETRIC_YCBCR && kind.compression == COMPRESSION_JPEG) {
    TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  }
  if (kind.photometric == PHOTOMETRIC_PALETTE) {
    std::array<std::vector<uint16_t>, 3> map;
    for (int i = 0; i < 1 << kind.bits; ++i) {
      map[0].push_back(static_cast<uint16_t>(i * 257));
      map[1].push_back(static_cast<uint16_t>(65535 - i * 257));
      map[2].push_back(static_cast<uint16_t>(i * 1000));
    }
    TIFFSetField(tiff, TIFFTAG_COLORMAP, map[0].data(), map[1].data(), map[2].data());
  }
  const int base = kind.photometric == PHOTOMETRIC_SEPARATED ? 4
                   : kind.photometric == PHOTOMETRIC_RGB || kind.photometric == PHOTOMETRIC_YCBCR
                       ? 3
                       : 1;
  if (kind.samples > base) {
    const uint16_t extra[] = {EXTRASAMPLE_UNASSALPHA};
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, extra);
  }
  if (add) add(tiff);
  const int planes = kind.planar == PLANARCONFIG_CONTIG ? 1 : kind.samples;
  Bytes row(RowBytes(kind, samples.width));
  if (kind.tiled) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, kTile);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, kTile);
    const size_t stride = RowBytes(kind, kTile);
    Bytes tile(stride * kTile);
    for (int c = 0; c < planes; ++c) {
      for (int y = 0; y < samples.height; y += kTile) {
        for (int x = 0; x < samples.width; x += kTile) {
          for (int r = 0; r < kTile; ++r) {
            CopyRow(kind, samples, x, y + r, c, kTile, true,
                    tile.data() + stride * static_cast<size_t>(r));
          }
          TIFFWriteTile(tiff, tile.data(), static_cast<uint32_t>(x), static_cast<uint32_t>(y), 0,
                        static_cast<uint16_t>(c));
        }
      }
    }
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP,
                 kind.compression == COMPRESSION_JPEG ? 16 : kStripRows);
    for (int c = 0; c < planes; ++c) {
      for (int y = 0; y < samples.height; ++y) {
        CopyRow(kind, samples, 0, y, c, samples.width, true, row.data());
        TIFFWriteScanline(tiff, row.data(), static_cast<uint32_t>(y), static_cast<uint16_t>(c));
      }
    }
  }
  TIFFWriteDirectory(tiff);
}

Bytes Encode(const Samples& samples, const Kind& kind, const std::function<void(TIFF*)>& add = {}) {
  File file;
  TIFF* tiff = OpenMemory(file, kind.mode);
  WritePage(tiff, samples, kind, add);
  TIFFClose(tiff);
  return file.bytes;
}

uint16_t Tag(TIFF* tiff, uint32_t tag) {
  uint16_t value = 0;
  TIFFGetFieldDefaulted(tiff, tag, &value);
  return value;
}

// The samples of a page, by rows or tiles; and what else a test wants to see of it.
Samples Decode(const Bytes& bytes, int page = 0, const std::function<void(TIFF*)>& see = {}) {
  File file{bytes};
  TIFF* tiff = OpenMemory(file, "r");
  EXPECT_NE(tiff, nullptr);
  if (tiff == nullptr) return {};
  EXPECT_NE(TIFFSetDirectory(tiff, static_cast<tdir_t>(page)), 0);
  uint32_t width = 0, height = 0;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &height);
  const Kind kind = {"",
                     Tag(tiff, TIFFTAG_PHOTOMETRIC),
                     Tag(tiff, TIFFTAG_BITSPERSAMPLE),
                     Tag(tiff, TIFFTAG_SAMPLESPERPIXEL),
                     Tag(tiff, TIFFTAG_COMPRESSION),
                     Tag(tiff, TIFFTAG_PLANARCONFIG)};
  if (kind.photometric == PHOTOMETRIC_YCBCR && kind.compression == COMPRESSION_JPEG) {
    TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  }
  Samples samples = NoSamples(static_cast<int>(width), static_cast<int>(height), kind.samples);
  const int planes = kind.planar == PLANARCONFIG_CONTIG ? 1 : kind.samples;
  for (int c = 0; c < planes; ++c) {
    if (TIFFIsTiled(tiff) != 0) {
      Bytes tile(static_cast<size_t>(TIFFTileSize(tiff)));
      const size_t stride = RowBytes(kind, kTile);
      for (int y = 0; y < samples.height; y += kTile) {
        for (int x = 0; x < samples.width; x += kTile) {
          EXPECT_GT(TIFFReadTile(tiff, tile.data(), static_cast<uint32_t>(x),
                                 static_cast<uint32_t>(y), 0, static_cast<uint16_t>(c)),
                    0);
          for (int r = 0; r < kTile; ++r) {
            CopyRow(kind, samples, x, y + r, c, kTile, false,
                    tile.data() + stride * static_cast<size_t>(r));
          }
        }
      }
      continue;
    }
    Bytes row(static_cast<size_t>(TIFFScanlineSize(tiff)));
    for (int y = 0; y < samples.height; ++y) {
      EXPECT_EQ(
          TIFFReadScanline(tiff, row.data(), static_cast<uint32_t>(y), static_cast<uint16_t>(c)),
          1);
      CopyRow(kind, samples, 0, y, c, samples.width, false, row.data());
    }
  }
  if (see) see(tiff);
  TIFFClose(tiff);
  return samples;
}

class TiffKinds : public testing::TestWithParam<Kind> {};

TEST_P(TiffKinds, HidesTheBoxAndNothingElse) {
  const Kind kind = GetParam();
  const int most = (1 << kind.bits) - 1;
  const Samples in = Pattern(37, 29, kind.samples, most);
  const Bytes file = Encode(in, kind);
  const Bytes written = MustWrite(OpenTiff, file, &kHider);
  const Samples out = Decode(written, 0, [&](TIFF* tiff) {
    EXPECT_EQ(Tag(tiff, TIFFTAG_COMPRESSION), kind.compression);
    EXPECT_EQ(Tag(tiff, TIFFTAG_PHOTOMETRIC), kind.photometric);
    EXPECT_EQ(Tag(tiff, TIFFTAG_BITSPERSAMPLE), kind.bits);
    EXPECT_EQ(Tag(tiff, TIFFTAG_PLANARCONFIG), kind.planar);
    EXPECT_EQ(TIFFIsTiled(tiff) != 0, kind.tiled);
    if (kind.predictor != PREDICTOR_NONE) {
      EXPECT_EQ(Tag(tiff, TIFFTAG_PREDICTOR), kind.predictor);
    }
    if (!kind.tiled) {
      uint32_t rows = 0;
      TIFFGetField(tiff, TIFFTAG_ROWSPERSTRIP, &rows);
      EXPECT_EQ(rows, uint32_t{kStripRows});
    }
  });
  ExpectHidden(in, out, kBox);

  // Non-interference: whatever was under the mask, the file is the same to the byte.
  const Bytes other = Encode(Scrambled(in, kBox, most), kind);
  EXPECT_NE(other, file);
  EXPECT_EQ(MustWrite(OpenTiff, other, &kHider), written);

  EXPECT_EQ(Decode(MustWrite(OpenTiff, file, nullptr)), in);
}

constexpr uint16_t kBlackIsZero = PHOTOMETRIC_MINISBLACK, kWhiteIsZero = PHOTOMETRIC_MINISWHITE,
                   kRgb = PHOTOMETRIC_RGB, kPalette = PHOTOMETRIC_PALETTE,
                   kInks = PHOTOMETRIC_SEPARATED;
constexpr uint16_t kSeparate = PLANARCONFIG_SEPARATE, kTogether = PLANARCONFIG_CONTIG;
constexpr uint16_t kDifferences = PREDICTOR_HORIZONTAL;

INSTANTIATE_TEST_SUITE_P(
    All, TiffKinds,
    testing::Values(
        Kind{"Bilevel", kBlackIsZero, 1, 1},
        Kind{"Fax3", kWhiteIsZero, 1, 1, COMPRESSION_CCITTFAX3},
        Kind{"Fax4", kWhiteIsZero, 1, 1, COMPRESSION_CCITTFAX4},
        Kind{"FaxRle", kBlackIsZero, 1, 1, COMPRESSION_CCITTRLE},
        Kind{"Grey2", kBlackIsZero, 2, 1, COMPRESSION_PACKBITS},
        Kind{"Grey4Tiled", kWhiteIsZero, 4, 1, COMPRESSION_LZW, kTogether, true},
        Kind{"Grey8", kBlackIsZero, 8, 1, COMPRESSION_LZW},
        Kind{"Grey8Inverted", kWhiteIsZero, 8, 1},
        Kind{"Grey16", kBlackIsZero, 16, 1, COMPRESSION_ADOBE_DEFLATE, kTogether, false,
             kDifferences},
        Kind{"GreyAlpha8", kBlackIsZero, 8, 2}, Kind{"Rgb8", kRgb, 8, 3},
        Kind{"Rgb8Big", kRgb, 8, 3, COMPRESSION_LZW, kTogether, false, kDifferences, "w8"},
        Kind{"Rgb8Tiled", kRgb, 8, 3, COMPRESSION_ADOBE_DEFLATE, kTogether, true, kDifferences},
        Kind{"Rgb8Separate", kRgb, 8, 3, COMPRESSION_PACKBITS, kSeparate},
        Kind{"Rgb8SeparateTiled", kRgb, 8, 3, COMPRESSION_LZW, kSeparate, true},
        Kind{"Rgb16", kRgb, 16, 3, COMPRESSION_NONE, kTogether, false, PREDICTOR_NONE, "wb"},
        Kind{"Rgb16Separate", kRgb, 16, 3, COMPRESSION_ADOBE_DEFLATE, kSeparate},
        Kind{"Rgb16Tiled", kRgb, 16, 3, COMPRESSION_ZSTD, kTogether, true},
        Kind{"Rgb4", kRgb, 4, 3}, Kind{"Rgba8", kRgb, 8, 4, COMPRESSION_LZW},
        Kind{"Rgba16", kRgb, 16, 4, COMPRESSION_LZW, kSeparate}, Kind{"Palette1", kPalette, 1, 1},
        Kind{"Palette4", kPalette, 4, 1, COMPRESSION_PACKBITS},
        Kind{"Palette8", kPalette, 8, 1, COMPRESSION_LZW},
        Kind{"Cmyk8", kInks, 8, 4, COMPRESSION_LZW}, Kind{"Cmyk16", kInks, 16, 4},
        Kind{"CmykAlpha8", kInks, 8, 5}),
    [](const auto& kind) { return kind.param.name; });

const Kind kPlain = {"", kRgb, 8, 3, COMPRESSION_LZW};

TEST(Tiff, JpegPagesKeepTheirDecodedSamplesInDeflate) {
  const Kind kinds[] = {{"", PHOTOMETRIC_YCBCR, 8, 3, COMPRESSION_JPEG},
                        {"", kBlackIsZero, 8, 1, COMPRESSION_JPEG},
                        {"", PHOTOMETRIC_YCBCR, 8, 3, COMPRESSION_JPEG, kTogether, true}};
  for (const Kind& kind : kinds) {
    const Bytes file = Encode(Pattern(37, 29, kind.samples, 255), kind);
    const Samples in = Decode(file);
    const auto still = MustOpen(OpenTiff, file);
    const Hider* hiders[] = {&kHider};
    const auto written = still->Write(hiders, {});
    ASSERT_TRUE(written.ok()) << written.status();
    EXPECT_EQ(written->warnings.size(), 1u);
    const Samples out = Decode(written->file, 0, [](TIFF* tiff) {
      EXPECT_EQ(Tag(tiff, TIFFTAG_COMPRESSION), COMPRESSION_ADOBE_DEFLATE);
    });
    ExpectHidden(in, out, kBox);
  }
}

TEST(Tiff, RgbOfInksAndOfInvertedGrey) {
  Samples inks = NoSamples(2, 1, 4);
  inks.values = {255, 0, 0, 0, 0, 0, 0, 51};
  const auto rgb = MustOpen(OpenTiff, Encode(inks, {"", kInks, 8, 4}))->Rgb(0);
  ASSERT_TRUE(rgb.ok());
  EXPECT_EQ(rgb->samples, (std::vector<uint8_t>{0, 255, 255, 204, 204, 204}));
  Samples grey = NoSamples(3, 1, 1);
  grey.values = {0, 1, 3};
  const auto inverted = MustOpen(OpenTiff, Encode(grey, {"", kWhiteIsZero, 2, 1}))->Rgb(0);
  ASSERT_TRUE(inverted.ok());
  EXPECT_EQ(inverted->samples, (std::vector<uint8_t>{255, 255, 255, 170, 170, 170, 0, 0, 0}));
}

TEST(Tiff, WritesEveryPageAndNoReducedOnes) {
  const Samples first = Pattern(37, 29, 3, 255), second = Pattern(20, 50, 1, 255);
  File file;
  TIFF* tiff = OpenMemory(file, "w");
  WritePage(tiff, Pattern(9, 7, 3, 255), kPlain,
            [](TIFF* t) { TIFFSetField(t, TIFFTAG_SUBFILETYPE, FILETYPE_REDUCEDIMAGE); });
  WritePage(tiff, first, kPlain, [](TIFF* t) {
    const toff_t none[] = {0};
    TIFFSetField(t, TIFFTAG_SUBIFD, 1, none);
  });
  WritePage(tiff, Pattern(18, 14, 3, 255), kPlain);  // the SubIFD
  WritePage(tiff, second, {"", kBlackIsZero, 8, 1});
  WritePage(tiff, Pattern(37, 29, 1, 1), {"", PHOTOMETRIC_MASK, 1, 1},
            [](TIFF* t) { TIFFSetField(t, TIFFTAG_SUBFILETYPE, FILETYPE_MASK); });
  TIFFClose(tiff);

  const auto still = MustOpen(OpenTiff, file.bytes);
  ASSERT_EQ(still->pages().size(), 2u);
  EXPECT_EQ(still->pages()[1].height, 50);
  const auto rgb = still->Rgb(1);
  ASSERT_TRUE(rgb.ok());
  EXPECT_EQ(rgb->samples[3], second.values[1]);
  const Hider* hiders[] = {nullptr, &kHider};
  const auto written = still->Write(hiders, {});
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_EQ(Decode(written->file, 0), first);
  SampleBox box = kBox;
  box.right = 20;
  ExpectHidden(second,
               Decode(written->file, 1,
                      [](TIFF* t) {
                        EXPECT_NE(TIFFLastDirectory(t), 0);
                        EXPECT_EQ(TIFFGetField(t, TIFFTAG_SUBIFD, nullptr, nullptr), 0);
                      }),
               box);
}

TEST(Tiff, KeepsColourResolutionAndOrientationAlone) {
  const Bytes icc = RgbProfile("secret of a profile");
  const Bytes file = Encode(Pattern(37, 29, 3, 255), kPlain, [&](TIFF* tiff) {
    TIFFSetField(tiff, TIFFTAG_ORIENTATION, 8);
    TIFFSetField(tiff, TIFFTAG_XRESOLUTION, 300.0f);
    TIFFSetField(tiff, TIFFTAG_YRESOLUTION, 301.0f);
    TIFFSetField(tiff, TIFFTAG_RESOLUTIONUNIT, RESUNIT_CENTIMETER);
    TIFFSetField(tiff, TIFFTAG_ICCPROFILE, static_cast<uint32_t>(icc.size()), icc.data());
    TIFFSetField(tiff, TIFFTAG_DATETIME, "2020:01:02 03:04:05");
    TIFFSetField(tiff, TIFFTAG_ARTIST, "secret artist");
    TIFFSetField(tiff, TIFFTAG_IMAGEDESCRIPTION, "secret description");
    TIFFSetField(tiff, TIFFTAG_SOFTWARE, "secret software");
    const std::string packet = "secret packet";
    const auto size = static_cast<uint32_t>(packet.size());
    TIFFSetField(tiff, TIFFTAG_XMLPACKET, size, packet.data());
    TIFFSetField(tiff, TIFFTAG_PHOTOSHOP, size, packet.data());
    const TIFFFieldInfo custom = {65000,        -1, -1, TIFF_ASCII,
                                  FIELD_CUSTOM, 1,  0,  const_cast<char*>("Private")};
    TIFFMergeFieldInfo(tiff, &custom, 1);
    TIFFSetField(tiff, 65000, "secret private");
  });
  Bytes trailed = file;
  Append(trailed, AsBytes("secret trailer"));
  EXPECT_EQ(MustOpen(OpenTiff, trailed)->pages()[0].orientation, 8);
  const Bytes written = MustWrite(OpenTiff, trailed, &kHider);
  EXPECT_TRUE(HasBytes(trailed, "secret private"));
  EXPECT_FALSE(HasBytes(written, "secret"));
  const Bytes profile = *RebuildIcc(icc);
  EXPECT_TRUE(HasBytes(written, {reinterpret_cast<const char*>(profile.data()), profile.size()}));
  EXPECT_FALSE(HasBytes(written, "secret of a profile"));
  EXPECT_FALSE(HasBytes(written, "2020:01:02"));
  EXPECT_TRUE(
      HasBytes(MustWrite(OpenTiff, trailed, &kHider, {.keep = {.date = true}}), "2020:01:02"));
  Decode(written, 0, [](TIFF* tiff) {
    float x = 0, y = 0;
    TIFFGetField(tiff, TIFFTAG_XRESOLUTION, &x);
    TIFFGetField(tiff, TIFFTAG_YRESOLUTION, &y);
    EXPECT_EQ(x, 300.0f);
    EXPECT_EQ(y, 301.0f);
    EXPECT_EQ(Tag(tiff, TIFFTAG_RESOLUTIONUNIT), RESUNIT_CENTIMETER);
    EXPECT_EQ(Tag(tiff, TIFFTAG_ORIENTATION), 8);
  });
}

TEST(Tiff, KeepsTheDateTakenOfEveryPageWhereAsked) {
  for (const char* mode : {"w", "wb", "w8"}) {
    SCOPED_TRACE(mode);
    File file;
    TIFF* tiff = OpenMemory(file, mode);
    for (const char* date : {"2021:02:03 04:05:06", "2022:03:04 05:06:07", "secret, not a date!"}) {
      uint64_t exif = 0;
      ASSERT_EQ(TIFFCreateEXIFDirectory(tiff), 0);
      TIFFSetField(tiff, EXIFTAG_DATETIMEORIGINAL, date);
      TIFFSetField(tiff, EXIFTAG_SPECTRALSENSITIVITY, "secret of the camera");
      ASSERT_NE(TIFFWriteCustomDirectory(tiff, &exif), 0);
      TIFFFreeDirectory(tiff);
      ASSERT_EQ(TIFFCreateDirectory(tiff), 0);
      WritePage(tiff, Pattern(37, 29, 3, 255), kPlain,
                [&](TIFF* t) { TIFFSetField(t, TIFFTAG_EXIFIFD, exif); });
    }
    TIFFClose(tiff);
    ASSERT_TRUE(HasBytes(file.bytes, "secret of the camera"));

    const Hider* hiders[] = {&kHider, nullptr, &kHider};
    for (const bool keep : {false, true}) {
      const auto written = MustOpen(OpenTiff, file.bytes)->Write(hiders, {.keep = {.date = keep}});
      ASSERT_TRUE(written.ok()) << written.status();
      EXPECT_FALSE(HasBytes(written->file, "secret"));
      EXPECT_EQ(MustOpen(OpenTiff, written->file)->pages().size(), 3u);
      for (const uint16_t page : {0, 1, 2}) {
        File out{written->file};
        TIFF* read = OpenMemory(out, "r");
        ASSERT_NE(read, nullptr);
        ASSERT_NE(TIFFSetDirectory(read, page), 0);
        uint64_t exif = 0;
        ASSERT_EQ(TIFFGetField(read, TIFFTAG_EXIFIFD, &exif), keep && page < 2 ? 1 : 0);
        if (keep && page < 2) {
          ASSERT_NE(TIFFReadEXIFDirectory(read, exif), 0);
          const char* date = nullptr;
          ASSERT_NE(TIFFGetField(read, EXIFTAG_DATETIMEORIGINAL, &date), 0);
          EXPECT_STREQ(date, page == 0 ? "2021:02:03 04:05:06" : "2022:03:04 05:06:07");
        }
        TIFFClose(read);
      }
    }
  }
}

TEST(Tiff, RefusesWhatItWouldChange) {
  const auto refused = [](const Kind& kind, const std::function<void(TIFF*)>& add = {}) {
    return ReadCode(OpenTiff, Encode(Pattern(37, 29, kind.samples, 255), kind, add));
  };
  const Kind grey16 = {"", kBlackIsZero, 16, 1};
  EXPECT_EQ(refused(grey16), absl::StatusCode::kOk);
  EXPECT_EQ(
      refused(grey16, [](TIFF* t) { TIFFSetField(t, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_INT); }),
      absl::StatusCode::kUnimplemented);
  EXPECT_EQ(refused({"", PHOTOMETRIC_CIELAB, 8, 3}), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(refused({"", PHOTOMETRIC_YCBCR, 8, 3}), absl::StatusCode::kUnimplemented);
}

TEST(Tiff, CutShortFilesAreErrors) {
  const Bytes file = Encode(Pattern(37, 29, 3, 255), kPlain);
  for (size_t size = 1; size + 1 < file.size(); size += 13) {
    EXPECT_NE(ReadCode(OpenTiff, ByteView(file).first(size)), absl::StatusCode::kOk) << size;
  }
}

TEST(Tiff, RefusesBombs) {
  const auto claim = [](uint32_t width, uint32_t height) {
    File file;
    TIFF* tiff = OpenMemory(file, "w");
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, 8);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, height);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_LZW);
    uint8_t byte = 0;
    TIFFWriteRawStrip(tiff, 0, &byte, 1);
    TIFFWriteDirectory(tiff);
    TIFFClose(tiff);
    return ReadCode(OpenTiff, file.bytes);
  };
  EXPECT_EQ(claim(70000, 8), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(claim(60000, 60000), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(claim(10000, 10000), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace efface
