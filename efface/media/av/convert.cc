#include "efface/media/av/convert.h"

#include "efface/media/av/codecs.h"
#include "efface/media/av/frame.h"

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include <utility>

namespace efface {

PictureKind KindOf(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const bool rgb = (av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_RGB) != 0;
  return {.width = frame.width,
          .height = frame.height,
          .format = PlainFormat(format),
          .full_range = rgb || IsFullRange(frame),
          .matrix = rgb ? AVCOL_SPC_RGB : MatrixOf(frame)};
}

absl::Status PictureConverter::Convert(const PictureKind& kind, AvFramePtr& frame) {
  const PictureKind is = KindOf(*frame);
  if (is == kind) {
    frame->format = kind.format;  // yuvj... under its plain name
    return absl::OkStatus();
  }
  if (scaler_ == nullptr || from_ != is || to_ != kind) {
    // Ranges are set before the scaler is made: one made for equal formats copies, and would go on
    // to copy when it is told of different ranges.
    scaler_.reset(sws_alloc_context());
    if (scaler_ == nullptr) return absl::ResourceExhaustedError("there is not enough memory");
    const std::pair<const char*, int64_t> settings[] = {
        {"srcw", is.width},
        {"srch", is.height},
        {"src_format", is.format},
        {"dstw", kind.width},
        {"dsth", kind.height},
        {"dst_format", kind.format},
        {"src_range", is.full_range ? 1 : 0},
        {"dst_range", kind.full_range ? 1 : 0},
        {"sws_flags", SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT}};
    for (const auto& [name, value] : settings) av_opt_set_int(scaler_.get(), name, value, 0);
    if (sws_init_context(scaler_.get(), nullptr, nullptr) < 0) {
      scaler_.reset();
      return absl::InternalError("pictures of this kind can't be converted");
    }
    sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(is.matrix), is.full_range ? 1 : 0,
                             sws_getCoefficients(kind.matrix), kind.full_range ? 1 : 0, 0, 1 << 16,
                             1 << 16);
    from_ = is;
    to_ = kind;
  }
  AvFramePtr converted(av_frame_alloc());
  if (converted == nullptr) return absl::ResourceExhaustedError("there is not enough memory");
  converted->width = kind.width;
  converted->height = kind.height;
  converted->format = kind.format;
  if (av_frame_get_buffer(converted.get(), 0) < 0) {
    return absl::ResourceExhaustedError("there is not enough memory");
  }
  const int error = av_frame_copy_props(converted.get(), frame.get());
  if (error < 0) return AvError("a picture could not be converted", error);
  const int rows = sws_scale(scaler_.get(), frame->data, frame->linesize, 0, is.height,
                             converted->data, converted->linesize);
  if (rows < 0) return AvError("a picture could not be converted", rows);
  frame = std::move(converted);
  return absl::OkStatus();
}

}  // namespace efface
