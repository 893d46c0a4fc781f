// The walkers of clips, on files put together byte by byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "efface/scrub/test_bytes.h"

namespace efface {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

Bytes U32(uint64_t value) { return Uint(value, 4, Endian::kBig); }
Bytes U16(uint64_t value) { return Uint(value, 2, Endian::kBig); }
Bytes Zeros(size_t count) { return Bytes(count, 0); }

Bytes Box(std::string_view type, const Bytes& payload) {
  return Join({U32(payload.size() + 8), Text(type), payload});
}
Bytes Full(std::string_view type, const Bytes& payload) {
  return Box(type, Join({Zeros(4), payload}));
}

std::vector<HiddenThing> Find(const Bytes& file) {
  const int fd = memfd_create("clip", 0);
  EXPECT_EQ(write(fd, file.data(), file.size()), static_cast<ssize_t>(file.size()));
  const auto found = FindInClip(fd, {});
  close(fd);
  EXPECT_TRUE(found.ok()) << found.status();
  return found.value_or(std::vector<HiddenThing>());
}

Found Listed(const Bytes& file) {
  Found listed;
  for (const HiddenThing& thing : Find(file)) listed.emplace_back(thing.what, thing.bytes);
  return listed;
}

// What of an MP4 file a test changes.
struct Movie {
  std::string handler = "vide", coding = "vp08", name = "VideoHandler";
  Bytes in_movie, in_track, in_entry, edits, after;
  Bytes media = Bytes(40, 7);  // four samples of ten bytes
  uint64_t first_key = 1;
  uint64_t time = 0;

