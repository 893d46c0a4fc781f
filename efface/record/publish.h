// The version of a record that may be released with the result.
#ifndef EFFACE_RECORD_PUBLISH_H_
#define EFFACE_RECORD_PUBLISH_H_

#include "efface/record/record.h"

namespace efface {

// What stands for a name that is not told.
inline constexpr char kWithheld[] = "withheld";

// Leaves of `record` only what says how a result was made: the program and its model, the hashes
// and sizes of both files, the settings that Efface itself writes, the masks, the kinds of what was
// removed. Without file names, the place, reasons, warnings, moments to look at (where a face may
// have stayed bare), and anything that a person may have written into it.
void MakePublic(Record& record);

}  // namespace efface

#endif  // EFFACE_RECORD_PUBLISH_H_
