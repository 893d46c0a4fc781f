// Turns a frame into the pixel format, size and sample range that an encoder takes, where they
// differ.
#ifndef EFFACE_MEDIA_AV_CONVERT_H_
#define EFFACE_MEDIA_AV_CONVERT_H_

#include "absl/status/status.h"
#include "efface/media/av/av.h"

namespace efface {

// What an encoder takes.
struct PictureKind {
  int width = 0, height = 0;                    // pixels
  AVPixelFormat format = AV_PIX_FMT_NONE;       // a plain one: never yuvj...
  bool full_range = false;                      // luma and chroma span all bits
  AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;  // never unspecified; RGB for GBR formats

  bool operator==(const PictureKind&) const = default;
};

// As the frame is tagged; guessed as MatrixOf does where it is not.
PictureKind KindOf(const AVFrame& frame);

class PictureConverter {
 public:
  // Replaces `frame`'s samples where its kind is not `kind`. Times and fields stay. Internal or
  // ResourceExhausted where FFmpeg fails.
  absl::Status Convert(const PictureKind& kind, AvFramePtr& frame);

 private:
  AvScalerPtr scaler_;
  PictureKind from_, to_;  // what scaler_ is for
};

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_CONVERT_H_
