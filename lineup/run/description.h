// What an ONNX embedding model wants to be fed, from a small YAML file. yaml-cpp is met here only.
#ifndef EFFACE_LINEUP_RUN_DESCRIPTION_H_
#define EFFACE_LINEUP_RUN_DESCRIPTION_H_

#include <array>
#include <filesystem>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "lineup/embeddings.h"
#include "lineup/run/dlib_faces.h"

namespace lineup {

struct ModelDescription {
  std::string name;             // `name`, or the model's file name
  std::filesystem::path model;  // `model`: the .onnx file, below the description's folder
  int width = 0, height = 0;    // `input: {width, height}`, pixels, 16 to 1024
  bool rgb = true;              // `input: {color: rgb | bgr}`
  bool channels_first = true;   // `input: {layout: nchw | nhwc}`
  // What is fed is (sample - mean) * scale, samples 0..255; `input: {mean, scale}`, each one number
  // or one for each channel in the order of `color`.
  std::array<float, 3> mean = {0, 0, 0}, scale = {1, 1, 1};
  // `alignment: points`, with `points: {left_eye: [x, y], right_eye: [x, y], nose: [x, y]}`, where
  // the middles of the eyes and the base of the nose belong in the input (nose may be left out); or
  // `alignment: box`, the detector's box grown by `box_scale`.
  std::optional<ChipPoints> points;
  double box_scale = 1.3;
  bool normalise = false;           // `normalise: true`: to length 1
  Metric metric = Metric::kCosine;  // `metric: cosine | euclidean`
};

// InvalidArgument, in a sentence that names the file, for what is missing, unknown or out of range.
absl::StatusOr<ModelDescription> ReadDescription(const std::filesystem::path& path);

}  // namespace lineup

#endif  // EFFACE_LINEUP_RUN_DESCRIPTION_H_
