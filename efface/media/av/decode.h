// Decodes one video track and tells whole frames from those that are not. FFmpeg conceals what it
// can't decode, drops some frames without a word, and goes on with pictures that refer to broken
// ones; a frame that shows any of this must not be shown as it is, since what is seen in it is not
// what will be seen in the next program that decodes it.
#ifndef EFFACE_MEDIA_AV_DECODE_H_
#define EFFACE_MEDIA_AV_DECODE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "efface/media/av/av.h"
#include "efface/media/av/frame.h"
#include "efface/media/av/holes.h"
#include "efface/media/clip.h"

namespace efface {

// Packets in, frames out in shown order. A frame is damaged where its packet could not be decoded
// or was flagged corrupt or has holes, where the decoder concealed a part of it, and where it was
// decoded after such a packet and before the next key frame: it then comes as a plain one with its
// own time. A packet of which the decoder makes no frame and says nothing (a second field, an
// invisible picture, one that precedes the first key frame) is not a frame.
//
// Only slices are decoded in parallel: with frame threads FFmpeg does not tell which packet an
// error belongs to, and may hand out a frame before its errors are known.
class AvTrackDecoder {
 public:
  // `stream` is borrowed. Errors as OpenClip.
  static absl::StatusOr<std::unique_ptr<AvTrackDecoder>> Create(const AVStream& stream,
                                                                const ClipReadOptions& options,
                                                                std::shared_ptr<AvScalers> scalers);

  // Changes the packet's flags and leaves the rest. ResourceExhausted where memory is short;
  // Unimplemented where the pictures turn out to be of a kind that Efface does not redact.
  absl::Status Send(AVPacket& packet);

  // No more packets will come.
  absl::Status Flush();

  // The next frame, without its track and its seconds; null where another packet is needed first.
  absl::StatusOr<std::unique_ptr<AvFrame>> Take();

  int64_t whole() const { return whole_; }      // frames given that were not damaged
  int64_t damaged() const { return damaged_; }  // frames given that were
  bool resized() const { return resized_; }     // some frames were scaled to the first one's size
  bool moved() const { return moved_; }         // some time stamps were out of order

 private:
  // A packet that was given to the decoder.
  struct Sent {
    int64_t serial = 0;  // in decoding order, from 0
    int64_t pts = AV_NOPTS_VALUE;
    int64_t duration = 0;
    bool shown = true;     // a frame is expected of it
    bool dropped = false;  // decoded, since others refer to it, but outside the edit list
    bool done = false;     // its frame came out, or never will
    bool leading = false;  // shown before the key frame that it was coded after
    int passed = 0;        // frames of later packets that came out before it did
  };
  // What comes out, in shown order.
  struct Shown {
    AvFramePtr frame;  // null: the decoder made none of this packet
    int64_t serial = 0;
    int64_t pts = AV_NOPTS_VALUE;
    int64_t duration = 0;
    bool key = false;  // nothing shown after it refers to anything before it
    bool dropped = false;
  };

  AvTrackDecoder(const AVStream& stream, const ClipReadOptions& options, AvCodecPtr codec,
                 std::unique_ptr<AvDecoderNotes> notes, std::shared_ptr<AvScalers> scalers);

  static absl::StatusOr<AvCodecPtr> OpenCodec(const AVStream& stream,
                                              const ClipReadOptions& options,
                                              AvDecoderNotes& notes);
  // A new decoder, since a damaged packet may have left false parameter sets in this one. Before a
  // key frame.
  absl::Status Reopen();

  void Break(const Sent& sent);  // its packet is damaged, as far as is known
  absl::Status Drain();
  absl::Status OnFrame(AvFramePtr frame);
  void Pass(const Shown& next);  // packets that will give no frame, now that `next` has come
  bool Settled(const Shown& shown) const;
  bool IsDamaged(const Shown& shown);
  int64_t TimeOf(const Shown& shown);
  // The frame to show, whole or plain.
  absl::StatusOr<AvFramePtr> Picture(AvFramePtr frame, bool damaged);

  const AVStream& stream_;
  const ClipReadOptions options_;
  AVRational time_base_;
  AVRational frame_rate_;
  bool no_delay_;                          // each frame comes out of its own packet's call
  std::unique_ptr<AvDecoderNotes> notes_;  // codec_ points to it
  AvCodecPtr codec_;
  HoleFinder holes_;
  std::shared_ptr<AvScalers> scalers_;
  AvFramePtr plain_;  // of the size, pixel format and colour tags of the track; null until known
  int64_t next_serial_ = 0;
  bool tainted_ = false;              // a damaged packet was given to codec_
  bool started_ = false;              // a key packet was sent
  int64_t key_pts_ = AV_NOPTS_VALUE;  // of the latest key packet
  bool flushed_ = false;
  std::deque<Sent> sent_;    // from the first that is not done
  std::deque<Shown> shown_;  // waiting until all that they may refer to is known
  // Serials of the damaged packets that frames to come may refer to, with the time stamps of those
  // that are leading, otherwise INT64_MAX.
  std::map<int64_t, int64_t> broken_;
  std::set<int64_t> replaced_;  // serials for which a plain frame was given as none had come
  int64_t last_pts_ = AV_NOPTS_VALUE;
  int64_t last_duration_ = 0;
  int64_t whole_ = 0, damaged_ = 0, silent_ = 0;
  bool resized_ = false, moved_ = false;
};

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_DECODE_H_
