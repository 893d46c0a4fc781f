// safetensors: the length of a JSON object, the object that names every tensor with its shape, then
// the numbers.
#include <optional>
#include <string_view>

#include "sweep/models/bounded_json.h"
#include "sweep/models/formats.h"
#include "sweep/models/graph.h"

namespace sweep {

using efface::ByteView;

bool LooksLikeSafetensors(ByteView content) {
  const auto size = efface::ReadUint(content, 0, 8, efface::Endian::kLittle);
  return size && *size >= 2 && *size < (uint64_t{1} << 32) && efface::HasText(content, 8, "{\"");
}

MaybeModel ReadSafetensors(std::string_view name, ByteView content) {
  const auto size = efface::ReadUint(content, 0, 8, efface::Endian::kLittle);
  const auto head = size ? efface::Slice(content, 8, *size) : std::nullopt;
  const absl::Status broken =
      absl::InvalidArgumentError("is a safetensors file that is cut off or damaged");
  if (!head) return name.ends_with(".safetensors") ? MaybeModel(broken) : MaybeModel(std::nullopt);
  const auto document = ParseJson({reinterpret_cast<const char*>(head->data()), head->size()});
  if (!document || !document->is_object())
    return name.ends_with(".safetensors") ? MaybeModel(broken) : MaybeModel(std::nullopt);
  Graph graph(ModelFormat::kSafetensors);
  size_t tensors = 0;
  for (const auto& [key, value] : document->items()) {
    if (key == "__metadata__") {
      if (!value.is_object()) continue;
      for (const auto& [what, text] : value.items()) {
        graph.AddEvidence(what);
        if (text.is_string()) graph.AddEvidence(text.get_ref<const std::string&>());
      }
    } else if (Member(value, "shape").is_array() && Member(value, "dtype").is_string()) {
      ++tensors;
      graph.AddWeight(key, Sizes(Member(value, "shape")));
    }
  }
  if (tensors == 0) return std::nullopt;
  return std::move(graph).Finish();
}

}  // namespace sweep
