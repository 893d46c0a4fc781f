// ONNX: one protocol buffer, without a signature. Numbers of fields are those of onnx.proto
// (Apache-2.0, LF AI & Data).
#include <optional>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "sweep/models/formats.h"
#include "sweep/models/graph.h"
#include "sweep/models/protobuf.h"

namespace sweep {
namespace {

using efface::ByteView;

absl::string_view Key(std::string_view text) { return {text.data(), text.size()}; }

// A layer's weights by name; their shape may stand later in the file.
struct WeightUse {
  std::string_view weight;
  bool transposed = false;  // (outputs, inputs) and not (inputs, outputs), of a dense one
  bool dense = false;
  size_t channel = 0;  // dimension of the outputs, of one that isn't dense
};

class OnnxReader {
 public:
  bool ReadModel(ByteView content);
  ModelFacts Finish() &&;

  bool has_graph = false;

 private:
  bool ReadGraph(ByteView bytes);
  bool ReadNode(ByteView bytes);
  bool ReadTensor(ByteView bytes, std::string_view name);
  bool ReadEnd(ByteView bytes, bool is_input);
  bool ReadPair(ByteView bytes);

  ProtoBudget budget_;
  Graph graph_{ModelFormat::kOnnx};
  std::vector<Layer> layers_;
  std::vector<WeightUse> uses_;  // as many as layers
  struct End {
    std::string_view name;
    std::vector<int64_t> shape;
  };
  std::vector<End> inputs_;  // early versions name weights here too
  absl::flat_hash_map<absl::string_view, std::vector<int64_t>> weights_;
  struct Alias {
    std::string_view of;
    bool transposed;
  };
  absl::flat_hash_map<absl::string_view, Alias>
      aliases_;  // weights that a layer only converts or turns
};

bool OnnxReader::ReadTensor(ByteView bytes, std::string_view name) {
  std::vector<int64_t> shape;
  ProtoReader reader(bytes, budget_);
  while (const auto field = reader.Next()) {
    if (field->number == 1) AppendIntegers(*field, kMaxRank, shape);
    if (field->IsBytes(8) && name.empty()) name = field->text();
  }
  if (weights_.size() < kMaxWeights) weights_[Key(name)] = shape;
  graph_.AddWeight(name, std::move(shape));
  return reader.ok();
}

bool OnnxReader::ReadNode(ByteView bytes) {
  Layer layer;
  bool transposed = false;
  std::optional<ByteView> constant;
  ProtoReader reader(bytes, budget_);
  std::string_view name;
  while (const auto field = reader.Next()) {
    if (field->IsBytes(1)) layer.inputs.push_back(field->text());
    if (field->IsBytes(2)) layer.outputs.push_back(field->text());
    if (field->IsBytes(3)) name = field->text();
    if (field->IsBytes(4)) layer.op = field->text();
    if (field->IsBytes(5)) {
      ProtoReader attribute(field->bytes, budget_);
      std::string_view key;
      while (const auto part = attribute.Next()) {
        if (part->IsBytes(1)) key = part->text();
        if (part->IsVarint(3) && key == "transB") transposed = part->value != 0;
        if (part->IsBytes(5) && key == "value") constant = part->bytes;
      }
      if (!attribute.ok()) return false;
    }
  }
  if (!reader.ok() || layer.op.empty()) return false;
  if (layer.op == "Constant") {
    return !constant || layer.outputs.empty() || ReadTensor(*constant, layer.outputs[0]);
  }
  const bool converts =
      layer.op == "DequantizeLinear" || layer.op == "Identity" || layer.op == "Cast";
  if ((converts || layer.op == "Transpose") && !layer.inputs.empty() && !layer.outputs.empty() &&
      aliases_.size() < kMaxWeights) {
    aliases_[Key(layer.outputs[0])] = {layer.inputs[0], !converts};
  }
  WeightUse use;
  const auto take = [&](size_t at) {
    if (layer.inputs.size() > at) use.weight = layer.inputs[at];
  };
  if (layer.op == "Conv" || layer.op == "ConvInteger" || layer.op == "FusedConv") take(1);
  if (layer.op == "QLinearConv" || layer.op == "QLinearMatMul" || layer.op == "QGemm") take(3);
  if (layer.op == "Gemm" || layer.op == "MatMul" || layer.op == "MatMulInteger" ||
      layer.op == "FusedGemm" || layer.op == "FusedMatMul")
    take(1);
  if (layer.op == "ConvTranspose") {
    take(1);
    use.channel = 1;
  }
  use.dense = layer.op.ends_with("Gemm") || layer.op.find("MatMul") != std::string_view::npos;
  use.transposed = transposed;
  if (layers_.size() < kMaxLayers) {
    graph_.AddEvidence(name);
    layers_.push_back(std::move(layer));
    uses_.push_back(use);
  }
  return true;
}

bool OnnxReader::ReadEnd(ByteView bytes, bool is_input) {
  End end;
  ProtoReader reader(bytes, budget_);
  while (const auto field = reader.Next()) {
    if (field->IsBytes(1)) end.name = field->text();
    if (!field->IsBytes(2)) continue;
    ProtoReader type(field->bytes, budget_);
    while (const auto kind = type.Next()) {
      if (!kind->IsBytes(1)) continue;  // a tensor
      ProtoReader tensor(kind->bytes, budget_);
      while (const auto part = tensor.Next()) {
        if (!part->IsBytes(2)) continue;  // its shape
        ProtoReader dimensions(part->bytes, budget_);
        while (const auto dimension = dimensions.Next()) {
          if (!dimension->IsBytes(1) || end.shape.size() >= kMaxRank) continue;
          int64_t size = -1;
          ProtoReader reads(dimension->bytes, budget_);
          while (const auto value = reads.Next()) {
            if (value->IsVarint(1)) size = static_cast<int64_t>(value->value);
          }
          end.shape.push_back(size > 0 ? size : -1);
        }
        if (!dimensions.ok()) return false;
      }
      if (!tensor.ok()) return false;
    }
    if (!type.ok()) return false;
  }
  if (!is_input) graph_.AddOutput(end.name, std::move(end.shape));
  if (is_input && inputs_.size() < kMaxWeights) inputs_.push_back(std::move(end));
  return reader.ok();
}

bool OnnxReader::ReadGraph(ByteView bytes) {
  ProtoReader reader(bytes, budget_);
  while (const auto field = reader.Next()) {
    if (field->type != ProtoField::Type::kBytes) continue;
    if (field->number == 1 && !ReadNode(field->bytes)) return false;
    if (field->number == 2 || field->number == 10) graph_.AddEvidence(field->text());
    if (field->number == 5 && !ReadTensor(field->bytes, {})) return false;
    if (field->number == 11 && !ReadEnd(field->bytes, true)) return false;
    if (field->number == 12 && !ReadEnd(field->bytes, false)) return false;
  }
  return reader.ok();
}

bool OnnxReader::ReadPair(ByteView bytes) {
  ProtoReader reader(bytes, budget_);
  while (const auto field = reader.Next()) {
    if (field->type == ProtoField::Type::kBytes) graph_.AddEvidence(field->text());
  }
  return reader.ok();
}

bool OnnxReader::ReadModel(ByteView content) {
  ProtoReader reader(content, budget_);
  while (const auto field = reader.Next()) {
    if (field->type != ProtoField::Type::kBytes) continue;
    if (field->number == 2 || field->number == 4 || field->number == 6)
      graph_.AddEvidence(field->text());
    if (field->number == 7) {
      has_graph = true;
      if (!ReadGraph(field->bytes)) return false;
    }
    if (field->number == 14 && !ReadPair(field->bytes)) return false;
  }
  return reader.ok();
}

ModelFacts OnnxReader::Finish() && {
  for (End& input : inputs_) {
    if (!weights_.contains(Key(input.name))) graph_.AddInput(input.name, std::move(input.shape));
  }
  for (size_t i = 0; i < layers_.size(); ++i) {
    WeightUse& use = uses_[i];
    for (int step = 0; step < 4; ++step) {
      const auto alias = aliases_.find(Key(use.weight));
      if (alias == aliases_.end()) break;
      use.weight = alias->second.of;
      if (alias->second.transposed) use.transposed = !use.transposed;
    }
    const auto weight = weights_.find(Key(use.weight));
    if (!use.weight.empty() && weight != weights_.end()) {
      const std::vector<int64_t>& shape = weight->second;
      if (use.dense && shape.size() == 2) {
        layers_[i].width = shape[use.transposed ? 0 : 1];
        layers_[i].fan_in = shape[use.transposed ? 1 : 0];
      } else if (!use.dense && shape.size() > use.channel) {
        layers_[i].width = shape[use.channel];
      }
    }
    // Weights are no data: the way back shall not end in them.
    std::erase_if(layers_[i].inputs, [&](std::string_view input) {
      return input.empty() || weights_.contains(Key(input));
    });
    graph_.AddLayer(std::move(layers_[i]));
  }
  return std::move(graph_).Finish();
}

}  // namespace

bool LooksLikeOnnx(ByteView content) {
  // ir_version, then the producer's name, the graph, the operator set, or another field of a model.
  if (content.size() < 4 || content[0] != 0x08 || content[1] == 0 || content[1] > 64) return false;
  const uint8_t next = content[2];
  return next == 0x12 || next == 0x1A || next == 0x22 || next == 0x28 || next == 0x32 ||
         next == 0x3A || next == 0x42;
}

MaybeModel ReadOnnx(std::string_view name, ByteView content) {
  OnnxReader reader;
  const bool whole = reader.ReadModel(content);
  if (whole && reader.has_graph) return std::move(reader).Finish();
  if (reader.has_graph || name.ends_with(".onnx") || name.ends_with(".ort"))
    return absl::InvalidArgumentError("is an ONNX model that is cut off or damaged");
  return std::nullopt;
}

}  // namespace sweep
