#include "sweep/image.h"

#include <absl/strings/match.h>

#include <nlohmann/json.hpp>

#include "sweep/kinds.h"

namespace sweep {
namespace {

using Json = nlohmann::json;
constexpr std::string_view kBlobs = "blobs/sha256/";
constexpr std::string_view kWhiteout = ".wh.";
constexpr int64_t kMaxManifest = 4 << 20;
constexpr size_t kMaxLayers = 1000;

}  // namespace

bool Images::MayBeManifest(std::string_view path, int64_t size) {
  if (size < 2 || size > kMaxManifest) return false;
  return BaseName(path) == "manifest.json" || path.find(kBlobs) != std::string_view::npos;
}

void Images::AddManifest(std::string_view path, std::string_view content) {
  const size_t start = content.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || (content[start] != '{' && content[start] != '[')) return;
  if (content.find("ayers\"") == std::string_view::npos) return;
  const Json json = Json::parse(content, nullptr, /*allow_exceptions=*/false);
  std::vector<std::vector<std::string>> images;
  if (json.is_array()) {  // docker-save
    const std::string folder(path.substr(0, path.size() - BaseName(path).size()));
    for (const Json& image : json) {
      if (!image.is_object() || !image.contains("Layers") || !image["Layers"].is_array()) continue;
      std::vector<std::string> layers;
      for (const Json& layer : image["Layers"])
        if (layer.is_string() && layers.size() < kMaxLayers)
          layers.push_back(folder + layer.get<std::string>());
      images.push_back(std::move(layers));
    }
  } else if (json.is_object() && json.contains("layers") && json["layers"].is_array()) {  // OCI
    const size_t blobs = path.rfind(kBlobs);
    if (blobs == std::string_view::npos) return;
    std::vector<std::string> layers;
    for (const Json& layer : json["layers"]) {
      if (!layer.is_object() || !layer.contains("digest") || !layer["digest"].is_string()) continue;
      const std::string digest = layer["digest"].get<std::string>();
      if (digest.starts_with("sha256:") && layers.size() < kMaxLayers)
        layers.push_back(std::string(path.substr(0, blobs)) + std::string(kBlobs) +
                         digest.substr(7));
    }
    images.push_back(std::move(layers));
  }
  const std::lock_guard lock(mutex_);
  for (auto& layers : images)
    if (!layers.empty()) images_.push_back(std::move(layers));
}

void Images::AddName(std::string_view archive, std::string_view name) {
  const std::string_view base = BaseName(name);
  if (!base.starts_with(kWhiteout)) return;
  const std::string folder(name.substr(0, name.size() - base.size()));
  const std::string deleted =
      base == ".wh..wh..opq" ? folder : folder + std::string(base.substr(kWhiteout.size()));
  const std::lock_guard lock(mutex_);
  deleted_[std::string(archive)].push_back(deleted);
}

void Images::Place(std::vector<Finding>& findings) const {
  struct Seat {
    const std::vector<std::string>* image;
    int index;
  };
  std::map<std::string_view, Seat> seats;
  for (const auto& image : images_)
    for (size_t i = 0; i < image.size(); ++i)
      seats.emplace(image[i], Seat{&image, static_cast<int>(i)});
  if (seats.empty()) return;
  for (Finding& finding : findings) {
    const std::string_view path = finding.path;
    for (size_t mark = path.find('!'); mark != std::string_view::npos;
         mark = path.find('!', mark + 1)) {
      const auto seat = seats.find(path.substr(0, mark));
      if (seat == seats.end()) continue;
      const auto& image = *seat->second.image;
      std::string_view inner = path.substr(mark + 1);
      LayerPlace place{seat->second.index + 1, static_cast<int>(image.size()),
                       image[static_cast<size_t>(seat->second.index)], 0};
      inner = inner.substr(0, inner.find('!'));
      for (size_t above = static_cast<size_t>(place.index);
           above < image.size() && place.deleted_by == 0; ++above) {
        const auto names = deleted_.find(image[above]);
        if (names == deleted_.end()) continue;
        for (const std::string& name : names->second)
          if (inner == name || (inner.starts_with(name) &&
                                (name.empty() || name.ends_with('/') || inner[name.size()] == '/')))
            place.deleted_by = static_cast<int>(above) + 1;
      }
      finding.layer = std::move(place);
    }
  }
}

}  // namespace sweep
