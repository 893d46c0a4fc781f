// Encodes the frames of one video track.
#ifndef EFFACE_MEDIA_AV_ENCODER_H_
#define EFFACE_MEDIA_AV_ENCODER_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "efface/media/av/av.h"
#include "efface/media/av/codecs.h"
#include "efface/media/av/convert.h"
#include "efface/media/av/side_data.h"
#include "efface/media/av/times.h"
#include "efface/media/clip.h"

namespace efface {

// What the input's container says of a video track, and how it is to be written.
struct TrackPlan {
  const VideoCodec* codec = nullptr;
  AvParametersPtr parameters;  // the input's; never null
  AVRational time_base = {0, 1};
  AVRational rate = {0, 1};  // the mean; 0 where unknown
  AVRational sample_aspect = {0, 1};
  std::optional<std::array<int32_t, 9>> display_matrix;
  HdrStatic hdr;
  int disposition = 0;

  bool global_header = false;   // the container keeps the codec's headers
  bool negative_times = false;  // the container takes decoding times before the first shown frame
                                // and below 0
  bool reorder = true;          // the container takes frames out of shown order
};

// Not safe for two threads at once; encodes in threads of its own.
class VideoEncoder {
 public:
  // A packet in the plan's time base, with pts, dts and duration, and what the encoder says of it.
  using Sink = std::function<absl::Status(AvPacketPtr)>;

  // `first`: the first frame that will be encoded, or one that looks like it. Sentences for the
  // record are appended to `warnings`. InvalidArgument and Unimplemented, with a sentence, where
  // the options or pictures are not ones that the encoder takes.
  static absl::StatusOr<std::unique_ptr<VideoEncoder>> Open(const TrackPlan& plan,
                                                            const AVFrame& first,
                                                            const ClipWriteOptions& options,
                                                            std::vector<std::string>& warnings);

  // In shown order; takes over the frame. Side data is counted in `removed`.
  absl::Status Encode(AvFramePtr frame, RemovedBytes& removed, std::vector<std::string>& warnings,
                      const Sink& sink);
  // Hands out what is held back. Nothing can be encoded afterwards.
  absl::Status Flush(const Sink& sink);

  // Sets the output stream's parameters: codec, colour, aspect, rotation, HDR metadata.
  absl::Status Describe(AVStream& stream) const;

 private:
  VideoEncoder(const TrackPlan& plan, AvCodecPtr encoder, const PictureKind& kind,
               const HdrStatic& hdr, FrameTimes times);
  absl::Status Drain(const Sink& sink);

  AvCodecPtr encoder_;
  PictureKind kind_;
  PictureConverter converter_;
  HdrStatic hdr_;
  FrameTimes times_;
  AVRational time_base_, rate_;
  std::optional<std::array<int32_t, 9>> display_matrix_;
  int disposition_;
  std::optional<int64_t> last_dts_;
  bool told_size_ = false, told_fields_ = false;
};

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_ENCODER_H_
