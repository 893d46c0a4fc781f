// Finds what a photo's file carries beside its picture: metadata, second pictures, bytes after the
// end. Only a report: writers build their files from what is known, so nothing found here needs to
// be cut out.
#ifndef EFFACE_SCRUB_SCAN_H_
#define EFFACE_SCRUB_SCAN_H_

#include <vector>

#include "base/bytes.h"
#include "efface/media/format.h"
#include "efface/scrub/removed.h"

namespace efface {

struct ScanOptions {
  bool keep_date = false;  // the date of the photo is kept, so it is not listed
};

// Everything in `file`, of a format for which IsStill holds, that the written file will not carry;
// entries of one kind are added up, in order of first appearance. Broken structures end the walk:
// what follows is listed as "trailing-bytes". Never fails, never reads outside `file`.
std::vector<Removed> ScanStill(ByteView file, Format format, const ScanOptions& options);

}  // namespace efface

#endif  // EFFACE_SCRUB_SCAN_H_
