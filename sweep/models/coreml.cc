// Core ML: one protocol buffer (.mlmodel, also inside .mlpackage), with a description of inputs and
// outputs and either a neural network or a program in MIL. Numbers of fields are those of its
// .proto files (BSD-3-Clause, Apple).
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sweep/models/formats.h"
#include "sweep/models/graph.h"
#include "sweep/models/protobuf.h"

namespace sweep {
namespace {

using efface::ByteView;

constexpr uint32_t kNetworkRegressor = 303, kNetworkClassifier = 403, kNetwork = 500,
                   kProgram = 502;

// By number of the field that a layer of a neural network has beside its name, inputs and outputs.
struct Kind {
  uint32_t number;
  std::string_view name;
};
constexpr Kind kKinds[] = {
    {100, "convolution"},
    {120, "pooling"},
    {130, "activation"},
    {140, "innerProduct"},
    {150, "embedding"},
    {160, "batchnorm"},
    {165, "mvn"},
    {170, "l2normalize"},
    {175, "softmax"},
    {180, "lrn"},
    {190, "crop"},
    {200, "padding"},
    {210, "upsample"},
    {211, "resizeBilinear"},
    {212, "cropResize"},
    {220, "unary"},
    {230, "add"},
    {231, "multiply"},
    {240, "average"},
    {245, "scale"},
    {250, "bias"},
    {260, "max"},
    {261, "min"},
    {270, "dot"},
    {280, "reduce"},
    {290, "loadConstant"},
    {300, "reshape"},
    {301, "flatten"},
    {310, "permute"},
    {320, "concat"},
    {330, "split"},
    {340, "sequenceRepeat"},
    {345, "reorganizeData"},
    {350, "slice"},
    {400, "simpleRecurrent"},
    {410, "gru"},
    {420, "uniDirectionalLSTM"},
    {430, "biDirectionalLSTM"},
    {500, "custom"},
    {1045, "batchedMatmul"},
    {660, "clip"},
    {795, "gelu"},
    {880, "add"},
    {885, "pow"},
    {890, "divide"},
    {900, "multiply"},
    {905, "subtract"},
    {950, "softmaxND"},
    {975, "split"},
    {980, "concat"},
    {985, "transpose"},
    {1070, "loadConstant"},
    {1120, "squeeze"},
    {1125, "expandDims"},
    {1130, "flatten"},
    {1135, "reshape"},
    {1140, "reshape"},
    {1145, "reshape"},
    {1150, "reshape"},
    {1255, "reduceL2"},
    {1270, "reduceSum"},
    {1280, "reduceMean"},
    {1350, "layerNormalization"},
    {1400, "NonMaximumSuppression"},
    {1460, "clampedReLU"},
    {1471, "convolution3d"},
};

class CoreMlReader {
 public:
  bool ReadModel(ByteView content);
  ModelFacts Finish() && {
    ModelFacts facts = std::move(graph_).Finish();
    return facts;
  }

  bool described = false, modelled = false;

 private:
  bool ReadDescription(ByteView bytes);
  bool ReadFeature(ByteView bytes, bool is_input);
  bool ReadNetwork(ByteView bytes);
  bool ReadLayer(ByteView bytes);
  bool ReadProgram(ByteView bytes);
  bool ReadFunction(ByteView bytes);
  bool ReadBlock(ByteView bytes);
  bool ReadOperation(ByteView bytes);
  std::vector<int64_t> ReadType(ByteView bytes);

