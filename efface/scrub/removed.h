// The plain type in which the scrub station reports what the written file does not carry over.
#ifndef EFFACE_SCRUB_REMOVED_H_
#define EFFACE_SCRUB_REMOVED_H_

#include <cstdint>
#include <string>
#include <vector>

namespace efface {

// One kind of thing that was in the input and is not in the output. `what` is a stable name in
// kebab case:
//   exif, exif-thumbnail, exif-gps, exif-maker-note, xmp, xmp-extended, iptc, photoshop, comment,
//   text, mpf, second-picture, gain-map, motion-clip, jumbf, jfif-thumbnail, flashpix, adobe-other,
//   trailing-bytes, thumbnail, depth-map, auxiliary-picture, unknown-segment, unknown-chunk,
//   unknown-box, unknown-tag, private-tag, application-extension, animation, sub-picture, date, ...
struct Removed {
  std::string what;
  int64_t bytes = 0;  // in the input
};

}  // namespace efface

#endif  // EFFACE_SCRUB_REMOVED_H_
