// One clip: its frames in the order in which they are shown, and a clip written anew from frames
// that were hidden. Implementations, one family each:
//
//   containers                     files            what is written
//   MP4, MOV, MKV, WebM, AVI, TS   media/av/        same container and codec family; pictures
//   encoded anew, sound copied animated GIF                   gif_clip.cc      each frame anew on
//   its own palette animated PNG                   apng_clip.cc     lossless animated WebP
//   webp_clip.cc     lossless stays lossless, lossy is encoded anew
//
// A written clip is built from frames, time stamps, sound packets and the few tags that an
// implementation names (colour, rotation, sample aspect); nothing else of the input is copied.
#ifndef EFFACE_MEDIA_CLIP_H_
#define EFFACE_MEDIA_CLIP_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "efface/media/keep.h"
#include "efface/media/plane.h"
#include "efface/scrub/removed.h"

namespace efface {

// Limits on hostile sizes; over one: ResourceExhausted before pixels are decoded.
struct ClipLimits {
  int64_t max_pixels = 67'108'864;  // a frame
  int max_side = 16'384;            // pixels, either side of a frame
  int max_tracks = 16;              // streams of any kind that are looked at
};

// A rectangle of a stored frame, in pixels.
struct FramePart {
  double x = 0, y = 0, width = 0, height = 0;
};

// 8-bit brightness, rows without padding.
struct GreyPicture {
  int width = 0, height = 0;     // pixels
  std::vector<uint8_t> samples;  // width * height
};

// One shown frame, in its clip's own pixel format and depth. Used by one thread at a time; may be
// handed from thread to thread, and outlive its reader.
class ClipFrame {
 public:
  virtual ~ClipFrame() = default;

  int track = 0;         // index into ClipInfo::tracks
  int64_t index = 0;     // shown frames of its track, from 0
  double seconds = 0;    // when it is shown, from the start of the presentation
  double duration = 0;   // seconds it is shown for; 0 where unknown
  bool damaged = false;  // could not be decoded, or was flagged corrupt: the pixels are one plain
                         // colour, never concealed ones

  // As stored; turn by the track's orientation to stand upright.
  virtual int width() const = 0;
  virtual int height() const = 0;

  // `part` of the stored frame (clipped to it by the caller) scaled to width x height pixels.
  virtual RgbPicture Rgb(const FramePart& part, int width, int height) const = 0;

  // Brightness of the whole stored frame scaled to width x height pixels (area means: no aliasing).
  virtual GreyPicture Grey(int width, int height) const = 0;

  // Hides what `hider` says, in every plane, on the frame's own samples. Copies the samples first
  // where others share them.
  virtual absl::Status Hide(const Hider& hider) = 0;

  // Makes the whole frame one plain colour (mid grey).
  virtual absl::Status Blank() = 0;
};

// One coded packet of sound, copied as it is: only the writer of the same family knows what is in
// it.
class SoundPacket {
 public:
  virtual ~SoundPacket() = default;

  int track = 0;       // sound tracks of the clip, from 0
  double seconds = 0;  // when it is heard, from the start of the presentation; negative in a run-in
  double duration = 0;  // seconds; 0 where unknown

