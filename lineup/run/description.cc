#include "lineup/run/description.h"

#include <yaml-cpp/yaml.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"

namespace lineup {
namespace {

using absl::InvalidArgumentError;
using absl::StrCat;

absl::Status OnlyKeys(const YAML::Node& map, const std::string& where,
                      const std::set<std::string>& known) {
  if (!map.IsMap()) return InvalidArgumentError(StrCat(where, " is no list of names and values"));
  for (const auto& item : map)
    if (const auto key = item.first.as<std::string>(); !known.contains(key))
      return InvalidArgumentError(StrCat(where, " has the unknown name ", key));
  return absl::OkStatus();
}

// Value of one of two words.
absl::StatusOr<bool> Choice(const YAML::Node& node, const char* name, const std::string& yes,
                            const std::string& no) {
  const std::string text = node && node.IsScalar() ? node.as<std::string>() : "";
  if (text != yes && text != no)
    return InvalidArgumentError(StrCat(name, " must be ", yes, " or ", no));
  return text == yes;
}

absl::StatusOr<std::array<float, 3>> Three(const YAML::Node& node, const char* name) {
  std::array<float, 3> values = {};
  if (node.IsScalar()) {
    values.fill(node.as<float>());
  } else if (node.IsSequence() && node.size() == 3) {
    for (size_t i = 0; i < 3; ++i) values[i] = node[i].as<float>();
  } else {
    return InvalidArgumentError(StrCat(name, " must be one number, or one for each of 3 channels"));
  }
  for (const float value : values)
    if (!std::isfinite(value)) return InvalidArgumentError(StrCat(name, " must be finite"));
  return values;
}

absl::StatusOr<Point> PointOf(const YAML::Node& node, const char* name) {
  if (!node || !node.IsSequence() || node.size() != 2)
    return InvalidArgumentError(StrCat("points needs ", name, ": [x, y]"));
  return Point{node[0].as<double>(), node[1].as<double>()};
}

absl::Status Read(const YAML::Node& root, ModelDescription& model) {
  RETURN_IF_ERROR(OnlyKeys(
      root, "the description",
      {"name", "model", "input", "alignment", "points", "box_scale", "normalise", "metric"}));
  if (!root["model"] || !root["input"] || !root["alignment"] || !root["metric"])
    return InvalidArgumentError("must say model, input, alignment and metric");
  model.model = root["model"].as<std::string>();
  model.name = root["name"] ? root["name"].as<std::string>() : model.model.filename().string();
  const YAML::Node input = root["input"];
  RETURN_IF_ERROR(
      OnlyKeys(input, "input", {"width", "height", "color", "layout", "mean", "scale"}));
  for (const auto& [name, value] : {std::pair{"width", &model.width}, {"height", &model.height}}) {
    *value = input[name] ? input[name].as<int>() : 0;
    if (*value < 16 || *value > 1024)
      return InvalidArgumentError(StrCat("input needs ", name, ", 16 to 1024 pixels"));
  }
  ASSIGN_OR_RETURN(model.rgb, Choice(input["color"], "color", "rgb", "bgr"));
  if (input["layout"]) {
    ASSIGN_OR_RETURN(model.channels_first, Choice(input["layout"], "layout", "nchw", "nhwc"));
  }
  if (input["mean"]) {
    ASSIGN_OR_RETURN(model.mean, Three(input["mean"], "mean"));
  }
  if (input["scale"]) {
    ASSIGN_OR_RETURN(model.scale, Three(input["scale"], "scale"));
  }
  ASSIGN_OR_RETURN(const bool aligned, Choice(root["alignment"], "alignment", "points", "box"));
  if (aligned) {
    const YAML::Node points = root["points"];
    if (!points) return InvalidArgumentError("alignment by points needs points");
    RETURN_IF_ERROR(OnlyKeys(points, "points", {"left_eye", "right_eye", "nose"}));
    model.points.emplace();
    ASSIGN_OR_RETURN(model.points->left_eye, PointOf(points["left_eye"], "left_eye"));
    ASSIGN_OR_RETURN(model.points->right_eye, PointOf(points["right_eye"], "right_eye"));
    if (points["nose"]) {
      ASSIGN_OR_RETURN(model.points->nose, PointOf(points["nose"], "nose"));
    }
    if (model.points->left_eye.x >= model.points->right_eye.x)
      return InvalidArgumentError(
          "left_eye must lie left of right_eye: left and right are those of the picture");
  }
  if (root["box_scale"]) model.box_scale = root["box_scale"].as<double>();
  if (!(model.box_scale >= 0.5 && model.box_scale <= 4))
    return InvalidArgumentError("box_scale must be 0.5 to 4");
  if (root["normalise"]) model.normalise = root["normalise"].as<bool>();
  ASSIGN_OR_RETURN(const bool cosine, Choice(root["metric"], "metric", "cosine", "euclidean"));
  model.metric = cosine ? Metric::kCosine : Metric::kEuclidean;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ModelDescription> ReadDescription(const std::filesystem::path& path) {
  ModelDescription model;
  const auto bytes = efface::ReadFile(path, 1 << 20);
  absl::Status status = bytes.status();
  if (bytes.ok()) {
    try {
      status = Read(YAML::Load(std::string(bytes->begin(), bytes->end())), model);
    } catch (const YAML::Exception& error) {
      status = InvalidArgumentError(
          error.mark.is_null()
              ? StrCat("is no YAML that describes a model: ", error.msg)
              : StrCat("line ", error.mark.line + 1, " can't be understood: ", error.msg));
    }
  }
  if (!status.ok())
    return absl::Status(status.code(), StrCat(efface::DisplayName(path), ": ", status.message()));
  model.model = path.parent_path() / model.model;
  return model;
}

}  // namespace lineup
