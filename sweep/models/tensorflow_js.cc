// TensorFlow.js: model.json with a graph or Keras layers and a list of weights, or a list of
// weights alone.
#include <optional>
#include <string>
#include <string_view>

#include "sweep/models/bounded_json.h"
#include "sweep/models/formats.h"
#include "sweep/models/keras_config.h"
#include "sweep/models/tensorflow_graph.h"

namespace sweep {
namespace {

using efface::ByteView;
using nlohmann::json;

constexpr size_t kLook = 4096;

// {"shape": {"dim": [{"size": "1"}, ...]}}
std::vector<int64_t> GraphShape(const json& shape) {
  std::vector<int64_t> sizes;
  const json& dimensions = Member(shape, "dim");
  if (!dimensions.is_array()) return sizes;
  for (const json& dimension : dimensions) {
    const int64_t size = IntegerMember(dimension, "size");
    if (sizes.size() < kMaxRank) sizes.push_back(size > 0 ? size : -1);
  }
  return sizes;
}

// Calls with name and shape of each weight in a manifest: [{"paths": [...], "weights": [{"name",
// "shape", "dtype"}]}].
template <typename Function>
size_t EachWeight(const json& manifest, const Function& function) {
  size_t count = 0;
  if (!manifest.is_array()) return count;
  for (const json& group : manifest) {
    const json& weights = Member(group, "weights");
    if (!weights.is_array()) continue;
    for (const json& weight : weights) {
      if (!Member(weight, "name").is_string() || !Member(weight, "shape").is_array()) continue;
      ++count;
      function(TextMember(weight, "name"), Sizes(Member(weight, "shape")));
    }
  }
  return count;
}

// A text that the signature has; its values name what goes in and comes out.
void AddEnds(const json& ends, bool is_input, Graph& graph) {
  if (!ends.is_object()) return;
  for (const auto& [key, end] : ends.items()) {
    std::string_view name = TextMember(end, "name");
    name = name.substr(0, name.find(':'));
    std::vector<int64_t> shape = GraphShape(Member(end, "tensorShape"));
    if (is_input) {
      graph.AddEvidence(key);
    } else {
      graph.AddOutput(name, std::move(shape));
    }
  }
}

void ReadGraphModel(const json& document, TensorFlowGraph& graph) {
  EachWeight(Member(document, "weightsManifest"),
             [&](std::string_view name, std::vector<int64_t> shape) {
               graph.AddWeight(name, std::move(shape));
             });
  const json& nodes = Member(Member(document, "modelTopology"), "node");
  for (const json& item : nodes) {
    TensorFlowNode node;
    node.name = TextMember(item, "name");
    node.op = TextMember(item, "op");
    if (const json& inputs = Member(item, "input"); inputs.is_array()) {
      for (const json& input : inputs) {
        if (input.is_string()) node.inputs.push_back(input.get_ref<const std::string&>());
      }
    }
    const json& attributes = Member(item, "attr");
    node.shape = GraphShape(Member(Member(attributes, "shape"), "shape"));
    if (node.op == "Const")
      node.shape = GraphShape(Member(Member(Member(attributes, "value"), "tensor"), "tensorShape"));
    const json& turned = Member(Member(attributes, "transpose_b"), "b");
    node.transposed = turned.is_boolean() && turned.get<bool>();
    if (!node.name.empty() && !node.op.empty()) graph.AddNode(std::move(node));
  }
  // The outputs, where the file names them; from the graph, where it doesn't.
  const json& user = Member(Member(document, "userDefinedMetadata"), "signature");
  const json& signature =
      Member(document, "signature").is_object() ? Member(document, "signature") : user;
  AddEnds(Member(signature, "outputs"), false, graph.graph());
}

}  // namespace

bool LooksLikeTensorFlowJs(ByteView content) {
  const std::string_view head(reinterpret_cast<const char*>(content.data()),
                              std::min(content.size(), kLook));
  const size_t first = std::min(head.find_first_not_of("\xEF\xBB\xBF \t\r\n"), head.size());
  const auto has = [&](std::string_view text) {
    return head.find(text, first) != std::string_view::npos;
  };
  if (head.substr(first).starts_with('{'))
    return has("\"modelTopology\"") || has("\"weightsManifest\"") || has("\"format\"");
  if (head.substr(first).starts_with('[')) return has("\"weights\"") && has("\"shape\"");
  return false;
}

MaybeModel ReadTensorFlowJs(std::string_view, ByteView content) {
  const auto document = ParseJson({reinterpret_cast<const char*>(content.data()), content.size()});
  const std::string_view head(reinterpret_cast<const char*>(content.data()),
                              std::min(content.size(), kLook));
  if (!document) {
    if (head.find("\"modelTopology\"") == std::string_view::npos || content.size() > kMaxJson)
      return std::nullopt;
    return absl::InvalidArgumentError("is a TensorFlow.js model that is cut off or damaged");
  }
  const json& topology = Member(*document, "modelTopology");
  if (Member(topology, "node").is_array()) {
    TensorFlowGraph graph(ModelFormat::kTensorFlowJs);
    ReadGraphModel(*document, graph);
    return std::move(graph).Finish();
  }
  Graph graph(ModelFormat::kTensorFlowJs);
  const json& manifest = document->is_array() ? *document : Member(*document, "weightsManifest");
  const size_t weights =
      EachWeight(manifest, [&](std::string_view name, std::vector<int64_t> shape) {
        graph.AddWeight(name, std::move(shape));
      });
  const json& config = IsKerasConfig(topology) ? topology : Member(topology, "model_config");
  const bool keras = IsKerasConfig(config);
  if (keras) ReadKerasConfig(config, graph);
  if (!keras && weights == 0) return std::nullopt;
  return std::move(graph).Finish();
}

}  // namespace sweep
