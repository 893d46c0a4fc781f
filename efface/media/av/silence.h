// Coded silence that takes the place of a packet of sound.
#ifndef EFFACE_MEDIA_AV_SILENCE_H_
#define EFFACE_MEDIA_AV_SILENCE_H_

#include "efface/media/av/av.h"

namespace efface {

// True where MakeSilent knows the codec: PCM, AAC, MPEG audio layers 1 to 3.
bool CanBeSilent(const AVCodecParameters& sound);

// Replaces the packet's data by silence of the same length in time; times, flags and side data
// stay. False, with the packet unchanged, where this packet can't be replaced (a codec not named
// above, more than one frame in it, unknown channels) or memory is short.
bool MakeSilent(const AVCodecParameters& sound, AVPacket& packet);

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_SILENCE_H_
