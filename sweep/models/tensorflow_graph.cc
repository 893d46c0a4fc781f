#include "sweep/models/tensorflow_graph.h"

#include <algorithm>

namespace sweep {
namespace {

absl::string_view Key(std::string_view text) { return {text.data(), text.size()}; }

// "^name", "name:0" -> "name".
std::string_view Bare(std::string_view name) {
  if (name.starts_with('^')) name.remove_prefix(1);
  return name.substr(0, name.find(':'));
}

}  // namespace

void TensorFlowGraph::AddNode(TensorFlowNode node) {
  if (nodes_.size() >= kMaxLayers || node.inputs.size() > kMaxLinks - links_) return;
  links_ += node.inputs.size();
  graph_.AddEvidence(node.name);
  if (node.op == "Const" || node.op == "VariableV2" || node.op == "VarHandleOp") {
    AddWeight(node.name, std::move(node.shape));
    return;
  }
  if (node.op == "Placeholder" || node.op == "PlaceholderWithDefault")
    graph_.AddInput(node.name, node.shape);
  nodes_.push_back(std::move(node));
}

void TensorFlowGraph::AddWeight(std::string_view name, std::vector<int64_t> shape) {
  if (weights_.size() >= kMaxWeights && !weights_.contains(Key(name))) return;
  std::vector<int64_t>& known = weights_[Key(name)];
  if (known.empty()) known = std::move(shape);
}

ModelFacts TensorFlowGraph::Finish() && {
  std::vector<absl::string_view> names;
  for (const auto& [name, shape] : weights_) names.push_back(name);
  std::sort(names.begin(), names.end());
  for (const absl::string_view name : names)
    graph_.AddWeight({name.data(), name.size()}, weights_[name]);

  // Weights are often read through an identity or a dequantisation; what only passes one on counts
  // as that one.
  absl::flat_hash_map<absl::string_view, std::string_view> passed;
  for (const TensorFlowNode& node : nodes_) {
    if ((node.op == "Identity" || node.op == "Dequantize" || node.op == "ReadVariableOp" ||
         node.op == "Cast") &&
        !node.inputs.empty()) {
      passed[Key(node.name)] = Bare(node.inputs[0]);
    }
  }
  const auto weight = [&](std::string_view name) -> const std::vector<int64_t>* {
    for (int step = 0; step < 4; ++step) {
      const auto found = weights_.find(Key(name));
      if (found != weights_.end()) return &found->second;
      const auto next = passed.find(Key(name));
      if (next == passed.end()) break;
      name = next->second;
    }
    return nullptr;
  };
  for (TensorFlowNode& node : nodes_) {
    if (weight(node.name) != nullptr) continue;
    Layer layer;
    layer.op = node.op;
    layer.outputs = {node.name};
    const std::vector<int64_t>* used = nullptr;
    for (const std::string_view input : node.inputs) {
      if (input.starts_with('^')) continue;
      const std::vector<int64_t>* shape = weight(Bare(input));
      if (shape == nullptr) layer.inputs.push_back(Bare(input));
      if (shape != nullptr && used == nullptr) used = shape;  // those after it: bias, normalisation
    }
    const bool dense =
        node.op == "MatMul" || node.op == "_FusedMatMul" || node.op == "BatchMatMulV2";
    const bool convolves =
        node.op == "Conv2D" || node.op == "_FusedConv2D" || node.op == "FusedConv2D";
    if (used != nullptr && dense && used->size() == 2) {
      layer.width = (*used)[node.transposed ? 0 : 1];
      layer.fan_in = (*used)[node.transposed ? 1 : 0];
    } else if (used != nullptr && convolves && used->size() == 4) {
      layer.width = (*used)[3];
    }
    graph_.AddLayer(std::move(layer));
  }
  return std::move(graph_).Finish();
}

}  // namespace sweep
