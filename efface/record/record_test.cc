#include "efface/record/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <locale>
#include <nlohmann/json.hpp>

namespace efface {
namespace {

using ::testing::HasSubstr;

const std::string kSha(64, 'a');

Record Example() {
  Record record;
  record.tool = {"efface", "0.1.0"};
  record.model = {"centerface", kSha};
  record.input = {.file = "street.jpg",
                  .bytes = 123456,
                  .sha256 = kSha,
                  .kind = "photo",
                  .width = 1024,
                  .height = 683,
                  .frames = 2};
  record.output = Record::Output{.file = "street.jpg", .bytes = 120000, .sha256 = kSha};
  record.settings = {{"fill", "\"membrane\""}, {"threshold", "0.2"}, {"regions", "[[1,2,3,4]]"}};
  record.faces = {
      {.face = 1,
       .masks = {{.frame = 0, .x = 12.5, .y = -3.25, .width = 33.1, .height = 41.8, .score = 0.91},
                 {.frame = 1,
                  .x = 1,
                  .y = 2,
                  .width = 3,
                  .height = 4,
                  .score = 0.1234,
                  .source = MaskSource::kFollowed}}},
      {.face = 2,
       .origin = FaceOrigin::kDrawn,
       .redact = false,
       .reason = "the \"mayor\"\nasked",
       .masks = {{.frame = 1,
                  .x = 0,
                  .y = 0,
                  .width = 1,
                  .height = 1,
                  .score = 1,
                  .source = MaskSource::kDrawn}}},
      {.face = 7, .masks = {}}};
  record.removed = {{"exif", 5120}, {"exif-gps", 86}};
  record.kept = {"icc", "date"};
  record.warnings = {"One."};
  return record;
}

// The text of Example() with one passage replaced.
std::string Changed(const std::string& from, const std::string& to) {
  std::string text = WriteRecord(Example());
  const size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  if (at != text.npos) text.replace(at, from.size(), to);
  return text;
}

std::string ErrorOf(const std::string& text) {
  const auto record = ReadRecord(text);
  EXPECT_FALSE(record.ok());
  if (record.ok()) return "";
  EXPECT_EQ(record.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(record.status().message());
}

std::string ErrorAfter(const std::string& from, const std::string& to) {
  return ErrorOf(Changed(from, to));
}

TEST(RecordTest, IsWrittenForPeopleToRead) {
  EXPECT_EQ(WriteRecord(Example()),
            R"({
  "format": "efface-record/1",
  "tool": {"name": "efface", "version": "0.1.0"},
  "model": {"name": "centerface", "sha256": ")" +
                kSha + R"("},
  "input": {"file": "street.jpg", "bytes": 123456, "sha256": ")" +
                kSha + R"(", "kind": "photo", "width": 1024, "height": 683, "frames": 2},
  "output": {"file": "street.jpg", "bytes": 120000, "sha256": ")" +
                kSha + R"("},
  "settings": {"fill": "membrane", "threshold": 0.2, "regions": [[1,2,3,4]]},
  "columns": ["frame", "x", "y", "width", "height", "score", "source"],
  "faces": [
    {"face": 1, "origin": "detected", "redact": true, "reason": null, "masks": [[0, 12.50, -3.25, 33.10, 41.80, 0.9100, "detected"], [1, 1.00, 2.00, 3.00, 4.00, 0.1234, "followed"]]},
    {"face": 2, "origin": "drawn", "redact": false, "reason": "the \"mayor\"\nasked", "masks": [[1, 0.00, 0.00, 1.00, 1.00, 1.0000, "drawn"]]},
    {"face": 7, "origin": "detected", "redact": true, "reason": null, "masks": []}
  ],
  "removed": [
    {"what": "exif", "bytes": 5120},
    {"what": "exif-gps", "bytes": 86}
  ],
  "kept": ["icc", "date"],
  "warnings": [
    "One."
  ]
}
)");
}

TEST(RecordTest, ReadsBackEveryField) {
  const Record written = Example();
  const auto read = ReadRecord(WriteRecord(written));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->tool.name, "efface");
  EXPECT_EQ(read->tool.version, "0.1.0");
  EXPECT_EQ(read->model.name, "centerface");
  EXPECT_EQ(read->model.sha256, kSha);
  EXPECT_EQ(read->input.file, "street.jpg");
  EXPECT_EQ(read->input.bytes, 123456);
  EXPECT_EQ(read->input.sha256, kSha);
  EXPECT_EQ(read->input.kind, "photo");
  EXPECT_EQ(read->input.width, 1024);
  EXPECT_EQ(read->input.height, 683);
  EXPECT_EQ(read->input.frames, 2);
  ASSERT_TRUE(read->output);
  EXPECT_EQ(read->output->bytes, 120000);
  EXPECT_EQ(read->settings, written.settings);
  ASSERT_EQ(read->faces.size(), 3u);
  EXPECT_EQ(read->faces[0].origin, FaceOrigin::kDetected);
  EXPECT_TRUE(read->faces[0].redact);
  EXPECT_FALSE(read->faces[0].reason);
  ASSERT_EQ(read->faces[0].masks.size(), 2u);
  const Mask& mask = read->faces[0].masks[0];
  EXPECT_EQ(mask.frame, 0);
  EXPECT_EQ(mask.x, 12.5);
  EXPECT_EQ(mask.y, -3.25);
  EXPECT_EQ(mask.width, 33.1);
  EXPECT_EQ(mask.height, 41.8);
  EXPECT_EQ(mask.score, 0.91);
  EXPECT_EQ(mask.source, MaskSource::kDetected);
  EXPECT_EQ(read->faces[0].masks[1].frame, 1);
  EXPECT_EQ(read->faces[0].masks[1].source, MaskSource::kFollowed);
  EXPECT_EQ(read->faces[1].origin, FaceOrigin::kDrawn);
  EXPECT_FALSE(read->faces[1].redact);
  EXPECT_EQ(read->faces[1].reason, "the \"mayor\"\nasked");
  EXPECT_EQ(read->faces[2].face, 7);
  ASSERT_EQ(read->removed.size(), 2u);
  EXPECT_EQ(read->removed[1].what, "exif-gps");
  EXPECT_EQ(read->removed[1].bytes, 86);
  EXPECT_EQ(read->kept, written.kept);
  EXPECT_EQ(read->warnings, written.warnings);
  EXPECT_EQ(WriteRecord(*read), WriteRecord(written));
}

Record::Place Boston() {
  return {.id = "us-ma-boston",
          .name = "Boston, Massachusetts",
          .law = "Code 16-62",
          .scope = "ban",
          .standing = "in force",
          .as_of = "2026-11-23",
          .redaction_software = "unknown",
          .basis = "Read \"in part\".",
          .source = "https://example.org/code",
          .confirmed = false};
}

TEST(RecordTest, ReadsBackThePlaceAndIsTheSameWithoutOne) {
  Record record = Example();
  record.place = Boston();
  const std::string text = WriteRecord(record);
  auto read = ReadRecord(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->place, record.place);
  EXPECT_EQ(WriteRecord(*read), text);
  read->place.reset();
  EXPECT_EQ(WriteRecord(*read), WriteRecord(Example()));

  record.place->law.clear();
  record.place->confirmed = true;
  read = ReadRecord(WriteRecord(record));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->place, record.place);
}

