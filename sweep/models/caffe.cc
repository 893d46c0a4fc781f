// Caffe: weights with layers as a protocol buffer (.caffemodel), or layers alone as text
// (.prototxt). Neither has a signature. Numbers of fields and kinds are those of caffe.proto
// (BSD-2-Clause, BVLC), its old layers (V1) included.
#include <charconv>
#include <optional>
#include <string_view>
#include <vector>

#include "sweep/models/formats.h"
#include "sweep/models/graph.h"
#include "sweep/models/protobuf.h"

namespace sweep {
namespace {

using efface::ByteView;

// Kinds of old layers, by number.
struct Kind {
  uint64_t number;
  std::string_view name;
};
constexpr Kind kOldKinds[] = {
    {1, "Accuracy"},       {3, "Concat"},           {4, "Convolution"}, {5, "Data"},
    {6, "Dropout"},        {8, "Flatten"},          {12, "ImageData"},  {14, "InnerProduct"},
    {15, "LRN"},           {17, "Pooling"},         {18, "ReLU"},       {19, "Sigmoid"},
    {20, "Softmax"},       {21, "SoftmaxWithLoss"}, {22, "Split"},      {23, "TanH"},
    {25, "Eltwise"},       {30, "Power"},           {33, "Slice"},      {34, "MVN"},
    {39, "Deconvolution"},
};
constexpr std::string_view kOldNames[] = {
    "CONCAT",  "CONVOLUTION", "DATA",    "DROPOUT", "FLATTEN",      "INNER_PRODUCT", "LRN",
    "POOLING", "RELU",        "SIGMOID", "SOFTMAX", "SOFTMAX_LOSS", "TANH",          "ELTWISE"};

bool HasWidth(std::string_view op) {
  return op == "Convolution" || op == "InnerProduct" || op == "Deconvolution" ||
         op == "CONVOLUTION" || op == "INNER_PRODUCT";
}

// --- the protocol buffer

std::vector<int64_t> ReadShape(ByteView bytes, ProtoBudget& budget) {
  std::vector<int64_t> shape;
  ProtoReader reader(bytes, budget);
  while (const auto field = reader.Next()) {
    if (field->number == 1) AppendIntegers(*field, kMaxRank, shape);
  }
  return shape;
}

// Weights: a shape, or in old files number, channels, height and width.
bool ReadBlob(ByteView bytes, std::vector<int64_t>& shape, ProtoBudget& budget) {
  int64_t old[4] = {-1, -1, -1, -1};
  ProtoReader reader(bytes, budget);
  while (const auto field = reader.Next()) {
    if (field->IsBytes(7)) shape = ReadShape(field->bytes, budget);
    if (field->type == ProtoField::Type::kVarint && field->number >= 1 && field->number <= 4) {
      old[field->number - 1] = static_cast<int64_t>(field->value);
    }
  }
  if (shape.empty() && old[3] >= 0) shape.assign(old, old + 4);
  return reader.ok();
}

bool ReadLayer(ByteView bytes, bool old, Graph& graph, ProtoBudget& budget) {
  const uint32_t name_at = old ? 4 : 1, bottom_at = old ? 2 : 3, top_at = old ? 3 : 4,
                 blobs_at = old ? 6 : 7;
  const uint32_t convolution_at = old ? 10 : 106, dense_at = old ? 17 : 117;
  Layer layer;
  std::string_view name;
  std::vector<std::vector<int64_t>> blobs;
  std::vector<int64_t> input;
  ProtoReader reader(bytes, budget);
  while (const auto field = reader.Next()) {
    if (field->IsBytes(name_at)) name = field->text();
    if (field->IsBytes(bottom_at)) layer.inputs.push_back(field->text());
    if (field->IsBytes(top_at)) layer.outputs.push_back(field->text());
    if (!old && field->IsBytes(2)) layer.op = field->text();
    if (old && field->IsVarint(5)) {
      layer.op = "OTHER";
      for (const Kind& kind : kOldKinds) {
        if (kind.number == field->value) layer.op = kind.name;
      }
    }
    if (field->IsBytes(blobs_at) && blobs.size() < 8 &&
        !ReadBlob(field->bytes, blobs.emplace_back(), budget))
      return false;
    if (field->IsBytes(convolution_at) || field->IsBytes(dense_at)) {
      ProtoReader parameters(field->bytes, budget);
      while (const auto part = parameters.Next()) {
        if (part->IsVarint(1)) layer.width = static_cast<int64_t>(part->value);
      }
      if (!parameters.ok()) return false;
    }
    if (!old && field->IsBytes(143)) {
      ProtoReader parameters(field->bytes, budget);
      while (const auto part = parameters.Next()) {
        if (part->IsBytes(1) && input.empty()) input = ReadShape(part->bytes, budget);
      }
    }
  }
  if (!reader.ok() || layer.op.empty() || name.empty()) return false;
  graph.AddEvidence(name);
  if (!HasWidth(layer.op)) layer.width = -1;
  if (!blobs.empty() && (layer.op == "InnerProduct") && blobs[0].size() >= 2)
    layer.fan_in = blobs[0].back();
  for (std::vector<int64_t>& blob : blobs) graph.AddWeight(name, std::move(blob));
  if (layer.op == "Input" && !layer.outputs.empty())
    graph.AddInput(layer.outputs[0], std::move(input));
  // Of training only: it takes the network's answer away.
  if (layer.op == "Accuracy" || layer.op == "Silence") return true;
  graph.AddLayer(std::move(layer));
  return true;
}

MaybeModel ReadBinary(std::string_view name, ByteView content) {
  const bool sure = name.ends_with(".caffemodel");
  ProtoBudget budget;
  Graph graph(ModelFormat::kCaffe);
  std::vector<int64_t> sizes;
  std::vector<std::vector<int64_t>> shapes;
  std::vector<std::string_view> inputs;
  size_t layers = 0;
  bool broken = false;
  ProtoReader reader(content, budget);
  while (const auto field = reader.Next()) {
    if (field->IsBytes(1)) graph.AddEvidence(field->text());
    if (field->IsBytes(3) && inputs.size() < kMaxEnds) inputs.push_back(field->text());
    if (field->number == 4) AppendIntegers(*field, 4 * kMaxEnds, sizes);
    if (field->IsBytes(8) && shapes.size() < kMaxEnds)
      shapes.push_back(ReadShape(field->bytes, budget));
    if (field->IsBytes(2) || field->IsBytes(100)) {
      broken = !ReadLayer(field->bytes, field->number == 2, graph, budget);
      if (broken) break;
      ++layers;
    }
  }
  const size_t kFew = 3;
  if (broken || !reader.ok() || layers < kFew) {
    if (sure && layers < kFew && !broken && reader.ok()) return std::nullopt;
    if (sure || layers >= kFew)
      return absl::InvalidArgumentError("is a Caffe model that is cut off or damaged");
    return std::nullopt;
  }
  for (size_t i = 0; i < inputs.size(); ++i) {
    std::vector<int64_t> shape;
    if (i < shapes.size()) shape = shapes[i];
    if (sizes.size() >= 4 * i + 4)
      shape.assign(sizes.begin() + static_cast<ptrdiff_t>(4 * i),
                   sizes.begin() + static_cast<ptrdiff_t>(4 * i + 4));
    graph.AddInput(inputs[i], std::move(shape));
  }
  return std::move(graph).Finish();
}

// --- the text

constexpr size_t kMaxText = size_t{8} << 20;
constexpr size_t kMaxDepth = 16;

struct Token {
  enum class Kind { kEnd, kWord, kText, kOpen, kClose, kColon } kind = Kind::kEnd;
  std::string_view text;
};

class Tokens {
 public:
  explicit Tokens(std::string_view text) : rest_(text) {}

