// Keras: a .keras archive with config.json, or an HDF5 file (.h5) that has the configuration as a
// text. The HDF5 itself isn't read: its texts are looked for where they stand whole.
#include <optional>
#include <string>
#include <string_view>

#include "sweep/models/bounded_json.h"
#include "sweep/models/formats.h"
#include "sweep/models/keras_config.h"
#include "sweep/models/zip.h"

namespace sweep {
namespace {

using efface::ByteView;

constexpr std::string_view kHdf5("\x89HDF\r\n\x1A\n", 8);
constexpr size_t kWindow = size_t{64} << 20;  // looked through at either end

// The object that starts at `text`, by its braces; "" where it doesn't end within kMaxJson.
std::string_view Object(std::string_view text) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < std::min(text.size(), kMaxJson); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return text.substr(0, i + 1);
    }
  }
  return {};
}

MaybeModel FromConfig(const nlohmann::json& config) {
  Graph graph(ModelFormat::kKeras);
  ReadKerasConfig(config, graph);
  return std::move(graph).Finish();
}

MaybeModel ReadZip(ByteView content) {
  MaybeModel model = std::optional<ModelFacts>();
  const absl::Status status = EachZipEntry(
      content, [](std::string_view name) -> size_t { return name == "config.json" ? kMaxJson : 0; },
      [&](std::string_view, ByteView bytes) {
        const auto config = ParseJson({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
        if (config && IsKerasConfig(*config)) model = FromConfig(*config);
      });
  // Any archive may have a config.json.
  return status.ok() ? std::move(model) : MaybeModel(std::nullopt);
}

MaybeModel ReadHdf5(ByteView content) {
  const std::string_view all(reinterpret_cast<const char*>(content.data()), content.size());
  const std::string_view windows[] = {
      all.substr(0, kWindow), all.substr(std::max(all.size() - std::min(all.size(), kWindow),
                                                  std::min(all.size(), kWindow)))};
  for (const std::string_view window : windows) {
    int tries = 0;
    for (size_t at = window.find("{\"class_name\""); at != std::string_view::npos && tries < 8;
         at = window.find("{\"class_name\"", at + 1), ++tries) {
      const std::string_view text = Object(window.substr(at));
      const auto config = text.empty() ? std::nullopt : ParseJson(text);
      if (config && IsKerasConfig(*config)) return FromConfig(*config);
    }
  }
  return std::nullopt;
}

}  // namespace

bool LooksLikeKeras(ByteView content) {
  return efface::HasText(content, 0, kHdf5) || IsZipWith(content, "model.weights.h5");
}

MaybeModel ReadKeras(std::string_view, ByteView content) {
  return efface::HasText(content, 0, kHdf5) ? ReadHdf5(content) : ReadZip(content);
}

}  // namespace sweep
