// dlib: networks (.dat), in which each layer begins with a text that names its kind and version,
// from the input on; and shape predictors. Numbers are written as a byte that counts, then as many
// bytes, little end first.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sweep/models/formats.h"
#include "sweep/models/graph.h"

namespace sweep {
namespace {

using efface::ByteView;

// Beginnings of the texts that name layers.
constexpr std::string_view kLayers[] = {
    "add_prev",    "con_",         "cont_",     "affine_",     "bn_",
    "fc_",         "relu_",        "prelu_",    "avg_pool_",   "max_pool_",
    "softmax",     "dropout_",     "sig_",      "htan_",       "input_rgb_image",
    "input_",      "l2normalize_", "upsample_", "multiply_",   "concat_",
    "leaky_relu_", "mish_",        "gelu_",     "layer_norm_", "scale_"};

std::optional<int64_t> Integer(ByteView content, size_t& at) {
  if (at >= content.size()) return std::nullopt;
  const int size = content[at] & 0x0F;
  if (size < 1 || size > 8 || (content[at] & 0x70) != 0) return std::nullopt;
  const auto value = efface::ReadUint(content, at + 1, size, efface::Endian::kLittle);
  if (!value || *value > uint64_t{INT64_MAX}) return std::nullopt;
  const bool negative = content[at] & 0x80;
  at += 1 + static_cast<size_t>(size);
  return negative ? -static_cast<int64_t>(*value) : static_cast<int64_t>(*value);
}

std::optional<std::string_view> Text(ByteView content, size_t& at) {
  size_t next = at;
  const auto size = Integer(content, next);
  if (!size || *size < 0) return std::nullopt;
  const auto bytes = efface::Slice(content, next, static_cast<size_t>(*size));
  if (!bytes) return std::nullopt;
  at = next + static_cast<size_t>(*size);
  return std::string_view(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

// The text of the loss, which a network begins with after its version; all that it stands on comes
// later.
std::optional<std::string_view> Loss(ByteView content) {
  size_t at = 0;
  if (!Integer(content, at)) return std::nullopt;
  const auto loss = Text(content, at);
  return loss && loss->starts_with("loss_") && loss->size() < 64 ? loss : std::nullopt;
}

// The text at `at` (a byte 1, a byte that counts, the text), if it names a layer.
std::optional<std::string_view> LayerText(ByteView content, size_t at) {
  if (at + 2 >= content.size() || content[at + 1] < 4 || content[at + 1] > 48 ||
      content[at + 2] < 'a' || content[at + 2] > 'z')
    return std::nullopt;
  const auto bytes = efface::Slice(content, at + 2, content[at + 1]);
  if (!bytes) return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  for (const std::string_view beginning : kLayers) {
    if (!text.starts_with(beginning)) continue;
    const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (plain) return text;
  }
  return std::nullopt;
}

MaybeModel ReadNetwork(ByteView content, std::string_view loss) {
  Graph graph(ModelFormat::kDlib);
  graph.AddEvidence(loss);
  std::vector<std::string> names;  // stable, since reserved: as many as layers
  struct Found {
    std::string_view kind;
    size_t after;
  };
  std::vector<Found> found;
  for (size_t at = 0; at + 2 < content.size() && found.size() < kMaxLayers; ++at) {
    if (content[at] != 1) continue;
    const auto text = LayerText(content, at);
    if (!text) continue;
    found.push_back({*text, at + 2 + text->size()});
    at = found.back().after - 1;
  }
  if (found.empty())
    return absl::InvalidArgumentError("is a dlib network that is cut off or damaged");
  names.reserve(found.size() + 1);
  names.emplace_back("0");
  for (const Found& layer_text : found) {
    Layer layer;
    layer.op = layer_text.kind;
    layer.inputs = {names.back()};
    size_t at = layer_text.after;
    if (layer.op.starts_with("input_")) {
      // Three means of colour (each a mantissa and an exponent), then rows and columns, where the
      // size is fixed.
      std::vector<int64_t> shape = {3, -1, -1};
      bool whole = layer.op == "input_rgb_image_sized";
      for (int i = 0; i < 6 && whole; ++i) whole = Integer(content, at).has_value();
      const auto rows = whole ? Integer(content, at) : std::nullopt;
      const auto columns = rows ? Integer(content, at) : std::nullopt;
      if (columns && *rows > 0 && *columns > 0) shape = {3, *rows, *columns};
      graph.AddInput(names.back(), std::move(shape));
      continue;
    }
    if (layer.op.starts_with("fc_")) {
      layer.width = Integer(content, at).value_or(-1);
      layer.fan_in = Integer(content, at).value_or(-1);
      graph.AddWeight(layer.op, {layer.fan_in, layer.width});
    }
    if (layer.op.starts_with("con_")) {
      // A tensor: version 2, then four sizes.
      const auto version = Integer(content, at);
      const auto size = version == 2 ? Integer(content, at) : std::nullopt;
      graph.AddWeight(layer.op, {size.value_or(-1)});
    }
    names.push_back(std::to_string(names.size()));
    layer.outputs = {names.back()};
    graph.AddLayer(std::move(layer));
  }
  graph.AddOutput(names.back(), {});
  ModelFacts facts = std::move(graph).Finish();
  // The vector that the loss is computed of.
  if (!facts.outputs.empty())
    facts.outputs[0].tail.insert(facts.outputs[0].tail.begin(), CleanText(loss));
  return facts;
}

// A shape predictor starts with its version and the mean shape: a column of x and y in turn, with
// sizes below zero as dlib writes them for matrices. The numbers of points, or nullopt.
std::optional<int64_t> PredictedPoints(ByteView content) {
  size_t at = 0;
  if (Integer(content, at) != 1) return std::nullopt;
  const auto rows = Integer(content, at), columns = rows ? Integer(content, at) : std::nullopt;
  if (!columns || *columns != -1 || *rows > -4 || *rows < -4096 || *rows % 2 != 0)
    return std::nullopt;
  for (int64_t i = 0; i < -*rows; ++i) {
    const auto mantissa = Integer(content, at),
               exponent = mantissa ? Integer(content, at) : std::nullopt;
    // Places in a box of size 1, so less than 8.
    if (!exponent || *mantissa > (1 << 24) || *mantissa < -(1 << 24) || *exponent < -64 ||
        *exponent > -21) {
      if (!exponent || *mantissa != 0) return std::nullopt;
    }
  }
  return -*rows / 2;
}

}  // namespace

bool LooksLikeDlib(ByteView content) {
  return Loss(content).has_value() || PredictedPoints(content).has_value();
}

MaybeModel ReadDlib(std::string_view, ByteView content) {
  if (const auto loss = Loss(content)) return ReadNetwork(content, *loss);
  const auto points = PredictedPoints(content);
  if (!points) return std::nullopt;
  Graph graph(ModelFormat::kDlib);
  graph.AddEvidence(absl::StrCat("shape_predictor of ", *points, " points"));
  Layer layer;
  layer.op = "shape_predictor";
  layer.width = 2 * *points;
  layer.outputs = {"points"};
  graph.AddLayer(std::move(layer));
  graph.AddOutput("points", {*points, 2});
  return std::move(graph).Finish();
}

}  // namespace sweep
