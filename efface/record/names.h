// The fixed words of the record's JSON form, for its writer and its reader.
#ifndef EFFACE_RECORD_NAMES_H_
#define EFFACE_RECORD_NAMES_H_

#include <array>
#include <string_view>

#include "efface/record/record.h"

namespace efface {

inline constexpr std::string_view kRecordFormat = "efface-record/1";

// What a mask's row holds, in the order in which it is written.
inline constexpr std::array<std::string_view, 7> kColumns = {"frame",  "x",     "y",     "width",
                                                             "height", "score", "source"};

inline constexpr std::array kMaskSources = {MaskSource::kDetected, MaskSource::kFollowed,
                                            MaskSource::kFilled, MaskSource::kDrawn};
inline constexpr std::array kFaceOrigins = {FaceOrigin::kDetected, FaceOrigin::kDrawn};

constexpr std::string_view NameOf(MaskSource source) {
  switch (source) {
    case MaskSource::kDetected:
      return "detected";
    case MaskSource::kFollowed:
      return "followed";
    case MaskSource::kFilled:
      return "filled";
    case MaskSource::kDrawn:
      return "drawn";
  }
  return "";
}

constexpr std::string_view NameOf(FaceOrigin origin) {
  return origin == FaceOrigin::kDetected ? "detected" : "drawn";
}

// What a law says of redaction software (Record::Place).
inline constexpr std::array<std::string_view, 3> kRedactionWords = {"allowed", "not-mentioned",
                                                                    "unknown"};

}  // namespace efface

#endif  // EFFACE_RECORD_NAMES_H_