TEST(RecordTest, ChecksThePlace) {
  Record record = Example();
  record.place = Boston();
  const std::string text = WriteRecord(record);
  const auto error = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const size_t at = changed.find(from);
    EXPECT_NE(at, changed.npos) << from;
    if (at != changed.npos) changed.replace(at, from.size(), to);
    return ErrorOf(changed);
  };
  EXPECT_EQ(error("\"id\": \"us-ma-boston\"", "\"id\": 3"), "place.id is not a text");
  EXPECT_EQ(error("\"scope\": \"ban\"", "\"scope\": \"\""), "place.scope is empty");
  EXPECT_EQ(error("\"law\": \"Code 16-62\", ", ""), "place: \"law\" is missing");
  EXPECT_EQ(error("\"unknown\"", "\"perhaps\""),
            "place.redaction_software is none of allowed, not-mentioned, unknown");
  EXPECT_EQ(error("\"confirmed\": false", "\"confirmed\": \"no\""),
            "place.confirmed is neither true nor false");
  EXPECT_EQ(error("\"legal_advice\": false", "\"legal_advice\": true"),
            "place.legal_advice is true, and a record can't be that");
}

TEST(RecordTest, ReadsBackWithoutOutputAndFaces) {
  Record record = Example();
  record.output.reset();
  record.settings.clear();
  record.faces.clear();
  record.removed.clear();
  record.kept.clear();
  record.warnings.clear();
  const std::string text = WriteRecord(record);
  EXPECT_THAT(text, HasSubstr("\"output\": null,\n  \"settings\": {},"));
  EXPECT_THAT(
      text,
      HasSubstr("\"faces\": [],\n  \"removed\": [],\n  \"kept\": [],\n  \"warnings\": []\n}\n"));
  const auto read = ReadRecord(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_FALSE(read->output);
  EXPECT_EQ(WriteRecord(*read), text);
}

TEST(RecordTest, NumbersAreRoundedAndZeroHasNoSign) {
  Record record = Example();
  record.faces[0].masks[0].x = -0.001;
  record.faces[0].masks[0].y = 1.006;
  record.faces[0].masks[0].score = 0.99999;
  EXPECT_THAT(WriteRecord(record), HasSubstr("[0, 0.00, 1.01, 33.10, 41.80, 1.0000, "));
}

// Writes 1234.5 as "1.234,5", as many languages do.
class Comma : public std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

TEST(RecordTest, NumbersDoNotFollowTheLocale) {
  const std::string expected = WriteRecord(Example());
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Comma));
  const std::string text = WriteRecord(Example());
  const auto read = ReadRecord(text);
  std::locale::global(before);
  EXPECT_EQ(text, expected);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->faces[0].masks[0].width, 33.1);
}

