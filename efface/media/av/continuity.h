// Time stamps that start again in the middle of a transport or program stream, as where recordings
// were joined, made to go on.
#ifndef EFFACE_MEDIA_AV_CONTINUITY_H_
#define EFFACE_MEDIA_AV_CONTINUITY_H_

#include <cstdint>
#include <vector>

#include "efface/media/av/av.h"

namespace efface {

// Streams of one file share their shifts, so that they stay in step: the stream that jumps first
// decides, and the others follow when they reach the same place. Jumps forward are kept: nothing
// was recorded there.
class Continuity {
 public:
  explicit Continuity(size_t streams) : streams_(streams) {}

  // Shifts the packet's time stamps, which are in `time_base`.
  void Apply(AVPacket& packet, AVRational time_base);

  bool jumped() const { return shifts_.size() > 1; }

 private:
  struct Stream {
    size_t part = 0;                // index into shifts_
    int64_t next = AV_NOPTS_VALUE;  // microseconds, shifted: where the next packet is due
  };
  std::vector<Stream> streams_;
  std::vector<int64_t> shifts_ = {0};  // microseconds, one a part of the file
};

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_CONTINUITY_H_
