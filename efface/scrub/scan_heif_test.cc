#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "efface/scrub/test_bytes.h"

namespace efface {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

Bytes U(uint64_t value, int size) { return Uint(value, size, Endian::kBig); }

Bytes MakeBox(std::string_view type, const Bytes& payload) {
  return Join({U(8 + payload.size(), 4), Text(type), payload});
}

// A HEIF file of items numbered from 1, of which 1 is the primary.
class HeifMaker {
 public:
  // `auxiliary`: the URN of its type. Returns the number.
  uint16_t Item(std::string_view type, const Bytes& data, std::string_view auxiliary = "",
                std::string_view content_type = "") {
    const auto id = static_cast<uint16_t>(items_.size() + 1);
    Bytes info = Join({U(2u << 24, 4), U(id, 2), U(0, 2), Text(type), {0}});
    if (type == "mime") Append(info, Join({Text(content_type), {0}}));
    Append(infos_, MakeBox("infe", info));
    if (!auxiliary.empty()) {
      AddProperty(id, "auxC", Join({U(0, 4), Text(auxiliary), {0}}));
    }
    items_.push_back(data);
    return id;
  }

  void Refer(std::string_view type, uint16_t from, uint16_t to) {
    Append(references_, MakeBox(type, Join({U(from, 2), U(1, 2), U(to, 2)})));
  }

  void AddProperty(uint16_t item, std::string_view type, const Bytes& payload) {
    Append(properties_, MakeBox(type, payload));
    associations_[item].push_back(++property_count_);
  }

  // `meta`: more boxes in the meta box; `media`: bytes in mdat before the items.
  Bytes Finish(const Bytes& meta = {}, const Bytes& media = {}) const {
    const Bytes ftyp = MakeBox("ftyp", Join({Text("heic"), U(0, 4), Text("mif1")}));
    const size_t start = ftyp.size() + Meta(meta, 0).size() + 8 + media.size();
    Bytes mdat = media;
    for (const Bytes& item : items_) Append(mdat, item);
    return Join({ftyp, Meta(meta, start), MakeBox("mdat", mdat)});
  }

 private:
  Bytes Meta(const Bytes& more, size_t start) const {
    Bytes places = Join({U(0, 4), {0x44, 0x00}, U(items_.size(), 2)});
    for (size_t i = 0; i < items_.size(); ++i) {
      Append(places, Join({U(i + 1, 2), U(0, 2), U(1, 2), U(start, 4), U(items_[i].size(), 4)}));
      start += items_[i].size();
    }
    Bytes associations = Join({U(0, 4), U(associations_.size(), 4)});
    for (const auto& [item, indices] : associations_) {
      Append(associations, Join({U(item, 2), U(indices.size(), 1), indices}));
    }
    return MakeBox(
        "meta",
        Join({U(0, 4), MakeBox("hdlr", Bytes(25)), MakeBox("pitm", Join({U(0, 4), U(1, 2)})),
              MakeBox("iinf", Join({U(0, 4), U(items_.size(), 2), infos_})),
              MakeBox("iloc", places), MakeBox("iref", Join({U(0, 4), references_})),
              MakeBox("iprp", Join({MakeBox("ipco", properties_), MakeBox("ipma", associations)})),
              more}));
  }

