// TensorFlow: a frozen graph (GraphDef), or the graph of a saved model (saved_model.pb, which has
// no weights). Protocol buffers without a signature. Numbers of fields are those of its .proto
// files (Apache-2.0, TensorFlow).
#include <optional>
#include <string_view>
#include <vector>

#include "sweep/models/formats.h"
#include "sweep/models/protobuf.h"
#include "sweep/models/tensorflow_graph.h"

namespace sweep {
namespace {

using efface::ByteView;

std::vector<int64_t> ReadShape(ByteView bytes, ProtoBudget& budget) {
  std::vector<int64_t> shape;
  ProtoReader reader(bytes, budget);
  while (const auto field = reader.Next()) {
    if (!field->IsBytes(2) || shape.size() >= kMaxRank) continue;
    int64_t size = 0;
    ProtoReader dimension(field->bytes, budget);
    while (const auto part = dimension.Next()) {
      if (part->IsVarint(1)) size = static_cast<int64_t>(part->value);
    }
    shape.push_back(size > 0 ? size : -1);
  }
  return shape;
}

// One entry of a node's attributes.
bool ReadAttribute(ByteView bytes, TensorFlowNode& node, ProtoBudget& budget) {
  std::string_view key;
  ByteView value;
  ProtoReader entry(bytes, budget);
  while (const auto field = entry.Next()) {
    if (field->IsBytes(1)) key = field->text();
    if (field->IsBytes(2)) value = field->bytes;
  }
  if (key != "shape" && key != "value" && key != "transpose_b" && key != "adj_y") return entry.ok();
  ProtoReader reader(value, budget);
  while (const auto field = reader.Next()) {
    if (field->IsVarint(5)) node.transposed = field->value != 0;
    if (field->IsBytes(7)) node.shape = ReadShape(field->bytes, budget);
    if (!field->IsBytes(8)) continue;
    ProtoReader tensor(field->bytes, budget);
    while (const auto part = tensor.Next()) {
      if (part->IsBytes(2)) node.shape = ReadShape(part->bytes, budget);
    }
  }
  return entry.ok() && reader.ok();
}

bool ReadNode(ByteView bytes, TensorFlowNode& node, ProtoBudget& budget) {
  ProtoReader reader(bytes, budget);
  while (const auto field = reader.Next()) {
    if (field->IsBytes(1)) node.name = field->text();
    if (field->IsBytes(2)) node.op = field->text();
    if (field->IsBytes(3)) node.inputs.push_back(field->text());
    if (field->IsBytes(5) && !ReadAttribute(field->bytes, node, budget)) return false;
  }
  return reader.ok() && !node.name.empty() && !node.op.empty();
}

bool IsOperator(std::string_view op) {
  return !op.empty() && op.size() < 100 && std::all_of(op.begin(), op.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '>';
  });
}

struct Walk {
  size_t nodes = 0;
  bool tensors = false;  // there are inputs or weights: other graphs of nodes are stored alike
  bool whole = false;
};

Walk ReadGraph(ByteView bytes, TensorFlowGraph& graph, ProtoBudget& budget) {
  Walk walk;
  ProtoReader reader(bytes, budget);
  while (const auto field = reader.Next()) {
    if (!field->IsBytes(1)) continue;
    TensorFlowNode node;
    if (!ReadNode(field->bytes, node, budget) || !IsOperator(node.op)) return walk;
    if (node.op == "Placeholder" || node.op == "Const" || node.op == "VarHandleOp")
      walk.tensors = true;
    graph.AddNode(std::move(node));
    ++walk.nodes;
  }
  walk.whole = reader.ok();
  return walk;
}

}  // namespace

bool LooksLikeTensorFlow(ByteView content) {
  // A node (field 1), whose name (field 1) and operator (field 2) come first; or a saved model of
  // version 1.
  if (efface::HasText(content, 0, "\x08\x01\x12")) return true;
  if (!efface::HasText(content, 0, "\x0A")) return false;
  ProtoBudget budget{64};
  size_t at = 1;
  while (at < std::min<size_t>(content.size(), 11) && content[at] >= 0x80) ++at;
  ProtoReader node(content.subspan(std::min(at + 1, content.size())), budget);
  const auto name = node.Next();
  const auto op = node.Next();
  return name && op && name->IsBytes(1) && !name->bytes.empty() && op->IsBytes(2) &&
         IsOperator(op->text());
}

MaybeModel ReadTensorFlow(std::string_view, ByteView content) {
  ProtoBudget budget;
  TensorFlowGraph graph(ModelFormat::kTensorFlow);
  Walk walk;
  if (content[0] == 0x0A) {
    walk = ReadGraph(content, graph, budget);
  } else {
    ProtoReader saved(content, budget);
    while (const auto field = saved.Next()) {
      if (!field->IsBytes(2) || walk.nodes > 0) continue;
      ProtoReader meta(field->bytes, budget);
      while (const auto part = meta.Next()) {
        if (part->IsBytes(2) && walk.nodes == 0) walk = ReadGraph(part->bytes, graph, budget);
      }
    }
    walk.whole = walk.whole && saved.ok();
  }
  if (!walk.tensors) return std::nullopt;
  if (!walk.whole)
    return absl::InvalidArgumentError("is a TensorFlow graph that is cut off or damaged");
  return std::move(graph).Finish();
}

}  // namespace sweep
