// One clip through all stations, in two passes with the record between them: analyse (decode,
// detect, follow: makes the record) and render (decode, mask, fill, encode: obeys it). A clip's
// record has millions of masks, so they are kept in a spool on the disk; memory does not grow with
// the clip's length.
#ifndef EFFACE_JOB_CLIP_H_
#define EFFACE_JOB_CLIP_H_

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "efface/detect/detector.h"
#include "efface/job/settings.h"
#include "efface/job/timings.h"
#include "efface/media/clip.h"
#include "efface/record/record.h"
#include "efface/record/spool.h"

namespace efface {

// The warning of a clip whose sound was copied.
inline constexpr char kSoundWarning[] =
    "the sound was copied and not reviewed: voices and names in it are still heard";

struct ClipProgress {
  enum class Pass { kAnalyse, kRender } pass = Pass::kAnalyse;
  int64_t frames = 0;      // done, of all tracks
  int64_t all_frames = 0;  // an estimate; 0 where unknown
  double seconds = 0;      // of the clip that are done
  double all_seconds = 0;  // an estimate; 0 where unknown
};

// Threads of each encoder: fixed, since their number changes the bytes that it makes.
inline constexpr int kEncoderThreads = 4;

// What both passes need. Everything named here must outlive the call.
struct ClipRun {
  ClipLimits limits;
  int threads = 2;                // for decoding and for searching
  std::filesystem::path scratch;  // a folder with room for the spool's file without a name
  // Makes that folder; may be empty. Called by AnalyseClip once the clip turned out to be one.
  std::function<absl::Status()> prepare;
  const std::atomic<bool>* stop = nullptr;            // set: end with Cancelled
  std::function<void(const ClipProgress&)> progress;  // may be empty; called for each frame
  Timings* timings = nullptr;                         // may be null
};

// One face's masks in few words.
struct FaceSummary {
  int64_t masks = 0;
  int64_t first = 0, last = 0;               // frames
  double first_second = 0, last_second = 0;  // when these are shown; 0 where a record was read
  double best_score = 0;
};

// A record whose masks lie in a spool: the faces in `record` have none. MaskRow::face is the face's
// index in record.faces.
struct ClipRecord {
  Record record;
  RowSpool rows;
  std::vector<FaceSummary> summaries;  // one a face
};

// Faces found in the clip `fd`, and what the user named. `name`: the input's, for the record.
// Cancelled where run.stop was set; FailedPrecondition where nothing can be shown.
absl::StatusOr<ClipRecord> AnalyseClip(int fd, std::string name, const AnalyseSettings& settings,
                                       Detector& detector, const ClipRun& run);

// The record of a scrub: nothing was looked for, and nothing is to be hidden. RenderClip counts the
// frames.
absl::StatusOr<ClipRecord> ScrubClipRecord(int fd, std::string name, const ClipRun& run);

// Reads a record from a file.
absl::StatusOr<ClipRecord> ReadClipRecord(int fd, const std::filesystem::path& scratch);

// Writes a record's JSON to an empty file. `key`: as RecordWriter.
absl::Status WriteClipRecord(ClipRecord& clip, const RecordWriter::Put& put,
                             const SigningKey* key = nullptr);

// The clip `fd` anew in the empty file `out`, with every face hidden whose `redact` is set. Appends
// to the record as Render does for photos; the output's name stays for the caller to fill in. What
// `out` holds is of use only where this succeeded.
absl::Status RenderClip(int fd, int out, const RenderSettings& settings, ClipRecord& clip,
                        const ClipRun& run);

}  // namespace efface

#endif  // EFFACE_JOB_CLIP_H_
