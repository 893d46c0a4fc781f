// Reads clips with FFmpeg's libraries. OpenAvClip (media/clip.h) is the way in; here stands what
// the reader shows to the writer.
#ifndef EFFACE_MEDIA_AV_READER_H_
#define EFFACE_MEDIA_AV_READER_H_

#include <vector>

#include "efface/media/av/av.h"
#include "efface/media/clip.h"

namespace efface {

// The opened input, for the writer. Borrowed from the reader: valid while NewAvWriter runs.
struct AvSource {
  const AVFormatContext* input = nullptr;  // its streams, programs, chapters and tags as probed
  const ClipInfo* info = nullptr;
  std::vector<int> video;  // stream index of each of info->tracks
  std::vector<int> sound;  // stream indices of the sound that is read
  double start = 0;        // seconds: where the presentation starts, in the streams' own times
};

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_READER_H_
