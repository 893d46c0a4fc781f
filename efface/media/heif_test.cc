// Tests what HEIC and AVIF share: which coded data and properties are copied, how boxes are
// written, and how pictures are turned, cropped and filled.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "efface/media/heif_av1.h"
#include "efface/media/heif_check.h"
#include "efface/media/heif_copy.h"
#include "efface/media/heif_hevc.h"
#include "efface/media/heif_items.h"
#include "efface/media/heif_samples.h"
#include "efface/media/heif_shape.h"
#include "efface/media/heif_write.h"

namespace efface {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Bytes Concat(std::vector<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) Append(out, part);
  return out;
}

Bytes Obu(int type, const Bytes& payload) {
  return Concat(
      {{static_cast<uint8_t>(type << 3 | 2), static_cast<uint8_t>(payload.size())}, payload});
}

TEST(CleanAv1Test, KeepsThePictureAndLightLevelsOnly) {
  Bytes mastering(26, 0);
  mastering[0] = 2;
  mastering[25] = 0x80;
  const Bytes sequence = Obu(1, {9, 9}), frame = Obu(6, {1, 2, 3}),
              light = Obu(5, {1, 4, 0, 3, 0, 0x80});
  const Bytes kept = Concat({Obu(2, {}), sequence, light, Obu(5, mastering), frame});
  const Bytes all = Concat({Obu(2, {}), sequence, light, Obu(5, mastering),
                            Obu(5, {4, 0xB5, 'u', 's', 'e', 'r', 0x80}),        // ITU-T T.35
                            Obu(5, {1, 4, 0, 3, 0, 'h', 'i', 'd', 'e', 0x80}),  // too long
                            Obu(15, {'p', 'a', 'd'}), Obu(9, {'r', 'e', 's'}), frame});
  EXPECT_EQ(CleanAv1(all), kept);
  // An OBU without a size reaches to the end.
  const Bytes open = Concat({sequence, {6 << 3, 1, 2, 3}});
  EXPECT_EQ(CleanAv1(open), open);
}

TEST(CleanAv1Test, RefusesBrokenObus) {
  EXPECT_EQ(CleanAv1(Bytes{6 << 3 | 2, 5, 1, 2}), std::nullopt);   // passes the end
  EXPECT_EQ(CleanAv1(Bytes{0x80 | 6 << 3 | 2, 0}), std::nullopt);  // forbidden bit
  EXPECT_EQ(CleanAv1(Bytes{6 << 3 | 2}), std::nullopt);
  EXPECT_EQ(CleanAv1(Bytes{6 << 3 | 6}), std::nullopt);
  EXPECT_EQ(CleanAv1(Bytes{6 << 3 | 2, 255, 255, 255, 255, 255, 255, 255, 255, 255}), std::nullopt);
  EXPECT_EQ(CleanAv1Config(Bytes{0x81, 0, 0}), std::nullopt);
  EXPECT_EQ(CleanAv1Config(Bytes{0x01, 0, 0, 0}), std::nullopt);
  EXPECT_EQ(CleanAv1Config(Concat({{0x81, 1, 2, 3}, Obu(15, {1})})), (Bytes{0x81, 1, 2, 3}));
}

TEST(IsLosslessAv1Test, GarbageIsNotLossless) {
  EXPECT_FALSE(IsLosslessAv1({}, 1000));
  EXPECT_FALSE(IsLosslessAv1(Obu(6, {1, 2, 3}), 1000));
}

Bytes Nal(int type, int layer, const Bytes& payload) {
  Bytes nal;
  AppendUint(nal, static_cast<uint64_t>(type << 9 | layer << 3 | 1), 2, Endian::kBig);
  Append(nal, payload);
  return nal;
}

Bytes Sized(const Bytes& nal, int size) {
  Bytes out;
  AppendUint(out, nal.size(), size, Endian::kBig);
  Append(out, nal);
  return out;
}

// The sequence parameters of an 8-bit 4:2:0 picture, as far as its size.
Bytes SequenceParameters(uint64_t width, uint64_t height) {
  std::vector<int> bits(8 + 96, 0);
  const auto put_ue = [&](uint64_t value) {
    int size = 0;
    while ((value + 1) >> (size + 1) != 0) ++size;
    bits.insert(bits.end(), static_cast<size_t>(size), 0);
    for (int i = size; i >= 0; --i) bits.push_back(static_cast<int>((value + 1) >> i & 1));
  };
  for (size_t i = 8; i < 8 + 96; ++i) bits[i] = i % 3 == 0;  // free of 00 00 03
  for (const uint64_t value : {uint64_t{0}, uint64_t{1}, width, height}) put_ue(value);
  bits.resize((bits.size() + 16) / 8 * 8, 1);
  Bytes payload;
  for (size_t i = 0; i < bits.size(); i += 8) {
    int byte = 0;
    for (size_t k = 0; k < 8; ++k) byte = byte << 1 | bits[i + k];
    payload.push_back(static_cast<uint8_t>(byte));
  }
  return Nal(33, 0, payload);
}

