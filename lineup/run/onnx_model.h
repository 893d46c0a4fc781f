// An ONNX embedding model on the processor. The only place of this folder that meets OpenVINO.
#ifndef EFFACE_LINEUP_RUN_ONNX_MODEL_H_
#define EFFACE_LINEUP_RUN_ONNX_MODEL_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "lineup/run/description.h"
#include "lineup/run/picture.h"

namespace lineup {

// Safe for several threads at once.
class OnnxModel {
 public:
  // Computes in 32-bit floats. InvalidArgument, in a sentence, where the model's input isn't one
  // picture of the described shape, or its output not one row of numbers.
  static absl::StatusOr<std::unique_ptr<OnnxModel>> Load(const ModelDescription& description,
                                                         int threads);
  ~OnnxModel();

  size_t dimensions() const;
  absl::StatusOr<std::vector<float>> Embed(const Picture& picture, const Place& place) const;

 private:
  struct Impl;
  explicit OnnxModel(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lineup

#endif  // EFFACE_LINEUP_RUN_ONNX_MODEL_H_
