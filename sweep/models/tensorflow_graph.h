// A TensorFlow graph's nodes, as they come from a frozen graph (.pb) or from TensorFlow.js
// (model.json): weights are nodes too, names carry ":0" and "^", and order means nothing.
#ifndef EFFACE_SWEEP_MODELS_TENSORFLOW_GRAPH_H_
#define EFFACE_SWEEP_MODELS_TENSORFLOW_GRAPH_H_

#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "sweep/models/graph.h"

namespace sweep {

struct TensorFlowNode {
  std::string_view name, op;
  std::vector<std::string_view> inputs;
  std::vector<int64_t> shape;  // of a placeholder or a constant
  bool transposed = false;     // transpose_b
};

// Views must outlive Finish().
class TensorFlowGraph {
 public:
  explicit TensorFlowGraph(ModelFormat format) : graph_(format) {}

  Graph& graph() { return graph_; }
  void AddNode(TensorFlowNode node);
  // A weight that stands outside the graph. Overrides the shape of the node of that name.
  void AddWeight(std::string_view name, std::vector<int64_t> shape);
  ModelFacts Finish() &&;

 private:
  Graph graph_;
  std::vector<TensorFlowNode> nodes_;
  size_t links_ = 0;
  absl::flat_hash_map<absl::string_view, std::vector<int64_t>> weights_;
};

}  // namespace sweep

#endif  // EFFACE_SWEEP_MODELS_TENSORFLOW_GRAPH_H_
