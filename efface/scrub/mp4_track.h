// The sample tables of one track of an MP4 or QuickTime file (ISO/IEC 14496-12, 8.5 to 8.7).
#ifndef EFFACE_SCRUB_MP4_TRACK_H_
#define EFFACE_SCRUB_MP4_TRACK_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "efface/scrub/coded.h"
#include "efface/scrub/scan.h"

namespace efface {

// Where a sample lies, and when it is shown. Times are in the track's clock.
struct Mp4Sample {
  ByteRange place;
  int64_t shown = 0;
  int64_t duration = 0;
  bool after_key = true;  // a key sample, or one after the first of them
};

// The views are of the index box and empty where a table is missing; what they say is not checked.
struct Mp4Track {
  uint32_t id = 0;
  std::string handler;  // "vide", "soun", "text" ...
  std::string coding;   // of the first description: "avc1", "tx3g" ...
  Coding picture = Coding::kOther;
  ByteView configuration;          // avcC or hvcC
  uint64_t frame_bytes = 0;        // of sound whose samples the tables count as one byte each
  uint32_t clock = 0;              // ticks a second
  std::vector<uint32_t> chapters;  // numbers of the tracks that hold them
  bool is_chapters = false;        // another track names this one so
  ByteView times, offsets, keys, chunks, sizes, places, edits;
  bool short_sizes = false;  // sizes: stz2
  bool wide_places = false;  // places: co64
  // Of fragments (trex): what they leave out.
  uint64_t default_size = 0, default_duration = 0;
  std::vector<ByteRange> fragments;  // adjoining samples are one

  // Calls `run` for every run of samples that lie together. False where there are more than Efface
  // counts.
  bool ForEachRun(uint64_t file_size, const std::function<void(ByteRange)>& run) const;

  // Calls `sample` for each of them, in order of decoding; not those of fragments.
  bool ForEachSample(uint64_t file_size, const std::function<void(const Mp4Sample&)>& sample) const;

  // Of all samples of the time table.
  int64_t Duration() const;
};

// A stretch of a track that is shown, in its clock.
struct Mp4Edit {
  int64_t from = 0, to = 0;
};

// What the edit list shows, of its first 1,000 entries; one stretch without end where there is
// none. `movie_clock`: ticks a second of the edits' lengths.
std::vector<Mp4Edit> EditsOf(const Mp4Track& track, uint32_t movie_clock);

}  // namespace efface

#endif  // EFFACE_SCRUB_MP4_TRACK_H_
