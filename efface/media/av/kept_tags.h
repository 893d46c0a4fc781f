// When and where a clip was taken: read from its container's tags as numbers, checked, and given to
// the muxer anew, where --keep asks for it.
#ifndef EFFACE_MEDIA_AV_KEPT_TAGS_H_
#define EFFACE_MEDIA_AV_KEPT_TAGS_H_

#include <optional>
#include <string>
#include <string_view>

#include "efface/media/av/av.h"
#include "efface/media/keep.h"

namespace efface {

// "2026-07-14T12:34:56.000000Z" of such a text, with or without a fraction, which is dropped;
// nullopt for any other.
std::optional<std::string> CleanTime(std::string_view text);

// "+42.38750-071.09950/" of such a text (ISO 6709, in degrees), with the altitude where it has one;
// nullopt for any other.
std::optional<std::string> CleanPlace(std::string_view text);

// Sets the tags of `output`, before its header is written, so far as its container has a place for
// them; returns which were set.
Keep KeepTags(const AVFormatContext& input, const Keep& keep, AVFormatContext& output);

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_KEPT_TAGS_H_
