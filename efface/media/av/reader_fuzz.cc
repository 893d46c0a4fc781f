// Any bytes as a clip: opened, read to the end within bounds, looked at and hidden.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <variant>

#include "efface/media/clip.h"
#include "efface/media/test_hider.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const int fd = memfd_create("clip", MFD_CLOEXEC);
  if (fd < 0 || write(fd, data, size) != static_cast<ssize_t>(size)) std::abort();
  {
    const efface::ClipReadOptions options = {
        .limits = {.max_pixels = 1 << 18}, .threads = 1, .sound = true};
    auto reader = efface::OpenAvClip(fd, options);
    if (!reader.ok() && reader.status().message().empty()) std::abort();
    for (int i = 0; reader.ok() && i < 64; ++i) {
      auto item = (*reader)->Next();
      if (!item.ok() || std::holds_alternative<std::monostate>(*item)) break;
      auto* frame = std::get_if<std::unique_ptr<efface::ClipFrame>>(&*item);
      if (frame == nullptr) continue;
      const efface::ClipTrack& track =
          (*reader)->info().tracks.at(static_cast<size_t>((*frame)->track));
      if (track.width <= 0 || track.height <= 0) std::abort();
      (*frame)->Grey(16, 9);
      (*frame)->Rgb({0, 0, 1.0 * (*frame)->width(), 1.0 * (*frame)->height()}, 32, 24);
      if (!(*frame)->Hide(efface::RectangleHider(3, 2, 9, 9)).ok()) std::abort();
    }
  }
  close(fd);
  return 0;
}
