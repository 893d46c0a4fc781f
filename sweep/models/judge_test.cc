// The judgement, on facts alone: what each rule takes, and what comes near.
#include <gtest/gtest.h>

#include "sweep/models/model.h"

namespace sweep {
namespace {

// MobileFaceNet and its kin: the vector comes from a convolution after a global one over 7x7.
ModelFacts Mobile() {
  ModelFacts facts;
  facts.inputs = {{"input", {-1, 3, 112, 112}}};
  facts.outputs = {{"embedding", {-1, 128}, {"Flatten", "Conv", "Conv", "PRelu"}, 128, -1}};
  facts.operators = {{"Conv", 50}, {"PRelu", 30}, {"Flatten", 1}};
  facts.weights = {{"a", {64, 3, 3, 3}}, {"gdc", {512, 1, 7, 7}}, {"last", {128, 512, 1, 1}}};
  return facts;
}

TEST(Judge, TellsMobileFaceNet) {
  EXPECT_EQ(Judge(Mobile()).kind, ModelKind::kFaceEmbedding);
  EXPECT_EQ(Judge(Mobile()).confidence, Confidence::kHigh);
}

TEST(Judge, TellsItOfSeveralPicturesAtOnce) {
  ModelFacts facts = Mobile();
  facts.inputs[0].shape = {2, 112, 112, 3};
  facts.outputs[0].shape = {2, 128};
  EXPECT_EQ(Judge(facts).kind, ModelKind::kFaceEmbedding);
  // Not a list of two vectors.
  facts.inputs[0].shape = {1, 112, 112, 3};
  EXPECT_EQ(Judge(facts).kind, ModelKind::kOther);
}

TEST(Judge, TellsFaceNet) {
  ModelFacts facts = Mobile();
  facts.inputs = {{"input", {-1, 160, 160, 3}}, {"phase_train", {}}};
  facts.outputs = {
      {"embeddings", {}, {"Mul", "FusedBatchNorm", "MatMul", "Reshape", "AvgPool"}, 512, 1792}};
  facts.operators = {{"Conv2D", 132}, {"MatMul", 1}};
  facts.weights.clear();
  EXPECT_EQ(Judge(facts).kind, ModelKind::kFaceEmbedding);
  EXPECT_EQ(Judge(facts).confidence, Confidence::kHigh);
}

// Features of a general network, straight out of its last pooling.
TEST(Judge, PassesPooledFeatures) {
  ModelFacts facts = Mobile();
  facts.outputs[0].tail = {"Flatten", "GlobalAveragePool", "Relu", "Conv"};
  EXPECT_EQ(Judge(facts).kind, ModelKind::kOther);
}

TEST(Judge, PassesPersonsSeenWhole) {
  ModelFacts facts = Mobile();
  facts.inputs[0].shape = {-1, 3, 256, 128};
  EXPECT_EQ(Judge(facts).kind, ModelKind::kOther);
}

TEST(Judge, PassesPictureAndText) {
  ModelFacts facts = Mobile();
  facts.inputs = {{"pixels", {-1, 3, 112, 112}}, {"input_ids", {-1, 77}}};
  EXPECT_EQ(Judge(facts).kind, ModelKind::kOther);
}

TEST(Judge, PassesSpeakers) {
  ModelFacts facts = Mobile();
  facts.inputs = {{"feats", {-1, -1, 80}}};
  EXPECT_EQ(Judge(facts).kind, ModelKind::kOther);
  // The additive margin of ArcFace is used for voices too; then a name is no proof.
  facts.evidence = {"arcface", "speaker_encoder"};
  facts.inputs = {{"mel", {-1, 1, 112, 112}}};
  EXPECT_EQ(Judge(facts).kind, ModelKind::kOther);
}

TEST(Judge, PassesVideo) {
  ModelFacts facts = Mobile();
  facts.inputs = {{"clip", {-1, 3, 16, 112, 112}}};
  EXPECT_EQ(Judge(facts).kind, ModelKind::kOther);
}

TEST(Judge, PassesWhatMakesPictures) {
  ModelFacts facts = Mobile();
  facts.operators["ConvTranspose"] = 4;
  EXPECT_EQ(Judge(facts).kind, ModelKind::kOther);
}

TEST(Judge, IsLessSureWithoutTheUsualLayers) {
  ModelFacts facts = Mobile();
  facts.operators = {{"Conv", 20}, {"Relu", 20}};
  facts.weights.clear();
  EXPECT_EQ(Judge(facts).confidence, Confidence::kMedium);
  facts.inputs[0].shape = {-1, 3, 128, 128};
  EXPECT_EQ(Judge(facts).confidence, Confidence::kLow);
  facts.evidence = {"face-reidentification-retail-0095"};
  EXPECT_EQ(Judge(facts).confidence, Confidence::kHigh);
}

TEST(Judge, TellsTheSizeByTheLastLayerWhereTheInputIsOpen) {
  ModelFacts facts = Mobile();
  facts.inputs[0].shape = {-1, 3, -1, -1};
  facts.weights.clear();
  facts.outputs = {{"out", {-1, 512}, {"BatchNormalization", "Gemm", "Flatten"}, 512, 25088}};
  EXPECT_EQ(Judge(facts).kind, ModelKind::kFaceEmbedding);
  facts.outputs[0].fan_in = 2048;
  EXPECT_EQ(Judge(facts).kind, ModelKind::kOther);
}

TEST(Judge, TellsAClassifierOfAKnownSetOfPersons) {
  ModelFacts facts = Mobile();
  facts.inputs[0].shape = {-1, 3, 224, 224};
  facts.outputs = {{"prob", {-1, 2622}, {"Softmax", "Gemm"}, 2622, 4096}};
  EXPECT_EQ(Judge(facts).kind, ModelKind::kFaceEmbedding);
  facts.outputs[0].shape = {-1, 2623};
  EXPECT_EQ(Judge(facts).kind, ModelKind::kOther);
}

TEST(Judge, ADetectorOfThatFamilyIsADetector) {
  ModelFacts facts = Mobile();
  facts.evidence = {"insightface scrfd_500m"};
  facts.inputs[0].shape = {1, 3, 640, 640};
  facts.outputs = {{"score_8", {12800, 1}, {"Sigmoid"}, 2, -1},
                   {"bbox_8", {12800, 4}, {"Reshape"}, 8, -1}};
  EXPECT_EQ(Judge(facts).kind, ModelKind::kFaceDetection);
}

TEST(Judge, TellsEmotionsByLabels) {
  ModelFacts facts;
  facts.inputs = {{"image", {-1, 3, 224, 224}}};
  facts.outputs = {{"prob", {-1, 7}, {"Softmax", "Gemm"}, 7, 512}};
  facts.operators = {{"Conv", 20}, {"Gemm", 1}, {"Softmax", 1}};
  facts.evidence = {"angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"};
  EXPECT_EQ(Judge(facts).kind, ModelKind::kFaceAttributes);
  facts.evidence = {"cat", "dog", "sad", "fear"};
  EXPECT_EQ(Judge(facts).kind, ModelKind::kOther);
  // Of voices.
  facts.evidence = {"angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"};
  facts.inputs = {{"wave", {-1, 16000}}};
  EXPECT_EQ(Judge(facts).kind, ModelKind::kOther);
}

TEST(Judge, SaysNothingOfNothing) {
  EXPECT_EQ(Judge({}).kind, ModelKind::kUnknown);
  EXPECT_FALSE(Judge({}).reason.empty());
}

}  // namespace
}  // namespace sweep
