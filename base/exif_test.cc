// The EXIF reader on structures built here byte by byte, in both byte orders, sound and broken.
#include "base/exif.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace efface {
namespace {

// Builds a TIFF structure: IFDs at given offsets.
class Tiff {
 public:
  explicit Tiff(Endian order) : order_(order) {
    const bool big = order == Endian::kBig;
    bytes_ = {uint8_t(big ? 'M' : 'I'), uint8_t(big ? 'M' : 'I')};
    AppendUint(bytes_, 42, 2, order);
    AppendUint(bytes_, 8, 4, order);
  }

  // Pads with zeros up to `offset`.
  Tiff& At(size_t offset) {
    EXPECT_LE(bytes_.size(), offset);
    bytes_.resize(offset);
    return *this;
  }
  Tiff& U16(uint64_t value) {
    AppendUint(bytes_, value, 2, order_);
    return *this;
  }
  Tiff& U32(uint64_t value) {
    AppendUint(bytes_, value, 4, order_);
    return *this;
  }
  Tiff& Entry(uint16_t tag, uint16_t type, uint32_t count, uint32_t offset) {
    return U16(tag).U16(type).U32(count).U32(offset);
  }
  Tiff& Short(uint16_t tag, uint16_t value) { return U16(tag).U16(3).U32(1).U16(value).U16(0); }
  Tiff& Text(std::string_view text) {
    Append(bytes_, AsBytes(text));
    return *this;
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  Endian order_;
  Bytes bytes_;
};

constexpr std::string_view kDate("2026:07:14 12:34:56\0", 20);

// A picture with everything: orientation 6, 300 x 150 a centimetre, date, GPS, thumbnail.
Bytes Full(Endian order) {
  Tiff tiff(order);
  tiff.U16(6).Short(0x0112, 6).Entry(0x011A, 5, 1, 200).Entry(0x011B, 5, 1, 208);
  tiff.Short(0x0128, 3).Entry(0x8769, 4, 1, 220).Entry(0x8825, 4, 1, 300).U32(400);
  tiff.At(200).U32(300).U32(1).U32(300).U32(2);
  tiff.At(220).U16(2).Entry(0x9003, 2, 20, 260).Entry(0xA005, 4, 1, 340).U32(0);
  tiff.At(260).Text(kDate);
  tiff.At(300).U16(1).Entry(0x0001, 2, 2, 0).U32(0);
  tiff.At(340).U16(1).Entry(0x0001, 2, 4, 0).U32(0);
  tiff.At(400).U16(2).Entry(0x0201, 4, 1, 500).Entry(0x0202, 4, 1, 9).U32(0);
  tiff.At(500).Text("thumbnail");
  return tiff.bytes();
}

class ExifTest : public testing::TestWithParam<Endian> {};

TEST_P(ExifTest, ReadsWhatIsKept) {
  const KeptExif kept = ReadKeptExif(Full(GetParam()));
  EXPECT_EQ(kept.orientation, 6);
  EXPECT_EQ(kept.x_resolution, 300);
  EXPECT_EQ(kept.y_resolution, 150);
  EXPECT_EQ(kept.resolution_unit, 3);
  EXPECT_EQ(kept.date_time_original, "2026:07:14 12:34:56");
}

TEST_P(ExifTest, ListsTheEntriesOfAllDirectories) {
  const Bytes tiff = Full(GetParam());
  std::vector<int> counts(5);
  for (const ExifEntry& entry : ExifEntries(tiff)) ++counts[static_cast<size_t>(entry.ifd)];
  EXPECT_THAT(counts, testing::ElementsAre(6, 2, 2, 1, 1));
}

TEST_P(ExifTest, FindsTheThumbnail) {
  const Bytes tiff = Full(GetParam());
  const auto thumbnail = ExifThumbnail(tiff);
  ASSERT_TRUE(thumbnail);
  EXPECT_EQ(std::string(thumbnail->begin(), thumbnail->end()), "thumbnail");
}

TEST_P(ExifTest, FindsAThumbnailInStrips) {
  Tiff tiff(GetParam());
  tiff.U16(0).U32(20).At(20).U16(2).Entry(0x0111, 4, 1, 60);
  tiff.U16(0x0117).U16(3).U32(2).U16(4).U16(5).U32(0);
  tiff.At(60).Text("thumbnail");
  const auto thumbnail = ExifThumbnail(tiff.bytes());
  ASSERT_TRUE(thumbnail);
  EXPECT_EQ(thumbnail->size(), 9u);
}

TEST_P(ExifTest, ReadsIntegersOfThreeTypes) {
  Tiff tiff(GetParam());
  tiff.U16(4).Short(1, 0x1234).Entry(2, 4, 1, 0x12345678).Entry(3, 5, 1, 8).U16(4).U16(1).U32(1);
  tiff.Text("\x7f\0\0\0").At(80);
  const auto entries = ExifEntries(tiff.bytes());
  ASSERT_EQ(entries.size(), 4u);
  EXPECT_EQ(ExifInteger(tiff.bytes(), entries[0]), 0x1234u);
  EXPECT_EQ(ExifInteger(tiff.bytes(), entries[1]), 0x12345678u);
  EXPECT_EQ(ExifInteger(tiff.bytes(), entries[2]), std::nullopt);
  EXPECT_EQ(ExifInteger(tiff.bytes(), entries[3]), 0x7fu);
}

TEST_P(ExifTest, EveryTruncationIsSafe) {
  const Bytes whole = Full(GetParam());
  for (size_t size = 0; size < whole.size(); ++size) {
    const Bytes part(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(size));
    ExifThumbnail(part);
    const KeptExif kept = ReadKeptExif(part);
    EXPECT_TRUE(kept.orientation == 1 || kept.orientation == 6) << size;
  }
}

TEST_P(ExifTest, LoopsEnd) {
  Tiff tiff(GetParam());  // every pointer leads back to the first directory
  tiff.U16(3).Entry(0x8769, 4, 1, 8).Entry(0x8825, 4, 1, 8).Entry(0xA005, 4, 1, 8).U32(8);
  EXPECT_EQ(ExifEntries(tiff.bytes()).size(), 15u);
}

TEST_P(ExifTest, StopsAtTheLimit) {
  Tiff tiff(GetParam());
  tiff.U16(65535);
  for (int i = 0; i < 65535; ++i) tiff.Short(0x0112, 3);
  EXPECT_EQ(ExifEntries(tiff.bytes()).size(), 4096u);
}

TEST_P(ExifTest, FieldsOutOfRangeAreDefaults) {
  Tiff tiff(GetParam());
  tiff.U16(4).Short(0x0112, 9).Entry(0x011A, 5, 1, 100).Short(0x0128, 2).Entry(0x8769, 4, 1, 120);
  tiff.U32(0).At(100).U32(300).U32(0);
  tiff.At(120).U16(1).Entry(0x9003, 2, 20, 140).U32(0);
  tiff.At(140).Text("2026:13:14 12:34:56").At(160);
  const KeptExif kept = ReadKeptExif(tiff.bytes());
  EXPECT_EQ(kept.orientation, 1);
  EXPECT_EQ(kept.x_resolution, 0);
  EXPECT_EQ(kept.date_time_original, "");
}

TEST_P(ExifTest, AValueBeyondTheEndIsEmpty) {
  Tiff tiff(GetParam());
  tiff.U16(1).Entry(0x010E, 2, 0xFFFFFFFF, 0xFFFFFFF0).U32(0);
  const auto entries = ExifEntries(tiff.bytes());
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_TRUE(entries[0].value.empty());
}

INSTANTIATE_TEST_SUITE_P(ByteOrders, ExifTest, testing::Values(Endian::kBig, Endian::kLittle),
                         [](const auto& tested) {
                           return tested.param == Endian::kBig ? "Big" : "Little";
                         });

TEST(ExifTest, NoEntriesOfWhatIsNotExif) {
  EXPECT_TRUE(ExifEntries({}).empty());
  EXPECT_TRUE(ExifEntries(AsBytes("Exif\0\0MM\0*")).empty());
  EXPECT_TRUE(ExifEntries(AsBytes("II+\0\0\0\0\0\0\0")).empty());
}

TEST(ExifTest, NothingToKeepWritesNothing) {
  EXPECT_TRUE(WriteKeptExif({}).empty());
  KeptExif wrong;
  wrong.orientation = 17;
  wrong.x_resolution = -3;
  wrong.date_time_original = "yesterday, at my house";
  EXPECT_TRUE(WriteKeptExif(wrong).empty());
}

TEST(ExifTest, WritesWhatItReads) {
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const double resolution : {0.0, 72.0, 118.11}) {
      for (const char* date : {"", "1999:12:31 23:59:60"}) {
        KeptExif kept;
        kept.orientation = orientation;
        kept.x_resolution = resolution;
        kept.y_resolution = resolution * 2;
        kept.resolution_unit = resolution == 72 ? 2 : resolution > 0 ? 3 : 2;
        kept.date_time_original = date;
        const KeptExif again = ReadKeptExif(WriteKeptExif(kept));
        EXPECT_EQ(again.orientation, kept.orientation);
        EXPECT_NEAR(again.x_resolution, kept.x_resolution, 1e-9);
        EXPECT_NEAR(again.y_resolution, kept.y_resolution, 1e-9);
        EXPECT_EQ(again.resolution_unit, kept.resolution_unit);
        EXPECT_EQ(again.date_time_original, kept.date_time_original);
      }
    }
  }
}

