// The entry of libefface-av.so.
#include "efface/media/av/library.h"

extern "C" __attribute__((visibility("default"))) efface::ClipReader* efface_open_av_clip(
    int fd, const efface::ClipReadOptions& options, absl::Status& status) {
  auto reader = efface::OpenAvClip(fd, options);
  status = reader.status();
  return reader.ok() ? reader->release() : nullptr;
}
