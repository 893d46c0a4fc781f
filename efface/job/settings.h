// What a run was asked for: how the hidden area is found, and what becomes of it; and how a record
// keeps that.
#ifndef EFFACE_JOB_SETTINGS_H_
#define EFFACE_JOB_SETTINGS_H_

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "efface/detect/detector.h"
#include "efface/fill/fill.h"
#include "efface/media/clip.h"
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

// Seconds of a clip's presentation.
struct Span {
  double from = 0, to = std::numeric_limits<double>::infinity();
};

// An area that the user names: to hide as well, or one whose face is left visible.
struct Region {
  Rect rect;
  std::optional<Span> span;  // none: the whole clip; without meaning in a photo
  bool follow = false;       // carried on by the picture's motion from the span's first frame
};

// As the command line and records have it; kBalanced for a name that is none.
std::string_view EffortName(Effort effort);
Effort EffortOf(std::string_view name);

// As the command line has it: "10,20,30,40@1.5-3,follow".
std::string TextOf(const Region& region);
std::string TextOf(const Span& span);

inline constexpr double kDefaultMaskMargin = 1.3;

// How the hidden area is found.
struct AnalyseSettings {
  SearchOptions search;
  double mask_margin = kDefaultMaskMargin;  // the mask's size, in times the face's box
  Cover cover = Cover::kFace;
  std::vector<Region> regions;     // hidden as well; in a photo on every page
  std::vector<Region> exceptions;  // in a photo on each page: the face that lies best in each of
                                   // these is left visible
  std::vector<Span> blanks;        // of a clip: whole frames hidden
};

// What becomes of it.
struct RenderSettings {
  FillKind fill = FillKind::kMembrane;
  Color color;      // of FillKind::kSolid
  int quality = 0;  // as WriteOptions and ClipWriteOptions
  Keep keep;
  // Clips only; as ClipWriteOptions.
  std::string preset = "veryfast", codec;
  Sound sound = Sound::kCopy;
  std::vector<Span> mute;
};

// Sets one of the record's settings to a JSON text.
void Set(Record& record, std::string_view name, std::string json);
// As JSON; `text` must need no escapes.
std::string Quoted(std::string_view text);
// Adds a warning that is not there yet.
void AddWarning(Record& record, std::string_view sentence);

// The warning of what `efface scrub` wrote.
inline constexpr char kScrubWarning[] =
    "faces were not looked for and are not hidden: this is a scrub of hidden copies and metadata";

// Notes in a record that it is of a scrub: no search, and nothing to hide.
void NoteScrub(Record& record);
bool IsScrub(const Record& record);

// Notes the settings of either half in a record. `precision`: the detector's.
void NoteSettings(Record& record, const AnalyseSettings& settings, std::string_view precision);
void NoteSettings(Record& record, const RenderSettings& settings);

// The settings of the second half that a record was made with; defaults where it names none.
RenderSettings SettingsOf(const Record& record);

// A sentence for fills that keep traces; empty for the others.
std::string_view Weakness(FillKind fill);

}  // namespace efface

#endif  // EFFACE_JOB_SETTINGS_H_