  Token Next() {
    while (!rest_.empty()) {
      const char c = rest_[0];
      if (c == '#') {
        rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' || c == ';') {
        rest_.remove_prefix(1);
      } else {
        break;
      }
    }
    if (rest_.empty()) return {};
    const char c = rest_[0];
    if (c == '{' || c == '}' || c == ':') {
      rest_.remove_prefix(1);
      return {c == '{'   ? Token::Kind::kOpen
              : c == '}' ? Token::Kind::kClose
                         : Token::Kind::kColon,
              {}};
    }
    if (c == '"' || c == '\'') {
      const size_t end = std::min(rest_.find(c, 1), rest_.size());
      const Token token{Token::Kind::kText, rest_.substr(1, end - 1)};
      rest_.remove_prefix(std::min(end + 1, rest_.size()));
      return token;
    }
    const size_t end =
        std::max<size_t>(1, std::min(rest_.find_first_of(" \t\r\n{}:,;#\"'"), rest_.size()));
    const Token token{Token::Kind::kWord, rest_.substr(0, end)};
    rest_.remove_prefix(end);
    return token;
  }

 private:
  std::string_view rest_;
};

int64_t Number(std::string_view text) {
  int64_t value = -1;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// One layer's text: what counts of it.
struct TextLayer {
  Layer layer;
  std::string_view name;
  std::vector<int64_t> input;  // of an input layer
  bool training = false;
};

void AddTextLayer(TextLayer text, Graph& graph) {
  graph.AddEvidence(text.name);
  Layer& layer = text.layer;
  for (const std::string_view old : kOldNames) {
    if (layer.op == old && old == "INNER_PRODUCT") layer.op = "InnerProduct";
    if (layer.op == old && old == "CONVOLUTION") layer.op = "Convolution";
    if (layer.op == old && (old == "SOFTMAX" || old == "SOFTMAX_LOSS")) layer.op = "Softmax";
  }
  if (!HasWidth(layer.op)) layer.width = -1;
  if (layer.op == "Input" && !layer.outputs.empty())
    graph.AddInput(layer.outputs[0], std::move(text.input));
  if (layer.op == "Accuracy" || layer.op == "Silence") return;
  graph.AddLayer(std::move(layer));
}

MaybeModel ReadText(ByteView content) {
  if (content.size() > kMaxText) return std::nullopt;
  Tokens tokens({reinterpret_cast<const char*>(content.data()), content.size()});
  Graph graph(ModelFormat::kCaffe);
  std::vector<std::string_view> path;  // of open messages
  std::optional<TextLayer> layer;
  std::vector<std::string_view> inputs;
  std::vector<int64_t> sizes;
  std::string_view key;
  bool after_colon = false;
  size_t layers = 0;
  for (Token token = tokens.Next(); token.kind != Token::Kind::kEnd; token = tokens.Next()) {
    const bool value =
        after_colon && (token.kind == Token::Kind::kWord || token.kind == Token::Kind::kText);
    if (token.kind == Token::Kind::kColon) {
      after_colon = true;
      continue;
    }
    after_colon = false;
    if (token.kind == Token::Kind::kOpen) {
      if (path.size() >= kMaxDepth) return std::nullopt;
      if (path.empty() && (key == "layer" || key == "layers")) layer.emplace();
      path.push_back(key);
    } else if (token.kind == Token::Kind::kClose) {
      if (path.empty()) return std::nullopt;
      path.pop_back();
      if (path.empty() && layer) {
        AddTextLayer(*std::move(layer), graph);
        layer.reset();
        ++layers;
      }
    } else if (!value) {
      if (token.kind == Token::Kind::kText) return std::nullopt;
      key = token.text;
    } else if (layer && path.size() == 1) {
      if (key == "name") layer->name = token.text;
      if (key == "type") layer->layer.op = token.text;
      if (key == "bottom" && layer->layer.inputs.size() < kMaxLinks)
        layer->layer.inputs.push_back(token.text);
      if (key == "top" && layer->layer.outputs.size() < kMaxLinks)
        layer->layer.outputs.push_back(token.text);
    } else if (layer && path.size() == 2 && key == "num_output") {
      layer->layer.width = Number(token.text);
    } else if (layer && path.size() == 3 && path[1] == "input_param" && key == "dim") {
      if (layer->input.size() < kMaxRank) layer->input.push_back(Number(token.text));
    } else if (!layer) {
      if (path.empty() && key == "name") graph.AddEvidence(token.text);
      if (path.empty() && key == "input" && inputs.size() < kMaxEnds) inputs.push_back(token.text);
      const bool size = (path.empty() && key == "input_dim") ||
                        (path.size() == 1 && path[0] == "input_shape" && key == "dim");
      if (size && sizes.size() < 4 * kMaxEnds) sizes.push_back(Number(token.text));
    }
  }
  if (layers == 0) return std::nullopt;
  if (!path.empty())
    return absl::InvalidArgumentError("is a Caffe network that is cut off or damaged");
  for (size_t i = 0; i < inputs.size(); ++i) {
    std::vector<int64_t> shape;
    if (sizes.size() >= 4 * i + 4)
      shape.assign(sizes.begin() + static_cast<ptrdiff_t>(4 * i),
                   sizes.begin() + static_cast<ptrdiff_t>(4 * i + 4));
    graph.AddInput(inputs[i], std::move(shape));
  }
  return std::move(graph).Finish();
}

// Text that may be a .prototxt: a word that one begins with, then ':' or '{', within the first
// lines that aren't comments.
bool LooksLikeText(ByteView content) {
  Tokens tokens(
      {reinterpret_cast<const char*>(content.data()), std::min<size_t>(content.size(), 4096)});
  const Token first = tokens.Next(), second = tokens.Next();
  if (first.kind != Token::Kind::kWord) return false;
  if (first.text == "layer" || first.text == "layers") return second.kind == Token::Kind::kOpen;
  if (first.text != "name" && first.text != "input") return false;
  return second.kind == Token::Kind::kColon && tokens.Next().kind == Token::Kind::kText;
}

}  // namespace

bool LooksLikeCaffe(ByteView content) {
  // The network's name comes first (a layer, where it has none).
  const bool binary = efface::HasText(content, 0, "\x0A") || efface::HasText(content, 0, "\x12") ||
                      efface::HasText(content, 0, "\xA2\x06");
  return (binary && content.size() > 32) || LooksLikeText(content);
}

MaybeModel ReadCaffe(std::string_view name, ByteView content) {
  return LooksLikeText(content) ? ReadText(content) : ReadBinary(name, content);
}

}  // namespace sweep
