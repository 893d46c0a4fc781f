// The record of one redacted file, "efface-record/1": what was found, what was hidden, with which
// settings, and the hashes of input and output. docs/efface-record-1.schema.json describes the JSON
// form.
#ifndef EFFACE_RECORD_RECORD_H_
#define EFFACE_RECORD_RECORD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "efface/scrub/removed.h"

namespace efface {

enum class MaskSource { kDetected, kFollowed, kFilled, kDrawn };

// One mask on one frame. x, y, width, height: the bounding box, in pixels of the upright picture as
// shown, of the hidden ellipse; for kDrawn the box itself is hidden. It may pass the picture's
// border.
struct Mask {
  int64_t frame = 0;  // shown frames (in a photo: pages) from 0
  double x = 0, y = 0, width = 0, height = 0;
  double score = 0;  // the detector's, 0..1; 1 where drawn
  MaskSource source = MaskSource::kDetected;
};

enum class FaceOrigin { kDetected, kDrawn };

struct Face {
  int64_t face = 0;  // from 1; a place in this file, never a person
  FaceOrigin origin = FaceOrigin::kDetected;
  bool redact = true;                 // false: left visible on purpose
  std::optional<std::string> reason;  // why, where a person said so
  std::vector<Mask> masks;
};

struct Record {
  struct Tool {
    std::string name, version;
  } tool;
  struct Model {
    std::string name, sha256;
  } model;
  struct Input {
    std::string file;  // name without folder; bytes that are not UTF-8 as U+FFFD
    int64_t bytes = 0;
    std::string sha256;
    std::string kind = "photo";  // "photo" or "clip"
    int width = 0, height = 0;   // of the first frame, upright
    int64_t frames = 1;
  } input;
  struct Output {
    std::string file;
    int64_t bytes = 0;
    std::string sha256;
  };
  std::optional<Output> output;  // none where nothing was written (inspect)
  // All that changes the result, name and JSON text of the value ("\"membrane\"", "0.2"), in order.
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<Face> faces;
  std::vector<Removed> removed;
  std::vector<std::string> warnings;  // sentences
};

// Masks in JSON text keep two decimals of a pixel and four of a score. Written in one line a face,
// so that a person can read and edit it.
std::string WriteRecord(const Record& record);

// InvalidArgument, with a sentence that says where, if `json` is not a record of this format: every
// field is checked (types, ranges, finite numbers, columns in any order but complete).
absl::StatusOr<Record> ReadRecord(std::string_view json);

}  // namespace efface

#endif  // EFFACE_RECORD_RECORD_H_
