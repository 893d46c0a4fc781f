// OpenVINO's intermediate representation, versions 10 and 11 (and what is alike in earlier ones):
// an XML file of layers and edges. pugixml is met here only.
#include <charconv>
#include <optional>
#include <pugixml.hpp>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "sweep/models/formats.h"
#include "sweep/models/graph.h"

namespace sweep {
namespace {

using efface::ByteView;

constexpr size_t kMaxXml = size_t{8} << 20;  // parsed, it takes up to 16 times as much memory
constexpr size_t kLook = 4096;

absl::string_view Key(std::string_view text) { return {text.data(), text.size()}; }

int64_t Number(std::string_view text) {
  int64_t value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value > 0 ? value : -1;
}

std::vector<int64_t> Dimensions(const pugi::xml_node& port) {
  std::vector<int64_t> shape;
  for (const pugi::xml_node dim : port.children("dim")) {
    if (shape.size() < kMaxRank) shape.push_back(Number(dim.child_value()));
  }
  return shape;
}

// "64,3,7,7", as constants have it.
std::vector<int64_t> Listed(std::string_view text) {
  std::vector<int64_t> shape;
  while (!text.empty() && shape.size() < kMaxRank) {
    const size_t comma = std::min(text.find(','), text.size());
    std::string_view part = text.substr(0, comma);
    while (part.starts_with(' ')) part.remove_prefix(1);
    shape.push_back(Number(part));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return shape;
}

}  // namespace

bool LooksLikeOpenVino(ByteView content) {
  const std::string_view head(reinterpret_cast<const char*>(content.data()),
                              std::min(content.size(), kLook));
  const size_t net = head.find("<net ");
  if (net == std::string_view::npos) return false;
  const size_t first = head.find_first_not_of("\xEF\xBB\xBF \t\r\n");
  return (net == first || head.substr(first).starts_with("<?xml")) &&
         (head.find("<layers", net) != std::string_view::npos ||
          head.find("version=", net) != std::string_view::npos);
}

MaybeModel ReadOpenVino(std::string_view, ByteView content) {
  if (content.size() > kMaxXml)
    return absl::ResourceExhaustedError("is an OpenVINO model of more XML than is read");
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_buffer(
      content.data(), content.size(), pugi::parse_minimal | pugi::parse_escapes);
  const pugi::xml_node net = document.child("net"), layers = net.child("layers");
  if (!net) return std::nullopt;
  if (!parsed || !layers)
    return absl::InvalidArgumentError("is an OpenVINO model that is cut off or damaged");

  Graph graph(ModelFormat::kOpenVino);
  graph.AddEvidence(net.attribute("name").value());
  struct Edge {
    std::string_view from, to_port;
  };
  absl::flat_hash_map<absl::string_view, std::vector<Edge>> edges;  // by the layer they go to
  size_t count = 0;
  for (const pugi::xml_node edge : net.child("edges").children("edge")) {
    if (++count > kMaxLinks) break;
    edges[edge.attribute("to-layer").value()].push_back(
        {edge.attribute("from-layer").value(), edge.attribute("to-port").value()});
  }
  absl::flat_hash_set<absl::string_view>
      constants;  // layers that are weights, or only convert weights
  struct Made {
    std::string_view name;
    std::vector<int64_t> shape;
  };
  absl::flat_hash_map<absl::string_view, Made> made_by;
  count = 0;
  for (const pugi::xml_node node : layers.children("layer")) {
    if (++count > kMaxLayers) break;
    const absl::string_view id = node.attribute("id").value();
    const std::string_view type = node.attribute("type").value(),
                           name = node.attribute("name").value();
    std::vector<Edge>& into = edges[id];
    const pugi::xml_node output = node.child("output").child("port");
    std::vector<int64_t> made = Dimensions(output);
    if (type == "Const") {
      const char* shape = node.child("data").attribute("shape").value();
      graph.AddWeight(name, *shape ? Listed(shape) : made);
      constants.insert(id);
      continue;
    }
    const auto constant = [&](const Edge& edge) { return constants.contains(Key(edge.from)); };
    if (type != "Result" && !into.empty() && std::all_of(into.begin(), into.end(), constant)) {
      constants.insert(id);
      continue;
    }
    graph.AddEvidence(name);
    const std::vector<int64_t> taken = Dimensions(node.child("input").child("port"));
    if (type == "Parameter" || type == "Input") graph.AddInput(name, made);
    if (type == "Result") graph.AddOutput({id.data(), id.size()}, taken);
    std::stable_sort(into.begin(), into.end(), [](const Edge& a, const Edge& b) {
      return Number(a.to_port) < Number(b.to_port);
    });
    Layer layer;
    layer.op = type;
    layer.outputs = {{id.data(), id.size()}};
    for (const Edge& edge : into) {
      if (!constant(edge)) layer.inputs.push_back(edge.from);
    }
    // Early versions keep weights out of the graph.
    const bool dense =
        type == "FullyConnected" || (type == "MatMul" && layer.inputs.size() < into.size());
    const bool convolves = type == "Convolution" || type == "GroupConvolution";
    if (dense && !made.empty()) layer.width = made.back();
    if (dense && !taken.empty()) layer.fan_in = taken.back();
    if (convolves && made.size() > 1) layer.width = made[1];
    graph.AddLayer(std::move(layer));
    made_by[id] = {name, std::move(made)};
  }
  ModelFacts facts = std::move(graph).Finish();
  for (ModelOutput& output : facts.outputs) {
    const auto made = made_by.find(output.name);
    if (made == made_by.end()) continue;
    if (output.shape.empty()) output.shape = made->second.shape;
    output.name = CleanText(made->second.name);
  }
  return facts;
}

}  // namespace sweep
