#include "efface/track/window.h"

#include <utility>

#include "efface/track/pyramid.h"

namespace efface {

bool Window::Push(GreyPicture plane) {
  Frame frame;
  frame.planes = PyramidOf(std::move(plane));
  if (frames_.empty()) {
    frame.begins_shot = true;
  } else {
    const CameraMotion camera = CameraBetween(frames_.back().planes, frame.planes);
    frame.begins_shot = IsCut(frames_.back().planes, frame.planes, camera);
    if (!frame.begins_shot) frame.camera = camera.motion;
  }
  frames_.push_back(std::move(frame));
  return frames_.back().begins_shot;
}

void Window::DropBefore(int64_t frame) {
  // The newest stays: the next one is compared with it.
  while (first_ < frame && frames_.size() > 1) {
    frames_.pop_front();
    ++first_;
  }
}

Similarity Window::Camera(int64_t frame, int64_t to) const {
  return to > frame ? At(to).camera : At(frame).camera.Inverse();
}

}  // namespace efface
