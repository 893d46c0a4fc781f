// Opens a clip's container: which demuxer and codecs may run at all on bytes from anywhere, and
// which streams are the clip's pictures and sound.
#ifndef EFFACE_MEDIA_AV_OPEN_H_
#define EFFACE_MEDIA_AV_OPEN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "efface/media/av/av.h"
#include "efface/media/clip.h"

namespace efface {

struct AvOpened {
  AvIoPtr io;  // before `input`, which uses it
  AvInputPtr input;
  std::string container;   // "MP4", "QuickTime", "Matroska", "WebM", "AVI", "MPEG-TS", "MPEG-PS"
  std::vector<int> video;  // streams that are shown, without cover pictures and thumbnails
  std::vector<int> sound;  // streams of sound in a known coding
};

// Reads as far as is needed to know the streams. Every other stream is set to be discarded. The
// container is told by its first bytes and given to its one demuxer, which can open nothing else:
// no file, no address. Errors as OpenClip.
absl::StatusOr<AvOpened> OpenAvInput(int fd, const ClipReadOptions& options);

// The decoder for a codec on the list (H.264, HEVC, VP8, VP9, AV1, MPEG-4, MPEG-2, MPEG-1, Motion
// JPEG, ProRes); null for every other.
const AVCodec* AvDecoderFor(AVCodecID codec);

// How the display matrix of a stream turns its pictures: 1..8. `exact`: false where it turns by
// another angle, which gives 1.
Orientation OrientationOf(const AVStream& stream, bool& exact);

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_OPEN_H_
