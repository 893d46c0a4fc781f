// The last few seconds of grey planes, with the camera's motion between neighbours.
#ifndef EFFACE_TRACK_WINDOW_H_
#define EFFACE_TRACK_WINDOW_H_

#include <cstdint>
#include <deque>
#include <vector>

#include "efface/media/clip.h"
#include "efface/track/camera.h"

namespace efface {

class Window {
 public:
  // Adds the next frame. Returns whether a shot begins with it; the very first frame begins one.
  bool Push(GreyPicture plane);

  // Forgets frames before `frame`.
  void DropBefore(int64_t frame);

  int64_t first() const { return first_; }  // the oldest frame kept
  int64_t end() const { return first_ + static_cast<int64_t>(frames_.size()); }

  // Of frames within [first(), end()).
  const std::vector<GreyPicture>& planes(int64_t frame) const { return At(frame).planes; }
  bool begins_shot(int64_t frame) const { return At(frame).begins_shot; }
  // The camera's motion from `frame` to its neighbour `to` (frame + 1 or frame - 1), samples of
  // level 0. No shot may begin between them.
  Similarity Camera(int64_t frame, int64_t to) const;

 private:
  struct Frame {
    std::vector<GreyPicture> planes;  // a pyramid
    Similarity camera;                // from the frame before
    bool begins_shot = false;
  };
  const Frame& At(int64_t frame) const { return frames_[static_cast<size_t>(frame - first_)]; }

  int64_t first_ = 0;
  std::deque<Frame> frames_;
};

}  // namespace efface

#endif  // EFFACE_TRACK_WINDOW_H_
