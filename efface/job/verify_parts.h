// What the parts of verify share. Within job/ only.
#ifndef EFFACE_JOB_VERIFY_PARTS_H_
#define EFFACE_JOB_VERIFY_PARTS_H_

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/words.h"
#include "efface/job/clip.h"
#include "efface/job/mask_feed.h"
#include "efface/job/settings.h"
#include "efface/job/verify.h"
#include "efface/job/verify_measures.h"
#include "efface/mask/shape.h"

namespace efface {

// A file in hand.
struct VerifiedFile {
  Descriptor file;
  Format format = Format::kUnknown;
  Bytes bytes;  // of a photo
};

struct VerifyJob {
  // How the output was made, as the record says.
  RenderSettings settings() const { return record ? SettingsOf(record->record) : RenderSettings(); }

  const VerifyOptions& options;
  VerifiedFile output;
  std::optional<VerifiedFile> input;
  std::optional<ClipRecord> record;  // of a photo or a clip; rows in the spool
  Detector& detector;
  Verification& result;
};

// They add the checks "picture", "masks", "outside", and of clips "timing" and "sound", then
// "faces". Errors: the input can't be read, or the detector fails.
absl::Status VerifyStill(VerifyJob& job);
absl::Status VerifyClip(VerifyJob& job);

// Places of a failure, no more of them than are told.
struct Places {
  std::vector<Place> list;
  int64_t count = 0;

  void Add(const Place& place) {
    if (list.size() < kMostPlaces) list.push_back(place);
    ++count;
  }
};

inline Check Passed(std::string name, std::string sentence) {
  return {std::move(name), Check::Result::kPass, std::move(sentence), {}, 0};
}
inline Check Failed(std::string name, std::string sentence, Places places = {}) {
  return {std::move(name), Check::Result::kFail, std::move(sentence), std::move(places.list),
          places.count};
}
inline Check Skipped(std::string name, std::string sentence) {
  return {std::move(name), Check::Result::kSkipped, std::move(sentence), {}, 0};
}

// Adds a failed "picture" of an output that can't be read, and `skipped` as such.
void AddUnread(const absl::Status& status, std::initializer_list<const char*> skipped,
               std::vector<Check>& checks);

// "picture" of an output that can be read. `unlike`: what differs about the original, empty where
// nothing does or there is none. `size`: its number of pages or tracks, and pixels.
Check PictureCheck(const VerifyJob& job, const std::string& unlike, const std::string& size);

// The same error with the file's name before its sentence.
absl::Status Named(const std::filesystem::path& path, const absl::Status& status);

// An area of the stored picture, as it lies on the upright one.
FramePart ToUpright(const FramePart& stored, Orientation orientation, int stored_width,
                    int stored_height);

// Collects what the pictures of a file say for "masks" and "outside", page after page.
class PictureChecks {
 public:
  // How much "outside" may differ.
  struct Limits {
    bool exact = true;                      // nothing may differ
    double least_psnr = 0, least_cell = 0;  // dB, of a page and of its worst cell; not where exact
    Reach reach;
    double rim = 0;  // as MeasureBareness
  };
  // `fill`: what the record says that hides the faces; some keep traces.
  PictureChecks(const Limits& limits, FillKind fill) : limits_(limits), fill_(fill) {}

  // One page or frame: the original's and the output's, stored, of one size. `where`: its frame,
  // track and time.
  // `unseen`: of both, as Still::Unseen; empty where all is seen.
  void Add(const RgbPicture& before, const RgbPicture& after, Orientation orientation,
           const PageMasks& masks, const Place& where,
           const std::vector<uint8_t>& unseen_before = {},
           const std::vector<uint8_t>& unseen_after = {});
  void BadRow(int64_t frame) { bad_row_ = frame; }  // a mask on a frame that is not there

  Check Masks(bool clip) const;
  Check Outside(bool clip) const;

 private:
  Limits limits_;
  FillKind fill_;
  int64_t masks_ = 0, plain_ = 0;  // masks with, and without any detail to hide
  Places bare_, outside_;
  bool differs_ = false;
  double psnr_ = 99, cell_ = 99;  // the least
  std::optional<int64_t> bad_row_;
};

// Collects what the detector still finds.
class FaceCheck {
 public:
  explicit FaceCheck(FillKind fill) : fill_(fill) {}  // as PictureChecks

  // Of one upright page or frame.
  void Add(std::span<const Detection> found, const PageMasks& masks, const Place& where);
  Check Finish(bool record, Verification& result) const;

 private:
  FillKind fill_;
  Places under_, residual_;
  int64_t visible_ = 0;  // left visible on purpose
};

}  // namespace efface

#endif  // EFFACE_JOB_VERIFY_PARTS_H_
