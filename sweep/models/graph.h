// A network's graph while its file is being read, in the same form for all formats: layers that
// take and make named runs of numbers. Finish() turns it into facts. Names are views into the file,
// or into strings the reader keeps.
#ifndef EFFACE_SWEEP_MODELS_GRAPH_H_
#define EFFACE_SWEEP_MODELS_GRAPH_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sweep/models/model.h"

namespace sweep {

constexpr size_t kMaxLayers = 1 << 18;  // of one file; what comes after is passed over
constexpr size_t kMaxLinks = 1 << 20;   // inputs and outputs of all layers together; likewise
constexpr size_t kMaxOperators = 4096;  // different ones
constexpr size_t kMaxRank = 16;         // dimensions of one tensor
constexpr size_t kMaxEnds = 1024;       // inputs or outputs of one network

struct Layer {
  std::string_view op;
  std::vector<std::string_view> inputs;  // data and weights, in the format's order
  std::vector<std::string_view> outputs;
  int64_t width = -1;   // outputs (units, channels) of a layer with weights; -1 unknown or none
  int64_t fan_in = -1;  // inputs of a dense layer; -1 unknown or none
};

class Graph {
 public:
  explicit Graph(ModelFormat format) { facts_.format = format; }

  ModelFacts& facts() { return facts_; }

  // Each drops what passes its limit.
  void AddLayer(Layer layer);
  void AddWeight(std::string_view name, std::vector<int64_t> shape);
  void AddInput(std::string_view name, std::vector<int64_t> shape);
  void AddOutput(std::string_view name, std::vector<int64_t> shape);
  // Kept where it says something: not empty, no repetition of the one before. Cut to length, made
  // valid.
  void AddEvidence(std::string_view text);

  // The facts, with operators counted, and for each output the way back from it: from each layer to
  // the maker of its first input that has one. A name may be made anew by later layers (work in
  // place). Outputs of a file that names none are what no layer takes.
  ModelFacts Finish() &&;

 private:
  // For each layer the one that makes its data, before it in the file or else anywhere; -1: none.
  std::vector<int64_t> Makers() const;

  ModelFacts facts_;
  std::vector<Layer> layers_;
  size_t links_ = 0;
};

// `text` as valid UTF-8 without control characters, at most kMaxEvidenceLength bytes.
std::string CleanText(std::string_view text);

}  // namespace sweep

#endif  // EFFACE_SWEEP_MODELS_GRAPH_H_
