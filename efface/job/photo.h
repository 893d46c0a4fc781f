// One photo through all stations: analyse (find what to hide: makes the record), then render (obeys
// the record).
#ifndef EFFACE_JOB_PHOTO_H_
#define EFFACE_JOB_PHOTO_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "efface/detect/detector.h"
#include "efface/fill/fill.h"
#include "efface/media/still.h"
#include "efface/record/record.h"

namespace efface {

enum class Cover {
  kFace,  // forehead to chin
  kHead,  // the whole head with hair and ears
};

// Pixels of the upright picture.
struct Rect {
  double x = 0, y = 0, width = 0, height = 0;
};

inline constexpr double kDefaultMaskMargin = 1.3;

// How the hidden area is found.
struct AnalyseSettings {
  SearchOptions search;
  double mask_margin = kDefaultMaskMargin;  // the mask's size, in times the face's box
  Cover cover = Cover::kFace;
  std::vector<Rect> regions;  // hidden as well, on every page
  std::vector<Rect>
      exceptions;  // on each page, the face that lies best in each of these is left visible
};

// What becomes of it.
struct RenderSettings {
  FillKind fill = FillKind::kMembrane;
  Color color;      // of FillKind::kSolid
  int quality = 0;  // as WriteOptions
  bool keep_date = false;
};

// Faces whose score is below this should be looked at: the detector was least sure of them.
inline constexpr double kDoubtfulScore = 0.22;
int64_t DoubtfulFaces(const Record& record);

// Faces and drawn areas that are hidden.
int64_t HiddenFaces(const Record& record);

// What a record says of the file it is made for.
Record::Input InputOf(const Still& still, ByteView file, std::string name);

// A record without output: faces found in all pages of `still`, which is the file `file` named
// `name`.
absl::StatusOr<Record> Analyse(Still& still, ByteView file, std::string name,
                               const AnalyseSettings& settings, Detector& detector);

// The file anew, with every face of `record` hidden whose `redact` is set. Appends to `record` what
// was removed, the settings of this half and warnings; the output's name stays for the caller to
// fill in.
absl::StatusOr<Bytes> Render(Still& still, ByteView file, const RenderSettings& settings,
                             Record& record);

// The settings of the second half that a record was made with; defaults where it names none.
RenderSettings SettingsOf(const Record& record);

// The picture upright, with every mask outlined (hidden ones red, those left visible green): for a
// person to look at. PNG, of at most 2,400 pixels a side.
absl::StatusOr<Bytes> Preview(Still& still, const Record& record);

}  // namespace efface

#endif  // EFFACE_JOB_PHOTO_H_
