#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "efface/scrub/test_bytes.h"

namespace efface {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

const Bytes kJfif = JpegSegmentBytes(0xE0, {'J', 'F', 'I', 'F', 0, 1, 2, 0, 0, 1, 0, 1, 0, 0});

Bytes App(int number, std::string_view text) {
  return JpegSegmentBytes(static_cast<uint8_t>(0xE0 + number), Text(text));
}

Bytes ExifSegment(const Bytes& tiff) {
  return JpegSegmentBytes(0xE1, Join({Text(std::string_view("Exif\0\0", 6)), tiff}));
}

Found ScanSegments(const Bytes& segments) { return Scan(JpegBytes(segments), Format::kJpeg); }

TEST(ScanJpegTest, KeptPartsAreNotListed) {
  const Bytes icc = App(2, std::string_view("ICC_PROFILE\0\1\1and so on", 23));
  const Bytes adobe = App(14, std::string_view("Adobe\0d\0\0\0\0\1", 12));
  EXPECT_THAT(ScanSegments(Join({kJfif, icc, adobe, ExifSegment(KeptExifBytes(false))})),
              IsEmpty());
}

TEST(ScanJpegTest, SegmentsAreNamedByWhatTheyBeginWith) {
  const std::vector<std::pair<Bytes, std::string>> cases = {
      {App(0, std::string_view("JFXX\0\x10", 6)), "jfif-thumbnail"},
      {App(0, "Ocad"), "unknown-segment"},
      {App(1, std::string_view("http://ns.adobe.com/xap/1.0/\0<x/>", 33)), "xmp"},
      {App(1, std::string_view("http://ns.adobe.com/xmp/extension/\0<x/>", 39)), "xmp-extended"},
      {App(1, "something"), "unknown-segment"},
      {App(2, std::string_view("MPF\0MM", 6)), "mpf"},
      {App(2, std::string_view("FPXR\0", 5)), "flashpix"},
      {App(2, std::string_view("urn:iso:std:iso:ts:21496:-1\0", 28)), "gain-map"},
      {App(3, "Meta"), "unknown-segment"},
      {App(11, std::string_view("JP\0\1\0\0\0\1\0\0\0\x20jumb", 16)), "jumbf"},
      {App(11, "HDR_RI"), "unknown-segment"},
      {App(12, "Ducky"), "adobe-other"},
      {App(13, std::string_view("Photoshop 3.0\0", 14)), "photoshop"},
      {App(13, "Adobe_CM"), "adobe-other"},
      {App(14, "Adobe"), "unknown-segment"},
      {App(15, "Q"), "unknown-segment"},
      {JpegSegmentBytes(0xFE, Text("a comment")), "comment"},
      {JpegSegmentBytes(0xF3, Text("reserved")), "unknown-segment"},
  };
  for (const auto& [segment, name] : cases) {
    EXPECT_THAT(ScanSegments(segment), ElementsAre(Pair(name, segment.size()))) << name;
  }
}

TEST(ScanJpegTest, EqualKindsAreAddedUpInOrderOfAppearance) {
  const Bytes comment = JpegSegmentBytes(0xFE, Text("abc"));
  EXPECT_THAT(ScanSegments(Join({comment, App(9, "x"), comment})),
              ElementsAre(Pair("comment", 14), Pair("unknown-segment", 5)));
}

TEST(ScanJpegTest, SegmentsBetweenScansAreFound) {
  const Bytes comment = JpegSegmentBytes(0xFE, Text("hidden here"));
  EXPECT_THAT(Scan(JpegBytes({}, comment), Format::kJpeg),
              ElementsAre(Pair("comment", comment.size())));
}

TEST(ScanJpegTest, ExifIsSplit) {
  const Bytes segment = ExifSegment(FullExif());
  EXPECT_EQ(ScanSegments(segment), FullExifFound(static_cast<int64_t>(segment.size())));
}

TEST(ScanJpegTest, ExifOfNothingButTheDateIsListedUnlessTheDateIsKept) {
  const Bytes segment = ExifSegment(KeptExifBytes(true));
  const Bytes file = JpegBytes(segment);
  EXPECT_THAT(Scan(file, Format::kJpeg), ElementsAre(Pair("exif", segment.size())));
  EXPECT_THAT(Scan(file, Format::kJpeg, /*keep_date=*/true), IsEmpty());
}

TEST(ScanJpegTest, BytesInExifThatNoEntryNeedsAreListed) {
  const Bytes segment = ExifSegment(Join({KeptExifBytes(false), Bytes(200, 1)}));
  EXPECT_THAT(ScanSegments(segment), ElementsAre(Pair("exif", segment.size())));
}

TEST(ScanJpegTest, BrokenExifIsListed) {
  const Bytes segment = ExifSegment(Text("nothing"));
  EXPECT_THAT(ScanSegments(segment), ElementsAre(Pair("exif", segment.size())));
}

TEST(ScanJpegTest, JfifThumbnailAndWhatFollowsIt) {
  Bytes payload = {'J', 'F', 'I', 'F', 0, 1, 2, 0, 0, 1, 0, 1, 2, 3};
  Append(payload, Bytes(18, 9));
  EXPECT_THAT(ScanSegments(JpegSegmentBytes(0xE0, payload)),
              ElementsAre(Pair("jfif-thumbnail", 18)));
  Append(payload, Text("AMPF"));
  EXPECT_THAT(ScanSegments(JpegSegmentBytes(0xE0, payload)),
              ElementsAre(Pair("jfif-thumbnail", 18), Pair("mpf", 4)));
}

TEST(ScanJpegTest, PhotoshopIsSplitEvenOverTwoSegments) {
  const auto resource = [](uint16_t number, size_t size) {
    return Join({Text("8BIM"),
                 Uint(number, 2, Endian::kBig),
                 {0, 0},
                 Uint(size, 4, Endian::kBig),
                 Bytes(size + size % 2, 1)});
  };
  const Bytes all = Join({resource(0x03ED, 16), resource(0x0404, 11), resource(0x040C, 50)});
  const auto segment = [](const Bytes& part) {
    return JpegSegmentBytes(0xED, Join({Text(std::string_view("Photoshop 3.0\0", 14)), part}));
  };
  const Bytes first(all.begin(), all.begin() + 60), second(all.begin() + 60, all.end());
  const Bytes segments = Join({segment(first), segment(second)});
  EXPECT_THAT(ScanSegments(segments), ElementsAre(Pair("photoshop", segments.size()),
                                                  Pair("iptc", 11), Pair("thumbnail", 50)));
}

TEST(ScanJpegTest, BytesBetweenSegmentsAreListed) {
  EXPECT_THAT(ScanSegments(Join({kJfif, Text("stray"), kJfif})),
              ElementsAre(Pair("stray-bytes", 5)));
  EXPECT_THAT(ScanSegments(Join({kJfif, {0xFF, 0xFF, 0xFF}, kJfif})), IsEmpty());  // fill bytes
}

TEST(ScanJpegTest, WhatFollowsThePicture) {
  const Bytes picture = JpegBytes(kJfif), clip = ClipBytes();
  const auto after = [&](const Bytes& rest) { return Scan(Join({picture, rest}), Format::kJpeg); };
  const auto size = static_cast<int64_t>(picture.size());
  EXPECT_THAT(after(Text("hello")), ElementsAre(Pair("trailing-bytes", 5)));
  EXPECT_THAT(after(Join({{0, 0}, picture})),
              ElementsAre(Pair("second-picture", size), Pair("trailing-bytes", 2)));
  EXPECT_THAT(after(clip), ElementsAre(Pair("motion-clip", clip.size())));
  EXPECT_THAT(after(Join({clip, picture, Text("x")})),
              ElementsAre(Pair("motion-clip", clip.size()), Pair("second-picture", size),
                          Pair("trailing-bytes", 1)));
  EXPECT_THAT(after(Bytes(clip.begin(), clip.begin() + 60)),  // cut off
              ElementsAre(Pair("motion-clip", 60)));
  EXPECT_THAT(after(Join({Text("Image_UTC_Data1"), clip, Text("SEFHxSEFT")})),
              ElementsAre(Pair("motion-clip", clip.size()), Pair("samsung-trailer", 24)));
  EXPECT_THAT(after({0xFF, 0xD8, 0xFF, 0xE0, 1, 1}), ElementsAre(Pair("trailing-bytes", 6)));
}

TEST(ScanJpegTest, GainMapsAreToldFromOtherPictures) {
  const auto xmp = [](std::string_view text) {
    return JpegSegmentBytes(
        0xE1, Join({Text(std::string_view("http://ns.adobe.com/xap/1.0/\0", 29)), Text(text)}));
  };
  const Bytes plain = JpegBytes(kJfif), says_so = JpegBytes(xmp("<apdi:HDRGainMapVersion>"));
  EXPECT_THAT(Scan(Join({plain, says_so, plain}), Format::kJpeg),
              ElementsAre(Pair("gain-map", says_so.size()), Pair("second-picture", plain.size())));
  const Bytes announced = xmp("hdrgm:Version=\"1.0\"");
  EXPECT_THAT(Scan(Join({JpegBytes(announced), plain, plain}), Format::kJpeg),
              ElementsAre(Pair("xmp", announced.size()), Pair("gain-map", plain.size()),
                          Pair("second-picture", plain.size())));
}

TEST(ScanJpegTest, BrokenSegmentsEndTheWalk) {
  const Bytes broken = {0xFF, 0xD8, 0xFF, 0xFE, 0xFF, 0xFF, 'a', 'b'};
  EXPECT_THAT(Scan(broken, Format::kJpeg), ElementsAre(Pair("trailing-bytes", 6)));
  const Bytes whole = JpegBytes(kJfif);
  const Bytes cut(whole.begin(), whole.end() - 5);  // in the coded data
  EXPECT_THAT(Scan(cut, Format::kJpeg), IsEmpty());
  EXPECT_THAT(Scan({}, Format::kJpeg), IsEmpty());
}

}  // namespace
}  // namespace efface
