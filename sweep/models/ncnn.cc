// NCNN: a text file of layers (.param) that begins with the number 7767517; the weights stand in
// another file.
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include "sweep/models/formats.h"
#include "sweep/models/graph.h"

namespace sweep {
namespace {

using efface::ByteView;

constexpr size_t kMaxLines = kMaxLayers;

std::string_view Word(std::string_view& line) {
  const size_t start = std::min(line.find_first_not_of(" \t\r"), line.size());
  line.remove_prefix(start);
  const std::string_view word = line.substr(0, line.find_first_of(" \t\r"));
  line.remove_prefix(word.size());
  return word;
}

int64_t Number(std::string_view text) {
  int64_t value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

bool LooksLikeNcnn(ByteView content) { return efface::HasText(content, 0, "7767517"); }

MaybeModel ReadNcnn(std::string_view, ByteView content) {
  std::string_view rest(reinterpret_cast<const char*>(content.data()), content.size());
  const auto line = [&] {
    const size_t end = rest.find('\n');
    const std::string_view text = rest.substr(0, end);
    rest.remove_prefix(std::min(text.size() + 1, rest.size()));
    return text;
  };
  std::string_view magic = line(), counts = line();
  if (Word(magic) != "7767517" || Number(Word(counts)) < 0 || Number(Word(counts)) < 0)
    return std::nullopt;
  Graph graph(ModelFormat::kNcnn);
  size_t links = 0;
  for (size_t lines = 0; !rest.empty() && lines < kMaxLines; ++lines) {
    std::string_view text = line();
    Layer layer;
    layer.op = Word(text);
    if (layer.op.empty()) continue;
    const std::string_view name = Word(text);
    const int64_t takes = Number(Word(text)), makes = Number(Word(text));
    if (takes < 0 || makes < 0)
      return absl::InvalidArgumentError("is an NCNN model that is cut off or damaged");
    links += static_cast<size_t>(std::min<int64_t>(takes, kMaxLinks)) +
             static_cast<size_t>(std::min<int64_t>(makes, kMaxLinks));
    if (links > kMaxLinks) break;
    for (int64_t i = 0; i < takes; ++i) layer.inputs.push_back(Word(text));
    for (int64_t i = 0; i < makes; ++i) layer.outputs.push_back(Word(text));
    graph.AddEvidence(name);
    int64_t first = -1, second = -1, third = -1, weights = -1,
            weights_of_dense = -1;  // parameters 0, 1, 2, 6, 2
    for (std::string_view word = Word(text); !word.empty(); word = Word(text)) {
      const size_t equals = word.find('=');
      if (equals == std::string_view::npos) continue;
      const int64_t value = Number(word.substr(equals + 1));
      const std::string_view key = word.substr(0, equals);
      if (key == "0") first = value;
      if (key == "1") second = value;
      if (key == "2") third = weights_of_dense = value;
      if (key == "6") weights = value;
    }
    const bool convolves =
        layer.op.starts_with("Convolution") || layer.op.starts_with("Deconvolution");
    if (layer.op == "Input" && !layer.outputs.empty())
      graph.AddInput(layer.outputs[0], {third, second, first});
    if (layer.op == "InnerProduct" && first > 0) {
      layer.width = first;
      layer.fan_in = weights_of_dense > 0 ? weights_of_dense / first : -1;
      graph.AddWeight(name, {layer.width, layer.fan_in});
    } else if (convolves && first > 0) {
      layer.width = first;
      graph.AddWeight(name, {weights});
    }
    graph.AddLayer(std::move(layer));
  }
  return std::move(graph).Finish();
}

}  // namespace sweep
