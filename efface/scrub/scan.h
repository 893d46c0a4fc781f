// Finds what a file carries beside its picture: metadata, second pictures, hidden tracks, bytes
// that nothing refers to. Only a report: writers build their files from what is known, so nothing
// found here needs to be cut out. The walkers are Efface's own and use no decoder, so that what a
// decoder skips is seen.
#ifndef EFFACE_SCRUB_SCAN_H_
#define EFFACE_SCRUB_SCAN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "efface/media/format.h"
#include "efface/media/keep.h"
#include "efface/scrub/removed.h"

namespace efface {

struct ScanOptions {
  Keep keep;  // what is kept is not listed
};

// A run of bytes of a file.
struct ByteRange {
  uint64_t offset = 0;
  uint64_t size = 0;
};

// One kind of thing that a file carries beside its picture.
struct HiddenThing {
  std::string what;   // as Removed::what
  int64_t bytes = 0;  // over 0
  // Where it lies, in the order in which it was met; adjoining places are one. What is spread over
  // small pieces, or was met in a copy (a resource that goes over several segments), lacks places,
  // and no kind has more than 100,000 of them.
  std::vector<ByteRange> places;
};

// Everything in `file`, of a format for which IsStill holds, that a written file would not carry;
// entries of one kind are added up, in order of first appearance. Broken structures end the walk:
// what follows is listed as "trailing-bytes". Never fails, never reads outside `file`.
std::vector<HiddenThing> FindInStill(ByteView file, Format format, const ScanOptions& options);

// The same without places.
std::vector<Removed> ScanStill(ByteView file, Format format, const ScanOptions& options);

// The same of a clip (IsClip), read piece by piece from `fd`, which stays the caller's and whose
// position doesn't matter. Tracks of pictures and sound are no findings, whatever their flags,
// since all of them are shown or heard once a player is asked to; what they hide within is.
// Unimplemented: a container that is not known. ResourceExhausted: an index too large to be held.
// Other errors: the file can't be read.
absl::StatusOr<std::vector<HiddenThing>> FindInClip(int fd, const ScanOptions& options);

}  // namespace efface

#endif  // EFFACE_SCRUB_SCAN_H_
