// One coded packet of sound, as the reader of clips found it.
#ifndef EFFACE_MEDIA_AV_PACKET_H_
#define EFFACE_MEDIA_AV_PACKET_H_

#include <utility>

#include "efface/media/av/av.h"
#include "efface/media/clip.h"

namespace efface {

// The packet's stream_index and times are the input's: pts, dts and duration in the time base of
// the input's stream. Its data and its side data (AV_PKT_DATA_SKIP_SAMPLES: priming) are as read.
class AvSoundPacket : public SoundPacket {
 public:
  AvSoundPacket(AvPacketPtr packet, AVRational time_base)
      : packet_(std::move(packet)), time_base_(time_base) {}

  ByteView data() const override { return {packet_->data, static_cast<size_t>(packet_->size)}; }

  const AVPacket& packet() const { return *packet_; }
  AVPacket& packet() { return *packet_; }
  AVRational time_base() const { return time_base_; }

 private:
  AvPacketPtr packet_;  // never null
  AVRational time_base_;
};

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_PACKET_H_
