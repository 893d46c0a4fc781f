#include "efface/media/av/sound_setup.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace efface {
namespace {

Bytes Text(std::string_view text) { return {text.begin(), text.end()}; }

std::string CleanText(AVCodecID codec, std::string_view setup) {
  const Bytes clean = CleanSetup(codec, Text(setup));
  return {clean.begin(), clean.end()};
}

TEST(SoundSetup, VorbisCommentsBecomeEmpty) {
  const std::string first = "\x01vorbis" + std::string(23, 'i');
  const std::string last = "\x05vorbis" + std::string(400, 'c');
  for (const size_t length : {20, 255, 1000}) {
    std::string comments = "\x03vorbis" + std::string(length - 7, 's');
    std::string setup = "\x02\x1e";
    setup.append(length / 255, '\xff').push_back(static_cast<char>(length % 255));
    const std::string clean = CleanText(AV_CODEC_ID_VORBIS, setup + first + comments + last);
    EXPECT_EQ(clean, std::string("\x02\x1e\x10") + first + "\x03vorbis" + std::string(8, '\0') +
                         "\x01" + last)
        << length;
  }
}

TEST(SoundSetup, WhatIsNotAsItShouldBeStays) {
  for (const std::string_view setup : {"", "\x02", "\x02\xff", "\x02\x01\x01", "\x02\x01\x01xyz"}) {
    EXPECT_EQ(CleanText(AV_CODEC_ID_VORBIS, setup), setup);
  }
  EXPECT_EQ(CleanText(AV_CODEC_ID_AAC, "\x12\x10"), "\x12\x10");
}

TEST(SoundSetup, WhatFollowsTheSetupGoes) {
  const std::string opus = std::string("OpusHead\x01\x02", 10) + std::string(9, '\0');
  EXPECT_EQ(CleanText(AV_CODEC_ID_OPUS, opus + "secret"), opus);
  std::string mapped = std::string("OpusHead\x01\x02", 10) + std::string(8, '\0') + "\x01";
  mapped += "\x02\x01\x01\x02";
  EXPECT_EQ(CleanText(AV_CODEC_ID_OPUS, mapped.substr(0, 23) + "secret"), mapped.substr(0, 23));
  const std::string flac(34, 'f');
  EXPECT_EQ(CleanText(AV_CODEC_ID_FLAC, flac + "secret"), flac);
}

}  // namespace
}  // namespace efface
