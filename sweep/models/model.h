// Reads what a model file says of itself, and judges from that whether it recognises faces.
//
// ReadModel tells by content whether bytes are a neural network (or a dlib model) of a known
// format, and reads its inputs, outputs, operators and the shapes of its weights; never the weights
// themselves. Judge takes nothing but these facts, so each half is tested alone. One file reads one
// format (onnx.cc, tflite.cc, ...).
#ifndef EFFACE_SWEEP_MODELS_MODEL_H_
#define EFFACE_SWEEP_MODELS_MODEL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace sweep {

enum class ModelFormat {
  kOnnx,
  kTfLite,
  kOpenVino,      // the XML of the intermediate representation; its .bin holds only numbers
  kPyTorch,       // zip or legacy pickle, TorchScript, or a plain state dictionary
  kCoreMl,        // .mlmodel, or the model inside an .mlpackage
  kCaffe,         // .caffemodel or .prototxt
  kDlib,          // .dat
  kTensorFlowJs,  // model.json, or a weights manifest
  kTensorFlow,    // frozen graph (.pb)
  kNcnn,          // .param
  kKeras,         // .keras, or .h5 with the configuration inside
  kSafetensors,
  kMxNet,  // -symbol.json
};
std::string_view ModelFormatName(ModelFormat format);  // "ONNX"

// A named run of numbers. Dimensions as the file has them (NCHW or NHWC), -1: open or unknown; no
// dimensions at all: unknown too.
struct ModelTensor {
  std::string name;
  std::vector<int64_t> shape;
};

// An output, and how it comes about.
struct ModelOutput {
  std::string name;
  std::vector<int64_t> shape;  // as in ModelTensor
  std::vector<std::string>
      tail;             // operators from the output backwards along the data, at most kMaxTail
  int64_t width = -1;   // outputs of the last layer with weights on that way; -1 unknown
  int64_t fan_in = -1;  // inputs of that layer where it is a dense one; -1 unknown
};

struct ModelFacts {
  ModelFormat format = ModelFormat::kOnnx;
  std::vector<ModelTensor> inputs;           // without weights; empty: the file doesn't say
  std::vector<ModelOutput> outputs;          // empty: the file doesn't say
  std::map<std::string, int64_t> operators;  // how often each occurs, by the format's own names
  std::vector<ModelTensor> weights;          // in the order of the file, at most kMaxWeights
  int64_t parameters = 0;  // sum of the sizes of all weights whose shape is known; 0 unknown
  // What else the file says: names of graph, producer, layers, classes, labels. At most
  // kMaxEvidence strings of at most kMaxEvidenceLength bytes, valid UTF-8 without control
  // characters.
  std::vector<std::string> evidence;
};
constexpr size_t kMaxTail = 24;
constexpr size_t kMaxWeights = 1 << 16;
constexpr size_t kMaxEvidence = 4096;
constexpr size_t kMaxEvidenceLength = 256;

// Nothing where `content` is no model of a known format: then it costs a look at the first
// kilobytes. InvalidArgument, in a sentence, where it says it is one and is broken. `name` (a path,
// or only a file's name) serves as a hint where a format has no signature, never as proof.
// `content` may be a memory map of any size: of weights only the sizes are read. Memory stays under
// 200 MB and time under a second or so, whatever the content. Threads may read different (or the
// same) contents at once.
absl::StatusOr<std::optional<ModelFacts>> ReadModel(std::string_view name,
                                                    std::span<const uint8_t> content);

enum class ModelKind {
  kFaceEmbedding,   // turns a face into a vector that can be compared: recognition
  kFaceAttributes,  // says age, gender, emotion, ancestry
  kFaceDetection,   // finds faces, or points on them
  kOther,           // a network for something else
  kUnknown,         // the facts don't say
};
std::string_view ModelKindName(ModelKind kind);  // "face_embedding"

enum class Confidence { kLow, kMedium, kHigh };
std::string_view ConfidenceName(Confidence confidence);  // "high"

struct ModelVerdict {
  ModelKind kind = ModelKind::kUnknown;
  Confidence confidence = Confidence::kLow;
  std::string reason;  // one sentence, without a full stop
};
// By shape of the graph first, by names second. Leans to kOther: a false alarm costs more than a
// miss.
ModelVerdict Judge(const ModelFacts& facts);

}  // namespace sweep

#endif  // EFFACE_SWEEP_MODELS_MODEL_H_