Bytes HevcConfigOf(const std::vector<std::pair<int, Bytes>>& arrays) {
  Bytes config(22, 0);
  config[0] = 1;
  config[16] = 0xFC | 1;
  config[17] = 0xF8 | 2;
  config[21] = 0x0F;  // lengths of 4 bytes
  config.push_back(static_cast<uint8_t>(arrays.size()));
  for (const auto& [type, nal] : arrays) {
    config.push_back(static_cast<uint8_t>(0x80 | type));
    AppendUint(config, 1, 2, Endian::kBig);
    Append(config, Sized(nal, 2));
  }
  return config;
}

TEST(HevcTest, KeepsSlicesAndParameterSetsOnly) {
  const Bytes sets = Nal(32, 0, {1}), slice = Nal(19, 0, {5, 6, 7});
  const Bytes sequence = SequenceParameters(640, 480);
  const Bytes data = Concat({Sized(Nal(39, 0, {'s', 'e', 'i'}), 4), Sized(sequence, 4),
                             Sized(Nal(38, 0, {'f', 'i', 'l', 'l'}), 4), Sized(slice, 4),
                             Sized(Nal(19, 1, {'l', 'a', 'y'}), 4), Sized(Nal(40, 0, {1}), 4),
                             Sized(Nal(48, 0, {'p', 'r', 'i', 'v'}), 4), Sized(sets, 4)});
  const auto item = ReadHevcItem(data, 4);
  ASSERT_TRUE(item.has_value());
  EXPECT_EQ(item->clean, Concat({Sized(sequence, 4), Sized(slice, 4), Sized(sets, 4)}));
  EXPECT_EQ(item->largest.width, 640);
  EXPECT_EQ(item->largest.height, 480);
  EXPECT_EQ(SplitNals(item->clean, 4).size(), 3u);

  const Bytes config =
      HevcConfigOf({{32, sets}, {39, Nal(39, 0, {'s', 'e', 'i'})}, {33, sequence}});
  const auto read = ReadHevcConfig(config);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->clean, HevcConfigOf({{32, sets}, {33, sequence}}));
  EXPECT_EQ(read->sets, Concat({Sized(sets, 4), Sized(sequence, 4)}));
  EXPECT_EQ(read->length_size, 4);
  EXPECT_EQ(read->chroma, 1);
  EXPECT_EQ(read->bits, 10);
  EXPECT_EQ(read->largest.width, 640);
}

TEST(HevcTest, RefusesBrokenData) {
  EXPECT_FALSE(ReadHevcItem(Bytes{0, 0, 0, 9, 38, 1}, 4).has_value());
  EXPECT_FALSE(ReadHevcItem(Bytes{0, 0, 0, 1, 38}, 4).has_value());
  EXPECT_FALSE(ReadHevcItem(Bytes{0, 0}, 4).has_value());
  EXPECT_FALSE(ReadHevcItem(Sized(Nal(33, 0, {1, 2}), 4), 4).has_value());
  const Bytes config = HevcConfigOf({{33, SequenceParameters(64, 64)}});
  for (size_t size = 0; size < config.size(); ++size) {
    EXPECT_FALSE(ReadHevcConfig(ByteView(config).first(size)).has_value()) << size;
  }
}

HeifItem ItemWith(const std::vector<Bytes>& boxes) {
  HeifItem item;
  for (const Bytes& box : boxes) {
    item.properties.push_back(
        {std::string(box.begin() + 4, box.begin() + 8), box, ByteView(box).subspan(8), true});
  }
  return item;
}

TEST(ShapeTest, TurnsAreDoneInTheirOrder) {
  const Bytes left = MakeBox("irot", Bytes{1}), mirror = MakeBox("imir", Bytes{1});
  EXPECT_EQ(OrientationOf(ItemWith({})), 1);
  EXPECT_EQ(OrientationOf(ItemWith({left})), 8);
  EXPECT_EQ(OrientationOf(ItemWith({left, mirror})), 7);
  EXPECT_EQ(OrientationOf(ItemWith({mirror, left})), 5);
}

TEST(ShapeTest, TheStatedSizeIsThatAsStored) {
  const Bytes ispe = MakeBox("ispe", Bytes{0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 7});
  const Bytes left = MakeBox("irot", Bytes{1});
  EXPECT_EQ(StatedSize(ItemWith({ispe, left}))->width, 9);
  EXPECT_EQ(StatedSize(ItemWith({left, ispe}))->width, 7);
  EXPECT_FALSE(StatedSize(ItemWith({ispe, ispe})).has_value());
  EXPECT_FALSE(StatedSize(ItemWith({})).has_value());
}

// A file of one AV1 item with the properties given beside its configuration.
HeifOut OneItem(const std::vector<HeifOutProperty>& properties) {
  HeifOut out;
  out.major_brand = "avif";
  out.brands = {"mif1", "avif"};
  HeifOutItem item;
  item.type = "av01";
  item.data = Obu(6, {1, 2, 3});
  item.properties.push_back({MakeBox("av1C", Bytes{0x81, 0, 0, 0}), true});
  for (const HeifOutProperty& property : properties) item.properties.push_back(property);
  out.items.push_back(item);
  return out;
}

