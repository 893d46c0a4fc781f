// The container of a written clip: bit-exact, without a title or a name, and without a date or a
// place that is not asked for.
#ifndef EFFACE_MEDIA_AV_MUXER_H_
#define EFFACE_MEDIA_AV_MUXER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "efface/media/av/av.h"
#include "efface/media/av/kept_tags.h"

namespace efface {

// FFmpeg's name of the muxer for the container that was read as `input`; null where there is none.
const char* MuxerName(const AVFormatContext& input, bool webm);

// Tracks are interleaved by decoding time; up to kInterleave is held back for a track that lags, so
// that memory stays bounded.
class Muxer {
 public:
  static constexpr int64_t kInterleave = 30;  // seconds

  // `fd`: an empty regular file, borrowed.
  static absl::StatusOr<std::unique_ptr<Muxer>> Open(const char* name, int fd);

  // As KeepTags; before Begin.
  Keep Tag(const AVFormatContext& input, const Keep& keep) {
    return KeepTags(input, keep, *output_);
  }

  const AVOutputFormat& format() const { return *output_->oformat; }
  // Decoding times below 0 and before the first shown frame are kept apart from shown times.
  bool negative_times() const;
  // Frames may be stored in another order than they are shown in.
  bool reorders() const;
  bool global_header() const { return (format().flags & AVFMT_GLOBALHEADER) != 0; }

  // A new stream, to be described before Begin: codecpar, time_base (that in which its packets
  // come), side data. Null where memory is short. Owned by the muxer.
  AVStream* AddStream() { return avformat_new_stream(output_.get(), nullptr); }

  // Writes the header. `start`: seconds at which the presentation starts. Unimplemented where the
  // container can't hold a stream.
  absl::Status Begin(double start);
  // `packet`'s times are in the time base that its stream was described with.
  absl::Status Write(AvPacketPtr packet, int stream);
  // ResourceExhausted where the disk is full, Unavailable where writing fails (also Begin, Write).
  absl::Status Finish();

 private:
  Muxer(AvIoPtr io, AvOutputPtr output) : io_(std::move(io)), output_(std::move(output)) {}
  absl::Status Check(int error) const;

  AvIoPtr io_;  // outlives output_
  AvOutputPtr output_;
  std::vector<AVRational> time_bases_;              // of the packets, by stream
  std::vector<std::optional<int64_t>> last_times_;  // decoding times, by stream
};

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_MUXER_H_
