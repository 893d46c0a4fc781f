// dlib's face detector, its 5-point predictor and its recogniser. The only place that meets dlib.
//
// Objects serve one thread at a time; Load is called once a thread.
#ifndef EFFACE_LINEUP_RUN_DLIB_FACES_H_
#define EFFACE_LINEUP_RUN_DLIB_FACES_H_

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "lineup/run/picture.h"

namespace lineup {

// Files below the folder of models that scripts/setup --lineup-run fills.
inline constexpr char kPointsFile[] = "shape_predictor_5_face_landmarks.dat";
inline constexpr char kRecogniserFile[] = "dlib_face_recognition_resnet_model_v1.dat";

// Finds faces: dlib's frontal detector (HOG), from about 80 pixels on.
class FaceFinder {
 public:
  // NotFound, in a sentence, where the predictor's file is missing.
  static absl::StatusOr<std::unique_ptr<FaceFinder>> Load(const std::filesystem::path& models);
  ~FaceFinder();

  // The one face that a picture is taken to show: of all found, the one with the largest area less
  // twice the square of its distance from the picture's middle. Nullopt where none is found.
  // `doublings`: how often the picture is doubled in size first, for small faces; 0 to 2.
  absl::StatusOr<std::optional<Place>> Find(const Picture& picture, int doublings);
  // The points of the face that is known to lie in `box`.
  absl::StatusOr<Place> At(const Picture& picture, const Box& box);

 private:
  struct Impl;
  explicit FaceFinder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Where points of the face lie in a chip, in its pixels; eyes by their middles, left and right as
// seen in the picture.
struct ChipPoints {
  Point left_eye, right_eye;
  std::optional<Point> nose;  // its base
};

// Cuts out the face, turned and scaled so that its points come to lie at `points` as well as a
// similarity can (least squares).
absl::StatusOr<Picture> AlignedChip(const Picture& picture, const Place& place,
                                    const ChipPoints& points, int width, int height);
// Cuts out the box, grown by `scale` about its middle and to the chip's shape.
absl::StatusOr<Picture> BoxChip(const Picture& picture, const Box& box, double scale, int width,
                                int height);

// dlib's ResNet: 128 numbers a face, compared by Euclidean distance; 0.6 is dlib's own threshold.
class DlibRecogniser {
 public:
  static constexpr size_t kDimensions = 128;
  static absl::StatusOr<std::unique_ptr<DlibRecogniser>> Load(const std::filesystem::path& models);
  ~DlibRecogniser();

  // Of a chip of 150 x 150 pixels with a padding of 0.25. jitters: the mean over so many copies
  // that are slightly moved, turned, scaled and mirrored, the same for each picture; 0 or 1: of the
  // chip itself.
  absl::StatusOr<std::vector<float>> Embed(const Picture& picture, const Place& place, int jitters);

 private:
  struct Impl;
  explicit DlibRecogniser(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lineup

#endif  // EFFACE_LINEUP_RUN_DLIB_FACES_H_
