// The shown times of one track's frames, and from them the times of coded packets. Encoders count
// frames (0, 1, 2 ...), so that any time stamps pass through any codec unchanged.
#ifndef EFFACE_MEDIA_AV_TIMES_H_
#define EFFACE_MEDIA_AV_TIMES_H_

#include <cstddef>
#include <cstdint>
#include <deque>

namespace efface {

// Times are in the time base of the input's track.
class FrameTimes {
 public:
  // `nominal`: > 0, how long a frame is shown where nothing else says so. `lead`: > 0, how far
  // before the first shown frame the decoding of each reordered packet may begin, in time a packet.
  FrameTimes(int64_t nominal, int64_t lead) : nominal_(nominal), lead_(lead) {}

  // Frames in shown order. `duration`: 0 where unknown. A time that does not rise is moved to one
  // tick after the frame before.
  void Add(int64_t pts, int64_t duration);

  int64_t frames() const { return first_kept_ + static_cast<int64_t>(kept_.size()); }

  int64_t oldest() const { return first_kept_; }  // that can be asked for

  // When frame `index` is shown. Below 0, where encoders that reorder begin to decode: one `lead`
  // a frame before frame 0. Index: under frames(), not forgotten.
  int64_t Pts(int64_t index) const;
  // Until the next frame, if it was added; else as its reader said, else nominal.
  int64_t Duration(int64_t index) const;

  // Frames before this will not be asked for again.
  void Forget(int64_t before);

 private:
  struct Frame {
    int64_t pts = 0, duration = 0;
  };
  const Frame& At(int64_t index) const { return kept_[static_cast<size_t>(index - first_kept_)]; }

  int64_t nominal_;
  int64_t lead_;
  int64_t start_ = 0;  // the pts of frame 0
  int64_t first_kept_ = 0;
  std::deque<Frame> kept_;  // from first_kept_
};

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_TIMES_H_
