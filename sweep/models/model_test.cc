// Every format: an embedding network for face crops is told as one, and its nearest relatives
// aren't.
#include "sweep/models/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "sweep/models/test_nets.h"

namespace sweep {
namespace {

using testing::Gt;
using testing::HasSubstr;

std::optional<ModelFacts> Facts(const Bytes& bytes) {
  const auto facts = ReadModel("model.bin", bytes);
  EXPECT_TRUE(facts.ok()) << facts.status();
  return facts.ok() ? *facts : std::nullopt;
}

ModelVerdict Judged(const Bytes& bytes) {
  const auto facts = Facts(bytes);
  EXPECT_TRUE(facts.has_value());
  return facts ? Judge(*facts) : ModelVerdict();
}

struct Format {
  std::string name;
  ModelFormat format;
  Bytes (*write)(const Net& net);
  bool fan_in = true;  // the file says how many numbers the last layer takes
};

// So that a failing test shows its format's name.
void PrintTo(const Format& format, std::ostream* out) { *out << format.name; }

class EachGraph : public testing::TestWithParam<Format> {
 protected:
  ModelVerdict Judged(const Net& net) const { return sweep::Judged(GetParam().write(net)); }
};

TEST_P(EachGraph, SaysWhatItIs) {
  const auto facts = Facts(GetParam().write({}));
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->format, GetParam().format);
  ASSERT_EQ(facts->inputs.size(), 1);
  EXPECT_EQ(facts->inputs[0].name, "data");
  ASSERT_THAT(facts->inputs[0].shape.size(), testing::Ge(3));
  EXPECT_EQ(std::count(facts->inputs[0].shape.begin(), facts->inputs[0].shape.end(), 112), 2);
  ASSERT_EQ(facts->outputs.size(), 1);
  EXPECT_EQ(facts->outputs[0].width, 512);
  if (GetParam().fan_in) {
    EXPECT_EQ(facts->outputs[0].fan_in, 25088);
  }
  // The way back from the output reaches the convolutions, and stops at its bound or at the
  // picture.
  EXPECT_EQ(facts->outputs[0].tail.size(), kMaxTail);
  EXPECT_THAT(facts->evidence, testing::Contains(HasSubstr("net")));
}

TEST_P(EachGraph, TellsAnEmbeddingNetworkForFaceCrops) {
  for (const int64_t side : {112, 160}) {
    for (const int64_t length : {128, 256, 512}) {
      const ModelVerdict verdict = Judged({.side = side, .length = length});
      EXPECT_EQ(verdict.kind, ModelKind::kFaceEmbedding)
          << side << " " << length << ": " << verdict.reason;
      EXPECT_EQ(verdict.confidence, Confidence::kHigh)
          << side << " " << length << ": " << verdict.reason;
    }
  }
}

TEST_P(EachGraph, PassesAClassifierOfThatSize) {
  const ModelVerdict verdict = Judged({.softmax = true});
  EXPECT_EQ(verdict.kind, ModelKind::kOther) << verdict.reason;
}

TEST_P(EachGraph, PassesAnEncoderOfLargerPictures) {
  EXPECT_EQ(Judged({.side = 224}).kind, ModelKind::kOther);
}

TEST_P(EachGraph, PassesAThousandOutputs) {
  EXPECT_EQ(Judged({.length = 1000}).kind, ModelKind::kOther);
}

TEST_P(EachGraph, PassesAMap) {
  const ModelVerdict verdict = Judged({.maps = true});
  EXPECT_EQ(verdict.kind, ModelKind::kOther) << verdict.reason;
}

TEST_P(EachGraph, PassesAShallowNetwork) {
  EXPECT_EQ(Judged({.convolutions = 4}).kind, ModelKind::kOther);
}

TEST_P(EachGraph, TellsLandmarks) {
  EXPECT_EQ(Judged({.length = 136}).kind, ModelKind::kFaceDetection);
}

TEST_P(EachGraph, TellsAttributesByName) {
  const ModelVerdict verdict = Judged({.side = 62, .length = 3, .name = "age_gender"});
  EXPECT_EQ(verdict.kind, ModelKind::kFaceAttributes) << verdict.reason;
  EXPECT_EQ(verdict.confidence, Confidence::kMedium);
  EXPECT_EQ(Judged({.side = 62, .length = 3, .name = "image_agenda"}).kind, ModelKind::kOther);
}

TEST_P(EachGraph, CutOffIsASentenceOrNothingButNoModel) {
  const Bytes whole = GetParam().write({});
  for (size_t size = 0; size < whole.size(); size += 1 + whole.size() / 257) {
    const auto facts = ReadModel("model.bin", ByteView(whole).first(size));
    if (!facts.ok()) {
      EXPECT_THAT(std::string(facts.status().message()), HasSubstr("cut off or damaged"));
    }
  }
}

TEST_P(EachGraph, DamagedIsSurvived) {
  const Bytes whole = GetParam().write({});
  uint32_t random = 1;
  for (int round = 0; round < 300; ++round) {
    Bytes damaged = whole;
    for (int i = 0; i < 1 + round % 8; ++i) {
      random = random * 1664525 + 1013904223;
      damaged[(random >> 8) % damaged.size()] = static_cast<uint8_t>(random);
    }
    const auto facts = ReadModel("model.bin", damaged);
    if (facts.ok() && *facts) {
      EXPECT_FALSE(Judge(**facts).reason.empty());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Formats, EachGraph,
    testing::Values(Format{"Onnx", ModelFormat::kOnnx, OnnxNet},
                    Format{"TfLite", ModelFormat::kTfLite, TfLiteNet},
                    Format{"OpenVino", ModelFormat::kOpenVino, OpenVinoNet},
                    Format{"CoreMl", ModelFormat::kCoreMl, CoreMlNet},
                    Format{"CoreMlProgram", ModelFormat::kCoreMl, CoreMlProgramNet, false},
                    Format{"Caffe", ModelFormat::kCaffe, CaffeNet},
                    Format{"CaffeText", ModelFormat::kCaffe, CaffeTextNet, false},
                    Format{"TensorFlow", ModelFormat::kTensorFlow, TensorFlowNet},
                    Format{"TensorFlowJs", ModelFormat::kTensorFlowJs, TensorFlowJsNet},
                    Format{"Keras", ModelFormat::kKeras, KerasNet, false},
                    Format{"KerasHdf5", ModelFormat::kKeras, KerasHdf5Net, false},
                    Format{"Ncnn", ModelFormat::kNcnn, NcnnNet}),
    [](const auto& tested) { return tested.param.name; });

class EachWeights : public EachGraph {};

TEST_P(EachWeights, SaysWhatItIs) {
  const auto facts = Facts(GetParam().write({}));
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->format, GetParam().format);
  const auto named = [](const std::string& name) {
    return testing::Field(&ModelTensor::name, name);
  };
  EXPECT_THAT(facts->weights, testing::Contains(named("fc.weight")));
  EXPECT_THAT(facts->parameters, Gt(25088 * 512));
}

TEST_P(EachWeights, TellsAnEmbeddingNetworkForFaceCrops) {
  EXPECT_EQ(Judged({}).kind, ModelKind::kFaceEmbedding);
  EXPECT_EQ(Judged({}).confidence, Confidence::kHigh);
  // FaceNet's last layer.
  EXPECT_EQ(Judged({.fan_in = 1792, .prelu = false}).kind, ModelKind::kFaceEmbedding);
  // A classifier of the persons of VGGFace2.
  EXPECT_EQ(Judged({.length = 8631, .fan_in = 512, .prelu = false}).kind,
            ModelKind::kFaceEmbedding);
}

TEST_P(EachWeights, PassesItsRelatives) {
  EXPECT_NE(Judged({.length = 1000}).kind, ModelKind::kFaceEmbedding);
  EXPECT_NE(Judged({.length = 4096, .prelu = false}).kind, ModelKind::kFaceEmbedding);  // VGG
  EXPECT_NE(Judged({.length = 512, .fan_in = 2048, .prelu = false}).kind,
            ModelKind::kFaceEmbedding);  // a projection
  EXPECT_NE(Judged({.convolutions = 4}).kind, ModelKind::kFaceEmbedding);
}

TEST_P(EachWeights, DamagedIsSurvived) {
  const Bytes whole = GetParam().write({});
  for (size_t i = 0; i < whole.size(); i += 1 + whole.size() / 500) {
    Bytes damaged = whole;
    damaged[i] ^= 0xFF;
    const auto facts = ReadModel("model.bin", damaged);
    if (facts.ok() && *facts) {
      EXPECT_FALSE(Judge(**facts).reason.empty());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Formats, EachWeights,
    testing::Values(Format{"PyTorch", ModelFormat::kPyTorch, PyTorchNet},
                    Format{"PyTorchLegacy", ModelFormat::kPyTorch, PyTorchLegacyNet},
                    Format{"Safetensors", ModelFormat::kSafetensors, SafetensorsNet}),
    [](const auto& tested) { return tested.param.name; });

// A graph without a word of the picture that it takes.
TEST(MxNet, TellsAnEmbeddingNetworkByItsLayersAlone) {
  const auto facts = Facts(MxNetNet({}));
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->format, ModelFormat::kMxNet);
  EXPECT_EQ(facts->operators.at("PReLU"), 12);
  ASSERT_EQ(facts->outputs.size(), 1);
  EXPECT_EQ(facts->outputs[0].width, 512);
  EXPECT_EQ(Judge(*facts).kind, ModelKind::kFaceEmbedding);
  EXPECT_EQ(Judged(MxNetNet({.name = "mobilefacenet"})).confidence, Confidence::kHigh);
  for (const Net& other : {Net{.length = 1000}, Net{.prelu = false}, Net{.softmax = true},
                           Net{.maps = true}, Net{.convolutions = 4}}) {
    EXPECT_NE(Judged(MxNetNet(other)).kind, ModelKind::kFaceEmbedding);
  }
}

TEST(ReadModel, PassesWhatIsNoModel) {
  const auto none = [](std::string_view text) {
    const auto facts = ReadModel("notes.txt", AsBytes(text));
    return facts.ok() && !facts->has_value();
  };
  EXPECT_TRUE(none(""));
  EXPECT_TRUE(none("\n"));
  EXPECT_TRUE(
      none("\n\n# Notes\n\nA text that begins with an empty line, as protocol buffers do.\n"));
  EXPECT_TRUE(none("name: CI\non: [push]\njobs:\n  test: {runs-on: ubuntu}\n"));
  EXPECT_TRUE(none("layer cake { recipe }\n"));
  EXPECT_TRUE(none("{\"format\": \"json\", \"name\": \"x\"}"));
  EXPECT_TRUE(none("[{\"weights\": 3, \"shape\": 4}]"));
  EXPECT_TRUE(none("<?xml version=\"1.0\"?><project name=\"x\"/>"));
  EXPECT_TRUE(none(std::string("\x80\x02}q\x01.", 6)));
  EXPECT_TRUE(
      none(std::string("\x08\x01\x12\x03"
                       "abc",
                       7)));
  EXPECT_TRUE(none(std::string(4096, '\0')));
  const Bytes archive =
      Zip({{"a/data.pkl", {'h', 'i'}}, {"config.json", {'{', '}'}}, {"model.weights.h5", {}}});
  const auto facts = ReadModel("a.zip", archive);
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_FALSE(facts->has_value());
}

TEST(ReadModel, ANameIsAHintOnly) {
  // Nothing of an ONNX model, but its name.
  const auto facts =
      ReadModel("arcface.onnx",
                AsBytes("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"));
  ASSERT_TRUE(facts.ok());
  EXPECT_FALSE(facts->has_value());
}

// A graph of MediaPipe's calculators begins as one of TensorFlow's nodes does.
TEST(ReadModel, PassesAnotherGraphOfNodes) {
  Proto graph;
  for (int i = 0; i < 20; ++i)
    graph.Inner(1,
                Proto().Text(1, "FlowLimiterCalculator").Text(2, i < 10 ? "IMAGE" : "IMAGE:image"));
  const auto facts = ReadModel("face_mesh.binarypb", graph.bytes());
  ASSERT_TRUE(facts.ok()) << facts.status();
  EXPECT_FALSE(facts->has_value());
}

// A pickle that would run a command if it were executed is only read.
TEST(ReadModel, NeverRunsAPickle) {
  const std::string evil =
      "\x80\x02"
      "cos\nsystem\n(X\x0A\x00\x00\x00touch evil.tR.";
  const auto facts = ReadModel("m.pt", Zip({{"m/data.pkl", {evil.begin(), evil.end()}}}));
  ASSERT_TRUE(facts.ok());
  EXPECT_FALSE(facts->has_value());
}

TEST(ReadModel, BoundsWhatItKeeps) {
  // A million layers with long names, and outputs without end.
  Proto graph;
  const Proto node = Proto()
                         .Text(1, "a")
                         .Text(2, std::string(100, 'n'))
                         .Text(4, "Relu")
                         .Text(3, std::string(300, '\x01'));
  for (int i = 0; i < 20000; ++i) graph.Inner(1, node).Inner(12, Proto().Text(1, "out"));
  const auto facts = Facts(Proto().Number(1, 8).Text(2, "p").Inner(7, graph).bytes());
  ASSERT_TRUE(facts.has_value());
  EXPECT_LE(facts->evidence.size(), kMaxEvidence);
  for (const std::string& text : facts->evidence) EXPECT_LE(text.size(), kMaxEvidenceLength);
  EXPECT_LE(facts->outputs.size(), 1024);
  EXPECT_EQ(facts->operators.at("Relu"), 20000);
}

TEST(ReadModel, ALoopInAGraphEnds) {
  const auto node = [](std::string_view takes, std::string_view makes) {
    return Proto().Text(1, takes).Text(2, makes).Text(4, "Add");
  };
  const Proto graph =
      Proto().Inner(1, node("b", "a")).Inner(1, node("a", "b")).Inner(12, Proto().Text(1, "a"));
  const auto facts = Facts(Proto().Number(1, 8).Text(2, "p").Inner(7, graph).bytes());
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->outputs.at(0).tail.size(), kMaxTail);
}

TEST(ReadModel, DeepJsonIsSurvived) {
  const std::string deep =
      "{\"modelTopology\": " + std::string(1 << 20, '[') + std::string(1 << 20, ']') + "}";
  EXPECT_TRUE(ReadModel("model.json", AsBytes(deep)).ok());
  std::string nested = "{\"modelTopology\": ";
  for (int i = 0; i < 100000; ++i) nested += "{\"a\":";
  EXPECT_FALSE(ReadModel("model.json", AsBytes(nested)).ok());
}

}  // namespace
}  // namespace sweep
