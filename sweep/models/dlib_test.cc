// dlib's files, written here as dlib writes them: counted numbers, texts that name layers, numbers
// in between.
#include <gtest/gtest.h>

#include <string>

#include "sweep/models/model.h"
#include "sweep/models/test_writers.h"

namespace sweep {
namespace {

class Dat {
 public:
  Dat& Integer(int64_t value) {
    Bytes digits;
    for (uint64_t rest = static_cast<uint64_t>(value < 0 ? -value : value);
         rest > 0 || digits.empty(); rest >>= 8)
      digits.push_back(static_cast<uint8_t>(rest));
    bytes_.push_back(static_cast<uint8_t>(digits.size() | (value < 0 ? 0x80 : 0)));
    efface::Append(bytes_, digits);
    return *this;
  }
  Dat& Text(std::string_view text) {
    Integer(static_cast<int64_t>(text.size()));
    efface::Append(bytes_, AsBytes(text));
    return *this;
  }
  Dat& Real(int64_t mantissa, int64_t exponent) { return Integer(mantissa).Integer(exponent); }
  Dat& Noise(size_t size) {
    for (size_t i = 0; i < size; ++i) bytes_.push_back(static_cast<uint8_t>(i * 37 + 11));
    return *this;
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
};

Bytes Network(std::string_view loss, int64_t side, int64_t length) {
  Dat dat;
  dat.Integer(1).Text(loss).Real(10737418, -28).Integer(2).Integer(3);
  dat.Text("input_rgb_image_sized");
  for (int i = 0; i < 3; ++i) dat.Real(16094562, -17);
  dat.Integer(side).Integer(side);
  for (int i = 0; i < 10; ++i)
    dat.Text("con_4")
        .Integer(2)
        .Integer(4736)
        .Integer(1)
        .Integer(1)
        .Integer(1)
        .Noise(400)
        .Text("affine_")
        .Noise(40)
        .Text("relu_")
        .Noise(8);
  dat.Text("avg_pool_2").Noise(16).Text("fc_2").Integer(length).Integer(256).Noise(500);
  return dat.bytes();
}

ModelVerdict Judged(const Bytes& bytes) {
  const auto facts = ReadModel("a.dat", bytes);
  EXPECT_TRUE(facts.ok() && facts->has_value());
  return facts.ok() && *facts ? Judge(**facts) : ModelVerdict();
}

TEST(Dlib, TellsItsFaceRecogniser) {
  const Bytes bytes = Network("loss_metric_2", 150, 128);
  const auto facts = ReadModel("a.dat", bytes);
  ASSERT_TRUE(facts.ok() && facts->has_value());
  EXPECT_EQ((*facts)->format, ModelFormat::kDlib);
  EXPECT_EQ((*facts)->inputs.at(0).shape, (std::vector<int64_t>{3, 150, 150}));
  EXPECT_EQ((*facts)->outputs.at(0).width, 128);
  EXPECT_EQ((*facts)->operators.at("con_4"), 10);
  EXPECT_EQ(Judge(**facts).kind, ModelKind::kFaceEmbedding);
  EXPECT_EQ(Judge(**facts).confidence, Confidence::kHigh);
}

TEST(Dlib, PassesItsOtherNetworks) {
  EXPECT_EQ(Judged(Network("loss_mmod_", 150, 1)).kind, ModelKind::kFaceDetection);
  EXPECT_EQ(Judged(Network("loss_multiclass_log_", 224, 1000)).kind, ModelKind::kOther);
  EXPECT_EQ(Judged(Network("loss_multiclass_log_", 64, 81)).kind, ModelKind::kFaceAttributes);
}

TEST(Dlib, TellsShapePredictors) {
  const auto predictor = [](int64_t points, int64_t exponent) {
    Dat dat;
    dat.Integer(1).Integer(-2 * points).Integer(-1);
    for (int64_t i = 0; i < 2 * points; ++i) dat.Real(9000000 + i, exponent);
    return dat.Noise(200).bytes();
  };
  EXPECT_EQ(Judged(predictor(68, -25)).kind, ModelKind::kFaceDetection);
  EXPECT_EQ(Judged(predictor(19, -25)).kind, ModelKind::kOther);
  // Places far outside of a box of size 1: something else.
  const auto facts = ReadModel("a.dat", predictor(68, -3));
  EXPECT_TRUE(facts.ok() && !facts->has_value());
}

TEST(Dlib, CutOffBeforeItsLayersIsASentence) {
  const Bytes bytes = Network("loss_metric_2", 150, 128);
  const auto facts = ReadModel("a.dat", ByteView(bytes).first(24));
  ASSERT_FALSE(facts.ok());
  EXPECT_EQ(facts.status().message(), "is a dlib network that is cut off or damaged");
}

}  // namespace
}  // namespace sweep
