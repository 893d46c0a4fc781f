// One decoded picture of a clip, in FFmpeg's memory.
#ifndef EFFACE_MEDIA_AV_FRAME_H_
#define EFFACE_MEDIA_AV_FRAME_H_

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "efface/media/av/av.h"
#include "efface/media/clip.h"

namespace efface {

// FFmpeg's scalers take longer to make than to use: kept here, and lent. Safe for several threads.
class AvScalers {
 public:
  // What a scaler is made for. Sizes in pixels.
  struct Key {
    int width = 0, height = 0, format = 0, matrix = 0, full_range = 0;
    int to_width = 0, to_height = 0, to_format = 0;
    bool operator==(const Key&) const = default;
  };
  // Null where FFmpeg can't make one.
  AvScalerPtr Take(const Key& key);
  void GiveBack(const Key& key, AvScalerPtr scaler);

 private:
  std::mutex mutex_;
  std::vector<std::pair<Key, AvScalerPtr>> idle_;  // the latest last; at most 16
};

// Holds an AVFrame whose pixel format is one that IsUsable allows. frame().pts, in
// frame().time_base, is when it is shown; frame().pkt_duration in the same unit, 0 where unknown.
// Side data and metadata are as decoded (captions, user data SEI ...): a writer must choose.
class AvFrame : public ClipFrame {
 public:
  AvFrame(AvFramePtr frame, std::shared_ptr<AvScalers> scalers)
      : frame_(std::move(frame)), scalers_(std::move(scalers)) {}

  // Planes of 8 to 16 bits in this machine's byte order, one channel a plane: YCbCr with any
  // subsampling, grey, GBR, each with or without alpha.
  static bool IsUsable(AVPixelFormat format);

  // A plain mid-grey picture with the size, pixel format, colour tags and times of `like`, and
  // nothing else of it. ResourceExhausted where memory is short.
  static absl::StatusOr<AvFramePtr> Plain(const AVFrame& like);

  // Makes a picture of a usable format plain. Its memory must be its own.
  static void FillPlain(AVFrame& frame);

  // `frame` with the size and pixel format of `like`, by scaling, and its own times. Unimplemented
  // where FFmpeg can't.
  static absl::StatusOr<AvFramePtr> Conform(const AVFrame& frame, const AVFrame& like,
                                            AvScalers& scalers);

  const AVFrame& frame() const { return *frame_; }
  AVFrame& frame() { return *frame_; }

  int width() const override { return frame_->width; }
  int height() const override { return frame_->height; }
  // `part` is rounded to whole chroma samples. A black picture where memory is short.
  RgbPicture Rgb(const FramePart& part, int width, int height) const override;
  // Of luma as coded; of green where the pixels are GBR.
  GreyPicture Grey(int width, int height) const override;
  absl::Status Hide(const Hider& hider) override;
  absl::Status Blank() override;

 private:
  AvFramePtr frame_;  // never null
  std::shared_ptr<AvScalers> scalers_;
};

// The matrix by which a picture's YCbCr is to be read (ITU-T H.273): as tagged, otherwise BT.709
// for 720 rows and more, else BT.601.
AVColorSpace MatrixOf(const AVFrame& frame);

// True where samples span all of their bits.
bool IsFullRange(const AVFrame& frame);

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_FRAME_H_
