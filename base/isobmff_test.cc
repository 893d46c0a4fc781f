// Tests ReadBoxes and ReadHeif on files put together by hand, whole, cut off and contradictory.
#include "base/isobmff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace efface {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

void Put(Bytes& out, uint64_t value, int size) { AppendUint(out, value, size, Endian::kBig); }

Bytes Concat(std::vector<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) Append(out, part);
  return out;
}

Bytes MakeBox(std::string_view type, const Bytes& payload) {
  Bytes out;
  Put(out, payload.size() + 8, 4);
  Append(out, AsBytes(type));
  Append(out, payload);
  return out;
}

Bytes FullBox(std::string_view type, int version, int flags, const Bytes& payload) {
  Bytes out;
  Put(out, static_cast<uint64_t>(version) << 24 | static_cast<uint64_t>(flags), 4);
  Append(out, payload);
  return MakeBox(type, out);
}

Bytes Text(std::string_view text) { return Bytes(text.begin(), text.end()); }

Bytes Infe(int id, std::string_view type, const Bytes& rest = Bytes{0}, int flags = 0) {
  Bytes out;
  Put(out, static_cast<uint64_t>(id), 2);
  Put(out, 0, 2);
  Append(out, AsBytes(type));
  Append(out, rest);
  return FullBox("infe", 2, flags, out);
}

struct Place {
  int id = 0;
  int method = 0;
  uint64_t offset = 0, length = 0;
};

Bytes Iloc(const std::vector<Place>& places) {
  Bytes out;
  Put(out, 0x4400, 2);
  Put(out, places.size(), 2);
  for (const Place& place : places) {
    Put(out, static_cast<uint64_t>(place.id), 2);
    Put(out, static_cast<uint64_t>(place.method), 2);
    Put(out, 0, 2);
    Put(out, 1, 2);
    Put(out, place.offset, 4);
    Put(out, place.length, 4);
  }
  return FullBox("iloc", 1, 0, out);
}

Bytes Ftyp() { return MakeBox("ftyp", Text(std::string_view("heic\0\0\0\0mif1heic", 16))); }
Bytes Pitm(int id) { return FullBox("pitm", 0, 0, {0, static_cast<uint8_t>(id)}); }

// The boxes of a "meta" of one picture (item 1), Exif (item 2, in idat) and XMP (item 3).
std::vector<Bytes> MetaParts() {
  const Bytes items =
      Concat({{0, 3},
              Infe(1, "hvc1"),
              Infe(2, "Exif", {0}, 1),
              Infe(3, "mime", Text(std::string_view("n\0application/rdf+xml\0", 22)))});
  const Bytes ispe = FullBox("ispe", 0, 0, {0, 0, 0, 9, 0, 0, 0, 7});
  const Bytes irot = MakeBox("irot", {1});
  const Bytes ipma = FullBox("ipma", 0, 0, {0, 0, 0, 1, 0, 1, 2, 1, 0x82});
  return {FullBox("hdlr", 0, 0, Bytes(20)),
          Pitm(1),
          FullBox("iinf", 0, 0, items),
          Iloc({{1, 0, 0, 8}, {2, 1, 1, 2}, {3, 0, 1'000'000, 4}}),
          MakeBox("idat", {10, 11, 12}),
          MakeBox("iprp", Concat({MakeBox("ipco", Concat({ispe, irot})), ipma})),
          FullBox("iref", 0, 0, MakeBox("cdsc", {0, 2, 0, 2, 0, 1, 0, 3}))};
}

Bytes HeifOf(const std::vector<Bytes>& meta) {
  return Concat({Ftyp(), FullBox("meta", 0, 0, Concat(meta)), MakeBox("mdat", {1, 2, 3, 4})});
}

TEST(ReadBoxesTest, ReadsSmallLargeAndLastBoxes) {
  Bytes file = MakeBox("free", {7});
  Append(file, Bytes{0, 0, 0, 1, 'w', 'i', 'd', 'e', 0, 0, 0, 0, 0, 0, 0, 18, 5, 6});
  Append(file, Bytes{0, 0, 0, 0, 'm', 'd', 'a', 't', 9});
  const auto boxes = ReadBoxes(file);
  ASSERT_TRUE(boxes.ok()) << boxes.status();
  ASSERT_EQ(boxes->size(), 3u);
  EXPECT_EQ((*boxes)[0].type, "free");
  EXPECT_THAT((*boxes)[0].payload, ElementsAre(7));
  EXPECT_EQ((*boxes)[1].offset, 9u);
  EXPECT_THAT((*boxes)[1].payload, ElementsAre(5, 6));
  EXPECT_EQ((*boxes)[1].whole.size(), 18u);
  EXPECT_EQ((*boxes)[2].type, "mdat");
  EXPECT_THAT((*boxes)[2].payload, ElementsAre(9));
}

TEST(ReadBoxesTest, RefusesEveryCut) {
  const Bytes file = Concat({MakeBox("free", {7, 8}), MakeBox("mdat", {9})});
  for (size_t size = 1; size < file.size(); ++size) {
    if (size == 10) continue;  // between the boxes
    EXPECT_EQ(ReadBoxes(ByteView(file).first(size)).status().code(),
              absl::StatusCode::kInvalidArgument)
        << size;
  }
  EXPECT_TRUE(ReadBoxes({})->empty());
}

