// TensorFlow Lite: a FlatBuffer with the identifier TFL3. Numbers of fields and operators are those
// of its schema (Apache-2.0, TensorFlow), version 3.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sweep/models/flatbuffer.h"
#include "sweep/models/formats.h"
#include "sweep/models/graph.h"

namespace sweep {
namespace {

using efface::ByteView;

constexpr std::array<std::string_view, 136> kOperators = {"ADD",
                                                          "AVERAGE_POOL_2D",
                                                          "CONCATENATION",
                                                          "CONV_2D",
                                                          "DEPTHWISE_CONV_2D",
                                                          "DEPTH_TO_SPACE",
                                                          "DEQUANTIZE",
                                                          "EMBEDDING_LOOKUP",
                                                          "FLOOR",
                                                          "FULLY_CONNECTED",
                                                          "HASHTABLE_LOOKUP",
                                                          "L2_NORMALIZATION",
                                                          "L2_POOL_2D",
                                                          "LOCAL_RESPONSE_NORMALIZATION",
                                                          "LOGISTIC",
                                                          "LSH_PROJECTION",
                                                          "LSTM",
                                                          "MAX_POOL_2D",
                                                          "MUL",
                                                          "RELU",
                                                          "RELU_N1_TO_1",
                                                          "RELU6",
                                                          "RESHAPE",
                                                          "RESIZE_BILINEAR",
                                                          "RNN",
                                                          "SOFTMAX",
                                                          "SPACE_TO_DEPTH",
                                                          "SVDF",
                                                          "TANH",
                                                          "CONCAT_EMBEDDINGS",
                                                          "SKIP_GRAM",
                                                          "CALL",
                                                          "CUSTOM",
                                                          "EMBEDDING_LOOKUP_SPARSE",
                                                          "PAD",
                                                          "UNIDIRECTIONAL_SEQUENCE_RNN",
                                                          "GATHER",
                                                          "BATCH_TO_SPACE_ND",
                                                          "SPACE_TO_BATCH_ND",
                                                          "TRANSPOSE",
                                                          "MEAN",
                                                          "SUB",
                                                          "DIV",
                                                          "SQUEEZE",
                                                          "UNIDIRECTIONAL_SEQUENCE_LSTM",
                                                          "STRIDED_SLICE",
                                                          "BIDIRECTIONAL_SEQUENCE_RNN",
                                                          "EXP",
                                                          "TOPK_V2",
                                                          "SPLIT",
                                                          "LOG_SOFTMAX",
                                                          "DELEGATE",
                                                          "BIDIRECTIONAL_SEQUENCE_LSTM",
                                                          "CAST",
                                                          "PRELU",
                                                          "MAXIMUM",
                                                          "ARG_MAX",
                                                          "MINIMUM",
                                                          "LESS",
                                                          "NEG",
                                                          "PADV2",
                                                          "GREATER",
                                                          "GREATER_EQUAL",
                                                          "LESS_EQUAL",
                                                          "SELECT",
                                                          "SLICE",
                                                          "SIN",
                                                          "TRANSPOSE_CONV",
                                                          "SPARSE_TO_DENSE",
                                                          "TILE",
                                                          "EXPAND_DIMS",
                                                          "EQUAL",
                                                          "NOT_EQUAL",
                                                          "LOG",
                                                          "SUM",
                                                          "SQRT",
                                                          "RSQRT",
                                                          "SHAPE",
                                                          "POW",
                                                          "ARG_MIN",
                                                          "FAKE_QUANT",
                                                          "REDUCE_PROD",
                                                          "REDUCE_MAX",
                                                          "PACK",
                                                          "LOGICAL_OR",
                                                          "ONE_HOT",
                                                          "LOGICAL_AND",
                                                          "LOGICAL_NOT",
                                                          "UNPACK",
                                                          "REDUCE_MIN",
                                                          "FLOOR_DIV",
                                                          "REDUCE_ANY",
                                                          "SQUARE",
                                                          "ZEROS_LIKE",
                                                          "FILL",
                                                          "FLOOR_MOD",
                                                          "RANGE",
                                                          "RESIZE_NEAREST_NEIGHBOR",
                                                          "LEAKY_RELU",
                                                          "SQUARED_DIFFERENCE",
                                                          "MIRROR_PAD",
                                                          "ABS",
                                                          "SPLIT_V",
                                                          "UNIQUE",
                                                          "CEIL",
                                                          "REVERSE_V2",
                                                          "ADD_N",
                                                          "GATHER_ND",
                                                          "COS",
                                                          "WHERE",
                                                          "RANK",
                                                          "ELU",
                                                          "REVERSE_SEQUENCE",
                                                          "MATRIX_DIAG",
                                                          "QUANTIZE",
                                                          "MATRIX_SET_DIAG",
                                                          "ROUND",
                                                          "HARD_SWISH",
                                                          "IF",
                                                          "WHILE",
                                                          "NON_MAX_SUPPRESSION_V4",
                                                          "NON_MAX_SUPPRESSION_V5",
                                                          "SCATTER_ND",
                                                          "SELECT_V2",
                                                          "DENSIFY",
                                                          "SEGMENT_SUM",
                                                          "BATCH_MATMUL",
                                                          "PLACEHOLDER",
                                                          "CUMSUM",
                                                          "CALL_ONCE",
                                                          "BROADCAST_TO",
                                                          "RFFT2D",
                                                          "CONV_3D",
                                                          "IMAG",
                                                          "REAL",
                                                          "COMPLEX_ABS"};
constexpr int64_t kConv = 3, kDepthwise = 4, kDense = 9, kCustom = 32, kTransposeConv = 67;
constexpr size_t kMaxTensors = kMaxLayers;

struct Operator {
  int64_t code = -1;
  std::string name;
};

Operator ReadOperator(const FlatTable& table) {
  Operator result;
  // The old field has one byte; codes from 127 on stand in the new one only.
  result.code = std::max(table.Integer(0, 1).value_or(0), table.Integer(3, 4).value_or(0));
  if (result.code == kCustom) {
    result.name = table.Text(1);
  } else if (result.code >= 0 && result.code < static_cast<int64_t>(kOperators.size())) {
    result.name = kOperators[static_cast<size_t>(result.code)];
  } else {
    result.name = absl::StrCat("BUILTIN_", result.code);
  }
  return result;
}

struct Tensor {
  std::string_view name;
  std::string id;  // unique, which names need not be
  std::vector<int64_t> shape;
  bool weight = false;
};

std::vector<int64_t> Shape(const FlatTable& tensor) {
  std::vector<int64_t> shape;
  // The signature has -1 where a dimension is open, and the shape then has 1.
  for (const int field : {7, 0}) {
    const FlatVector sizes = tensor.Vector(field, 4);
    for (size_t i = 0; i < std::min(sizes.count, kMaxRank); ++i)
      shape.push_back(tensor.IntegerAt(sizes, i, 4));
    if (!shape.empty()) break;
  }
  for (int64_t& size : shape) size = size > 0 ? size : -1;
  return shape;
}

// Whether the model's buffer of that number holds data.
bool HasData(const FlatTable& model, const FlatVector& buffers, int64_t number) {
  if (number <= 0 || static_cast<size_t>(number) >= buffers.count) return false;
  const auto buffer = model.TableAt(buffers, static_cast<size_t>(number));
  return buffer && (buffer->Vector(0, 1).count > 0 || buffer->Integer(1, 8).value_or(0) > 1);
}

// What the model's makers say of it, a FlatBuffer of its own in one of the buffers.
void ReadMetadata(const FlatTable& model, const FlatVector& buffers, ByteView content,
                  Graph& graph) {
  const FlatVector all = model.Vector(6, 4);
  for (size_t i = 0; i < std::min<size_t>(all.count, 16); ++i) {
    const auto entry = model.TableAt(all, i);
    if (!entry) continue;
    graph.AddEvidence(entry->Text(0));
    if (entry->Text(0) != "TFLITE_METADATA") continue;
    const int64_t number = entry->Integer(1, 4).value_or(0);
    if (number < 0 || static_cast<size_t>(number) >= buffers.count) continue;
    const auto buffer = model.TableAt(buffers, static_cast<size_t>(number));
    if (!buffer) continue;
    const FlatVector data = buffer->Vector(0, 1);
    const auto root = FlatTable::Root(content.subspan(data.start, data.count));
    if (!root) continue;
    for (const int field : {0, 1, 4})
      graph.AddEvidence(root->Text(field));  // name, description, author
  }
}

}  // namespace

bool LooksLikeTfLite(ByteView content) { return efface::HasText(content, 4, "TFL3"); }

MaybeModel ReadTfLite(std::string_view, ByteView content) {
  const absl::Status broken =
      absl::InvalidArgumentError("is a TensorFlow Lite model that is cut off or damaged");
  const auto model = FlatTable::Root(content);
  if (!model) return broken;
  const FlatVector codes = model->Vector(1, 4), subgraphs = model->Vector(2, 4),
                   buffers = model->Vector(4, 4);
  const auto main = subgraphs.count > 0 ? model->TableAt(subgraphs, 0) : std::nullopt;
  if (!main) return broken;
  Graph graph(ModelFormat::kTfLite);
  graph.AddEvidence(model->Text(3));
  graph.AddEvidence(main->Text(4));
  ReadMetadata(*model, buffers, content, graph);

  std::vector<Operator> operators;
  for (size_t i = 0; i < std::min(codes.count, kMaxOperators); ++i) {
    const auto code = model->TableAt(codes, i);
    if (!code) return broken;
    operators.push_back(ReadOperator(*code));
  }
  const FlatVector tensor_tables = main->Vector(0, 4), inputs = main->Vector(1, 4),
                   outputs = main->Vector(2, 4);
  std::vector<Tensor> tensors(std::min(tensor_tables.count, kMaxTensors));
  for (size_t i = 0; i < tensors.size(); ++i) {
    const auto table = main->TableAt(tensor_tables, i);
    if (!table) return broken;
    tensors[i] = {table->Text(3), absl::StrCat(i), Shape(*table),
                  HasData(*model, buffers, table->Integer(2, 4).value_or(0))};
    if (tensors[i].weight) graph.AddWeight(tensors[i].name, tensors[i].shape);
    graph.AddEvidence(tensors[i].name);
  }
  const auto tensor_at = [&](const FlatTable& table, const FlatVector& numbers,
                             size_t i) -> const Tensor* {
    const int64_t number = table.IntegerAt(numbers, i, 4);
    return number >= 0 && static_cast<size_t>(number) < tensors.size()
               ? &tensors[static_cast<size_t>(number)]
               : nullptr;
  };
  const FlatVector steps = main->Vector(3, 4);
  size_t links = 0;
  for (size_t i = 0; i < std::min(steps.count, kMaxLayers); ++i) {
    const auto step = main->TableAt(steps, i);
    if (!step) return broken;
    const int64_t number = step->Integer(0, 4).value_or(0);
    if (number < 0 || static_cast<size_t>(number) >= operators.size()) return broken;
    const Operator& op = operators[static_cast<size_t>(number)];
    Layer layer;
    layer.op = op.name;
    const FlatVector takes = step->Vector(1, 4), makes = step->Vector(2, 4);
    links += takes.count + makes.count;
    if (links > kMaxLinks) break;
    std::vector<const Tensor*> weights;
    for (size_t k = 0; k < takes.count; ++k) {
      const Tensor* tensor = tensor_at(*step, takes, k);
      if (tensor == nullptr) continue;
      if (tensor->weight) weights.push_back(tensor);
      if (!tensor->weight) layer.inputs.push_back(tensor->id);
    }
    const Tensor* made = makes.count > 0 ? tensor_at(*step, makes, 0) : nullptr;
    for (size_t k = 0; k < makes.count; ++k) {
      if (const Tensor* tensor = tensor_at(*step, makes, k)) layer.outputs.push_back(tensor->id);
    }
    // What a layer makes has its width as the last dimension, whatever stands between it and its
    // weights.
    const bool dense = op.code == kDense;
    if ((dense || op.code == kConv || op.code == kDepthwise || op.code == kTransposeConv) && made &&
        !made->shape.empty()) {
      layer.width = made->shape.back();
      if (dense && !weights.empty() && weights[0]->shape.size() == 2)
        layer.fan_in = weights[0]->shape[1];
    }
    graph.AddLayer(std::move(layer));
  }
  for (size_t i = 0; i < std::min(inputs.count, kMaxEnds); ++i) {
    if (const Tensor* tensor = tensor_at(*main, inputs, i))
      graph.AddInput(tensor->id, tensor->shape);
  }
  for (size_t i = 0; i < std::min(outputs.count, kMaxEnds); ++i) {
    if (const Tensor* tensor = tensor_at(*main, outputs, i))
      graph.AddOutput(tensor->id, tensor->shape);
  }
  ModelFacts facts = std::move(graph).Finish();
  const auto name = [&](std::string& id) {
    if (const auto number = absl::string_view(id); !number.empty())
      id = CleanText(tensors[std::stoul(id)].name);
  };
  for (ModelTensor& input : facts.inputs) name(input.name);
  for (ModelOutput& output : facts.outputs) name(output.name);
  return facts;
}

}  // namespace sweep
