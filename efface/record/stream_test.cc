// Records that are written and read piece by piece, as those of long clips are.
#include <sys/resource.h>
#include <unistd.h>

#include <map>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "efface/record/record.h"
#include "efface/record/spool.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace efface {
namespace {

using ::testing::HasSubstr;

const std::string kSha(64, 'a');

Record Clip() {
  Record record;
  record.tool = {"efface", "0.1.0"};
  record.model = {"centerface", kSha};
  record.input = {.file = "walk.mp4",
                  .bytes = 123456,
                  .sha256 = kSha,
                  .kind = "clip",
                  .width = 1920,
                  .height = 1080,
                  .frames = 300};
  record.settings = {{"fill", "\"membrane\""}};
  record.faces = {{.face = 1,
                   .masks = {{.frame = 0, .x = 1.5, .y = 2, .width = 3, .height = 4, .score = 0.5},
                             {.frame = 1,
                              .x = 1.75,
                              .y = 2,
                              .width = 3,
                              .height = 4,
                              .score = 0.25,
                              .source = MaskSource::kFollowed}}},
                  {.face = 2,
                   .track = 1,
                   .redact = false,
                   .reason = "asked",
                   .masks = {{.frame = 299,
                              .x = 0,
                              .y = 0,
                              .width = 1,
                              .height = 1,
                              .score = 1,
                              .source = MaskSource::kDrawn}}},
                  {.face = 3, .masks = {}}};
  record.doubtful = {{2, 9.5, 10, "short"}, {0, 0.0333333, 1.25, "residual"}};
  record.removed = {{"subtitles", 512}};
  record.warnings = {"The sound was not reviewed."};
  return record;
}

// A file without a name that holds `text`.
Descriptor FileOf(std::string_view text) {
  auto file = OpenUnnamedFile(testing::TempDir());
  EXPECT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE(WriteAll(file->get(), AsBytes(text)).ok());
  return std::move(*file);
}

using Masks = std::map<size_t, std::vector<Mask>>;

absl::StatusOr<Record> Stream(std::string_view text, Masks* masks = nullptr,
                              const RecordLimits& limits = {}) {
  const Descriptor file = FileOf(text);
  return StreamRecord(
      file.get(),
      [&](size_t face, const Mask& mask) {
        if (masks != nullptr) (*masks)[face].push_back(mask);
        return absl::OkStatus();
      },
      limits);
}

std::string ErrorOf(std::string_view text, const RecordLimits& limits = {}) {
  return std::string(Stream(text, nullptr, limits).status().message());
}

std::string Changed(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(RecordStreamTest, ARecordOfAClipIsWrittenForPeopleToRead) {
  const std::string text = WriteRecord(Clip());
  EXPECT_THAT(text, HasSubstr(R"(
    {"face": 2, "track": 1, "origin": "detected", "redact": false, "reason": "asked", "masks": [[299, 0.00, )"));
  EXPECT_THAT(text, HasSubstr(R"(
    {"face": 3, "origin": "detected", "redact": true, "reason": null, "masks": []}
  ],
  "doubtful": [
    {"face": null, "from": 0.033, "to": 1.250, "why": "residual"},
    {"face": 2, "from": 9.500, "to": 10.000, "why": "short"}
  ],
  "removed": [)"));
  Record none = Clip();
  none.doubtful.clear();
  EXPECT_THAT(WriteRecord(none), HasSubstr("\"doubtful\": [],"));
}

TEST(RecordStreamTest, ReadsBackEveryFieldOfAClip) {
  const std::string text = WriteRecord(Clip());
  const auto read = ReadRecord(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->input.kind, "clip");
  ASSERT_EQ(read->faces.size(), 3u);
  EXPECT_EQ(read->faces[0].track, 0);
  EXPECT_EQ(read->faces[1].track, 1);
  ASSERT_EQ(read->doubtful.size(), 2u);
  EXPECT_EQ(read->doubtful[0].face, 0);
  EXPECT_EQ(read->doubtful[0].from, 0.033);
  EXPECT_EQ(read->doubtful[0].to, 1.25);
  EXPECT_EQ(read->doubtful[0].why, "residual");
  EXPECT_EQ(read->doubtful[1].face, 2);
  EXPECT_EQ(WriteRecord(*read), text);
}

TEST(RecordStreamTest, MasksGoToTheHandlerAndTheRestIntoTheRecord) {
  const std::string text = WriteRecord(Clip());
  Masks masks;
  auto read = Stream(text, &masks);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->faces.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE(read->faces[i].masks.empty());
    read->faces[i].masks = masks[i];
  }
  EXPECT_EQ(WriteRecord(*read), text);
}

TEST(RecordStreamTest, WritesPieceByPieceWhatItWritesAtOnce) {
  const Record clip = Clip();
  std::string text;
  RecordWriter writer(clip, [&](ByteView bytes) {
    text.append(bytes.begin(), bytes.end());
    return absl::OkStatus();
  });
  for (const Face& face : clip.faces) {
    Face begun = face;
    begun.masks.clear();
    writer.AddFace(begun);
    for (const Mask& mask : face.masks) writer.AddMask(mask);
  }
  ASSERT_TRUE(writer.End(clip).ok());
  EXPECT_EQ(text, WriteRecord(clip));
}

TEST(RecordStreamTest, TheFirstErrorOfWritingComesBackAtTheEnd) {
  const Record clip = Clip();
  int calls = 0;
  RecordWriter writer(clip, [&](ByteView) {
    ++calls;
    return absl::ResourceExhaustedError("the disk is full");
  });
  for (int i = 0; i < 10'000; ++i) writer.AddFace(clip.faces[0]);
  EXPECT_EQ(writer.End(clip).message(), "the disk is full");
  EXPECT_EQ(calls, 1);
}

// Many a program sorts fields by name; then masks stand in front of what tells how to read them.
TEST(RecordStreamTest, FieldsMayStandInAnyOrder) {
  const std::string text = WriteRecord(Clip());
  const auto sorted = nlohmann::json::parse(text);  // sorts its fields
  const std::string sorted_text = sorted.dump(1);
  ASSERT_LT(sorted_text.find("\"faces\""), sorted_text.find("\"input\""));
  Masks masks;
  auto read = Stream(sorted_text, &masks);
  ASSERT_TRUE(read.ok()) << read.status();
  for (size_t i = 0; i < 3; ++i) read->faces[i].masks = masks[i];
  EXPECT_EQ(WriteRecord(*read), text);
  EXPECT_EQ(ErrorOf(Changed(sorted_text, "299", "300")),
            "faces[1].masks[0]: frame is larger than 299");

  auto late = nlohmann::ordered_json::parse(text);
  const auto columns = late["columns"];
  late.erase("columns");
  late["columns"] = columns;
  EXPECT_TRUE(ReadRecord(late.dump()).ok());
}

TEST(RecordStreamTest, ErrorsSayWhere) {
  const std::string text = WriteRecord(Clip());
  EXPECT_EQ(ErrorOf("{}"), "\"format\" is missing");
  EXPECT_EQ(ErrorOf(Changed(text, "\"track\": 1", "\"track\": -1")),
            "faces[1].track is less than 0");
  EXPECT_EQ(ErrorOf(Changed(text, "\"track\": 1", "\"track\": null")),
            "faces[1].track is not a whole number");
  EXPECT_EQ(ErrorOf(Changed(text, "0.033", "-0.033")), "doubtful[0].from is less than 0");
  EXPECT_EQ(ErrorOf(Changed(text, "10.000", "9.000")), "doubtful[1].to is less than 9.5");
  EXPECT_EQ(ErrorOf(Changed(text, "10.000", "\"10\"")), "doubtful[1].to is not a number");
  EXPECT_EQ(ErrorOf(Changed(text, "\"short\"", "\"Short!\"")),
            "doubtful[1].why is not a word in lower case");
  EXPECT_EQ(ErrorOf(Changed(text, "{\"face\": null", "{\"face\": 0")),
            "doubtful[0].face is less than 1");
  EXPECT_EQ(ErrorOf(Changed(text, "[[299, ", "[[300, ")),
            "faces[1].masks[0]: frame is larger than 299");
  EXPECT_EQ(ErrorOf(Changed(text, "\"masks\": []", "\"masks\": 3")),
            "faces[2].masks is not a list");
  EXPECT_EQ(ErrorOf(Changed(text, ", \"masks\": []", "")), "faces[2]: \"masks\" is missing");
  EXPECT_EQ(ErrorOf(Changed(text, "\"masks\": []", "\"masks\": [3]")),
            "faces[2].masks[0] is not a list");
  EXPECT_EQ(ErrorOf(Changed(text, "{\"face\": 1, ", "7, {\"face\": 1, ")),
            "faces[0] is not an object");
  EXPECT_EQ(ErrorOf(Changed(text, "\"doubtful\": [", "\"doubtful\": {}, \"later\": [")),
            "doubtful is not a list");
  EXPECT_EQ(ErrorOf(text.substr(0, text.size() - 3)),
            "the record is not valid JSON: line 24 is wrong");
  EXPECT_EQ(ErrorOf(""), "the record is not valid JSON: line 1 is wrong");
}

// What stands there twice could be read in two ways: hidden by one program, bare in another.
TEST(RecordStreamTest, NothingMayStandThereTwice) {
  const std::string text = WriteRecord(Clip());
  EXPECT_EQ(ErrorOf(Changed(text, "\"redact\": true", "\"redact\": true, \"redact\": false")),
            "faces[0].redact stands there twice");
  EXPECT_EQ(ErrorOf(Changed(text, "\"masks\": [[0", "\"masks\": [], \"masks\": [[0")),
            "faces[0].masks stands there twice");
  EXPECT_EQ(ErrorOf(Changed(text, "\"faces\"", "\"faces\": [], \"faces\"")),
            "faces stands there twice");
  EXPECT_EQ(ErrorOf(Changed(text, "\"bytes\": 512", "\"bytes\": 1, \"bytes\": 512")),
            "removed[0].bytes stands there twice");
}

TEST(RecordStreamTest, TheHandlersErrorEndsTheReading) {
  const Descriptor file = FileOf(WriteRecord(Clip()));
  int calls = 0;
  const auto read = StreamRecord(file.get(), [&](size_t, const Mask&) {
    ++calls;
    return absl::ResourceExhaustedError("full");
  });
  EXPECT_EQ(read.status(), absl::ResourceExhaustedError("full"));
  EXPECT_EQ(calls, 1);
  EXPECT_FALSE(StreamRecord(-1, [](size_t, const Mask&) { return absl::OkStatus(); }).ok());
}

TEST(RecordStreamTest, LimitsOnHostileText) {
  const std::string text = WriteRecord(Clip());
  RecordLimits few;
  few.max_faces = 2;
  EXPECT_EQ(ErrorOf(text, few), "the record has more than 2 faces");
  few = {};
  few.max_doubtful = 1;
  EXPECT_EQ(ErrorOf(text, few), "the record has more than 1 doubtful moments");

  constexpr char kTooLong[] = "the record has a text, number or gap of more than 1024 KiB";
  const std::string start = text.substr(0, text.size() - 4);  // in the list of warnings
  EXPECT_EQ(ErrorOf(start + ",\"" + std::string(2 << 20, 'x') + "\"]}"), kTooLong);
  EXPECT_EQ(ErrorOf(start + ",\"" + std::string(2 << 20, '\\') + "\"]}"), kTooLong);
  EXPECT_EQ(ErrorOf(start + "," + std::string(2 << 20, '7') + "]}"), kTooLong);
  EXPECT_EQ(ErrorOf(start + std::string(2 << 20, ' ') + "]}"), kTooLong);
  std::string nothings = "{\"x\": [null";
  for (int i = 0; i < 1 << 19; ++i) nothings += ",null";
  EXPECT_EQ(ErrorOf(nothings), kTooLong);

  std::string many = start;
  for (int i = 0; i < 2'000'000; ++i) many += ",\"\"";
  EXPECT_EQ(ErrorOf(many + "]}"), "the record holds too much beside its masks: more than 64 MiB");
  std::string texts = start;
  for (int i = 0; i < 100; ++i) texts += ",\"" + std::string(1'000'000, 'x') + "\"";
  EXPECT_EQ(ErrorOf(texts + "]}"), "the record holds too much beside its masks: more than 64 MiB");
  EXPECT_EQ(ErrorOf(std::string(1 << 20, '[')), "the record is nested more than 32 deep");
  EXPECT_EQ(ErrorOf("{\"x\": {" +
                    [] {
                      std::string fields;
                      for (int i = 0; i < 1001; ++i) fields += "\"k" + std::to_string(i) + "\":0,";
                      return fields;
                    }()),
            "the record has an object of more than 1000 fields");
  few = {};
  few.max_rest = 5000;
  const std::string reason(600, 'r');
  Record reasons = Clip();
  reasons.faces.clear();
  for (int i = 0; i < 10; ++i) reasons.faces.push_back({.face = i + 1, .reason = reason});
  EXPECT_EQ(ErrorOf(WriteRecord(reasons), few), "the record's reasons are longer than 0 MiB");
}

// Blocks of the reader end anywhere: within texts, escapes, numbers and characters of many bytes.
TEST(RecordStreamTest, TextsMayCrossBlocks) {
  for (size_t shift = 0; shift < 40; ++shift) {
    Record record = Clip();
    record.settings.emplace_back("pad", "\"" + std::string(65'100 + shift * 7, 'p') + "\"");
    record.faces[0].reason = "\"\\\"" + std::string(100, '"') + "caf\xc3\xa9 \xf0\x9f\x99\x82";
    const std::string text = WriteRecord(record);
    const auto read = Stream(text);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->faces[0].reason, record.faces[0].reason);
    EXPECT_EQ(ErrorOf(text + "x"), "the record is not valid JSON: line 26 is wrong");
  }
}

// Every number that Rounded gives is what its text gives back.
TEST(RecordStreamTest, RoundingIsAFixedPoint) {
  Record record = Clip();
  std::vector<Mask>& masks = record.faces[0].masks;
  masks.clear();
  for (int i = 0; i < 20'000; ++i) {
    const double odd = i * 1.000'050'000'1 - 1e4;
    masks.push_back({i % 300, odd, 1e7 - i / 1000.0, i / 200.0, i / 8.0 + 0.005, i / 20'000.0,
                     MaskSource::kFilled});
  }
  for (Mask& mask : masks) mask = Rounded(mask);
  const std::string text = WriteRecord(record);
  const auto read = ReadRecord(text);
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->faces[0].masks.size(), masks.size());
  for (size_t i = 0; i < masks.size(); ++i) {
    const Mask& a = read->faces[0].masks[i];
    const Mask& b = masks[i];
    ASSERT_TRUE(a.x == b.x && a.y == b.y && a.width == b.width && a.height == b.height &&
                a.score == b.score)
        << i;
    const Mask again = Rounded(a);
    ASSERT_TRUE(again.x == a.x && again.height == a.height && again.score == a.score) << i;
  }
  EXPECT_EQ(WriteRecord(*read), text);
}

TEST(RecordStreamTest, SettingsAreWrittenAsTheyAreReadBack) {
  Record record = Clip();
  record.settings = {{"mute", "[[1.000000, 2.5], [3, 4]]"},
                     {"margin", "1.30"},
                     {"small", "1e-7"},
                     {"object", "{\"z\": 1, \"a\": [ ]}"},
                     {"broken", "mem\"brane"}};
  const std::string text = WriteRecord(record);
  EXPECT_THAT(text, HasSubstr(R"({"mute": [[1.0,2.5],[3,4]], "margin": 1.3, "small": 1e-07, )"
                              R"("object": {"z":1,"a":[]}, "broken": "mem\"brane"})"));
  const auto read = ReadRecord(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(WriteRecord(*read), text);
}

int64_t PeakKilobytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;  // it keeps freed memory
#else
constexpr bool kSanitized = false;
#endif

// What an hour of a clip with a dozen people brings: through the spool into a record, read again,
// sorted by frame, written again. In a process of its own, for its peak of memory.
TEST(RecordStreamTest, MillionsOfMasksTakeLittleMemory) {
  const auto work = [] {
    constexpr int64_t kFaces = 2'000, kMasks = 650;  // 1.3 million masks
    Record record = Clip();
    record.input.frames = 200'000;
    const int64_t before = PeakKilobytes();
    const auto fail = [](const char* what) {
      fprintf(stderr, "failed: %s\n", what);
      _exit(1);
    };

    auto spool = RowSpool::Create(testing::TempDir());
    if (!spool.ok()) fail("spool");
    for (int64_t i = 0; i < kMasks; ++i) {
      for (int64_t face = 0; face < kFaces; ++face) {
        const MaskRow row = {.face = face,
                             .frame = face * 90 + i,
                             .x = static_cast<double>(i * 3) / 4,
                             .y = 2,
                             .width = 40,
                             .height = 50,
                             .score = 0.5};
        if (!spool->Add(row).ok()) fail("add");
      }
    }

    const auto write = [&](RowSpool& rows) {
      auto file = OpenUnnamedFile(testing::TempDir());
      auto cursor = rows.Sorted(RowOrder::kByFace);
      if (!file.ok() || !cursor.ok()) fail("sort");
      RecordWriter writer(record,
                          [fd = file->get()](ByteView bytes) { return WriteAll(fd, bytes); });
      int64_t last = -1;
      while (true) {
        const auto row = cursor->Next();
        if (!row.ok()) fail("next");
        if (*row == nullptr) break;
        if ((*row)->face != last) writer.AddFace({.face = (*row)->face + 1});
        last = (*row)->face;
        writer.AddMask({(*row)->frame, (*row)->x, (*row)->y, (*row)->width, (*row)->height,
                        (*row)->score, (*row)->source});
      }
      if (!writer.End(record).ok()) fail("write");
      return std::move(*file);
    };
    const Descriptor first = write(*spool);

    auto again = RowSpool::Create(testing::TempDir());
    const auto read = StreamRecord(first.get(), [&](size_t face, const Mask& mask) {
      return again->Add({static_cast<int64_t>(face), mask.frame, mask.x, mask.y, mask.width,
                         mask.height, mask.score, 0, mask.source});
    });
    if (!read.ok()) fail(std::string(read.status().message()).c_str());
    if (read->faces.size() != kFaces || again->size() != kFaces * kMasks) fail("count");
    const Descriptor second = write(*again);

    const auto size = FileSize(first.get());
    if (!size.ok() || *size < 50'000'000) fail("size");
    Bytes a(1 << 16), b(1 << 16);
    for (int64_t at = 0; at <= *size; at += 1 << 16) {
      const auto got_a = ReadAt(first.get(), at, a);
      const auto got_b = ReadAt(second.get(), at, b);
      if (!got_a.ok() || !got_b.ok() || *got_a != *got_b || a != b) fail("other bytes");
    }
    const int64_t grown = PeakKilobytes() - before;
    fprintf(stderr, "grew by %lld kB\n", static_cast<long long>(grown));
    _exit(kSanitized || grown < 32'000 ? 0 : 1);
  };
  EXPECT_EXIT(work(), testing::ExitedWithCode(0), "grew by");
}

}  // namespace
}  // namespace efface