  virtual ByteView data() const = 0;  // the coded bytes, which live as long as the packet
};

struct ClipTrack {
  int width = 0, height = 0;    // pixels, as stored
  Orientation orientation = 1;  // how it is turned to stand upright (1, 3, 6 or 8, or mirrored)
  int64_t frames = 0;           // an estimate; 0 where unknown
  double frames_a_second = 0;   // the mean; 0 where unknown
  double seconds = 0;           // an estimate of its length; 0 where unknown
  std::string codec;            // "H.264", "HEVC", "VP9" ...: for sentences and the record
};

struct ClipInfo {
  std::string container;          // "MP4", "QuickTime", "Matroska", "GIF" ...
  std::vector<ClipTrack> tracks;  // video tracks that are shown; at least one. Cover pictures are
                                  // not tracks: they are dropped
  int sound_tracks = 0;
};

enum class Sound { kCopy, kDrop };

struct ClipWriteOptions {
  int quality = 0;     // 1..100, higher is better; 0: the codec's default, visually lossless
  std::string preset;  // the encoder's speed, "ultrafast" .. "veryslow" as x264 names them; empty:
                       // "veryfast"
  std::string codec;   // "h264", "hevc", "vp9", "av1" ...; empty: the input's own family
  int threads = 2;     // of each encoder: fixed, since it can change the bytes
  Sound sound = Sound::kCopy;
  Keep keep;  // what is carried over beside pictures and sound, where the container has a place
  std::vector<std::pair<double, double>> mute;  // seconds of the presentation, from and to: sound
                                                // packets that touch one are dropped or silenced
};

struct WrittenClip {
  std::vector<Removed>
      removed;  // tracks, tags, side data that were in the input and are not in the output
  std::vector<std::string> warnings;  // sentences for the record
  Keep kept = kKeepNothing;           // what the file carries beside pictures and sound
};

// Writes to a descriptor that it does not own: an empty regular file, open for reading and writing.
class ClipWriter {
 public:
  virtual ~ClipWriter() = default;
  // In the order in which the reader gave them. Encoding may run on in other threads.
  virtual absl::Status Write(std::unique_ptr<ClipFrame> frame) = 0;
  virtual absl::Status Write(std::unique_ptr<SoundPacket> packet) = 0;
  // Writes what is held back and ends the file. The file is whole only if this succeeded.
  virtual absl::StatusOr<WrittenClip> Finish() = 0;
};

struct ClipReadOptions {
  ClipLimits limits;
  int threads = 2;     // for decoding
  bool sound = false;  // give sound packets as well (the render pass)
};

// Reads from a descriptor that it does not own and that must outlive it: a regular file. Not safe
// for two threads at once.
class ClipReader {
 public:
  virtual ~ClipReader() = default;
  virtual const ClipInfo& info() const = 0;

  // The next shown frame or sound packet, in file order between tracks and in shown order within
  // one; monostate at the end. A frame that can't be decoded comes as a plain one, `damaged`, with
  // its own time stamp. DataLoss where nothing more can be read in a file that is cut off before
  // its first frame.
  using Item =
      std::variant<std::monostate, std::unique_ptr<ClipFrame>, std::unique_ptr<SoundPacket>>;
  virtual absl::StatusOr<Item> Next() = 0;

  // Sentences about the input for the record; complete after the last Next.
  virtual std::vector<std::string> warnings() const = 0;

  // A writer for a clip like this one. Call it before the first Next. Unimplemented: no encoder for
  // it, with a sentence.
  virtual absl::StatusOr<std::unique_ptr<ClipWriter>> NewWriter(
      int fd, const ClipWriteOptions& options) = 0;
};

// Opens a clip by its content, never by its name. `fd`: a regular file, read with pread.
// InvalidArgument: not a clip, or broken; Unimplemented: a container or codec that Efface does not
// redact, with a sentence that says which; ResourceExhausted: over a limit; FailedPrecondition: no
// video in it.
absl::StatusOr<std::unique_ptr<ClipReader>> OpenClip(int fd, const ClipReadOptions& options);

// One per family; OpenClip calls them. OpenAvClip lives in a library of its own that OpenClip loads
// when it first needs it, since loading FFmpeg's libraries takes longer than many a photo.
absl::StatusOr<std::unique_ptr<ClipReader>> OpenAvClip(int fd, const ClipReadOptions& options);
absl::StatusOr<std::unique_ptr<ClipReader>> OpenGifClip(int fd, const ClipReadOptions& options);
absl::StatusOr<std::unique_ptr<ClipReader>> OpenApngClip(int fd, const ClipReadOptions& options);
absl::StatusOr<std::unique_ptr<ClipReader>> OpenWebpClip(int fd, const ClipReadOptions& options);

}  // namespace efface

#endif  // EFFACE_MEDIA_CLIP_H_
