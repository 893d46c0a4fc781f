// Many photos and clips: read, redacted and written by several threads; one that fails does not
// stop the others.
#ifndef EFFACE_JOB_BATCH_H_
#define EFFACE_JOB_BATCH_H_

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/signing.h"
#include "efface/detect/detector.h"
#include "efface/job/clip.h"
#include "efface/job/inputs.h"
#include "efface/job/photo.h"

namespace efface {

// Bytes of a photo that are read; a larger one is refused. Clips have no such limit.
inline constexpr int64_t kMaxFileBytes = int64_t{2} << 30;
// Bytes that the detector and the program itself take, of the memory that a run may use.
inline constexpr int64_t kOwnMemory = int64_t{350} << 20;

struct BatchOptions {
  bool write = true;       // false: inspect, nothing is written
  bool scrub = false;      // no face is looked for or hidden
  bool preview = false;    // inspect only: make FileReport::preview
  bool overwrite = false;  // replace results of an earlier run
  std::optional<std::filesystem::path>
      journal_folder;  // where a journal is kept while more than one file is written; none: nowhere
  bool resume = false;  // what the journal of an earlier run has as done is left as it is
  bool write_records = true;
  std::optional<std::filesystem::path> record_dir;  // none: beside the output
  std::shared_ptr<const SigningKey> key;            // signs the records; null: they are not signed
  AnalyseSettings analyse;
  RenderSettings render;
  std::optional<Record::Place> place;  // noted in every record; changes nothing else
  std::optional<Record> record;        // obey this one instead of searching; for a single photo
  std::optional<std::filesystem::path> clip_record;  // the same, a file, for a single clip
  bool any_input = false;                            // though its hash is another file's
  DetectorOptions detector;  // streams is set by the batch; made only where faces are searched
  // Where given, takes over the detector at the end, so that a process that ends need not wait
  // until it is taken down.
  std::unique_ptr<Detector>* used_detector = nullptr;
  int threads = 1;                       // photos worked on at once, > 0
  int64_t memory = int64_t{1500} << 20;  // bytes, about, for the whole run
  StillLimits limits;
  ClipLimits clip_limits;
  std::function<void(const std::filesystem::path&, const ClipProgress&)>
      progress;  // of clips, called for each frame by one thread at a time; may be empty
};

struct FileReport {
  enum class Status {
    kDone,
    kFailed,   // `sentence` says why; nothing was written
    kSkipped,  // not a picture, found in a folder
    kResumed,  // an earlier run has done it, or another process is doing it
  };
  std::filesystem::path input, output, record_path;  // the latter two empty where not written
  Status status = Status::kFailed;
  std::string sentence;
  std::vector<std::string> warnings;
  std::vector<std::filesystem::path> sidecars;  // lie beside the input and were not copied
  std::optional<Record> record;                 // of a photo
  std::shared_ptr<ClipRecord> clip;             // of a clip
  std::vector<StageTime> timings;               // of a clip
  double seconds = 0, cpu_seconds = 0;  // of a clip: on the clock; of the processor, whole process
  Bytes preview;
};

// Works through `files`. `report` is called for each, by one thread at a time, in the order in
// which they end. Once `stop` is set no further file is begun. A status other than OK: nothing
// could be begun (the detector failed).
absl::Status RunBatch(const std::vector<Input>& files, const BatchOptions& options,
                      const std::atomic<bool>& stop, const std::function<void(FileReport)>& report);

}  // namespace efface

#endif  // EFFACE_JOB_BATCH_H_