TEST(ReadBoxesTest, RefusesSizesBelowTheHeaderAndTooManyBoxes) {
  EXPECT_FALSE(ReadBoxes(Bytes{0, 0, 0, 7, 'f', 'r', 'e', 'e'}).ok());
  EXPECT_FALSE(
      ReadBoxes(Bytes{0, 0, 0, 1, 'f', 'r', 'e', 'e', 255, 255, 255, 255, 255, 255, 255, 255})
          .ok());
  Bytes many;
  for (int i = 0; i < 65'537; ++i) Append(many, MakeBox("free", {}));
  EXPECT_THAT(ReadBoxes(many).status().message(), HasSubstr("too many"));
}

TEST(ReadHeifTest, ReadsItemsPropertiesReferencesAndPlaces) {
  const Bytes file = HeifOf(MetaParts());
  const auto heif = ReadHeif(file);
  ASSERT_TRUE(heif.ok()) << heif.status();
  EXPECT_EQ(heif->major_brand, "heic");
  EXPECT_THAT(heif->brands, ElementsAre("mif1", "heic"));
  EXPECT_EQ(heif->primary, 1u);
  ASSERT_EQ(heif->boxes.size(), 3u);
  ASSERT_EQ(heif->items.size(), 3u);

  const HeifItem* picture = heif->Find(1);
  ASSERT_NE(picture, nullptr);
  EXPECT_EQ(picture->type, "hvc1");
  EXPECT_FALSE(picture->hidden);
  ASSERT_EQ(picture->extents.size(), 1u);
  EXPECT_EQ(picture->extents[0].data(), file.data());
  EXPECT_EQ(picture->extents[0].size(), 8u);
  ASSERT_EQ(picture->properties.size(), 2u);
  EXPECT_EQ(picture->properties[0].type, "ispe");
  EXPECT_FALSE(picture->properties[0].essential);
  EXPECT_EQ(picture->properties[1].type, "irot");
  EXPECT_TRUE(picture->properties[1].essential);
  EXPECT_THAT(picture->properties[1].payload, ElementsAre(1));

  EXPECT_TRUE(heif->Find(2)->hidden);
  ASSERT_EQ(heif->Find(2)->extents.size(), 1u);
  EXPECT_THAT(heif->Find(2)->extents[0], ElementsAre(11, 12));  // in idat
  EXPECT_EQ(heif->Find(3)->content_type, "application/rdf+xml");
  EXPECT_TRUE(heif->Find(3)->extents.empty());  // passes the end
  EXPECT_EQ(heif->Find(4), nullptr);

  ASSERT_EQ(heif->references.size(), 1u);
  EXPECT_EQ(heif->references[0].type, "cdsc");
  EXPECT_EQ(heif->references[0].from, 2u);
  EXPECT_THAT(heif->references[0].to, ElementsAre(1, 3));
}

TEST(ReadHeifTest, StopsBeforeBytesBehindTheLastBox) {
  Bytes file = HeifOf(MetaParts());
  Append(file, Text("SEFT rest of another thing"));
  const auto heif = ReadHeif(file);
  ASSERT_TRUE(heif.ok()) << heif.status();
  EXPECT_EQ(heif->boxes.size(), 3u);
}

TEST(ReadHeifTest, RefusesWhatReadersTakeInDifferentWays) {
  for (const size_t twice : {1, 2, 3, 4, 5, 6}) {
    std::vector<Bytes> parts = MetaParts();
    parts.push_back(parts[twice]);
    EXPECT_THAT(ReadHeif(HeifOf(parts)).status().message(), HasSubstr("more than one")) << twice;
  }
  std::vector<Bytes> parts = MetaParts();
  parts[2] = FullBox("iinf", 0, 0, Concat({{0, 2}, Infe(1, "hvc1"), Infe(1, "av01")}));
  EXPECT_THAT(ReadHeif(HeifOf(parts)).status().message(), HasSubstr("same number"));
  parts = MetaParts();
  parts[3] = Iloc({{1, 0, 0, 8}, {1, 0, 0, 9}});
  EXPECT_THAT(ReadHeif(HeifOf(parts)).status().message(), HasSubstr("two places"));
  const Bytes file = HeifOf(MetaParts());
  const Bytes twice = Concat({file, FullBox("meta", 0, 0, Concat(MetaParts()))});
  EXPECT_THAT(ReadHeif(twice).status().message(), HasSubstr("'meta'"));
}

TEST(ReadHeifTest, RefusesAPropertyThatIsNotThere) {
  std::vector<Bytes> parts = MetaParts();
  parts[5] = MakeBox(
      "iprp", Concat({MakeBox("ipco", {}), FullBox("ipma", 0, 0, {0, 0, 0, 1, 0, 1, 1, 1})}));
  EXPECT_THAT(ReadHeif(HeifOf(parts)).status().message(), HasSubstr("not there"));
}

TEST(ReadHeifTest, RefusesWhatIsNotHeifAndEveryCutOfTheTables) {
  EXPECT_EQ(ReadHeif({}).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(ReadHeif(AsBytes("\xFF\xD8\xFF\xE0 a JPEG file")).ok());
  EXPECT_FALSE(ReadHeif(Ftyp()).ok());
  const Bytes file = HeifOf(MetaParts());
  const size_t end = file.size() - 12;  // of meta
  for (size_t size = 0; size < end; ++size) {
    EXPECT_FALSE(ReadHeif(ByteView(file).first(size)).ok()) << size;
  }
  EXPECT_TRUE(ReadHeif(ByteView(file).first(end)).ok());
}

TEST(ReadHeifTest, RefusesTablesWhoseCountsPassTheirEnd) {
  for (const size_t part : {3, 5, 6}) {
    std::vector<Bytes> parts = MetaParts();
    parts[part].pop_back();  // the box says its size: say the new one
    parts[part][3] = static_cast<uint8_t>(parts[part].size());
    EXPECT_FALSE(ReadHeif(HeifOf(parts)).ok()) << part;
  }
}

}  // namespace
}  // namespace efface
