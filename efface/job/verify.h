// Holds a redacted file against what it was made from: by its record, its original and the scan for
// hidden copies. Nothing of the code that hides and writes is used: both files are read anew.
// docs/verify.md says what each check holds, and the limits that were measured for it.
#ifndef EFFACE_JOB_VERIFY_H_
#define EFFACE_JOB_VERIFY_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "efface/detect/detector.h"
#include "efface/media/clip.h"
#include "efface/media/still.h"

namespace efface {

// Where in a file something was seen. Pixels of the upright picture.
struct Place {
  int track = 0;       // the video track of a clip; of sound: the sound track
  int64_t frame = -1;  // in a photo: pages from 0; negative: no frame in particular
  double seconds = 0;  // when it is shown; 0 in a photo
  double x = 0, y = 0, width = 0, height = 0;  // width 0: the whole of it
  double score = 0;                            // the detector's, where it found something
};

struct Check {
  enum class Result { kPass, kFail, kSkipped };
  std::string name;  // "record", "signature", "picture", "masks", "outside", "timing", "sound",
                     // "faces", "hidden-copies", "input-bytes"
  Result result = Result::kPass;
  std::string sentence;       // what holds, what doesn't, or why it was not looked at
  std::vector<Place> places;  // of a failure; at most kMostPlaces
  int64_t all_places = 0;     // however many
};
inline constexpr size_t kMostPlaces = 100;

struct Verification {
  bool clip = false;
  std::filesystem::path record;  // that was used; empty: none
  std::vector<Check> checks;     // in the order above
  std::string public_key;        // with which the record is signed; empty: it is not
  std::vector<Place> faces;      // that the detector still finds; at most kMostPlaces
  int64_t all_faces = 0;         // however many

  bool holds() const;  // no check fails
};

struct VerifyOptions {
  std::filesystem::path output;
  std::optional<std::filesystem::path> input;   // the original; none: what needs it is skipped
  std::optional<std::filesystem::path> record;  // none: the one beside `output`, if there is one
  std::string public_key;  // 64 digits: who must have signed the record; empty: nobody
  Effort effort = Effort::kBalanced;
  StillLimits limits;
  ClipLimits clip_limits;
  int threads = 2;
};

// Errors: a file that was named can't be read, or the output is nothing that Efface knows of; the
// sentence begins with the file's name. Reads clips twice as long as their number of video tracks,
// in step, so that memory does not grow with their length.
absl::StatusOr<Verification> Verify(const VerifyOptions& options, Detector& detector);

}  // namespace efface

#endif  // EFFACE_JOB_VERIFY_H_
