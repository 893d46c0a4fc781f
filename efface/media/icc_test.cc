#include "efface/media/icc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "efface/media/test_profile.h"

namespace efface {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

bool Holds(ByteView bytes, std::string_view text) {
  return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()).find(text) !=
         std::string_view::npos;
}

// The data of a tag.
Bytes TagOf(ByteView profile, std::string_view name) {
  const uint64_t count = *ReadUint(profile, 128, 4, Endian::kBig);
  for (size_t i = 0; i < count; ++i) {
    if (!HasText(profile, 132 + 12 * i, name)) continue;
    const ByteView data = *Slice(profile, *ReadUint(profile, 136 + 12 * i, 4, Endian::kBig),
                                 *ReadUint(profile, 140 + 12 * i, 4, Endian::kBig));
    return Bytes(data.begin(), data.end());
  }
  return {};
}

Bytes Numbers(size_t count, int size) {
  Bytes bytes;
  for (size_t i = 0; i < count; ++i) AppendUint(bytes, i * 37, size, Endian::kBig);
  return bytes;
}

// lut16Type of `from` to `to` channels, on a grid of 2.
Bytes Lut16(int from, int to) {
  Bytes tag = Element(std::string_view("mft2\0\0\0\0", 8));
  tag.push_back(static_cast<uint8_t>(from));
  tag.push_back(static_cast<uint8_t>(to));
  tag.push_back(2);
  tag.push_back(0);
  Append(tag, Numbers(9, 4));
  AppendUint(tag, 3, 2, Endian::kBig);
  AppendUint(tag, 2, 2, Endian::kBig);
  Append(tag, Numbers(static_cast<size_t>(3 * from + to * (1 << from) + 2 * to), 2));
  return tag;
}

// lutAToBType of RGB with all five parts, its curves before the table, and bytes between the parts.
Bytes PartsOfRgb(std::string_view between = "") {
  Bytes tag = Element(std::string_view("mAB \0\0\0\0\3\3\0\0", 12));
  tag.resize(32);
  const auto part = [&](size_t number, const Bytes& data) {
    Append(tag, AsBytes(between));
    tag.resize((tag.size() + 3) / 4 * 4);
    Bytes at;
    AppendUint(at, tag.size(), 4, Endian::kBig);
    std::copy(at.begin(), at.end(), tag.begin() + static_cast<ptrdiff_t>(12 + 4 * number));
    Append(tag, data);
  };
  Bytes curves;
  for (int i = 0; i < 3; ++i) {
    Append(curves, Gamma());
    curves.resize((curves.size() + 3) / 4 * 4);
  }
  Bytes grid = {2, 2, 2};
  grid.resize(16);
  grid.push_back(1);
  grid.resize(20);
  Append(grid, Numbers(24, 1));
  part(4, curves);
  part(3, grid);
  part(2, curves);
  part(1, Numbers(12, 4));
  part(0, curves);
  return tag;
}

TEST(Icc, KeepsWhatColourNeedsAndNothingElse) {
  const Bytes before = RgbProfile("a secret of the device");
  ASSERT_TRUE(Holds(before, "a secret"));
  const auto after = RebuildIcc(before);
  ASSERT_TRUE(after);
  for (const char* tag : {"wtpt", "rXYZ", "gXYZ", "bXYZ", "rTRC", "gTRC", "bTRC"}) {
    EXPECT_EQ(TagOf(*after, tag), TagOf(before, tag)) << tag;
  }
  for (const char* secret : {"a secret", "priv", "MAKR", "MODL", "CREA"}) {
    EXPECT_FALSE(Holds(*after, secret)) << secret;
  }
  EXPECT_EQ(ReadUint(*after, 0, 4, Endian::kBig), after->size());
}

TEST(Icc, IsAFixedPoint) {
  for (const uint8_t version : {2, 4}) {
    const Bytes before =
        ProfileOf("RGB ", {{"A2B0", PartsOfRgb()}, {"B2A0", Lut16(3, 3)}}, version);
    const auto once = RebuildIcc(before);
    ASSERT_TRUE(once);
    EXPECT_EQ(RebuildIcc(*once), once);
  }
}

