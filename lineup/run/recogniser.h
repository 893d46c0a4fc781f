// One recogniser behind one face: dlib's, or an ONNX model; run over many pictures on all cores.
#ifndef EFFACE_LINEUP_RUN_RECOGNISER_H_
#define EFFACE_LINEUP_RUN_RECOGNISER_H_

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lineup/embeddings.h"
#include "lineup/run/onnx_model.h"
#include "lineup/run/picture_set.h"

namespace lineup {

struct RecogniserOptions {
  std::filesystem::path models;       // where dlib's files lie
  std::filesystem::path description;  // of an ONNX model; empty: dlib's recogniser
  int jitters = 0;                    // dlib's alone: 0 or 1 none
  int doublings = 0;                  // of a picture's size before faces are sought, 0 to 2
  int threads = 0;                    // 0: all cores
};

using Embedding = std::vector<float>;

class Recogniser {
 public:
  static absl::StatusOr<std::unique_ptr<Recogniser>> Load(const RecogniserOptions& options);

  const std::string& name() const { return name_; }
  Metric metric() const { return metric_; }
  // What a report says about how embeddings were made.
  const std::vector<std::string>& notes() const { return notes_; }
  const std::string& sha256() const { return sha256_; }
  int jitters() const { return options_.jitters; }

  struct Face {
    absl::Status read;          // not OK: the picture can't be read
    int width = 0, height = 0;  // of the picture
    std::optional<Place> place;
    Embedding embedding;  // empty where there is no face
  };
  struct Job {
    std::vector<std::filesystem::path> files;
    std::vector<std::optional<Box>> boxes;    // where faces lie, if known; empty: nowhere known
    std::vector<std::optional<Place>> found;  // faces lie just there; empty: they are sought
    // Changes picture i before its face is embedded; called by several threads at once.
    std::function<void(size_t, Picture&)> change;
    Progress progress;
  };
  // The face of each picture and its embedding. Errors: the recogniser's own, never those of a
  // single picture.
  absl::StatusOr<std::vector<Face>> Run(const Job& job) const;

 private:
  RecogniserOptions options_;
  std::string name_, sha256_;
  Metric metric_ = Metric::kEuclidean;
  std::vector<std::string> notes_;
  std::unique_ptr<OnnxModel> onnx_;
};

// A set's embeddings and the table of who they are of; pictures that can't be read are refused or
// left out, those without a face have failed.
struct Embedded {
  NumpyRows numbers;
  PersonsTable table;
  std::vector<LeftOut> left_out;
};
absl::StatusOr<Embedded> EmbedSet(const Recogniser& recogniser, const PictureSet& set, Flaws flaws,
                                  const Progress& progress);

// As a .npy file of one row a picture (zeros for those that failed), and the table that
// efface-lineup --persons reads.
std::string NpyOf(const Embedded& embedded);
std::string TableOf(const Embedded& embedded);

}  // namespace lineup

#endif  // EFFACE_LINEUP_RUN_RECOGNISER_H_
