// The plain type in which the scrub station reports what the written file does not carry over.
#ifndef EFFACE_SCRUB_REMOVED_H_
#define EFFACE_SCRUB_REMOVED_H_

#include <cstdint>
#include <string>
#include <vector>

namespace efface {

// One kind of thing that was in the input and is not in the output. `what` is a stable name in
// kebab case; docs/record.md says what each stands for. Those marked * are parts of another,
// counted in both.
//   metadata       exif, exif-thumbnail*, exif-gps*, exif-maker-note*, xmp, xmp-extended, iptc*,
//                  photoshop, text, comment, date, jumbf, flashpix, adobe-other, profile-path
//   more pictures  thumbnail*, jfif-thumbnail, mpf, second-picture, sub-picture, gain-map,
//                  depth-map, auxiliary-picture, motion-clip, animation
//   unknown        application-extension, private-tag, unknown-segment, unknown-chunk, unknown-box,
//                  unknown-item, unknown-tag
//   clips          subtitles, data-track, timecode, attachment, cover-picture, chapters,
//   video-track,
//                  metadata, location, closed-captions, user-data, hdr10-plus, dolby-vision, sound,
//                  muted-sound, colour-profile, projection, film-grain
//   loose bytes    trailing-bytes, samsung-trailer, gap-bytes, stray-bytes
struct Removed {
  std::string what;
  int64_t bytes = 0;  // in the input
};

}  // namespace efface

#endif  // EFFACE_SCRUB_REMOVED_H_
