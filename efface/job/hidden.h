// What a clip carries beside its frames and sound, looked for in the file itself.
#ifndef EFFACE_JOB_HIDDEN_H_
#define EFFACE_JOB_HIDDEN_H_

#include <vector>

#include "absl/status/statusor.h"
#include "efface/record/record.h"
#include "efface/scrub/scan.h"

namespace efface {

// What FindInClip finds in a clip that is about to be redacted; nothing where it can't look.
// Unimplemented, with a sentence, where part of the picture is hidden in a way that the decoder
// doesn't follow, so that redacting would bring it to light.
absl::StatusOr<std::vector<HiddenThing>> HiddenInClip(int fd);

// Adds them to what was listed as removed. A kind that both name counts the larger number of bytes.
void AddRemoved(const std::vector<HiddenThing>& hidden, std::vector<Removed>& removed);

}  // namespace efface

#endif  // EFFACE_JOB_HIDDEN_H_