  ProtoBudget budget_;
  Graph graph_{ModelFormat::kCoreMl};
};

bool CoreMlReader::ReadFeature(ByteView bytes, bool is_input) {
  std::string_view name;
  std::vector<int64_t> shape;
  ProtoReader reader(bytes, budget_);
  while (const auto field = reader.Next()) {
    if (field->IsBytes(1)) name = field->text();
    if (field->IsBytes(2)) graph_.AddEvidence(field->text());
    if (!field->IsBytes(3)) continue;
    ProtoReader type(field->bytes, budget_);
    while (const auto kind = type.Next()) {
      if (kind->IsBytes(4)) {  // a picture: width, height, colours (10: grey)
        int64_t width = -1, height = -1, channels = 3;
        ProtoReader picture(kind->bytes, budget_);
        while (const auto part = picture.Next()) {
          if (part->IsVarint(1)) width = static_cast<int64_t>(part->value);
          if (part->IsVarint(2)) height = static_cast<int64_t>(part->value);
          if (part->IsVarint(3) && part->value == 10) channels = 1;
        }
        shape = {channels, height, width};
      }
      if (kind->IsBytes(5)) {  // an array
        ProtoReader array(kind->bytes, budget_);
        while (const auto part = array.Next()) {
          if (part->number == 1) AppendIntegers(*part, kMaxRank, shape);
        }
      }
    }
    if (!type.ok()) return false;
  }
  if (is_input) {
    graph_.AddInput(name, std::move(shape));
  } else {
    graph_.AddOutput(name, std::move(shape));
  }
  return reader.ok();
}

bool CoreMlReader::ReadDescription(ByteView bytes) {
  ProtoReader reader(bytes, budget_);
  while (const auto field = reader.Next()) {
    if (field->IsBytes(1) && !ReadFeature(field->bytes, true)) return false;
    if (field->IsBytes(10) && !ReadFeature(field->bytes, false)) return false;
    if (field->IsBytes(11) || field->IsBytes(12)) graph_.AddEvidence(field->text());
    if (!field->IsBytes(100)) continue;
    ProtoReader metadata(field->bytes, budget_);
    while (const auto part = metadata.Next()) {
      if (part->IsBytes(1) || part->IsBytes(3)) graph_.AddEvidence(part->text());
      if (!part->IsBytes(100)) continue;
      ProtoReader pair(part->bytes, budget_);
      while (const auto text = pair.Next()) graph_.AddEvidence(text->text());
    }
    if (!metadata.ok()) return false;
  }
  return reader.ok();
}

bool CoreMlReader::ReadLayer(ByteView bytes) {
  Layer layer;
  ProtoReader reader(bytes, budget_);
  while (const auto field = reader.Next()) {
    if (field->IsBytes(1)) graph_.AddEvidence(field->text());
    if (field->IsBytes(2)) layer.inputs.push_back(field->text());
    if (field->IsBytes(3)) layer.outputs.push_back(field->text());
    if (field->type != ProtoField::Type::kBytes || field->number < 100) continue;
    layer.op = "other";
    for (const Kind& kind : kKinds) {
      if (kind.number == field->number) layer.op = kind.name;
    }
    const bool dense = field->number == 140;
    ProtoReader parameters(field->bytes, budget_);
    while (const auto part = parameters.Next()) {
      if (field->number == 130 && part->IsBytes(25)) layer.op = "activation.PReLU";
      if (field->number == 100 && part->IsVarint(1))
        layer.width = static_cast<int64_t>(part->value);
      if (dense && part->IsVarint(1)) layer.fan_in = static_cast<int64_t>(part->value);
      if (dense && part->IsVarint(2)) layer.width = static_cast<int64_t>(part->value);
    }
    if (!parameters.ok()) return false;
    if (dense)
      graph_.AddWeight(layer.outputs.empty() ? "" : layer.outputs[0], {layer.width, layer.fan_in});
  }
  graph_.AddLayer(std::move(layer));
  return reader.ok();
}

bool CoreMlReader::ReadNetwork(ByteView bytes) {
  ProtoReader reader(bytes, budget_);
  while (const auto field = reader.Next()) {
    if (field->IsBytes(1) && !ReadLayer(field->bytes)) return false;
    if (!field->IsBytes(100)) continue;  // labels of a classifier
    ProtoReader labels(field->bytes, budget_);
    while (const auto label = labels.Next()) {
      if (label->IsBytes(1)) graph_.AddEvidence(label->text());
    }
  }
  return reader.ok();
}

std::vector<int64_t> CoreMlReader::ReadType(ByteView bytes) {
  std::vector<int64_t> shape;
  ProtoReader type(bytes, budget_);
  while (const auto kind = type.Next()) {
    if (!kind->IsBytes(1)) continue;  // a tensor
    ProtoReader tensor(kind->bytes, budget_);
    while (const auto part = tensor.Next()) {
      if (!part->IsBytes(3) || shape.size() >= kMaxRank) continue;
      int64_t size = -1;
      ProtoReader dimension(part->bytes, budget_);
      while (const auto constant = dimension.Next()) {
        if (!constant->IsBytes(1)) continue;
        ProtoReader value(constant->bytes, budget_);
        while (const auto number = value.Next()) {
          if (number->IsVarint(1)) size = static_cast<int64_t>(number->value);
        }
      }
      shape.push_back(size > 0 ? size : -1);
    }
  }
  return shape;
}

bool CoreMlReader::ReadOperation(ByteView bytes) {
  Layer layer;
  std::vector<int64_t> made;
  ProtoReader reader(bytes, budget_);
  while (const auto field = reader.Next()) {
    if (field->IsBytes(1)) layer.op = field->text();
    if (field->IsBytes(2)) {  // one entry of its inputs: the parameter, and what is bound to it
      std::string_view parameter, bound;
      ProtoReader entry(field->bytes, budget_);
      while (const auto part = entry.Next()) {
        if (part->IsBytes(1)) parameter = part->text();
        if (!part->IsBytes(2)) continue;
        ProtoReader argument(part->bytes, budget_);
        while (const auto binding = argument.Next()) {
          if (!binding->IsBytes(1)) continue;
          ProtoReader names(binding->bytes, budget_);
          while (const auto name = names.Next()) {
            if (name->IsBytes(1)) bound = name->text();
          }
        }
      }
      if (!entry.ok()) return false;
      // The order of a map means nothing: data goes first.
      const bool data = parameter == "x" || parameter == "data" || parameter == "values";
      if (!bound.empty())
        layer.inputs.insert(data ? layer.inputs.begin() : layer.inputs.end(), bound);
    }
    if (field->IsBytes(3)) {
      ProtoReader output(field->bytes, budget_);
      while (const auto part = output.Next()) {
        if (part->IsBytes(1)) layer.outputs.push_back(part->text());
        if (part->IsBytes(2)) made = ReadType(part->bytes);
      }
      if (!output.ok()) return false;
    }
  }
  if (layer.op == "const" || layer.op.starts_with("constexpr")) {
    if (made.size() > 1 && !layer.outputs.empty())
      graph_.AddWeight(layer.outputs[0], std::move(made));
    return reader.ok();
  }
  if (!layer.outputs.empty()) graph_.AddEvidence(layer.outputs[0]);
  if (layer.op == "linear" && !made.empty()) layer.width = made.back();
  if (layer.op == "conv" && made.size() > 1) layer.width = made[1];
  graph_.AddLayer(std::move(layer));
  return reader.ok();
}

bool CoreMlReader::ReadBlock(ByteView bytes) {
  ProtoReader reader(bytes, budget_);
  while (const auto field = reader.Next()) {
    if (field->IsBytes(3) && !ReadOperation(field->bytes)) return false;
  }
  return reader.ok();
}

bool CoreMlReader::ReadFunction(ByteView bytes) {
  ProtoReader reader(bytes, budget_);
  while (const auto field = reader.Next()) {
    if (!field->IsBytes(3)) continue;  // a map: operator set to block
    ProtoReader entry(field->bytes, budget_);
    while (const auto part = entry.Next()) {
      if (part->IsBytes(2) && !ReadBlock(part->bytes)) return false;
    }
    if (!entry.ok()) return false;
  }
  return reader.ok();
}

bool CoreMlReader::ReadProgram(ByteView bytes) {
  ProtoReader reader(bytes, budget_);
  while (const auto field = reader.Next()) {
    if (!field->IsBytes(2)) continue;  // a map: name to function
    ProtoReader entry(field->bytes, budget_);
    while (const auto part = entry.Next()) {
      if (part->IsBytes(2) && !ReadFunction(part->bytes)) return false;
    }
    if (!entry.ok()) return false;
  }
  return reader.ok();
}

bool CoreMlReader::ReadModel(ByteView content) {
  ProtoReader reader(content, budget_);
  while (const auto field = reader.Next()) {
    if (field->type != ProtoField::Type::kBytes) continue;
    if (field->number == 2) {
      described = true;
      if (!ReadDescription(field->bytes)) return false;
    }
    // 200..3000: the one model, of whatever kind.
    if (field->number >= 200 && field->number <= 3000) modelled = true;
    const bool network = field->number == kNetwork || field->number == kNetworkClassifier ||
                         field->number == kNetworkRegressor;
    if (network && !ReadNetwork(field->bytes)) return false;
    if (field->number == kProgram && !ReadProgram(field->bytes)) return false;
  }
  return reader.ok();
}

}  // namespace

bool LooksLikeCoreMl(ByteView content) {
  // specificationVersion, then the description, which begins with an input or an output.
  return content.size() > 8 && content[0] == 0x08 && content[1] > 0 && content[1] < 32 &&
         content[2] == 0x12;
}

MaybeModel ReadCoreMl(std::string_view name, ByteView content) {
  CoreMlReader reader;
  const bool whole = reader.ReadModel(content);
  if (whole && reader.described && reader.modelled) return std::move(reader).Finish();
  if (name.ends_with(".mlmodel"))
    return absl::InvalidArgumentError("is a Core ML model that is cut off or damaged");
  return std::nullopt;
}

}  // namespace sweep
