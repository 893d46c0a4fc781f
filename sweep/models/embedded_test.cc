// Models inside of other bytes are found, wherever they lie, and end where they end.
#include "sweep/models/embedded.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sweep/models/model.h"
#include "sweep/models/test_nets.h"

namespace sweep {
namespace {

// Bytes that look like code: no two the same run, all values.
Bytes Code(size_t size, uint32_t state) {
  Bytes bytes(size);
  for (uint8_t& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<uint8_t>(state >> 24);
  }
  return bytes;
}

// What the models at all marks of `bytes` are judged to be.
std::vector<ModelKind> Kinds(const Bytes& bytes) {
  std::vector<int64_t> marks;
  FindModelMarks(bytes, 0, 1000, marks);
  std::vector<ModelKind> kinds;
  for (const int64_t mark : marks) {
    const auto facts = ReadModel("", ModelAt(bytes, static_cast<size_t>(mark)));
    if (facts.ok() && facts->has_value()) kinds.push_back(Judge(**facts).kind);
  }
  return kinds;
}

struct Format {
  const char* name;
  Bytes (*write)(const Net& net);
};
class Embedded : public testing::TestWithParam<Format> {};

TEST_P(Embedded, IsFoundBetweenOtherBytes) {
  const Bytes model = GetParam().write({});
  for (const size_t before : {size_t{0}, size_t{1}, size_t{4096}, size_t{70001}}) {
    Bytes bytes = Code(before, 7);
    efface::Append(bytes, model);
    const Bytes after = Code(50000, 99);
    efface::Append(bytes, after);
    EXPECT_THAT(Kinds(bytes), testing::Contains(ModelKind::kFaceEmbedding)) << before;
  }
}

TEST_P(Embedded, AClassifierIsNoFaceEmbedding) {
  Bytes bytes = Code(1000, 7);
  efface::Append(bytes, GetParam().write({.side = 224, .length = 1000, .softmax = true}));
  efface::Append(bytes, Code(1000, 8));
  EXPECT_THAT(Kinds(bytes), testing::Not(testing::Contains(ModelKind::kFaceEmbedding)));
}

TEST_P(Embedded, CutOffIsSurvived) {
  const Bytes model = GetParam().write({});
  for (size_t size = 0; size < model.size(); size += 1 + model.size() / 97) {
    Bytes bytes = Code(100, 3);
    efface::Append(bytes, ByteView(model).first(size));
    Kinds(bytes);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, Embedded,
                         testing::Values(Format{"Onnx", OnnxNet}, Format{"TfLite", TfLiteNet},
                                         Format{"OpenVino", OpenVinoNet}),
                         [](const auto& one) { return one.param.name; });

TEST(FindModelMarks, EndsAtTheLimit) {
  Bytes bytes;
  for (int i = 0; i < 5000; ++i) efface::Append(bytes, AsBytes(std::string_view("....TFL3")));
  std::vector<int64_t> marks;
  FindModelMarks(bytes, 10, 100, marks);
  EXPECT_EQ(marks.size(), 100);
  EXPECT_EQ(marks.front(), 10);
}

TEST(FindModelMarks, CodeHasHardlyAny) {
  std::vector<int64_t> marks;
  FindModelMarks(Code(4 << 20, 5), 0, 1000, marks);
  EXPECT_LT(marks.size(), 10);
}

}  // namespace
}  // namespace sweep
