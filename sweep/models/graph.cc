#include "sweep/models/graph.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"

namespace sweep {
namespace {

constexpr int64_t kMaxParameters = int64_t{1} << 50;

absl::string_view Key(std::string_view text) { return {text.data(), text.size()}; }

// The number of elements; 0 where a dimension is open, or the product can't be.
int64_t Elements(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size <= 0 || count > kMaxParameters / size) return 0;
    count *= size;
  }
  return count;
}

// The length of the UTF-8 sequence at `at`; 0 where there is none that is valid.
size_t SequenceLength(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[at + i]); };
  const uint8_t first = byte(0);
  const size_t length = first < 0x80                    ? 1
                        : first >= 0xC2 && first < 0xE0 ? 2
                        : first >= 0xE0 && first < 0xF0 ? 3
                        : first >= 0xF0 && first < 0xF5 ? 4
                                                        : 0;
  if (length == 0 || text.size() - at < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) >= 0xA0)) return 0;
  if ((first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) >= 0x90)) return 0;
  return length;
}

}  // namespace

std::string CleanText(std::string_view text) {
  std::string clean;
  for (size_t i = 0; i < text.size();) {
    const size_t length = SequenceLength(text, i);
    const auto first = static_cast<uint8_t>(text[i]);
    const bool control = first < 0x20 || first == 0x7F ||
                         (first == 0xC2 && length == 2 && static_cast<uint8_t>(text[i + 1]) < 0xA0);
    const std::string_view piece = length == 0 || control ? "?" : text.substr(i, length);
    if (clean.size() + piece.size() > kMaxEvidenceLength) break;
    clean += piece;
    i += std::max<size_t>(length, 1);
  }
  return clean;
}

void Graph::AddLayer(Layer layer) {
  const size_t links = layer.inputs.size() + layer.outputs.size();
  if (layers_.size() >= kMaxLayers || links > kMaxLinks - links_) return;
  links_ += links;
  layers_.push_back(std::move(layer));
}

void Graph::AddWeight(std::string_view name, std::vector<int64_t> shape) {
  const int64_t elements = Elements(shape);
  if (facts_.parameters < kMaxParameters) facts_.parameters += elements;
  if (facts_.weights.size() < kMaxWeights)
    facts_.weights.push_back({CleanText(name), std::move(shape)});
}

void Graph::AddInput(std::string_view name, std::vector<int64_t> shape) {
  if (facts_.inputs.size() < kMaxEnds)
    facts_.inputs.push_back({std::string(name), std::move(shape)});
}

void Graph::AddOutput(std::string_view name, std::vector<int64_t> shape) {
  if (facts_.outputs.size() < kMaxEnds)
    facts_.outputs.push_back({std::string(name), std::move(shape), {}});
}

void Graph::AddEvidence(std::string_view text) {
  if (text.empty() || facts_.evidence.size() >= kMaxEvidence) return;
  std::string clean = CleanText(text);
  if (!facts_.evidence.empty() && facts_.evidence.back() == clean) return;
  facts_.evidence.push_back(std::move(clean));
}

std::vector<int64_t> Graph::Makers() const {
  std::vector<int64_t> makers(layers_.size(), -1);
  absl::flat_hash_map<absl::string_view, int64_t> last;
  const auto find = [&](size_t i) {
    for (const std::string_view name : layers_[i].inputs) {
      const auto found = last.find(Key(name));
      if (found != last.end() && found->second != static_cast<int64_t>(i)) return found->second;
    }
    return int64_t{-1};
  };
  for (size_t i = 0; i < layers_.size(); ++i) {
    makers[i] = find(i);
    for (const std::string_view name : layers_[i].outputs)
      last[Key(name)] = static_cast<int64_t>(i);
  }
  for (size_t i = 0; i < layers_.size(); ++i) {
    if (makers[i] < 0) makers[i] = find(i);
  }
  return makers;
}

ModelFacts Graph::Finish() && {
  absl::flat_hash_map<absl::string_view, int64_t> maker;
  absl::flat_hash_map<absl::string_view, size_t> taker;  // the last one
  for (size_t i = 0; i < layers_.size(); ++i) {
    std::string op = CleanText(layers_[i].op);
    if (facts_.operators.size() < kMaxOperators || facts_.operators.contains(op))
      ++facts_.operators[std::move(op)];
    for (const std::string_view name : layers_[i].outputs)
      maker[Key(name)] = static_cast<int64_t>(i);
    for (const std::string_view name : layers_[i].inputs) taker[Key(name)] = i;
  }
  const bool named = !facts_.outputs.empty();
  for (size_t i = 0; i < layers_.size() && !named; ++i) {
    for (const std::string_view name : layers_[i].outputs) {
      if (maker[Key(name)] != static_cast<int64_t>(i)) continue;
      const auto taken = taker.find(Key(name));
      if (taken == taker.end() || (taken->second == i && layers_[i].inputs.size() == 1))
        AddOutput(name, {});
    }
  }
  const std::vector<int64_t> makers = Makers();
  for (ModelOutput& output : facts_.outputs) {
    const auto last = maker.find(output.name);
    for (int64_t at = last == maker.end() ? -1 : last->second;
         at >= 0 && output.tail.size() < kMaxTail; at = makers[static_cast<size_t>(at)]) {
      const Layer& layer = layers_[static_cast<size_t>(at)];
      output.tail.push_back(CleanText(layer.op));
      if (output.width < 0 && layer.width >= 0) {
        output.width = layer.width;
        output.fan_in = layer.fan_in;
      }
    }
  }
  for (ModelTensor& input : facts_.inputs) input.name = CleanText(input.name);
  for (ModelOutput& output : facts_.outputs) output.name = CleanText(output.name);
  return std::move(facts_);
}

}  // namespace sweep
