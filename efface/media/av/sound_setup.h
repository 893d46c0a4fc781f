// What a sound decoder is set up with, which containers keep beside the packets, without the texts
// that some codings put there.
#ifndef EFFACE_MEDIA_AV_SOUND_SETUP_H_
#define EFFACE_MEDIA_AV_SOUND_SETUP_H_

#include "base/bytes.h"
#include "efface/media/av/av.h"

namespace efface {

// `setup`: as FFmpeg keeps it (extradata). Of Vorbis the header of comments (titles, places, people
// and the encoder's name) becomes an empty one; of Opus and FLAC what follows the setup itself
// goes; other codings, and what is not as their standards say, stay as they are.
Bytes CleanSetup(AVCodecID codec, ByteView setup);

// The same for `sound`. Returns the bytes that went. ResourceExhausted where memory is out.
absl::StatusOr<int64_t> CleanSetup(AVCodecParameters& sound);

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_SOUND_SETUP_H_
