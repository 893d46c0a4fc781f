// What animated GIF, PNG and WebP share: frames that draw on a canvas. A shown frame is the whole
// canvas once its frame is drawn, and this is what is looked at, hidden and written: a written file
// is made from hidden canvases alone, so that nothing that was drawn under a mask, or that a later
// frame uncovers, can be in it.
//
// Two rules keep what is not shown out of it as well:
//  - a fully transparent sample has no colour: all its channels are 0;
//  - where a frame is damaged, its rectangle of the canvas becomes mid grey, so that no later frame
//    shows what lay under it before.
#ifndef EFFACE_MEDIA_ANIMATION_H_
#define EFFACE_MEDIA_ANIMATION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "efface/media/clip.h"
#include "efface/media/raster.h"

namespace efface {

// The input is read whole.
constexpr int64_t kMaxAnimationBytes = int64_t{1} << 30;

// More frames than this are refused: each costs a canvas, however few bytes it takes in the file.
constexpr size_t kMaxAnimationFrames = 200'000;

// A frame that says that it is shown for no time is shown for this long, as browsers do. It is
// written as it was.
constexpr double kNoDelaySeconds = 0.1;

struct FrameRect {
  int x = 0, y = 0, width = 0, height = 0;  // pixels of the canvas
};

enum class Disposal { kKeep, kClear, kRestore };  // of the rectangle, before the next frame
// kOver and kOverWebp: drawn over, weighted by alpha; the latter rounds as libwebp does.
enum class Blend { kReplace, kOver, kOverWebp };

// A frame as the file describes it.
struct FrameSpec {
  FrameRect rect;
  Disposal disposal = Disposal::kKeep;
  Blend blend = Blend::kReplace;
  uint32_t delay = 0;        // in units of the file: GIF 1/100 s, WebP 1/1000 s, PNG below
  uint32_t delay_units = 1;  // a second, > 0
  ByteView data;             // its coded samples within the file, as its family has them
  int transparent = -1;      // GIF: the index that is transparent, or -1
  bool lossy = false;        // WebP
  bool damaged = false;      // its description is broken: nothing of it is decoded

  double seconds() const { return delay == 0 ? kNoDelaySeconds : double(delay) / delay_units; }
};

struct Animation {
  int width = 0, height = 0;  // of the canvas
  Orientation orientation = 1;
  std::vector<FrameSpec> frames;
  std::vector<Removed> removed;
  std::vector<std::string> warnings;
};

// Adds bytes to the kind of that name, which is made where there is none yet.
void AddRemoved(std::string_view what, uint64_t bytes, std::vector<Removed>& removed);

// ResourceExhausted over a limit; InvalidArgument where a side is 0.
absl::Status CheckCanvas(int64_t width, int64_t height, const ClipLimits& limits);

// All of a regular file, by pread.
absl::StatusOr<Bytes> ReadDescriptor(int fd, int64_t max_bytes);

// The canvas: channels of 8 or 16 bits, the last of them alpha; at first transparent.
class Canvas {
 public:
  Canvas(int width, int height, const std::vector<ChannelInfo>& channels)
      : pixels_(width, height, channels) {}

  const Raster& pixels() const { return pixels_; }

  // Undoes or keeps the last Draw, as its frame said; then draws `samples` (of the frame's size and
  // the canvas's channels) where they lie within the canvas. Null draws mid grey.
  void Draw(const FrameSpec& frame, const Raster* samples);

 private:
  Raster pixels_;
  FrameRect last_;  // within the canvas
  Disposal disposal_ = Disposal::kKeep;
  Raster before_;  // what `last_` held; empty where nothing restores it
  bool first_ = true;
  bool alone_ = true;  // nothing but the last frame was on the canvas
};

// The shown frame, with what a writer needs to write it like the one that was read.
class AnimationFrame : public ClipFrame {
 public:
  AnimationFrame(Raster samples, const FrameSpec& spec,
                 std::shared_ptr<const std::vector<PaletteEntry>> colors);

