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
#include "efface/job/settings.h"
#include "efface/media/still.h"
#include "efface/record/record.h"

namespace efface {

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

// The record of a scrub: nothing was looked for, and nothing is to be hidden.
Record ScrubRecord(const Still& still, ByteView file, std::string name);

// The file anew, with every face of `record` hidden whose `redact` is set. Appends to `record` what
// was removed, the settings of this half and warnings; the output's name stays for the caller to
// fill in.
absl::StatusOr<Bytes> Render(Still& still, ByteView file, const RenderSettings& settings,
                             Record& record);

// The picture upright, with every mask outlined (hidden ones red, those left visible green): for a
// person to look at. PNG, of at most 2,400 pixels a side.
absl::StatusOr<Bytes> Preview(Still& still, const Record& record);

}  // namespace efface

#endif  // EFFACE_JOB_PHOTO_H_
