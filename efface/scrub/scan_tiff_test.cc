#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "efface/scrub/test_bytes.h"

namespace efface {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

// The tags of a page of 4 x 4 grey pixels whose samples stand at `strip`.
std::vector<TiffMaker::Entry> PageTags(size_t strip) {
  return {TiffMaker::Short(256, 4), TiffMaker::Short(257, 4),
          TiffMaker::Short(258, 8), TiffMaker::Short(259, 1),
          TiffMaker::Short(262, 1), TiffMaker::Long(273, strip),
          TiffMaker::Short(274, 6), TiffMaker::Short(277, 1),
          TiffMaker::Short(278, 4), TiffMaker::Long(279, 16),
          {282, 5, 1, Bytes(8, 1)}, {283, 5, 1, Bytes(8, 1)},
          TiffMaker::Short(296, 2), TiffMaker::Undefined(34675, Bytes(30, 1))};
}

// A file of one page with more tags.
Found ScanPage(TiffMaker& maker, const std::vector<TiffMaker::Entry>& more) {
  auto tags = PageTags(maker.Data(Bytes(16, 200)));
  tags.insert(tags.end(), more.begin(), more.end());
  return Scan(maker.Finish(maker.Ifd(tags)), Format::kTiff);
}

TEST(ScanTiffTest, KeptTagsAreNotListed) {
  TiffMaker maker;
  EXPECT_THAT(ScanPage(maker, {}), IsEmpty());
}

TEST(ScanTiffTest, TagsAreNamed) {
  const auto scan = [](const TiffMaker::Entry& entry) {
    TiffMaker maker;
    return ScanPage(maker, {entry});
  };
  for (const uint16_t tag : {269, 270, 271, 272, 305, 315, 316, 33432}) {
    EXPECT_THAT(scan(TiffMaker::Ascii(tag, "twelve bytes")), ElementsAre(Pair("text", 24))) << tag;
  }
  EXPECT_THAT(scan(TiffMaker::Ascii(306, "2024:01:02 03:04:05")), ElementsAre(Pair("date", 31)));
  EXPECT_THAT(scan(TiffMaker::Undefined(700, Bytes(50))), ElementsAre(Pair("xmp", 62)));
  EXPECT_THAT(scan(TiffMaker::Undefined(33723, Bytes(50))), ElementsAre(Pair("iptc", 62)));
  EXPECT_THAT(scan(TiffMaker::Undefined(37724, Bytes(50))), ElementsAre(Pair("photoshop", 62)));
  EXPECT_THAT(scan(TiffMaker::Short(40000, 1)), ElementsAre(Pair("private-tag", 12)));
  EXPECT_THAT(scan(TiffMaker::Short(297, 1)), ElementsAre(Pair("unknown-tag", 12)));
  const Bytes resource = Join({Text("8BIM"), {4, 4, 0, 0, 0, 0, 0, 6}, Bytes(6, 1)});
  EXPECT_THAT(scan(TiffMaker::Undefined(34377, resource)),
              ElementsAre(Pair("photoshop", 12 + resource.size()), Pair("iptc", 6)));
}

TEST(ScanTiffTest, ExifAndPosition) {
  TiffMaker maker;
  const size_t exif = maker.Ifd({TiffMaker::Undefined(37500, Bytes(60, 1))});
  const size_t gps = maker.Ifd({TiffMaker::Ascii(1, "N")});
  EXPECT_THAT(ScanPage(maker, {TiffMaker::Long(34665, exif), TiffMaker::Long(34853, gps)}),
              ElementsAre(Pair("exif", 6 + 12 + 60), Pair("exif-maker-note", 60),
                          Pair("exif-gps", 6 + 12)));
}

TEST(ScanTiffTest, TheDateIsListedUnlessItIsKept) {
  TiffMaker maker;
  auto tags = PageTags(maker.Data(Bytes(16, 200)));
  tags.push_back(TiffMaker::Ascii(306, "2024:01:02 03:04:05"));
  const Bytes file = maker.Finish(maker.Ifd(tags));
  EXPECT_THAT(Scan(file, Format::kTiff), ElementsAre(Pair("date", 12 + 19)));
  EXPECT_THAT(Scan(file, Format::kTiff, /*keep_date=*/true), IsEmpty());
}

TEST(ScanTiffTest, ReducedPicturesAndSubPictures) {
  TiffMaker maker;
  const auto small = [&](uint16_t type) -> std::vector<TiffMaker::Entry> {
    return {TiffMaker::Long(254, type), TiffMaker::Long(273, maker.Data(Bytes(10, 1))),
            TiffMaker::Long(279, 10)};
  };
  const size_t below = maker.Ifd(small(0));
  const size_t reduced = maker.Ifd(small(1));
  const size_t second = maker.Ifd(small(0), reduced);  // a page of its own
  auto tags = PageTags(maker.Data(Bytes(16, 200)));
  tags.push_back(TiffMaker::Long(330, below));
  EXPECT_THAT(Scan(maker.Finish(maker.Ifd(tags, second)), Format::kTiff),
              ElementsAre(Pair("sub-picture", 2 * (6 + 36 + 10))));
}

TEST(ScanTiffTest, AReducedPageIsThePictureWhereThereIsNoOther) {
  TiffMaker maker;
  auto tags = PageTags(maker.Data(Bytes(16, 200)));
  tags.push_back(TiffMaker::Long(254, 1));
  const size_t page = maker.Ifd(tags);
  EXPECT_THAT(Scan(maker.Finish(page), Format::kTiff), IsEmpty());

  auto other = PageTags(maker.Data(Bytes(16, 200)));
  const size_t first = maker.Ifd(tags, maker.Ifd(other));  // now there is another
  const Found found = Scan(maker.Finish(first), Format::kTiff);
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].first, "sub-picture");
}

