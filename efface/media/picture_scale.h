// Scales a part of a picture: mean over areas where it becomes smaller, linear between samples
// where it becomes larger.
#ifndef EFFACE_MEDIA_PICTURE_SCALE_H_
#define EFFACE_MEDIA_PICTURE_SCALE_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "efface/media/clip.h"

namespace efface {

// Gives row y of the source, 0 <= y < source_height: source_width * channels bytes.
using SourceRow = std::function<void(int y, uint8_t* row)>;

// width * height * channels bytes. `part` lies within the source; its sides are > 0. Rows are asked
// for in rising order, each at most twice.
std::vector<uint8_t> ScalePart(const SourceRow& source, int source_width, int source_height,
                               int channels, const FramePart& part, int width, int height);

}  // namespace efface

#endif  // EFFACE_MEDIA_PICTURE_SCALE_H_