TEST(ExtractHeifTest, CopiesKnownPropertiesAndDropsHarmlessOnes) {
  const Bytes irot = MakeBox("irot", Bytes{3});
  Bytes nclx = {'n', 'c', 'l', 'x', 0, 1, 0, 13, 0, 6, 0x80};
  const Bytes color = MakeBox("colr", nclx);
  nclx.push_back('!');  // bytes that no reader looks at
  const Bytes file = WriteHeif(OneItem({{irot, true},
                                        {MakeBox("colr", nclx), false},
                                        {MakeBox("udes", Bytes{'n', 'a', 'm', 'e'}), false}}));
  const auto heif = ReadHeif(file);
  const auto parts = ExtractHeif(*heif);
  ASSERT_TRUE(parts.ok()) << parts.status();
  ASSERT_EQ(parts->items.size(), 1u);
  const auto& properties = parts->items[0].properties;
  ASSERT_EQ(properties.size(), 3u);
  EXPECT_EQ(properties[1].box, irot);
  EXPECT_TRUE(properties[1].essential);
  EXPECT_EQ(properties[2].box, color);
  EXPECT_FALSE(properties[2].essential);
}

TEST(ExtractHeifTest, RefusesWhatOnlyADecoderCanKeep) {
  for (const HeifOutProperty& property : {HeifOutProperty{MakeBox("clap", Bytes(32)), true},
                                          HeifOutProperty{MakeBox("lsel", Bytes{0, 0}), false},
                                          HeifOutProperty{MakeBox("what", Bytes{1}), true},
                                          HeifOutProperty{MakeBox("irot", Bytes{1, 2}), true}}) {
    const Bytes file = WriteHeif(OneItem({property}));
    EXPECT_EQ(ExtractHeif(*ReadHeif(file)).status().code(), absl::StatusCode::kUnimplemented);
  }
}

TEST(ExtractHeifTest, LeavesOtherItemsBehind) {
  HeifOut out = OneItem({});
  HeifOut alpha = OneItem({});
  alpha.items[0].data = Obu(6, {9});
  AddAlpha(out, alpha, true);
  AddExif(out, AsBytes("II*\0secret"));
  HeifOutItem thumbnail = out.items[0];
  out.references.push_back({"thmb", out.items.size(), {0}});
  out.items.push_back(thumbnail);
  const Bytes file = WriteHeif(out);
  const auto heif = ReadHeif(file);
  ASSERT_TRUE(heif.ok()) << heif.status();
  ASSERT_EQ(heif->items.size(), 4u);
  const auto parts = ExtractHeif(*heif);
  ASSERT_TRUE(parts.ok()) << parts.status();
  ASSERT_EQ(parts->items.size(), 2u);
  EXPECT_EQ(parts->items[1].data, Obu(6, {9}));
  ASSERT_EQ(parts->references.size(), 2u);
  EXPECT_EQ(parts->references[0].type, "auxl");
  EXPECT_EQ(parts->references[1].type, "prem");
}

TEST(CheckHeifTest, RefusesSequencesAndMissingData) {
  Bytes file = WriteHeif(OneItem({}));
  EXPECT_TRUE(CheckHeif(*ReadHeif(file), {}).ok());
  const Bytes cut(file.begin(), file.end() - 1);
  EXPECT_EQ(CheckHeif(*ReadHeif(cut), {}).code(), absl::StatusCode::kDataLoss);
  Append(file, MakeBox("moov", Bytes{1}));
  EXPECT_EQ(CheckHeif(*ReadHeif(file), {}).code(), absl::StatusCode::kUnimplemented);
  const Bytes huge = MakeBox("ispe", Bytes{0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 255, 255});
  EXPECT_EQ(CheckHeif(*ReadHeif(WriteHeif(OneItem({{huge, false}}))), {}).code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(HideInTest, EveryPlaneIsFilledByItsOwnGrid) {
  YuvPicture format;
  format.width = 21;
  format.height = 15;
  format.bits = 10;
  format.shift_x = format.shift_y = 1;
  YuvBuffer buffer(format, /*grey=*/false, /*alpha=*/true), before(format, false, true);
  EXPECT_EQ(GridOf(buffer.picture(), 1).width, 11);
  EXPECT_EQ(GridOf(buffer.picture(), 2).height, 8);
  Draw(buffer.picture(), 4);
  Draw(before.picture(), 4);
  EXPECT_TRUE(SamePicture(buffer.picture(), before.picture()));
  const RectangleHider hider(5, 3, 9, 7), nowhere(40, 3, 9, 7);
  EXPECT_TRUE(HidesAny(buffer.picture(), hider));
  EXPECT_FALSE(HidesAny(buffer.picture(), nowhere));
  HideIn(buffer.picture(), hider);
  EXPECT_FALSE(SamePicture(buffer.picture(), before.picture()));
  for (int plane = 0; plane < 4; ++plane) {
    EXPECT_TRUE(std::isinf(PsnrOutside(buffer.picture(), before.picture(), plane, hider)));
    EXPECT_LT(EqualInside(buffer.picture(), before.picture(), plane, hider), 0.5);
  }
}

}  // namespace
}  // namespace efface
