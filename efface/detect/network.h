// The network on the processor: the only place that meets OpenVINO.
#ifndef EFFACE_DETECT_NETWORK_H_
#define EFFACE_DETECT_NETWORK_H_

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "efface/detect/boxes.h"
#include "efface/detect/detector.h"

namespace efface {

// Safe for use by up to DetectorOptions::streams threads at once. Compiled once, for canvases of
// all sizes; the kernels for a canvas are made when it is first used.
class Network {
 public:
  static absl::StatusOr<std::unique_ptr<Network>> Load(const DetectorOptions& options);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // Runs the network on one canvas of kCanvases. `fill` writes the canvas's pixels (RGB,
  // interleaved, rows without padding); `read` sees the answer, which is gone when it returns.
  absl::Status Run(int canvas, const std::function<void(uint8_t*)>& fill,
                   const std::function<void(const Maps&)>& read);

  std::string precision() const;  // "bf16" or "f32"

 private:
  struct Impl;
  explicit Network(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The OpenVINO runtime's version.
std::string RuntimeVersion();

}  // namespace efface

#endif  // EFFACE_DETECT_NETWORK_H_
