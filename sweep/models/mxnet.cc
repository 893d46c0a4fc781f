// Apache MXNet: a graph as JSON (model-symbol.json), in which layers take each other by number; the
// weights stand in another file. It says nothing of sizes but those of its layers.
#include <optional>
#include <string>
#include <string_view>

#include "sweep/models/bounded_json.h"
#include "sweep/models/formats.h"
#include "sweep/models/graph.h"

namespace sweep {
namespace {

using efface::ByteView;
using nlohmann::json;

constexpr size_t kLook = 4096;

const json& Attributes(const json& node) {
  for (const char* key : {"attrs", "attr", "param"}) {  // by version
    if (const json& attributes = Member(node, key); attributes.is_object()) return attributes;
  }
  return Member(node, "attrs");
}

// The node that a link [number, output, version] names; -1 where it is none.
int64_t Number(const json& link, size_t nodes) {
  if (!link.is_array() || link.empty() || !link[0].is_number_integer()) return -1;
  const int64_t number = link[0].get<int64_t>();
  return number >= 0 && static_cast<size_t>(number) < nodes ? number : -1;
}

}  // namespace

bool LooksLikeMxNet(ByteView content) {
  const std::string_view head(reinterpret_cast<const char*>(content.data()),
                              std::min(content.size(), kLook));
  const size_t first = std::min(head.find_first_not_of(" \t\r\n"), head.size());
  return head.substr(first).starts_with('{') && head.find("\"nodes\"") != std::string_view::npos &&
         head.find("\"op\"") != std::string_view::npos &&
         head.find("\"null\"") != std::string_view::npos;
}

MaybeModel ReadMxNet(std::string_view, ByteView content) {
  const auto document = ParseJson({reinterpret_cast<const char*>(content.data()), content.size()});
  if (!document) return std::nullopt;
  const json& nodes = Member(*document, "nodes");
  const json& heads = Member(*document, "heads");
  if (!nodes.is_array() || !heads.is_array() || !Member(*document, "arg_nodes").is_array())
    return std::nullopt;
  Graph graph(ModelFormat::kMxNet);
  // Of what isn't computed: the first is the data, the others are weights, whose names end in what
  // they are.
  bool has_data = false;
  for (const json& node : nodes) {
    Layer layer;
    layer.op = TextMember(node, "op");
    const std::string_view name = TextMember(node, "name");
    graph.AddEvidence(name);
    if (layer.op == "null") {
      if (!has_data) graph.AddInput(name, {});
      has_data = true;
      continue;
    }
    const json& attributes = Attributes(node);
    if (layer.op == "LeakyReLU" && TextMember(attributes, "act_type") == "prelu")
      layer.op = "PReLU";
    if (layer.op == "Activation" && TextMember(attributes, "act_type") == "sigmoid")
      layer.op = "Sigmoid";
    if (layer.op == "Convolution") layer.width = IntegerMember(attributes, "num_filter");
    if (layer.op == "FullyConnected") layer.width = IntegerMember(attributes, "num_hidden");
    layer.outputs = {name};
    if (const json& links = Member(node, "inputs"); links.is_array()) {
      for (const json& link : links) {
        const int64_t number = Number(link, nodes.size());
        if (number >= 0 && TextMember(nodes[static_cast<size_t>(number)], "op") != "null")
          layer.inputs.push_back(TextMember(nodes[static_cast<size_t>(number)], "name"));
      }
    }
    graph.AddLayer(std::move(layer));
  }
  for (const json& head : heads) {
    const int64_t number = Number(head, nodes.size());
    if (number >= 0) graph.AddOutput(TextMember(nodes[static_cast<size_t>(number)], "name"), {});
  }
  return std::move(graph).Finish();
}

}  // namespace sweep
