#include "efface/media/av/continuity.h"

#include <algorithm>

namespace efface {

void Continuity::Apply(AVPacket& packet, AVRational time_base) {
  constexpr AVRational kMicroseconds = {1, AV_TIME_BASE};
  constexpr int64_t kJump = AV_TIME_BASE / 10;  // back by more than this is a new start
  const auto index = static_cast<size_t>(packet.stream_index);
  if (index >= streams_.size()) streams_.resize(index + 1);  // streams may appear late
  Stream& stream = streams_[index];
  if (packet.dts != AV_NOPTS_VALUE) {
    const int64_t dts = av_rescale_q(packet.dts, time_base, kMicroseconds);
    const auto jumps = [&] {
      return stream.next != AV_NOPTS_VALUE && dts + shifts_[stream.part] < stream.next - kJump;
    };
    while (jumps()) {
      if (++stream.part == shifts_.size()) shifts_.push_back(stream.next - dts);
    }
    const int64_t length =
        av_rescale_q(std::max<int64_t>(packet.duration, 0), time_base, kMicroseconds);
    stream.next = std::max(stream.next, dts + shifts_[stream.part] + length);
  }
  const int64_t shift = av_rescale_q(shifts_[stream.part], kMicroseconds, time_base);
  if (packet.dts != AV_NOPTS_VALUE) packet.dts += shift;
  if (packet.pts != AV_NOPTS_VALUE) packet.pts += shift;
}

}  // namespace efface