TEST(RecordTest, BytesThatAreNotUtf8AreReplaced) {
  Record record = Example();
  record.input.file = "caf\xe9.jpg";
  const auto read = ReadRecord(WriteRecord(record));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->input.file, "caf\xef\xbf\xbd.jpg");
}

TEST(RecordTest, ColumnsMayStandInAnyOrder) {
  auto json = nlohmann::ordered_json::parse(WriteRecord(Example()));
  json["columns"] = {"source", "score", "height", "width", "y", "x", "frame"};
  for (auto& face : json["faces"]) {
    for (auto& mask : face["masks"]) std::reverse(mask.begin(), mask.end());
  }
  const auto read = ReadRecord(json.dump());
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(WriteRecord(*read), WriteRecord(Example()));
}

TEST(RecordTest, UnknownFieldsAreIgnored) {
  const auto read = ReadRecord(Changed("\"warnings\"", "\"later\": {\"x\": [1]}, \"warnings\""));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(WriteRecord(*read), WriteRecord(Example()));
}

TEST(RecordTest, ErrorsSayWhere) {
  EXPECT_EQ(ErrorOf("[]"), "the record is not an object");
  EXPECT_EQ(ErrorOf("{}"), "\"format\" is missing");
  EXPECT_EQ(ErrorAfter("efface-record/1", "efface-record/2"), "format is not efface-record/1");
  EXPECT_EQ(ErrorAfter("\"tool\": {\"name\"", "\"tool\": {\"nam\""), "tool: \"name\" is missing");
  EXPECT_EQ(ErrorAfter("\"kind\": \"photo\"", "\"kind\": \"song\""),
            "input.kind is neither \"photo\" nor \"clip\"");
  EXPECT_EQ(ErrorAfter("\"width\": 1024", "\"width\": 0"), "input.width is less than 1");
  EXPECT_EQ(ErrorAfter("\"frames\": 2", "\"frames\": 18446744073709551615"),
            "input.frames is larger than 1000000000");
  EXPECT_EQ(ErrorAfter("\"bytes\": 123456", "\"bytes\": 1.5"), "input.bytes is not a whole number");
  EXPECT_EQ(ErrorAfter("street.jpg", "../street.jpg"),
            "input.file is not a file name without folder");
  EXPECT_EQ(ErrorAfter("aaaa", "AAAA"),
            "model.sha256 is not a SHA-256 in 64 lower-case hexadecimal digits");
  EXPECT_EQ(ErrorAfter("\"columns\": [\"frame\", ", "\"columns\": ["),
            "columns: \"frame\" is missing");
  EXPECT_EQ(ErrorAfter("\"columns\": [\"frame\"", "\"columns\": [\"x\""),
            "columns[1] stands there twice");
  EXPECT_EQ(ErrorAfter("\"columns\": [\"frame\"", "\"columns\": [\"age\""),
            "columns[0] is not a known column");
  EXPECT_EQ(ErrorAfter("\"redact\": true", "\"redact\": 1"),
            "faces[0].redact is neither true nor false");
  EXPECT_EQ(ErrorAfter("\"redact\": true, ", ""), "faces[0]: \"redact\" is missing");
  EXPECT_EQ(ErrorAfter("\"origin\": \"detected\"", "\"origin\": \"guessed\""),
            "faces[0].origin is none of detected, drawn");
  EXPECT_EQ(ErrorAfter("\"face\": 2", "\"face\": 1"), "faces[1]: face 1 stands there twice");
  EXPECT_EQ(ErrorAfter("\"reason\": null", "\"reason\": 3"), "faces[0].reason is not a text");
  EXPECT_EQ(ErrorAfter("33.10", "-33.10"), "faces[0].masks[0]: width is negative");
  EXPECT_EQ(ErrorAfter("33.10", "\"33\""), "faces[0].masks[0]: width is not a number");
  EXPECT_EQ(ErrorAfter("33.10", "1e300"), "faces[0].masks[0]: width is larger than 1e+07");
  EXPECT_EQ(ErrorAfter("0.1234", "1.5"), "faces[0].masks[1]: score is larger than 1");
  EXPECT_EQ(ErrorAfter("33.10, ", ""), "faces[0].masks[0] has 6 values instead of 7");
  EXPECT_EQ(ErrorAfter("[[0, 12", "[[-1, 12"), "faces[0].masks[0]: frame is negative");
  EXPECT_EQ(ErrorAfter("[[0, 12", "[[2, 12"), "faces[0].masks[0]: frame is larger than 1");
  EXPECT_EQ(ErrorAfter("[[0, 12", "[[0.5, 12"), "faces[0].masks[0]: frame is not a whole number");
  EXPECT_EQ(ErrorAfter("\"followed\"", "\"known\""),
            "faces[0].masks[1]: source is none of detected, followed, filled, drawn");
  EXPECT_EQ(ErrorAfter("\"bytes\": 86", "\"bytes\": -86"), "removed[1].bytes is less than 0");
  EXPECT_EQ(ErrorAfter("\"One.\"", "1"), "warnings[0] is not a text");
}