KeptExif At(double latitude, double longitude, std::optional<double> altitude = {}) {
  KeptExif kept;
  kept.position = Position{latitude, longitude, altitude};
  return kept;
}

TEST(ExifTest, WritesPositionsThatItReads) {
  for (const KeptExif& kept :
       {At(0, 0), At(42.3875, -71.0995, 12.5), At(-33.999999999, 151.25, -410), At(90, -180),
        At(59.9999999, 179.9999999), At(-0.0001, 0.0001)}) {
    for (const char* date : {"", "1999:12:31 23:59:60"}) {
      KeptExif dated = kept;
      dated.date_time_original = date;
      const KeptExif again = ReadKeptExif(WriteKeptExif(dated));
      ASSERT_TRUE(again.position);
      EXPECT_NEAR(again.position->latitude, kept.position->latitude, 2e-7);
      EXPECT_NEAR(again.position->longitude, kept.position->longitude, 2e-7);
      EXPECT_EQ(again.position->altitude, kept.position->altitude);
      EXPECT_EQ(again.date_time_original, date);
      EXPECT_EQ(WriteKeptExif(again), WriteKeptExif(dated));
    }
  }
}

TEST_P(ExifTest, PositionsOutOfRangeAreNone) {
  const auto read = [](const char* side, uint32_t degrees, uint32_t minutes, uint32_t below,
                       uint16_t type) {
    Tiff tiff(GetParam());
    tiff.U16(1).Entry(0x8825, 4, 1, 30).U32(0).At(30).U16(4);
    tiff.U16(1).U16(2).U32(2).Text(std::string(side, 1) + std::string(3, '\0'));
    tiff.Entry(2, type, 3, 100).U16(3).U16(2).U32(2).Text(std::string_view("W\0\0\0", 4));
    tiff.Entry(4, 5, 3, 130).U32(0).At(100);
    tiff.U32(degrees).U32(1).U32(minutes).U32(1).U32(0).U32(below);
    tiff.At(130).U32(71).U32(1).U32(30).U32(1).U32(0).U32(1);
    return ReadKeptExif(tiff.bytes()).position;
  };
  const auto position = read("S", 33, 30, 1, 5);
  ASSERT_TRUE(position);
  EXPECT_EQ(position->latitude, -33.5);
  EXPECT_EQ(position->longitude, -71.5);
  EXPECT_FALSE(position->altitude);
  EXPECT_TRUE(read("N", 33, 30, 0, 5));    // seconds left out
  EXPECT_FALSE(read("N", 91, 0, 1, 5));    // beyond the pole
  EXPECT_FALSE(read("N", 90, 1, 1, 5));    // beyond it, too
  EXPECT_FALSE(read("N", 33, 60, 1, 5));   // an hour of minutes
  EXPECT_FALSE(read("E", 33, 30, 1, 5));   // no side of a latitude
  EXPECT_FALSE(read("N", 33, 30, 1, 10));  // another type
}

TEST(ExifTest, WritesOrientationAlone) {
  KeptExif kept;
  kept.orientation = 8;
  const Bytes tiff = WriteKeptExif(kept);
  EXPECT_EQ(tiff.size(), 26u);
  const auto entries = ExifEntries(tiff);
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0].tag, 0x0112);
}

}  // namespace
}  // namespace efface