TEST(ScanTiffTest, BytesThatNothingRefersTo) {
  TiffMaker maker;
  maker.Data(Bytes(20, 7));
  auto tags = PageTags(maker.Data(Bytes(16, 200)));
  const size_t page = maker.Ifd(tags);
  maker.Data(Text("the end"));
  EXPECT_THAT(Scan(maker.Finish(page), Format::kTiff),
              ElementsAre(Pair("gap-bytes", 20), Pair("trailing-bytes", 7)));
}

TEST(ScanTiffTest, BigTiffBigEndian) {
  const auto u = [](uint64_t value, int size) { return Uint(value, size, Endian::kBig); };
  const auto entry = [&](uint16_t tag, uint16_t type, uint64_t count, const Bytes& value) {
    return Join({u(tag, 2), u(type, 2), u(count, 8), value});
  };
  // Header 16, directory 8 + 3 * 20 + 8 = 76, then the comment of 10 bytes and 4 of the picture.
  const Bytes file = Join({Text("MM"), u(43, 2), u(8, 2), u(0, 2), u(16, 8), u(3, 8),
                           entry(270, 2, 10, u(92, 8)), entry(273, 16, 1, u(102, 8)),
                           entry(279, 16, 1, u(4, 8)), u(0, 8), Text("0123456789"), Bytes(4, 1)});
  EXPECT_THAT(Scan(file, Format::kTiff), ElementsAre(Pair("text", 30)));
}

TEST(ScanTiffTest, LoopsEnd) {
  TiffMaker maker;
  auto tags = PageTags(maker.Data(Bytes(16, 200)));
  tags.push_back(TiffMaker::Long(330, 0));
  const size_t page = maker.Ifd(tags);
  Bytes file = maker.Finish(page);
  // Next directory: the page itself; its sub-picture too.
  const Bytes at = Uint(page, 4, Endian::kLittle);
  std::copy(at.begin(), at.end(), file.end() - 4);
  std::copy(at.begin(), at.end(), file.end() - 8);
  EXPECT_THAT(Scan(file, Format::kTiff), IsEmpty());
}

TEST(ScanTiffTest, BrokenDirectoriesEndTheWalk) {
  EXPECT_THAT(Scan(Text("II*"), Format::kTiff), IsEmpty());
  EXPECT_THAT(Scan(Join({Text("II"), {42, 0, 8, 0, 0, 0}, Bytes(30, 0xFF)}), Format::kTiff),
              ElementsAre(Pair("trailing-bytes", 30)));
}

}  // namespace
}  // namespace efface
