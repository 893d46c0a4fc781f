// What an input has beside pictures and sound, and that a written clip does not.
#ifndef EFFACE_MEDIA_AV_DROPPED_H_
#define EFFACE_MEDIA_AV_DROPPED_H_

#include "efface/media/av/reader.h"
#include "efface/media/av/side_data.h"

namespace efface {

// Counts dropped tracks ("subtitles", "data-track", "timecode", "attachment", "cover-picture",
// "video-track", "sound"), "chapters", tags ("metadata", and of these "location") and layers
// ("dolby-vision", "projection"). Bytes are those of the samples where the input's index lists
// them, and of the tags' text; 0 where they are not known.
void CountDropped(const AvSource& source, RemovedBytes& removed);

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_DROPPED_H_
