// The measures of verify, on pictures, bytes and packets made here.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <random>

#include "base/file.h"
#include "efface/job/verify_bytes.h"
#include "efface/job/verify_measures.h"
#include "efface/job/verify_parts.h"
#include "efface/job/verify_sound.h"
#include "efface/mask/mask.h"

namespace efface {
namespace {

constexpr Shape kFace{20, 16, 40, 48, false};

GreyPicture Textured(int width, int height, unsigned seed, int strength = 40) {
  GreyPicture picture{width, height, std::vector<uint8_t>(static_cast<size_t>(width) * height)};
  std::mt19937 random(seed);
  for (size_t i = 0; i < picture.samples.size(); ++i) {
    const int slope = static_cast<int>(i % static_cast<size_t>(width));
    picture.samples[i] =
        static_cast<uint8_t>(80 + slope / 2 + static_cast<int>(random() % strength));
  }
  return picture;
}

RgbPicture Rgb(const GreyPicture& grey) {
  RgbPicture picture{grey.width, grey.height, {}};
  for (const uint8_t sample : grey.samples)
    picture.samples.insert(picture.samples.end(), 3, sample);
  return picture;
}

TEST(VerifyBareness, TheSameDetailIsBareThoughPalerOrNoisier) {
  const GreyPicture before = Textured(80, 80, 1);
  GreyPicture paler = before;
  for (uint8_t& sample : paler.samples) sample = static_cast<uint8_t>(20 + sample * 4 / 5);
  for (const GreyPicture& after : {before, paler}) {
    const Bareness found = MeasureBareness(before, after, kFace, 0);
    EXPECT_GT(found.textured, 20);
    EXPECT_EQ(found.bare, found.textured);
    EXPECT_TRUE(found.shows(0.2));
  }
}

TEST(VerifyBareness, FlatSlopingAndOtherDetailIsNot) {
  const GreyPicture before = Textured(80, 80, 1);
  GreyPicture flat = before, sloping = before;
  std::fill(flat.samples.begin(), flat.samples.end(), uint8_t{100});
  for (int i = 0; i < 80 * 80; ++i) sloping.samples[i] = static_cast<uint8_t>(100 + i % 80 / 2);
  for (const GreyPicture& after : {flat, sloping, Textured(80, 80, 2)}) {
    const Bareness found = MeasureBareness(before, after, kFace, 0);
    EXPECT_GT(found.textured, 20);
    EXPECT_FALSE(found.shows(0.2)) << found.bare;
  }
}

TEST(VerifyBareness, AThirdOfAFaceBareShows) {
  const GreyPicture before = Textured(80, 80, 1);
  GreyPicture after = before;
  for (int y = 34; y < 80; ++y) std::fill_n(after.samples.begin() + 80 * y, 80, uint8_t{90});
  EXPECT_TRUE(MeasureBareness(before, after, kFace, 0).shows(0.2));
  EXPECT_FALSE(MeasureBareness(before, after, kFace, 0).shows(0.5));
}

TEST(VerifyBareness, WithoutDetailThereIsNothingToSay) {
  const GreyPicture flat{80, 80, std::vector<uint8_t>(80 * 80, 7)};
  EXPECT_EQ(MeasureBareness(flat, flat, kFace, 0).textured, 0);
  EXPECT_EQ(MeasureBareness(flat, flat, {-50, -50, 20, 20, true}, 0).textured, 0);
  EXPECT_EQ(MeasureBareness(flat, flat, {NAN, 0, 20, 20, true}, 0).textured, 0);
  EXPECT_EQ(MeasureBareness(flat, flat, {-1e30, -1e30, 2e30, 2e30, true}, 0).textured, 0);
}

TEST(VerifyDifference, OnePixelOutsideIsSeenAndOneInsideIsNot) {
  const RgbPicture before = Rgb(Textured(80, 80, 1));
  const Allowed allowed = AllowedBy(std::vector<Shape>{kFace}, 80, 80, {});
  RgbPicture after = before;
  after.samples[3 * (80 * 40 + 40)] ^= 1;  // the middle of the face
  EXPECT_EQ(MeasureDifference(before, after, allowed).differing, 0);
  after.samples[3 * (80 * 5 + 70) + 2] ^= 1;
  const Difference found = MeasureDifference(before, after, allowed);
  EXPECT_EQ(found.differing, 1);
  EXPECT_EQ(found.bounds.x, 70);
  EXPECT_EQ(found.bounds.y, 5);
  EXPECT_LT(found.compared, 80 * 80 - 1000);
}

TEST(VerifyDifference, TheWorstCellIsFound) {
  const RgbPicture before = Rgb(GreyPicture{80, 80, std::vector<uint8_t>(80 * 80, 100)});
  RgbPicture after = before;
  for (int y = 64; y < 80; ++y)
    std::fill_n(after.samples.begin() + 3 * (80 * y + 48), 48, uint8_t{151});
  const Difference found = MeasureDifference(before, after, AllowedBy({}, 80, 80, {}));
  EXPECT_NEAR(found.worst_psnr(), 20 * std::log10(255.0 / 51), 0.01);
  EXPECT_GT(found.psnr(), found.worst_psnr() + 10);
  EXPECT_EQ(found.worst_cell.x, 48);
  EXPECT_EQ(found.worst_cell.y, 64);
}

TEST(VerifyDifference, WholeBlocksMayChangeWhereTheFormatHasThem) {
  const std::vector<Shape> shapes = {{17, 17, 2, 2, true}};
  const auto count = [&](const Reach& reach) {
    const Allowed allowed = AllowedBy(shapes, 80, 80, reach);
    return std::count(allowed.pixels.begin(), allowed.pixels.end(), 1);
  };
  EXPECT_EQ(count({}), 4);
  EXPECT_EQ(count({1, 1, 8, 0}), 64);
  EXPECT_EQ(count({2, 2, 8, 2}), 20 * 20);
  EXPECT_EQ(count({2, 2, 1, 1}), 6 * 6);
}

TEST(VerifyDifference, WhatIsUnseenInBothMayChange) {
  Allowed allowed = AllowedBy({}, 10, 10, {});
  std::vector<uint8_t> before(100), after(100);
  before[55] = after[55] = before[11] = 1;
  allowed.Add(before, after, 1);
  EXPECT_EQ(std::count(allowed.pixels.begin(), allowed.pixels.end(), 1), 9);
  EXPECT_EQ(allowed.pixels[11], 0);
  allowed.Add({}, after, 1);
  EXPECT_EQ(std::count(allowed.pixels.begin(), allowed.pixels.end(), 1), 9);
}

TEST(VerifyParts, AreasComeBackUpright) {
  for (Orientation orientation = 1; orientation <= 8; ++orientation) {
    const Shape upright{3, 5, 7, 11, true};
    const int width = 60, height = 40;  // stored
    const Shape stored = ToStored(upright, orientation, width, height);
    const FramePart back =
        ToUpright({stored.x, stored.y, stored.width, stored.height}, orientation, width, height);
    EXPECT_EQ(back.x, 3) << orientation;
    EXPECT_EQ(back.y, 5) << orientation;
    EXPECT_EQ(back.width, 7) << orientation;
    EXPECT_EQ(back.height, 11) << orientation;
  }
}

// Files for FindHiddenBytes.
Descriptor FileOf(const Bytes& bytes) {
  auto file = OpenUnnamedFile(testing::TempDir());
  EXPECT_TRUE(file.ok() && WriteAll(file->get(), bytes).ok());
  return *std::move(file);
}

Bytes Noise(size_t size, unsigned seed) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  return bytes;
}

Bytes Join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) Append(all, part);
  return all;
}