  int width() const override { return pixels_.width; }
  int height() const override { return pixels_.height; }
  // Transparent samples are mid grey; others have their colour, however transparent they are, so
  // that a faint face is found too.
  RgbPicture Rgb(const FramePart& part, int width, int height) const override;
  GreyPicture Grey(int width, int height) const override;
  // Alpha is filled like the other channels: its outline would be a silhouette.
  absl::Status Hide(const Hider& hider) override;
  absl::Status Blank() override;

  const Raster& pixels() const { return pixels_; }
  // One byte a pixel, 1 where it was hidden; empty where none was.
  const std::vector<uint8_t>& hidden() const { return hidden_; }
  Disposal disposal() const { return disposal_; }
  uint32_t delay() const { return delay_; }
  uint32_t delay_units() const { return delay_units_; }
  bool lossy() const { return lossy_; }
  // GIF: the colours of its palette; null where there is none.
  const std::vector<PaletteEntry>* colors() const { return colors_.get(); }
  int transparent() const { return transparent_; }  // GIF: its transparent index, or -1

 private:
  void Row(int y, uint8_t* rgb) const;

  Raster pixels_;
  std::vector<uint8_t> hidden_;
  Disposal disposal_;
  uint32_t delay_, delay_units_;
  bool lossy_;
  int transparent_;
  std::shared_ptr<const std::vector<PaletteEntry>> colors_;
};

// What one family adds to a reader.
class AnimationFamily {
 public:
  virtual ~AnimationFamily() = default;
  virtual const Animation& animation() const = 0;
  virtual std::string_view name() const = 0;  // "GIF"
  virtual std::vector<ChannelInfo> channels() const = 0;
  // The samples of a frame, of its size and the canvas's channels; false where any of them can't be
  // decoded.
  virtual bool Decode(const FrameSpec& frame, Raster& samples) const = 0;
  virtual std::shared_ptr<const std::vector<PaletteEntry>> Colors(const FrameSpec&) const {
    return nullptr;
  }
  virtual absl::StatusOr<std::unique_ptr<ClipWriter>> NewWriter(
      int fd, const ClipWriteOptions& options) const = 0;
};

// DataLoss where there is no frame.
absl::StatusOr<std::unique_ptr<ClipReader>> NewAnimationReader(
    std::unique_ptr<AnimationFamily> family, const ClipLimits& limits);

// Common to the writers: no sound, and frames of this family alone.
class AnimationWriter : public ClipWriter {
 public:
  using ClipWriter::Write;
  absl::Status Write(std::unique_ptr<ClipFrame> frame) final;
  absl::Status Write(std::unique_ptr<SoundPacket> packet) final;

 protected:
  virtual absl::Status WriteFrame(std::unique_ptr<AnimationFrame> frame) = 0;
};

// Bytes to a descriptor, one after another, and again where they stand.
class DescriptorWriter {
 public:
  explicit DescriptorWriter(int fd) : fd_(fd) {}
  absl::Status Append(ByteView bytes);
  absl::Status Overwrite(int64_t offset, ByteView bytes);
  int64_t size() const { return size_; }

 private:
  int fd_;
  int64_t size_ = 0;
};

// How a canvas becomes the next one.
struct Change {
  FrameRect rect;
  Blend blend = Blend::kReplace;
  Raster samples;  // of `rect`
};

// The smallest rectangle that changes, at least 1 x 1; the whole canvas where `before` is null.
// Where most of it stays and what changes is opaque, and `may_blend`, samples that stay are
// transparent, to be drawn over; otherwise all replace what was there. `even`: x and y are even.
Change MakeChange(const Raster* before, const Raster& after, bool may_blend, bool even);

}  // namespace efface

#endif  // EFFACE_MEDIA_ANIMATION_H_
