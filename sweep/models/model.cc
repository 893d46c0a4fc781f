#include "sweep/models/model.h"

#include "sweep/models/formats.h"

namespace sweep {

std::string_view ModelFormatName(ModelFormat format) {
  switch (format) {
    case ModelFormat::kOnnx:
      return "ONNX";
    case ModelFormat::kTfLite:
      return "TensorFlow Lite";
    case ModelFormat::kOpenVino:
      return "OpenVINO IR";
    case ModelFormat::kPyTorch:
      return "PyTorch";
    case ModelFormat::kCoreMl:
      return "Core ML";
    case ModelFormat::kCaffe:
      return "Caffe";
    case ModelFormat::kDlib:
      return "dlib";
    case ModelFormat::kTensorFlowJs:
      return "TensorFlow.js";
    case ModelFormat::kTensorFlow:
      return "TensorFlow";
    case ModelFormat::kNcnn:
      return "NCNN";
    case ModelFormat::kKeras:
      return "Keras";
    case ModelFormat::kSafetensors:
      return "safetensors";
    case ModelFormat::kMxNet:
      return "MXNet";
  }
  return "unknown";
}

std::string_view ModelKindName(ModelKind kind) {
  switch (kind) {
    case ModelKind::kFaceEmbedding:
      return "face_embedding";
    case ModelKind::kFaceAttributes:
      return "face_attributes";
    case ModelKind::kFaceDetection:
      return "face_detection";
    case ModelKind::kOther:
      return "other";
    case ModelKind::kUnknown:
      return "unknown";
  }
  return "unknown";
}

std::string_view ConfidenceName(Confidence confidence) {
  switch (confidence) {
    case Confidence::kLow:
      return "low";
    case Confidence::kMedium:
      return "medium";
    case Confidence::kHigh:
      return "high";
  }
  return "unknown";
}

namespace {

struct Reader {
  bool (*looks)(efface::ByteView content);
  MaybeModel (*read)(std::string_view name, efface::ByteView content);
};

// Those with a signature first; protocol buffers have none, so each of their readers passes on what
// it can't be.
constexpr Reader kReaders[] = {
    {LooksLikeTfLite, ReadTfLite},
    {LooksLikeOpenVino, ReadOpenVino},
    {LooksLikeSafetensors, ReadSafetensors},
    {LooksLikeTensorFlowJs, ReadTensorFlowJs},
    {LooksLikeMxNet, ReadMxNet},
    {LooksLikeNcnn, ReadNcnn},
    {LooksLikePyTorch, ReadPyTorch},
    {LooksLikeKeras, ReadKeras},
    {LooksLikeDlib, ReadDlib},
    {LooksLikeOnnx, ReadOnnx},
    {LooksLikeCoreMl, ReadCoreMl},
    {LooksLikeTensorFlow, ReadTensorFlow},
    {LooksLikeCaffe, ReadCaffe},
};

}  // namespace

absl::StatusOr<std::optional<ModelFacts>> ReadModel(std::string_view name,
                                                    std::span<const uint8_t> content) {
  for (const Reader& reader : kReaders) {
    if (!reader.looks(content)) continue;
    MaybeModel model = reader.read(name, content);
    if (!model.ok() || model->has_value()) return model;
  }
  return std::nullopt;
}

}  // namespace sweep
