#include "sweep/models/keras_config.h"

#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "sweep/models/bounded_json.h"

namespace sweep {
namespace {

using nlohmann::json;

// The name in ["name", 0, 0] or {"config": {"keras_history": ["name", 0, 0]}}; "" where it is
// neither.
std::string_view Linked(const json& link) {
  const json& history = link.is_object() ? Member(Member(link, "config"), "keras_history") : link;
  if (!history.is_array() || history.empty() || !history[0].is_string()) return {};
  return history[0].get_ref<const std::string&>();
}

// Links of [[["a", 0, 0, {}], ["b", 0, 0, {}]]], or [{"args": [tensor, [tensor, tensor]]}], the
// first call only.
std::vector<std::string_view> Links(const json& nodes) {
  std::vector<std::string_view> names;
  if (!nodes.is_array() || nodes.empty()) return names;
  const json& call = nodes[0];
  const json& arguments = call.is_object() ? Member(call, "args") : call;
  if (!arguments.is_array()) return names;
  for (const json& argument : arguments) {
    if (const std::string_view name = Linked(argument); !name.empty()) {
      names.push_back(name);
    } else if (argument.is_array()) {
      for (const json& inner : argument) {
        if (const std::string_view inner_name = Linked(inner); !inner_name.empty())
          names.push_back(inner_name);
      }
    }
  }
  return names;
}

// Names of ["name", 0, 0] or [["name", 0, 0], ...].
std::vector<std::string_view> Ends(const json& ends) {
  std::vector<std::string_view> names;
  if (const std::string_view single = Linked(ends); !single.empty()) return {single};
  if (!ends.is_array()) return names;
  for (const json& end : ends) {
    if (const std::string_view name = Linked(end); !name.empty()) names.push_back(name);
  }
  return names;
}

std::vector<int64_t> InputShape(const json& config) {
  std::vector<int64_t> shape = Sizes(Member(config, "batch_input_shape"));
  if (shape.empty()) shape = Sizes(Member(config, "batch_shape"));
  return shape;
}

}  // namespace

bool IsKerasConfig(const json& config) {
  const std::string_view name = TextMember(config, "class_name");
  if (name != "Functional" && name != "Model" && name != "Sequential") return false;
  const json& inner = Member(config, "config");
  return Member(inner, "layers").is_array() || inner.is_array();
}

void ReadKerasConfig(const json& config, Graph& graph) {
  const json& inner = Member(config, "config");
  const json& layers = inner.is_array() ? inner : Member(inner, "layers");
  const bool sequential = TextMember(config, "class_name") == "Sequential";
  graph.AddEvidence(TextMember(inner, "name"));
  std::string_view before;
  absl::flat_hash_map<absl::string_view, std::vector<int64_t>> shapes;
  for (const json& node : layers) {
    const json& own = Member(node, "config");
    Layer layer;
    layer.op = TextMember(node, "class_name");
    std::string_view name = TextMember(node, "name");
    if (name.empty()) name = TextMember(own, "name");
    layer.outputs = {name};
    layer.inputs =
        sequential ? std::vector<std::string_view>{before} : Links(Member(node, "inbound_nodes"));
    if (before.empty() && sequential) layer.inputs.clear();
    before = name;
    graph.AddEvidence(name);
    if (const std::vector<int64_t> shape = InputShape(own); !shape.empty()) {
      if (sequential || layer.op == "InputLayer") graph.AddInput(name, shape);
    }
    if (layer.op == "Dense") layer.width = IntegerMember(own, "units");
    if (layer.op == "Conv2D" || layer.op == "SeparableConv2D")
      layer.width = IntegerMember(own, "filters");
    const std::string_view activation = TextMember(own, "activation");
    if (activation == "softmax" || activation == "sigmoid") {
      // As a layer of its own, which it is elsewhere.
      graph.AddLayer(std::move(layer));
      layer = {};
      layer.op = activation == "softmax" ? "Softmax" : "Sigmoid";
      layer.inputs = {name};
      layer.outputs = {name};
    }
    graph.AddLayer(std::move(layer));
  }
  if (sequential && !before.empty()) graph.AddOutput(before, {});
  if (!sequential) {
    for (const std::string_view name : Ends(Member(inner, "output_layers")))
      graph.AddOutput(name, {});
  }
}

}  // namespace sweep