TEST(RecordTest, RecordsOfBeforeHaveNoKept) {
  const auto read = ReadRecord(Changed("  \"kept\": [\"icc\", \"date\"],\n", ""));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_TRUE(read->kept.empty());
  EXPECT_EQ(ErrorAfter("\"date\"]", "3]"), "kept[1] is not a text");
  EXPECT_EQ(ErrorAfter("\"date\"]", "\"at home\"]"), "kept[1] is not a word in lower case");
  EXPECT_EQ(ErrorAfter("[\"icc\", \"date\"]", "true"), "kept is not a list");
}

TEST(RecordTest, AScrubAsksNoModel) {
  Record record = Example();
  record.model = {};
  const std::string text = WriteRecord(record);
  EXPECT_THAT(text, HasSubstr("\"model\": null,"));
  const auto read = ReadRecord(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(WriteRecord(*read), text);
}

TEST(RecordTest, TextThatIsNotJsonIsRefused) {
  EXPECT_EQ(ErrorOf(""), "the record is not valid JSON: line 1 is wrong");
  EXPECT_EQ(ErrorAfter("33.10", "NaN"), "the record is not valid JSON: line 10 is wrong");
  EXPECT_EQ(ErrorAfter("33.10", "1e999"), "the record holds a number that is too large");
  EXPECT_EQ(ErrorAfter("street", "caf\xe9"), "the record is not valid JSON: line 5 is wrong");
  EXPECT_EQ(ErrorOf(WriteRecord(Example()) + "x"),
            "the record is not valid JSON: line 23 is wrong");
}

TEST(RecordTest, HostileTextIsRefusedEarly) {
  EXPECT_EQ(ErrorOf(std::string(1 << 20, '[')), "the record is nested more than 32 deep");
  EXPECT_EQ(ErrorOf(std::string(size_t{33} << 20, ' ')), "the record is larger than 32 MiB");
  std::string many = "{";
  for (int i = 0; i < 100'000; ++i) many += "\"k" + std::to_string(i) + "\":0,";
  EXPECT_EQ(ErrorOf(many), "the record has an object of more than 1000 fields");
}

// Coordinates up to the limit keep their two decimals both ways.
TEST(RecordTest, LargestCoordinatesRoundTrip) {
  Record record = Example();
  record.faces[0].masks[0].x = -9'999'999.99;
  record.faces[0].masks[0].width = 9'999'999.99;
  const auto read = ReadRecord(WriteRecord(record));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->faces[0].masks[0].x, -9'999'999.99);
  EXPECT_EQ(read->faces[0].masks[0].width, 9'999'999.99);
}

}  // namespace
}  // namespace efface