TEST(Icc, KeepsTables) {
  const Bytes before = ProfileOf("CMYK", {{"A2B0", Lut16(4, 3)}, {"gamt", Lut16(3, 1)}}, 2);
  const auto after = RebuildIcc(before);
  ASSERT_TRUE(after);
  EXPECT_EQ(TagOf(*after, "A2B0"), TagOf(before, "A2B0"));
  EXPECT_EQ(TagOf(*after, "gamt"), TagOf(before, "gamt"));
}

TEST(Icc, BytesBetweenThePartsOfATableAreLeftOut) {
  const auto plain = RebuildIcc(ProfileOf("RGB ", {{"A2B0", PartsOfRgb()}}));
  const auto stuffed = RebuildIcc(ProfileOf("RGB ", {{"A2B0", PartsOfRgb("hidden between")}}));
  ASSERT_TRUE(plain);
  EXPECT_EQ(stuffed, plain);
}

TEST(Icc, BytesBehindATagAndInReservedPlacesAreLeftOut) {
  Bytes curve = Gamma(), white = Xyz(1, 2, 3);
  curve[5] = white[6] = 99;
  Append(curve, AsBytes("hidden behind the curve"));
  Append(white, AsBytes("hidden behind the point"));
  const auto after = RebuildIcc(ProfileOf("GRAY", {{"wtpt", white}, {"kTRC", curve}}));
  EXPECT_EQ(after, RebuildIcc(ProfileOf("GRAY", {{"wtpt", Xyz(1, 2, 3)}, {"kTRC", Gamma()}})));
}

TEST(Icc, BytesBehindTheStatedEndAreLeftOut) {
  Bytes longer = GreyProfile();
  Append(longer, AsBytes("hidden behind the end"));
  EXPECT_EQ(RebuildIcc(longer), RebuildIcc(GreyProfile()));
}

TEST(Icc, RefusesWhatItCannotBuildAgain) {
  const auto refused = [](const Bytes& profile) { return !RebuildIcc(profile).has_value(); };
  EXPECT_TRUE(refused({}));
  EXPECT_TRUE(refused(Element("a profile, of which only the bytes matter")));
  EXPECT_TRUE(refused(ProfileOf("GRAY", {})));
  EXPECT_TRUE(refused(ProfileOf("RGB ", {{"kTRC", Gamma()}})));
  EXPECT_TRUE(refused(ProfileOf("CMYK", {{"A2B0", Lut16(3, 3)}})));  // of other channels
  EXPECT_TRUE(refused(ProfileOf("GRAY", {{"kTRC", Gamma()}}, 5)));   // ICC.2
  EXPECT_TRUE(refused(ProfileOf("FCLR", {{"A2B0", Lut16(15, 3)}})));
  Bytes cut = Gamma();
  cut[11] = 200;  // entries, more than there are
  EXPECT_TRUE(refused(ProfileOf("GRAY", {{"kTRC", cut}})));
}

TEST(Icc, EveryTruncationAndEveryByteIsSafe) {
  const Bytes profile = ProfileOf("RGB ", {{"A2B0", PartsOfRgb()}, {"B2A0", Lut16(3, 3)}});
  for (size_t size = 0; size < profile.size(); ++size) {
    RebuildIcc(ByteView(profile).first(size));
  }
  for (size_t at = 0; at < profile.size(); ++at) {
    for (const int value : {0, 1, 127, 255}) {
      Bytes changed = profile;
      changed[at] = static_cast<uint8_t>(value);
      if (const auto made = RebuildIcc(changed)) {
        EXPECT_EQ(RebuildIcc(*made), made);
      }
    }
  }
}

TEST(Icc, SaysWhatBecameOfAProfile) {
  Keep kept = kKeepNothing;
  std::vector<std::string> warnings;
  EXPECT_TRUE(KeptIcc({}, {}, kept, warnings).empty());
  EXPECT_TRUE(KeptIcc(GreyProfile(), {.icc = false}, kept, warnings).empty());
  EXPECT_TRUE(KeptIcc(Element("no profile"), {}, kept, warnings).empty());
  EXPECT_THAT(warnings, SizeIs(2));
  EXPECT_EQ(kept, kKeepNothing);
  EXPECT_FALSE(KeptIcc(GreyProfile(), {}, kept, warnings).empty());
  EXPECT_THAT(NamesOf(kept), ElementsAre("icc"));
  EXPECT_THAT(warnings, SizeIs(2));
}

}  // namespace
}  // namespace efface
