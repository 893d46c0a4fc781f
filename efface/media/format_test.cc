#include "efface/media/format.h"

#include <gtest/gtest.h>

#include <string>

namespace efface {
namespace {

using std::string_literals::operator""s;

Format Sniff(const std::string& text) { return SniffFormat(AsBytes(text)); }

std::string PngChunk(const std::string& type, const std::string& data) {
  Bytes size;
  AppendUint(size, data.size(), 4, Endian::kBig);
  return std::string(size.begin(), size.end()) + type + data + "CRC.";
}

TEST(Format, TellsAnimatedPng) {
  const std::string start = "\x89PNG\r\n\x1a\n"s + PngChunk("IHDR", std::string(13, 0));
  const std::string control = PngChunk("fcTL", std::string(26, 0));
  const std::string data = PngChunk("IDAT", "x");
  const std::string one = PngChunk("acTL", "\0\0\0\1\0\0\0\0"s);
  const std::string two = PngChunk("acTL", "\0\0\0\2\0\0\0\0"s);
  EXPECT_EQ(Sniff(start), Format::kPng);
  EXPECT_EQ(Sniff(start + data), Format::kPng);
  EXPECT_EQ(Sniff(start + two + control + data), Format::kAnimatedPng);
  // One frame: the default image, or another one.
  EXPECT_EQ(Sniff(start + one + control + data), Format::kPng);
  EXPECT_EQ(Sniff(start + one + data + control), Format::kAnimatedPng);
  // After the picture it means nothing.
  EXPECT_EQ(Sniff(start + data + two), Format::kPng);
}

TEST(Format, TellsAnimatedGif) {
  const std::string start = "GIF89a\1\0\1\0\x80\0\0"s + std::string(6, 0);
  const std::string frame = ",\0\0\0\0\1\0\1\0\0\2\2D\1\0"s;
  const std::string with_table = ",\0\0\0\0\1\0\1\0\x80"s + std::string(6, ',') + "\2\2D\1\0"s;
  const std::string comment = "!\xFE\4,,,,\0"s;
  EXPECT_EQ(Sniff(start + comment + frame + ";"), Format::kGif);
  EXPECT_EQ(Sniff(start + with_table + comment + ";"), Format::kGif);
  EXPECT_EQ(Sniff(start + with_table + comment + frame + ";"), Format::kAnimatedGif);
  EXPECT_EQ(Sniff(start + frame + ";" + frame), Format::kGif);
  EXPECT_EQ(Sniff("GIF87a"), Format::kGif);
}

TEST(Format, TellsAnimatedWebp) {
  EXPECT_EQ(Sniff("RIFF\0\0\0\0WEBPVP8L"s), Format::kWebp);
  EXPECT_EQ(Sniff("RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\x10\0\0\0"s), Format::kWebp);
  EXPECT_EQ(Sniff("RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\x02\0\0\0"s), Format::kAnimatedWebp);
  EXPECT_EQ(Sniff("RIFF\0\0\0\0AVI LIST"s), Format::kClip);
  EXPECT_EQ(Sniff("RIFF\0\0\0\0WAVEfmt "s), Format::kUnknown);
}

TEST(Format, TellsIsoMediaByBrands) {
  const auto ftyp = [](const std::string& brands) {  // the major one first
    std::string box = "\0\0\0"s + static_cast<char>(12 + brands.size());
    return Sniff(box + "ftyp" + brands.substr(0, 4) + "\0\0\0\0"s + brands.substr(4));
  };
  EXPECT_EQ(ftyp("heicmif1heic"), Format::kHeic);
  EXPECT_EQ(ftyp("mif1mif1heic"), Format::kHeic);
  EXPECT_EQ(ftyp("mif1avifmiaf"), Format::kAvif);
  EXPECT_EQ(ftyp("avifavifmif1"), Format::kAvif);
  EXPECT_EQ(ftyp("avisavifmsf1"), Format::kImageSequence);
  EXPECT_EQ(ftyp("msf1hevcheic"), Format::kImageSequence);
  EXPECT_EQ(ftyp("hevcmsf1"), Format::kImageSequence);
  EXPECT_EQ(ftyp("crx isom"), Format::kRaw);
  EXPECT_EQ(ftyp("isommp41"), Format::kClip);
  EXPECT_EQ(ftyp("qt  qt  "), Format::kClip);
  EXPECT_EQ(Sniff("\0\0\0\x08wide\0\0\0\0mdat"s), Format::kClip);
}

// A little-endian TIFF of one directory after another, each with entries of one LONG.
struct Entry {
  uint16_t tag;
  uint32_t value;
};

std::string Tiff(const std::vector<std::vector<Entry>>& directories, bool chained = true) {
  Bytes file = {'I', 'I', 42, 0};
  AppendUint(file, 8, 4, Endian::kLittle);
  for (size_t d = 0; d < directories.size(); ++d) {
    AppendUint(file, directories[d].size(), 2, Endian::kLittle);
    for (const Entry& entry : directories[d]) {
      AppendUint(file, entry.tag, 2, Endian::kLittle);
      AppendUint(file, 4, 2, Endian::kLittle);
      AppendUint(file, 1, 4, Endian::kLittle);
      AppendUint(file, entry.value, 4, Endian::kLittle);
    }
    const bool more = chained && d + 1 < directories.size();
    AppendUint(file, more ? file.size() + 4 : 0, 4, Endian::kLittle);
  }
  return {file.begin(), file.end()};
}

TEST(Format, TellsRawFromTiff) {
  EXPECT_EQ(Sniff(Tiff({{{254, 0}, {262, 2}}})), Format::kTiff);
  EXPECT_EQ(Sniff(Tiff({{{254, 0}, {50706, 0x104}}})), Format::kRaw);
  EXPECT_EQ(Sniff(Tiff({{{262, 32803}}})), Format::kRaw);
  EXPECT_EQ(Sniff(Tiff({{{262, 2}}, {{262, 34892}}})), Format::kRaw);
  // A preview before the picture is how NEF and ARW begin; a picture before previews is not.
  EXPECT_EQ(Sniff(Tiff({{{254, 1}, {330, 100}}})), Format::kRaw);
  EXPECT_EQ(Sniff(Tiff({{{254, 0}, {330, 100}}})), Format::kTiff);
  EXPECT_EQ(Sniff(Tiff({{{254, 1}}})), Format::kTiff);
  // A SubIFD of a sensor's samples, right behind the first directory.
  EXPECT_EQ(Sniff(Tiff({{{254, 0}, {330, 38}}, {{262, 32803}}}, false)), Format::kRaw);
  EXPECT_EQ(Sniff("II*\0\x10\0\0\0CR\2\0"s), Format::kRaw);
  EXPECT_EQ(Sniff("IIRO\x08\0\0\0"s), Format::kRaw);
  EXPECT_EQ(Sniff("IIU\0\x18\0\0\0"s), Format::kRaw);
  EXPECT_EQ(Sniff("II+\0\x08\0\0\0"s), Format::kTiff);
  EXPECT_EQ(Sniff("MM\0*"s), Format::kTiff);
  EXPECT_EQ(Sniff("II*\0\xFF\xFF\xFF\xFF"s), Format::kTiff);
}

TEST(Format, TellsTheRest) {
  EXPECT_EQ(Sniff("\xFF\xD8\xFF\xE0"), Format::kJpeg);
  EXPECT_EQ(Sniff("FUJIFILMCCD-RAW 0201"), Format::kRaw);
  EXPECT_EQ(Sniff("\xFF\x0A\x00"s), Format::kJpegXl);
  EXPECT_EQ(Sniff("\0\0\0\x0CJXL \r\n\x87\n"s), Format::kJpegXl);
  EXPECT_EQ(Sniff("\xFF\x4F\xFF\x51"), Format::kJpeg2000);
  EXPECT_EQ(Sniff("\0\0\0\x0CjP  \r\n\x87\n"s), Format::kJpeg2000);
  EXPECT_EQ(Sniff("%PDF-1.7"), Format::kPdf);
  EXPECT_EQ(Sniff("8BPS\0\1"s), Format::kPsd);
  EXPECT_EQ(Sniff("v/1\x01\2\0\0\0"s), Format::kOpenExr);
  EXPECT_EQ(Sniff("<?xml version=\"1.0\"?>\n<!-- -->\n<svg xmlns=\"\">"), Format::kSvg);
  EXPECT_EQ(Sniff("  <svg/>"), Format::kSvg);
  EXPECT_EQ(Sniff("<html><body>"), Format::kUnknown);
  EXPECT_EQ(Sniff("\0\0\1\0\1\0\x10\x10\0\0"s), Format::kIcon);
  EXPECT_EQ(Sniff("\x1A\x45\xDF\xA3"), Format::kClip);
  EXPECT_EQ(Sniff("BM" + std::string(12, 0) + "\x28\0\0\0"s), Format::kBmp);
  EXPECT_EQ(Sniff("BMW cars are fast, and this is text"), Format::kUnknown);
  EXPECT_EQ(Sniff("hello"), Format::kUnknown);
  EXPECT_EQ(Sniff(""), Format::kUnknown);
  std::string stream(188 * 4, 'x');
  for (size_t i = 0; i < 4; ++i) stream[188 * i] = 'G';
  EXPECT_EQ(Sniff(stream), Format::kClip);
  // A recording that begins within a packet.
  std::string cut(188 * 9, 'x');
  for (size_t i = 100; i < cut.size(); i += 188) cut[i] = 'G';
  EXPECT_EQ(Sniff(cut), Format::kClip);
  EXPECT_EQ(Sniff(cut.substr(0, 188 * 5)), Format::kUnknown);
}

TEST(Format, NamesAndEndings) {
  EXPECT_TRUE(IsUsualEnding(Format::kJpeg, "jpeg"));
  EXPECT_TRUE(IsUsualEnding(Format::kJpeg, ""));
  EXPECT_FALSE(IsUsualEnding(Format::kJpeg, "png"));
  EXPECT_FALSE(IsUsualEnding(Format::kJpeg, "jpg jpeg"));
  EXPECT_FALSE(IsUsualEnding(Format::kTiff, "ti"));
  for (int i = 0; i <= static_cast<int>(Format::kIcon); ++i) {
    const auto format = static_cast<Format>(i);
    EXPECT_FALSE(FormatName(format).empty());
    EXPECT_EQ(IsStill(format), format >= Format::kJpeg && format <= Format::kAvif);
  }
}

}  // namespace
}  // namespace efface
