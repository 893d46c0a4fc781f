// For tests only: animations in memory, read and written through descriptors.
#ifndef EFFACE_MEDIA_TEST_ANIMATION_H_
#define EFFACE_MEDIA_TEST_ANIMATION_H_

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "efface/media/animation.h"
#include "efface/media/test_hider.h"

namespace efface {

// A file without a name.
class MemoryFile {
 public:
  explicit MemoryFile(ByteView bytes = {}) : fd_(memfd_create("animation", MFD_CLOEXEC)) {
    if (fd_ < 0 || write(fd_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) {
      std::abort();
    }
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(fd_); }
  int fd() const { return fd_; }
  Bytes Read() const { return *ReadDescriptor(fd_, kMaxAnimationBytes); }

 private:
  int fd_;
};

using ClipOpener = absl::StatusOr<std::unique_ptr<ClipReader>> (*)(int, const ClipReadOptions&);

struct TestFrame {
  Raster pixels;
  uint32_t delay = 0, delay_units = 1;
  double seconds = 0, duration = 0;
  bool damaged = false;
};

struct TestClip {
  absl::Status status;  // of opening, or of the first Next that failed
  ClipInfo info;
  std::vector<TestFrame> frames;
  std::vector<std::string> warnings;
};

struct TestOutput {
  absl::Status status;
  Bytes file;
  WrittenClip written;
  std::vector<TestFrame> frames;  // as they were given to the writer
};

inline TestFrame Describe(const ClipFrame& frame) {
  const auto& ours = dynamic_cast<const AnimationFrame&>(frame);
  return {ours.pixels(), ours.delay(),  ours.delay_units(),
          ours.seconds,  ours.duration, ours.damaged};
}

inline TestClip ReadClip(ClipOpener open, ByteView bytes, const ClipLimits& limits = {}) {
  TestClip clip;
  const MemoryFile file(bytes);
  const auto reader = open(file.fd(), {.limits = limits});
  clip.status = reader.status();
  if (!reader.ok()) return clip;
  clip.info = (*reader)->info();
  while (true) {
    auto item = (*reader)->Next();
    clip.status = item.status();
    if (!item.ok() || std::holds_alternative<std::monostate>(*item)) break;
    clip.frames.push_back(Describe(*std::get<std::unique_ptr<ClipFrame>>(*item)));
  }
  clip.warnings = (*reader)->warnings();
  return clip;
}

// Writes the clip anew. hider(index) is asked for each frame: null hides nothing.
template <typename HiderOf>
TestOutput Redact(ClipOpener open, ByteView bytes, const HiderOf& hider,
                  const ClipWriteOptions& options = {}, const ClipLimits& limits = {}) {
  TestOutput output;
  const auto run = [&]() -> absl::Status {
    const MemoryFile input(bytes), written;
    auto reader = open(input.fd(), {.limits = limits});
    if (!reader.ok()) return reader.status();
    auto writer = (*reader)->NewWriter(written.fd(), options);
    if (!writer.ok()) return writer.status();
    while (true) {
      auto item = (*reader)->Next();
      if (!item.ok()) return item.status();
      if (std::holds_alternative<std::monostate>(*item)) break;
      auto frame = std::get<std::unique_ptr<ClipFrame>>(*std::move(item));
      const Hider* hide = hider(frame->index);
      if (hide != nullptr) {
        if (const auto status = frame->Hide(*hide); !status.ok()) return status;
      }
      output.frames.push_back(Describe(*frame));
      if (const auto status = (*writer)->Write(std::move(frame)); !status.ok()) return status;
    }
    reader->reset();  // a writer may outlive its reader
    auto finished = (*writer)->Finish();
    if (!finished.ok()) return finished.status();
    output.written = *std::move(finished);
    output.file = written.Read();
    return absl::OkStatus();
  };
  output.status = run();
  return output;
}

inline const Hider* HideNothing(int64_t) { return nullptr; }

// The pixel, as one string of samples.
inline std::vector<int> PixelAt(const Raster& raster, int x, int y) {
  std::vector<int> samples;
  const size_t at =
      static_cast<size_t>(y) * raster.stride() + static_cast<size_t>(x) * raster.channels.size();
  for (size_t c = 0; c < raster.channels.size(); ++c) {
    samples.push_back(raster.wide() ? raster.samples16[at + c] : raster.samples8[at + c]);
  }
  return samples;
}

// How many pixels differ outside of what `hider` hides (null: nothing).
inline int64_t Differences(const Raster& a, const Raster& b, const RectangleHider* hider) {
  if (a.width != b.width || a.height != b.height || a.channels.size() != b.channels.size() ||
      a.wide() != b.wide()) {
    return -1;
  }
  const SampleBox box =
      hider == nullptr ? SampleBox{} : hider->Hidden({.width = a.width, .height = a.height});
  int64_t count = 0;
  for (int y = 0; y < a.height; ++y) {
    for (int x = 0; x < a.width; ++x) {
      if (box.Contains(x, y)) continue;
      const size_t channels = a.channels.size();
      const size_t at = static_cast<size_t>(y) * a.stride() + static_cast<size_t>(x) * channels;
      const bool same =
          a.wide() ? std::equal(&a.samples16[at], &a.samples16[at] + channels, &b.samples16[at])
                   : std::equal(&a.samples8[at], &a.samples8[at] + channels, &b.samples8[at]);
      count += !same;
    }
  }
  return count;
}

// Deterministic noise.
inline uint32_t Noise(uint32_t x) {
  x = (x ^ 61) ^ (x >> 16);
  x *= 9;
  x ^= x >> 4;
  x *= 0x27d4eb2d;
  return x ^ (x >> 15);
}

}  // namespace efface

#endif  // EFFACE_MEDIA_TEST_ANIMATION_H_
