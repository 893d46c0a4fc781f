// PNG, WebP, GIF and BMP, whose files are a row of chunks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "efface/scrub/test_bytes.h"

namespace efface {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

Bytes PngChunk(std::string_view type, const Bytes& data) {
  return Join({Uint(data.size(), 4, Endian::kBig), Text(type), data, {1, 2, 3, 4}});
}

Bytes PngFile(const Bytes& chunks) {
  return Join({{0x89, 'P', 'N', 'G', 13, 10, 26, 10},
               PngChunk("IHDR", Bytes(13)),
               chunks,
               PngChunk("IDAT", Bytes(20, 1)),
               PngChunk("IEND", {})});
}

TEST(ScanPngTest, KeptChunksAreNotListed) {
  Bytes chunks;
  for (const char* type : {"PLTE", "tRNS", "cHRM", "gAMA", "iCCP", "sRGB", "cICP", "pHYs"}) {
    Append(chunks, PngChunk(type, Bytes(9, 1)));
  }
  Append(chunks, PngChunk("eXIf", KeptExifBytes(false)));
  EXPECT_THAT(Scan(PngFile(chunks), Format::kPng), IsEmpty());
}

TEST(ScanPngTest, ChunksAreNamed) {
  const std::vector<std::pair<Bytes, std::string>> cases = {
      {PngChunk("tEXt", Text(std::string_view("Author\0Somebody", 15))), "text"},
      {PngChunk("zTXt", Text(std::string_view("Raw profile type exif\0\0x", 24))), "exif"},
      {PngChunk("tEXt", Text(std::string_view("Raw profile type APP1\0\nx", 24))), "exif"},
      {PngChunk("zTXt", Text(std::string_view("Raw profile type iptc\0\0x", 24))), "iptc"},
      {PngChunk("zTXt", Text(std::string_view("Raw profile type 8bim\0\0x", 24))), "photoshop"},
      {PngChunk("iTXt", Text(std::string_view("XML:com.adobe.xmp\0\0\0\0\0<x/>", 26))), "xmp"},
      {PngChunk("iTXt", Text(std::string_view("XML:com.adobe.xmpX\0", 19))), "text"},
      {PngChunk("tIME", Bytes(7)), "date"},
      {PngChunk("acTL", Bytes(8)), "animation"},
      {PngChunk("fdAT", Bytes(8)), "animation"},
      {PngChunk("caBX", Bytes(8)), "jumbf"},
      {PngChunk("prVt", Bytes(8)), "unknown-chunk"},
      {PngChunk("bKGD", Bytes(6)), "unknown-chunk"},
  };
  for (const auto& [chunk, name] : cases) {
    EXPECT_THAT(Scan(PngFile(chunk), Format::kPng), ElementsAre(Pair(name, chunk.size()))) << name;
  }
}

TEST(ScanPngTest, ExifIsSplit) {
  const Bytes chunk = PngChunk("eXIf", FullExif());
  EXPECT_EQ(Scan(PngFile(chunk), Format::kPng), FullExifFound(static_cast<int64_t>(chunk.size())));
}

TEST(ScanPngTest, BytesAfterTheEnd) {
  EXPECT_THAT(Scan(Join({PngFile({}), Text("secret")}), Format::kPng),
              ElementsAre(Pair("trailing-bytes", 6)));
  EXPECT_THAT(Scan(Join({PngFile({}), ClipBytes()}), Format::kPng),
              ElementsAre(Pair("motion-clip", 132)));
}

TEST(ScanPngTest, BrokenChunksEndTheWalk) {
  const Bytes start = {0x89, 'P', 'N', 'G', 13, 10, 26, 10};
  EXPECT_THAT(Scan(Join({start, {0xFF, 0, 0, 0}, Text("tEXtabc")}), Format::kPng),
              ElementsAre(Pair("trailing-bytes", 11)));
  EXPECT_THAT(Scan(Join({start, {0xFF, 0, 0, 0}, Text("IDATabc")}), Format::kPng), IsEmpty());
  EXPECT_THAT(Scan({0x89, 'P'}, Format::kPng), IsEmpty());
}

Bytes RiffChunk(std::string_view type, const Bytes& data) {
  return Join({Text(type), Uint(data.size(), 4, Endian::kLittle), data, Bytes(data.size() % 2)});
}

Bytes WebpFile(const Bytes& chunks) {
  return Join({Text("RIFF"), Uint(4 + chunks.size(), 4, Endian::kLittle), Text("WEBP"), chunks});
}

TEST(ScanRiffTest, ChunksAreNamed) {
  const Bytes picture = Join({RiffChunk("VP8X", Bytes(10)), RiffChunk("ICCP", Bytes(7)),
                              RiffChunk("ALPH", Bytes(3)), RiffChunk("VP8 ", Bytes(11))});
  EXPECT_THAT(Scan(WebpFile(picture), Format::kWebp), IsEmpty());
  const Bytes exif = RiffChunk("EXIF", FullExif());
  EXPECT_EQ(Scan(WebpFile(Join({picture, exif})), Format::kWebp),
            FullExifFound(static_cast<int64_t>(exif.size())));
  const Bytes prefixed =
      RiffChunk("EXIF", Join({Text(std::string_view("Exif\0\0", 6)), FullExif()}));
  EXPECT_EQ(Scan(WebpFile(prefixed), Format::kWebp),
            FullExifFound(static_cast<int64_t>(prefixed.size())));
  EXPECT_THAT(
      Scan(Join({WebpFile(Join({RiffChunk("ANMF", Bytes(4)), picture, RiffChunk("XMP ", Bytes(5)),
                                RiffChunk("C2PA", Bytes(2)), RiffChunk("junk", Bytes(8))})),
                 Text("after")}),
           Format::kWebp),
      ElementsAre(Pair("animation", 12), Pair("xmp", 14), Pair("jumbf", 10),
                  Pair("unknown-chunk", 16), Pair("trailing-bytes", 5)));
}

TEST(ScanRiffTest, BrokenChunksEndTheWalk) {
  Bytes file = WebpFile(RiffChunk("VP8 ", Bytes(10)));
  file.resize(file.size() - 4);
  EXPECT_THAT(Scan(file, Format::kWebp), IsEmpty());
  file = WebpFile(Text("XMP \xFF\xFF\xFF\xFF"));
  EXPECT_THAT(Scan(file, Format::kWebp), ElementsAre(Pair("trailing-bytes", 8)));
  EXPECT_THAT(Scan(Text("RIFF"), Format::kWebp), IsEmpty());
}

const Bytes kGifHead = Join({Text("GIF89a"), {1, 0, 1, 0, 0x80, 0, 0}, Bytes(6)});
const Bytes kGifImage = {0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0};

TEST(ScanGifTest, BlocksAreNamed) {
  const Bytes transparency = {0x21, 0xF9, 4, 0, 0, 0, 0, 0};
  const Bytes loop = Join({{0x21, 0xFF, 11}, Text("NETSCAPE2.0"), {3, 1, 0, 0, 0}});
  EXPECT_THAT(Scan(Join({kGifHead, loop, transparency, kGifImage, {0x3B}}), Format::kGif),
              IsEmpty());
  const Bytes comment = Join({{0x21, 0xFE, 5}, Text("hello"), {2}, Text("!!"), {0}});
  const Bytes plain = {0x21, 0x01, 1, 'x', 0};
  const Bytes xmp = Join({{0x21, 0xFF, 11}, Text("XMP DataXMP"), {2}, Text("<>"), {0}});
  const Bytes other = Join({{0x21, 0xFF, 11}, Text("SOMEONE1.00"), {0}});
  const Bytes unknown = {0x21, 0x77, 1, 1, 0};
  EXPECT_THAT(Scan(Join({kGifHead,
                         comment,
                         plain,
                         xmp,
                         other,
                         unknown,
                         kGifImage,
                         kGifImage,
                         {0x3B},
                         Text("tail")}),
                   Format::kGif),
              ElementsAre(Pair("comment", comment.size()), Pair("text", plain.size()),
                          Pair("xmp", xmp.size()), Pair("application-extension", other.size()),
                          Pair("unknown-chunk", unknown.size()),
                          Pair("animation", kGifImage.size()), Pair("trailing-bytes", 4)));
}

TEST(ScanGifTest, BrokenBlocksEndTheWalk) {
  EXPECT_THAT(Scan(Join({kGifHead, kGifImage, {0x77, 1, 2}}), Format::kGif),
              ElementsAre(Pair("trailing-bytes", 3)));
  EXPECT_THAT(Scan(Join({kGifHead, Bytes(kGifImage.begin(), kGifImage.end() - 2)}), Format::kGif),
              IsEmpty());
  EXPECT_THAT(Scan(Join({kGifHead, kGifImage, {0x21}}), Format::kGif),
              ElementsAre(Pair("trailing-bytes", 1)));
  EXPECT_THAT(Scan(Text("GIF89a"), Format::kGif), IsEmpty());
}

// 3 x 2 pixels of 24 bits: two rows of 12 bytes.
Bytes BmpFile(size_t header, const Bytes& gap, const Bytes& tail, Bytes fields = {}) {
  const size_t pixels = 14 + header + gap.size();
  Bytes info = Join({Uint(header, 4, Endian::kLittle),
                     Uint(3, 4, Endian::kLittle),
                     Uint(2, 4, Endian::kLittle),
                     {1, 0, 24, 0}});
  info.resize(header);
  if (!fields.empty()) std::copy(fields.begin(), fields.end(), info.begin() + 56);
  return Join(
      {Text("BM"), Bytes(8), Uint(pixels, 4, Endian::kLittle), info, gap, Bytes(24, 9), tail});
}

TEST(ScanBmpTest, GapsAndTails) {
  EXPECT_THAT(Scan(BmpFile(40, {}, {}), Format::kBmp), IsEmpty());
  EXPECT_THAT(Scan(BmpFile(40, Bytes(3, 1), Bytes(5, 1)), Format::kBmp),
              ElementsAre(Pair("gap-bytes", 3), Pair("trailing-bytes", 5)));
  EXPECT_THAT(Scan(BmpFile(40, Bytes(3), Bytes(2)), Format::kBmp), IsEmpty());  // alignment
  EXPECT_THAT(Scan(BmpFile(40, Bytes(300), {}), Format::kBmp), ElementsAre(Pair("gap-bytes", 300)));
}

TEST(ScanBmpTest, ProfilesOfVersion5) {
  const auto fields = [](std::string_view space, size_t offset, size_t size) {
    Bytes bytes = Join({Text(space), Bytes(52)});
    bytes = Join({bytes, Uint(offset, 4, Endian::kLittle), Uint(size, 4, Endian::kLittle)});
    return bytes;
  };
  EXPECT_THAT(Scan(BmpFile(124, {}, Bytes(30, 1), fields("DEBM", 124 + 24, 30)), Format::kBmp),
              IsEmpty());
  EXPECT_THAT(Scan(BmpFile(124, {}, Bytes(30, 1), fields("KNIL", 124 + 24, 30)), Format::kBmp),
              ElementsAre(Pair("profile-path", 30)));
  EXPECT_THAT(Scan(BmpFile(124, {}, {}, fields("KNIL", 0xFFFFFFFF, 0xFFFFFFFF)), Format::kBmp),
              IsEmpty());
}

TEST(ScanBmpTest, AbsurdSizesDoNotOverflow) {
  Bytes file = BmpFile(40, {}, Bytes(5, 1));
  for (size_t at = 18; at < 26; ++at) file[at] = 0x7F;
  EXPECT_THAT(Scan(file, Format::kBmp), IsEmpty());
  EXPECT_THAT(Scan(Text("BM"), Format::kBmp), IsEmpty());
}

}  // namespace
}  // namespace efface