  Bytes File() const {
    const Bytes ftyp = Box("ftyp", Text("isom\0\0\2\0isom"));
    const size_t start = ftyp.size() + 8;
    const Bytes entry = Join({Zeros(6), U16(1), Zeros(16), U16(64), U16(48), Zeros(50), in_entry});
    const Bytes table =
        Join({Full("stsd", Join({U32(1), Box(coding, entry)})),
              Full("stts", Join({U32(1), U32(4), U32(100)})),
              Full("stss", Join({U32(1), U32(first_key)})),
              Full("stsc", Join({U32(1), U32(1), U32(4), U32(1)})),
              Full("stsz", Join({U32(10), U32(4)})), Full("stco", Join({U32(1), U32(start)}))});
    const Bytes media_box =
        Box("mdia", Join({Full("mdhd", Join({U32(time), U32(time), U32(1000), U32(400), Zeros(4)})),
                          Full("hdlr", Join({Zeros(4), Text(handler), Zeros(12), Text(name)})),
                          Box("minf", Join({Full("vmhd", Zeros(8)), Box("stbl", table)}))}));
    const Bytes header = Full("tkhd", Join({Zeros(8), U32(1), Zeros(68)}));
    const Bytes list = edits.empty() ? Bytes() : Box("edts", Full("elst", edits));
    const Bytes movie =
        Box("moov", Join({Full("mvhd", Join({Zeros(8), U32(1000), U32(400), Zeros(80)})),
                          Box("trak", Join({header, list, media_box, in_track})), in_movie}));
    return Join({ftyp, Box("mdat", media), movie, after});
  }
};

TEST(ScanMp4Test, APlainClipCarriesNothing) { EXPECT_THAT(Listed(Movie().File()), IsEmpty()); }

TEST(ScanMp4Test, BoxesAndNames) {
  EXPECT_THAT(Listed(Movie{.in_movie = Box("udta", Box("\xA9xyz", Zeros(20)))}.File()),
              ElementsAre(Pair("metadata", 36), Pair("location", 28)));
  EXPECT_THAT(Listed(Movie{.in_track = Box("Ownr", Zeros(5))}.File()),
              ElementsAre(Pair("unknown-box", 13)));
  EXPECT_THAT(Listed(Movie{.in_movie = Box("free", Zeros(50))}.File()), IsEmpty());
  EXPECT_THAT(Listed(Movie{.in_movie = Box("free", Text("secret"))}.File()),
              ElementsAre(Pair("gap-bytes", 6)));
  EXPECT_THAT(Listed(Movie{.after = Box("uuid", Bytes(30, 1))}.File()),
              ElementsAre(Pair("unknown-box", 38)));
  EXPECT_THAT(Listed(Movie{.after = Text("xyz")}.File()), ElementsAre(Pair("trailing-bytes", 3)));
  EXPECT_THAT(Listed(Movie{.name = "GoPro AVC"}.File()), ElementsAre(Pair("metadata", 9)));
  EXPECT_THAT(Listed(Movie{.time = 0xDEADBEEF}.File()), ElementsAre(Pair("date", 8)));
}

TEST(ScanMp4Test, PlacesAreWhereTheBytesLie) {
  const Bytes file = Movie{.in_movie = Box("free", Text("secret"))}.File();
  const auto found = Find(file);
  ASSERT_EQ(found.size(), 1u);
  ASSERT_EQ(found[0].places.size(), 1u);
  EXPECT_TRUE(HasText(file, found[0].places[0].offset, "secret"));
  EXPECT_EQ(found[0].places[0].size, 6u);
}

TEST(ScanMp4Test, MediaThatNoSampleIsOf) {
  EXPECT_THAT(Listed(Movie{.media = Bytes(55, 7)}.File()), ElementsAre(Pair("gap-bytes", 15)));
  Bytes padded(40, 7);
  padded.resize(50);  // zeros that align
  EXPECT_THAT(Listed(Movie{.media = padded}.File()), IsEmpty());
}

TEST(ScanMp4Test, TracksByTheirHandler) {
  EXPECT_THAT(Listed(Movie{.handler = "sbtl", .coding = "tx3g"}.File()),
              ElementsAre(Pair("subtitles", 40)));
  EXPECT_THAT(Listed(Movie{.handler = "meta", .coding = "gpmd"}.File()),
              ElementsAre(Pair("data-track", 40)));
  EXPECT_THAT(Listed(Movie{.handler = "tmcd", .coding = "tmcd"}.File()),
              ElementsAre(Pair("timecode", 40)));
  EXPECT_THAT(Listed(Movie{.handler = "clcp", .coding = "c608"}.File()),
              ElementsAre(Pair("closed-captions", 40)));
}

TEST(ScanMp4Test, FramesBesideTheShownOnes) {
  // From 200 on, for as long as there is.
  const Bytes cut = Join({U32(1), U32(200), U32(200), U16(1), U16(0)});
  EXPECT_THAT(Listed(Movie{.edits = cut}.File()), ElementsAre(Pair("hidden-frames", 10)));
  const Bytes all = Join({U32(1), U32(400), U32(0), U16(1), U16(0)});
  EXPECT_THAT(Listed(Movie{.edits = all}.File()), IsEmpty());
  EXPECT_THAT(Listed(Movie{.first_key = 3}.File()), ElementsAre(Pair("hidden-frames", 20)));
}

TEST(ScanMp4Test, ACleanApertureThatCutsOff) {
  const auto clap = [](uint64_t width) {
    return Box("clap",
               Join({U32(width), U32(1), U32(48), U32(1), Zeros(4), U32(1), Zeros(4), U32(1)}));
  };
  EXPECT_THAT(Listed(Movie{.in_entry = clap(64)}.File()), IsEmpty());
  EXPECT_THAT(Listed(Movie{.in_entry = clap(32)}.File()), ElementsAre(Pair("clean-aperture", 40)));
}

TEST(ScanMp4Test, UserDataBetweenUnits) {
  const Bytes sei = Join({{6, 5, 4}, Text("text"), {0x80}});
  const auto units = [](const Bytes& unit) {
    Bytes sample = Join({U32(unit.size()), unit});
    const size_t left = 40 - sample.size();
    return Join({sample, U32(left - 4), {0x41}, Bytes(left - 5, 1)});
  };
  const Bytes record = Box("avcC", {1, 66, 0, 10, 0xFF, 0xE0, 0});
  Movie movie{.coding = "avc1", .in_entry = record, .media = units(sei)};
  // The samples of ten bytes cut through the units; one sample of forty holds both.
  Bytes file = movie.File();
  const Bytes four = Join({U32(10), U32(4)}), one = Join({U32(40), U32(1)});
  const auto at = std::search(file.begin(), file.end(), four.begin(), four.end());
  ASSERT_NE(at, file.end());
  std::copy(one.begin(), one.end(), at);
  EXPECT_THAT(Listed(file), ElementsAre(Pair("user-data", sei.size())));
}

TEST(ScanMp4Test, BrokenBoxesAreListed) {
  Bytes file = Movie().File();
  const Bytes wrong = Join({U32(99999), Text("trak"), Zeros(8)});
  file.insert(file.end(), wrong.begin(), wrong.end());
  EXPECT_THAT(Listed(file), ElementsAre(Pair("trailing-bytes", 16)));
  EXPECT_THAT(Listed(Movie{.in_movie = wrong}.File()), ElementsAre(Pair("stray-bytes", 16)));
}

Bytes Element(std::string_view id, const Bytes& payload) {
  return Join(
      {Text(id),
       {static_cast<uint8_t>(0x40 | payload.size() >> 8), static_cast<uint8_t>(payload.size())},
       payload});
}

Bytes Matroska(const Bytes& more, const Bytes& in_info = {}, const Bytes& in_entry = {}) {
  const Bytes entry = Element("\xAE", Join({Element("\xD7", {1}), Element("\x83", {1}),
                                            Element("\x86", Text("V_VP8")), in_entry}));
  const Bytes cluster = Element(
      "\x1F\x43\xB6\x75", Join({Element("\xE7", {0}), Element("\xA3", {0x81, 0, 0, 0x80, 1, 2})}));
  return Join({Element("\x1A\x45\xDF\xA3", Element("\x42\x82", Text("webm"))),
               Element("\x18\x53\x80\x67",
                       Join({Element("\x15\x49\xA9\x66",
                                     Join({Element("\x4D\x80", Text("Lavf")), in_info})),
                             Element("\x16\x54\xAE\x6B", entry), cluster, more}))});
}

TEST(ScanMatroskaTest, Elements) {
  EXPECT_THAT(Listed(Matroska({})), IsEmpty());
  EXPECT_THAT(Listed(Matroska({}, Element("\x7B\xA9", Text("Title")))),
              ElementsAre(Pair("metadata", 9)));
  EXPECT_THAT(Listed(Matroska({}, Element("\x44\x61", Zeros(8)))), ElementsAre(Pair("date", 12)));
  EXPECT_THAT(Listed(Matroska({}, {}, Element("\x53\x6E", Text("Name")))),
              ElementsAre(Pair("metadata", 8)));
  EXPECT_THAT(Listed(Matroska(Element("\xEC", Zeros(9)))), IsEmpty());
  EXPECT_THAT(Listed(Matroska(Element("\xEC", Text("secret")))), ElementsAre(Pair("gap-bytes", 6)));
  EXPECT_THAT(Listed(Matroska(Element("\x19\x41\xA4\x69", Text("file")))),
              ElementsAre(Pair("attachment", 10)));
  EXPECT_THAT(Listed(Matroska(Element("\x1F\x0A\x0B\x0C", Text("own")))),
              ElementsAre(Pair("unknown-element", 9)));
  EXPECT_THAT(Listed(Join({Matroska({}), Text("tail")})), ElementsAre(Pair("trailing-bytes", 4)));
  EXPECT_THAT(Listed(Matroska({}, {}, Element("\xE0", Element("\x54\xAA", {20})))),
              ElementsAre(Pair("clean-aperture", 5)));
}

TEST(ScanMatroskaTest, TheDurationOfATrackIsNoTag) {
  const auto tag = [](std::string_view name, std::string_view value) {
    return Element(
        "\x12\x54\xC3\x67",
        Element("\x73\x73", Element("\x67\xC8", Join({Element("\x45\xA3", Text(name)),
                                                      Element("\x44\x87", Text(value))}))));
  };
  EXPECT_THAT(Listed(Matroska(tag("DURATION", "00:00:01.000000000"))), IsEmpty());
  EXPECT_THAT(Listed(Matroska(tag("DURATION", "SOMEBODY"))),
              Contains(Pair("metadata", testing::_)));
  EXPECT_THAT(Listed(Matroska(tag("LOCATION", "+42-071/"))),
              Contains(Pair("location", testing::_)));
}

Bytes Chunk(std::string_view id, const Bytes& data) {
  return Join({Text(id), Uint(data.size(), 4, Endian::kLittle), data, Zeros(data.size() % 2)});
}

Bytes Avi(const Bytes& more, const Bytes& in_stream = {}, const Bytes& unindexed = {}) {
  const Bytes format = Join({Zeros(16), Text("VP80"), Zeros(20)});
  const Bytes stream =
      Chunk("LIST", Join({Text("strl"), Chunk("strh", Join({Text("vids"), Zeros(52)})),
                          Chunk("strf", format), in_stream}));
  const Bytes index =
      Join({Text("00dc"), Zeros(4), Uint(4, 4, Endian::kLittle), Uint(6, 4, Endian::kLittle)});
  return Chunk(
      "RIFF",
      Join({Text("AVI "), Chunk("LIST", Join({Text("hdrl"), Chunk("avih", Zeros(56)), stream})),
            Chunk("LIST", Join({Text("movi"), Chunk("00dc", Bytes(6, 1)), unindexed})),
            Chunk("idx1", index), more}));
}

TEST(ScanAviTest, Chunks) {
  EXPECT_THAT(Listed(Avi({})), IsEmpty());
  EXPECT_THAT(Listed(Avi(Chunk("JUNK", Zeros(40)))), IsEmpty());
  EXPECT_THAT(Listed(Avi(Chunk("JUNK", Text("secret")))), ElementsAre(Pair("gap-bytes", 6)));
  EXPECT_THAT(Listed(Avi(Chunk("IDIT", Zeros(4)))), ElementsAre(Pair("date", 12)));
  EXPECT_THAT(Listed(Avi(Chunk("OWN ", Zeros(4)))), ElementsAre(Pair("unknown-chunk", 12)));
  EXPECT_THAT(Listed(Avi({}, Chunk("strn", Text("Name")))), ElementsAre(Pair("metadata", 12)));
  EXPECT_THAT(Listed(Avi({}, {}, Chunk("00dc", Bytes(10, 2)))),
              ElementsAre(Pair("hidden-frames", 10)));
  EXPECT_THAT(Listed(Avi({}, {}, Chunk("07tx", Bytes(10, 2)))), Contains(Pair("data-track", 18)));
  EXPECT_THAT(Listed(Join({Avi({}), Text("tail")})), ElementsAre(Pair("trailing-bytes", 4)));
}

Bytes Packet(int pid, bool start, const Bytes& payload) {
  Bytes packet = {0x47, static_cast<uint8_t>((start ? 0x40 : 0) | pid >> 8),
                  static_cast<uint8_t>(pid), 0x10};
  Append(packet, payload);
  packet.resize(188, 0xFF);
  return packet;
}

TEST(ScanTsTest, StreamsAndTables) {
  const Bytes pat =
      Packet(0, true, Join({{0, 0, 0xB0, 13, 0, 1, 0xC1, 0, 0, 0, 1, 0xF0, 0x00}, Zeros(4)}));
  const auto pmt = [](const Bytes& descriptors) {
    return Packet(0x1000, true,
                  Join({{0, 2, 0xB0, static_cast<uint8_t>(18 + descriptors.size()), 0, 1, 0xC1, 0,
                         0, 0xE1, 0, 0xF0, static_cast<uint8_t>(descriptors.size())},
                        descriptors,
                        {0x02, 0xE1, 0, 0xF0, 0},
                        Zeros(4)}));
  };
  const Bytes pes =
      Packet(0x100, true, Join({{0, 0, 1, 0xE0, 0, 0, 0x80, 0, 0}, {0, 0, 1, 0xB3, 1, 2}}));
  const auto file = [&](const Bytes& more, const Bytes& descriptors = {}) {
    return Join({pat, pmt(descriptors), pes, pes, more});
  };
  EXPECT_THAT(Listed(file({})), IsEmpty());
  EXPECT_THAT(Listed(file(Packet(0x999, false, Text("secret")))),
              ElementsAre(Pair("private-stream", 184)));
  EXPECT_THAT(Listed(file(Packet(0x1FFF, false, {}))), IsEmpty());
  EXPECT_THAT(Listed(file(Packet(0x1FFF, false, Text("secret")))),
              ElementsAre(Pair("gap-bytes", 184)));
  EXPECT_THAT(Listed(file({}, {0xFE, 4, 's', 'e', 'c', 'r'})), ElementsAre(Pair("metadata", 6)));
  EXPECT_THAT(Listed(file(Text("tail"))), ElementsAre(Pair("trailing-bytes", 4)));
  const Bytes user =
      Packet(0x100, true, Join({{0, 0, 1, 0xE0, 0, 0, 0x80, 0, 0}, {0, 0, 1, 0xB2, 's'}}));
  EXPECT_THAT(Listed(file(user)), Contains(Pair("user-data", testing::_)));
}

TEST(FindInClipTest, OtherFilesAreRefused) {
  const int fd = memfd_create("clip", 0);
  EXPECT_EQ(FindInClip(fd, {}).status().code(), absl::StatusCode::kUnimplemented);
  EXPECT_EQ(write(fd, "OggS", 4), 4);
  EXPECT_EQ(FindInClip(fd, {}).status().code(), absl::StatusCode::kUnimplemented);
  close(fd);
  EXPECT_FALSE(FindInClip(-1, {}).ok());
}

}  // namespace
}  // namespace efface
