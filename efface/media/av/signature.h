// Takes out what x264 writes about itself into the first picture: its version and every setting.
#ifndef EFFACE_MEDIA_AV_SIGNATURE_H_
#define EFFACE_MEDIA_AV_SIGNATURE_H_

#include "efface/media/av/av.h"

namespace efface {

// `packet`: H.264 with start codes. Units of unregistered user data (SEI, payload type 5) go, and
// nothing else. ResourceExhausted where the packet can't be written to.
absl::Status DropUserData(AVPacket& packet);

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_SIGNATURE_H_
