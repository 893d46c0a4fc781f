// PyTorch: a zip archive with a pickle (data.pkl) and the numbers as entries of their own;
// TorchScript, the same with code; or, before version 1.6, pickles one after the other. No pickle
// is ever executed.
#include <optional>
#include <string>
#include <string_view>

#include "sweep/models/formats.h"
#include "sweep/models/graph.h"
#include "sweep/models/pickle.h"
#include "sweep/models/zip.h"

namespace sweep {
namespace {

using efface::ByteView;

constexpr size_t kMaxPickle = size_t{32} << 20;
constexpr size_t kMaxCode = size_t{4} << 20;  // of TorchScript, one file, and all together
// A pickle of the number 0x1950a86a20f9469cfc6c.
constexpr std::string_view kLegacy("\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19\x2E",
                                   15);

struct Found {
  size_t tensors = 0;
  bool torch = false;
};

PickleVisitor Visitor(Graph& graph, Found& found) {
  PickleVisitor visitor;
  visitor.global = [&](std::string_view module, std::string_view name) {
    if (module.starts_with("torch")) found.torch = true;
    if (module == "torch._utils" || module == "collections" || module == "torch") return;
    graph.AddEvidence(absl::StrCat(absl::string_view(module.data(), module.size()), ".",
                                   absl::string_view(name.data(), name.size())));
  };
  visitor.tensor = [&](std::string_view key, const std::vector<int64_t>& shape) {
    ++found.tensors;
    graph.AddWeight(key, shape);
  };
  visitor.number = [&](std::string_view key, int64_t value) {
    if (key.ends_with("features") || key.ends_with("channels") || key.ends_with("size") ||
        key.find("class") != std::string_view::npos)
      graph.AddEvidence(absl::StrCat(absl::string_view(key.data(), key.size()), "=", value));
  };
  return visitor;
}

bool IsName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// The calls in TorchScript's code: torch.prelu(...), ops.prim.x(...).
void ReadCode(ByteView bytes, std::map<std::string, int64_t>& operators) {
  const std::string_view code(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (size_t at = code.find("torch."); at != std::string_view::npos;
       at = code.find("torch.", at + 6)) {
    if (at > 0 && IsName(code[at - 1])) continue;
    size_t end = at + 6;
    while (end < code.size() && IsName(code[end])) ++end;
    if (end >= code.size() || code[end] != '(' || end == at + 6 || end - at > 64) continue;
    std::string name(code.substr(at + 6, end - at - 6));
    if (operators.size() < kMaxOperators || operators.contains(name)) ++operators[std::move(name)];
  }
}

MaybeModel ReadZip(ByteView content) {
  Graph graph(ModelFormat::kPyTorch);
  Found found;
  const PickleVisitor visitor = Visitor(graph, found);
  std::map<std::string, int64_t> operators;
  size_t code = 0;
  bool pickled = false, whole = true;
  const absl::Status status = EachZipEntry(
      content,
      [&](std::string_view name) -> size_t {
        if (name.ends_with("/data.pkl") || name == "data.pkl") return kMaxPickle;
        if (name.find("/code/") != std::string_view::npos && name.ends_with(".py")) {
          graph.AddEvidence(name);
          return kMaxCode - code;
        }
        return 0;
      },
      [&](std::string_view name, ByteView bytes) {
        if (name.ends_with(".py")) {
          code += bytes.size();
          ReadCode(bytes, operators);
          return;
        }
        pickled = true;
        whole = WalkPickle(bytes, visitor).has_value() && whole;
      });
  if (!pickled || !found.torch) return std::nullopt;
  if (!status.ok() || !whole)
    return absl::InvalidArgumentError("is a PyTorch model that is cut off or damaged");
  ModelFacts facts = std::move(graph).Finish();
  facts.operators = std::move(operators);
  return facts;
}

MaybeModel ReadLegacy(ByteView content) {
  Graph graph(ModelFormat::kPyTorch);
  Found found;
  const PickleVisitor visitor = Visitor(graph, found);
  // The number, the protocol, the machine's sizes, then the object; numbers follow.
  ByteView rest = content;
  for (int i = 0; i < 4; ++i) {
    const auto size = WalkPickle(rest, visitor);
    if (!size) return absl::InvalidArgumentError("is a PyTorch model that is cut off or damaged");
    rest = rest.subspan(*size);
  }
  return std::move(graph).Finish();
}

}  // namespace

bool LooksLikePyTorch(ByteView content) {
  return efface::HasText(content, 0, kLegacy) || IsZipWith(content, "data.pkl");
}

MaybeModel ReadPyTorch(std::string_view, ByteView content) {
  return efface::HasText(content, 0, kLegacy) ? ReadLegacy(content) : ReadZip(content);
}

}  // namespace sweep