  std::vector<Bytes> items_;
  Bytes infos_, references_, properties_;
  uint8_t property_count_ = 0;
  std::map<uint16_t, Bytes> associations_;  // item -> its properties, counted from 1
};

constexpr std::string_view kAlpha = "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha";

TEST(ScanHeifTest, WhatThePictureIsMadeOfIsNotListed) {
  HeifMaker maker;
  maker.Item("grid", Bytes(8, 1));
  maker.Refer("dimg", 1, maker.Item("hvc1", Bytes(30, 1)));
  maker.Refer("dimg", 1, maker.Item("hvc1", Bytes(30, 1)));
  maker.Refer("auxl", maker.Item("hvc1", Bytes(20, 1), kAlpha), 1);
  maker.Item("Exif", Join({U(0, 4), KeptExifBytes(false)}));
  EXPECT_THAT(Scan(maker.Finish(), Format::kHeic), IsEmpty());
}

TEST(ScanHeifTest, ItemsAreNamed) {
  HeifMaker maker;
  maker.Item("hvc1", Bytes(30, 1));
  maker.Refer("thmb", maker.Item("hvc1", Bytes(10, 1)), 1);
  maker.Refer("auxl", maker.Item("hvc1", Bytes(11, 1), "urn:mpeg:hevc:2015:auxid:2"), 1);
  maker.Refer("auxl", maker.Item("hvc1", Bytes(12, 1), "urn:com:apple:photo:2020:aux:hdrgainmap"),
              1);
  maker.Refer("auxl",
              maker.Item("hvc1", Bytes(13, 1), "urn:com:apple:photo:2018:aux:portraiteffectsmatte"),
              1);
  const uint16_t second = maker.Item("hvc1", Bytes(14, 1));
  maker.Refer("auxl", maker.Item("hvc1", Bytes(15, 1), kAlpha), second);  // of what is not kept
  maker.Item("mime", Bytes(16, 1), "", "application/rdf+xml");
  maker.Item("mime", Bytes(17, 1), "", "text/plain");
  EXPECT_THAT(Scan(maker.Finish(), Format::kHeic),
              ElementsAre(Pair("thumbnail", 10), Pair("depth-map", 11), Pair("gain-map", 12),
                          Pair("auxiliary-picture", 13 + 15), Pair("second-picture", 14),
                          Pair("xmp", 16), Pair("unknown-item", 17)));
}

TEST(ScanHeifTest, TilesOfWhatIsNotKeptAreListedWithIt) {
  HeifMaker maker;
  maker.Item("av01", Bytes(30, 1));
  const uint16_t thumbnail = maker.Item("grid", Bytes(8, 1));
  maker.Refer("dimg", thumbnail, maker.Item("av01", Bytes(20, 1)));
  maker.Refer("thmb", thumbnail, 1);
  EXPECT_THAT(Scan(maker.Finish(), Format::kAvif), ElementsAre(Pair("thumbnail", 28)));
}

TEST(ScanHeifTest, ToneMapsKeepTheirBase) {
  HeifMaker maker;
  maker.Item("av01", Bytes(30, 1));
  const uint16_t tone_map = maker.Item("tmap", Bytes(9, 1));
  maker.Refer("dimg", tone_map, 1);
  maker.Refer("dimg", tone_map, maker.Item("av01", Bytes(20, 1)));
  EXPECT_THAT(Scan(maker.Finish(), Format::kAvif), ElementsAre(Pair("gain-map", 29)));
}

TEST(ScanHeifTest, ExifIsSplit) {
  HeifMaker maker;
  maker.Item("hvc1", Bytes(30, 1));
  const Bytes exif = Join({U(6, 4), Text(std::string_view("Exif\0\0", 6)), FullExif()});
  maker.Item("Exif", exif);
  EXPECT_EQ(Scan(maker.Finish(), Format::kHeic), FullExifFound(static_cast<int64_t>(exif.size())));
}

TEST(ScanHeifTest, PropertiesAndBoxes) {
  HeifMaker maker;
  maker.Item("hvc1", Bytes(30, 1));
  maker.AddProperty(1, "ispe", Bytes(12));
  maker.AddProperty(1, "udes", Bytes(20));
  maker.AddProperty(1, "crtt", Bytes(12));
  const Bytes file = maker.Finish(MakeBox("free", Bytes(4)));
  EXPECT_THAT(Scan(file, Format::kHeic),
              UnorderedElementsAre(Pair("text", 28), Pair("date", 20), Pair("unknown-box", 12)));

  const Bytes c2pa =
      MakeBox("uuid", Text("\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81"));
  HeifMaker plain;
  plain.Item("hvc1", Bytes(30, 1));
  EXPECT_THAT(Scan(Join({plain.Finish(), c2pa, MakeBox("uuid", Bytes(16)),
                         MakeBox("mpvd", Bytes(5)), MakeBox("sefd", Bytes(6)), Text("tail")}),
                   Format::kHeic),
              ElementsAre(Pair("jumbf", 24), Pair("unknown-box", 24), Pair("motion-clip", 13),
                          Pair("samsung-trailer", 14), Pair("trailing-bytes", 4)));
}

// The record of HEVC's parameters without any, for units after lengths of 4 bytes.
Bytes HevcConfig() {
  Bytes config(23, 0);
  config[0] = 1;
  config[21] = 3;
  return config;
}

TEST(ScanHeifTest, UnitsThatAreNoPicture) {
  const Bytes message = {0x4E, 1, 5, 17, 0,  1,  2,  3,  4,  5,   6,
                         7,    8, 9, 10, 11, 12, 13, 14, 15, 'x', 0x80};
  const Bytes slice = {0x26, 1, 9, 9};
  HeifMaker heic;
  heic.Item("hvc1", Join({U(slice.size(), 4), slice, U(message.size(), 4), message}));
  heic.AddProperty(1, "hvcC", HevcConfig());
  EXPECT_THAT(Scan(heic.Finish(), Format::kHeic), ElementsAre(Pair("user-data", 22)));
  HeifMaker plain;
  plain.Item("hvc1", Join({U(slice.size(), 4), slice}));
  plain.AddProperty(1, "hvcC", HevcConfig());
  EXPECT_THAT(Scan(plain.Finish(), Format::kHeic), IsEmpty());
  HeifMaker avif;
  avif.Item("av01", Bytes{0x12, 0, 0x2A, 4, 4, 'a', 'b', 0x80});
  avif.AddProperty(1, "av1C", Bytes(4));
  EXPECT_THAT(Scan(avif.Finish(), Format::kAvif), ElementsAre(Pair("user-data", 6)));
}

TEST(ScanHeifTest, MediaDataThatNoItemRefersTo) {
  HeifMaker maker;
  maker.Item("hvc1", Bytes(30, 1));
  const Bytes file = maker.Finish({}, Bytes(50, 3));
  EXPECT_THAT(Scan(file, Format::kHeic), ElementsAre(Pair("gap-bytes", 50)));
  EXPECT_THAT(Scan(Join({file, MakeBox("moov", Bytes(10))}), Format::kHeic),
              ElementsAre(Pair("motion-clip", 68)));
}

TEST(ScanHeifTest, BrokenFilesAreListedWhole) {
  const Bytes file = MakeBox("ftyp", Text("heic"));
  EXPECT_THAT(Scan(file, Format::kHeic), ElementsAre(Pair("trailing-bytes", 12)));
  EXPECT_THAT(Scan({}, Format::kHeic), IsEmpty());
}

}  // namespace
}  // namespace efface