BytesFound Find(const Bytes& input, const ByteRange& hidden, const Bytes& output) {
  const std::vector<HiddenThing> things = {{"thumbnail", 1, {hidden}}};
  const auto found = FindHiddenBytes(FileOf(input).get(), things, FileOf(output).get());
  EXPECT_TRUE(found.ok());
  return found.ok() ? *found : BytesFound();
}

TEST(VerifyBytes, APieceOfAHiddenPictureIsFound) {
  const Bytes seen = Noise(5000, 1), hidden = Noise(3'000'000, 2), other = Noise(100'000, 3);
  const Bytes input = Join({seen, hidden});
  const ByteRange where{5000, 3'000'000};
  EXPECT_FALSE(Find(input, where, Join({seen, other})).any());
  // Off any alignment, across the blocks in which files are read.
  const Bytes piece(hidden.begin() + 1'048'500, hidden.begin() + 1'048'800);
  const BytesFound found = Find(input, where, Join({Noise(1'048'500, 4), piece, other}));
  EXPECT_TRUE(found.any());
  EXPECT_EQ(found.what, "thumbnail");
  EXPECT_NEAR(static_cast<double>(found.offset), 1'048'500, 32);
}

TEST(VerifyBytes, WhatTellsNothingIsNotLookedFor) {
  const Bytes seen = Noise(5000, 1);
  // What the visible part has as well, runs of few values, and tables of JPEG.
  Bytes table = {0xFF, 0xC4, 0x01, 0xA2};
  Append(table, Noise(416, 5));
  for (const Bytes& hidden : {seen, Bytes(5000, 0x41), table}) {
    const Bytes input = Join({seen, hidden});
    const BytesFound found = Find(input, {5000, hidden.size()}, Join({Noise(99, 7), hidden}));
    EXPECT_EQ(found.searched, 0);
    EXPECT_FALSE(found.any());
  }
}

class FakePacket : public SoundPacket {
 public:
  FakePacket(double at, Bytes bytes) : bytes_(std::move(bytes)) { seconds = at, duration = 0.02; }
  ByteView data() const override { return bytes_; }

 private:
  Bytes bytes_;
};

// 100 packets of 0.02 seconds; `change` makes the output's of each.
Check Sound(const Record* record, const std::function<void(int, SoundSide&)>& give,
            double offset = 0) {
  SoundCheck check(record);
  for (int i = 0; i < 100; ++i) {
    check.before().Add(FakePacket(0.02 * i, Noise(50, static_cast<unsigned>(i))));
    give(i, check.after());
    if (i == 10) check.SetOffset(offset);
  }
  return check.Finish();
}

TEST(VerifySound, TheSamePacketsAtTheSameTimesHold) {
  const auto same = [](int i, SoundSide& side) {
    side.Add(FakePacket(0.02 * i, Noise(50, static_cast<unsigned>(i))));
  };
  EXPECT_EQ(Sound(nullptr, same).result, Check::Result::kPass);
  EXPECT_EQ(Sound(nullptr, same, 0.1).result,
            Check::Result::kFail);  // out of step with the picture
  const auto shifted = [](int i, SoundSide& side) {
    side.Add(FakePacket(0.02 * i - 0.1, Noise(50, static_cast<unsigned>(i))));
  };
  EXPECT_EQ(Sound(nullptr, shifted).result, Check::Result::kFail);
  EXPECT_EQ(Sound(nullptr, shifted, 0.1).result, Check::Result::kPass);
}

TEST(VerifySound, APacketMissingChangedOrAddedIsTold) {
  for (const int kind : {0, 1, 2}) {
    const Check check = Sound(nullptr, [&](int i, SoundSide& side) {
      if (kind == 0 && i == 99) return;
      side.Add(
          FakePacket(0.02 * i, Noise(50, static_cast<unsigned>(kind == 1 && i == 50 ? 999 : i))));
      if (kind == 2 && i == 99) side.Add(FakePacket(2, Noise(50, 7)));
    });
    EXPECT_EQ(check.result, Check::Result::kFail) << kind;
    if (kind == 1) {
      ASSERT_EQ(check.places.size(), 1);
      EXPECT_NEAR(check.places[0].seconds, 1, 1e-6);
    }
  }
}

TEST(VerifySound, MutedSpansAreSilentAndTheRestIsThere) {
  Record record;
  record.settings = {{"audio", "\"copy\""}, {"mute", "[[0.5, 1.0]]"}};
  const auto muted = [](double from, double to, bool leave_out) {
    return [=](int i, SoundSide& side) {
      const bool silent = 0.02 * i + 0.02 > from && 0.02 * i < to;
      if (silent && leave_out) return;
      side.Add(FakePacket(0.02 * i, silent ? Bytes(9, 0) : Noise(50, static_cast<unsigned>(i))));
    };
  };
  EXPECT_EQ(Sound(&record, muted(0.5, 1, false)).result, Check::Result::kPass);
  EXPECT_EQ(Sound(&record, muted(0.48, 1, true)).result, Check::Result::kPass);
  EXPECT_EQ(Sound(&record, muted(0.5, 0.7, false)).result, Check::Result::kFail);
  EXPECT_EQ(Sound(&record, muted(0.5, 1.5, false)).result, Check::Result::kFail);
  record.settings = {{"audio", "\"drop\""}};
  EXPECT_EQ(Sound(&record, muted(0, 3, false)).result, Check::Result::kFail);
  EXPECT_EQ(Sound(&record, muted(0, 3, true)).result, Check::Result::kPass);
}

}  // namespace
}  // namespace efface
