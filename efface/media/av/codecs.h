// The codecs in which clips are written, and how each is set up.
//
//   name   encoder     quality      default  preset            8 bit            10 bit fields h264
//   libx264     crf          18       as x264           420 422 444 grey the same      yes hevc
//   libx265     crf          20       as x265           420 422 444 grey the same      no vp8
//   libvpx      crf          10       cpu-used          420              -             no vp9
//   libvpx-vp9  crf          24       cpu-used          420 422 440 444  the same      no av1
//   libaom-av1  crf          22       cpu-used          420 422 444 grey the same      no mpeg4
//   mpeg4       quantiser    2        -                 420              -             yes mpeg2
//   mpeg2video  quantiser    2        -                 420 422          -             yes mjpeg
//   mjpeg       quantiser    2        -                 420 422 444      -             no prores
//   prores_ks   its profile  input's  -                 -                422 444 4444A yes
//
// The defaults are visually lossless: no difference in a normal view, at a rate about that of a
// good camera. Quality 75 is the default; `quality` moves the crf in a straight line: H.264 and
// HEVC by 1 for 3 points, VP8, VP9 and AV1 (scale 0..63) by 1 for 5/3 points; the quantiser of the
// others from 2 at 75 and above to 31 at 1. libaom and not SVT-AV1, which writes on stderr, can't
// do 4:2:2, 4:4:4, odd or small sizes.
#ifndef EFFACE_MEDIA_AV_CODECS_H_
#define EFFACE_MEDIA_AV_CODECS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "efface/media/av/av.h"
#include "efface/media/clip.h"

namespace efface {

enum class Range { kAny, kStudio, kFull };

struct VideoCodec {
  const char* name;  // as ClipWriteOptions::codec has it
  AVCodecID id;
  const char* encoder;  // FFmpeg's name
  bool fields;          // can keep interlaced pictures
  Range range;          // the sample ranges that its streams can state
  int max_rate_term;    // of the frame rate as a fraction: the largest numerator
  bool standard_rates;  // only the frame rates of ISO/IEC 13818-2
};

// Null where no encoder here writes this codec.
const VideoCodec* FindCodec(AVCodecID id);

struct CodecChoice {
  const VideoCodec* codec = nullptr;
  std::string warning;  // empty where the input's family is kept, or was changed by wish
};

// The codec for a track. `wish`: ClipWriteOptions::codec. InvalidArgument where the wish is not in
// the table or `container` can't hold it; Unimplemented where neither the input's codec nor H.264
// can be written to it.
absl::StatusOr<CodecChoice> ChooseCodec(AVCodecID input, const std::string& wish,
                                        const AVOutputFormat& container);

// True where `container` can hold a stream of this codec.
bool Holds(const AVOutputFormat& container, AVCodecID codec);

// The container's code for the codec, where the muxer's own choice is not the one that is read most
// widely; else 0.
uint32_t TagOf(const AVOutputFormat& container, AVCodecID codec);

// Sets quality, preset and threads of an encoder that is about to be opened. `private_options`
// receives what goes to avcodec_open2. InvalidArgument where the quality or preset is not one.
absl::Status SetUpCodec(const VideoCodec& codec, const ClipWriteOptions& options,
                        AVCodecContext& encoder, AvOptions& private_options);

// The nearest frame rate that the codec can state: within 1 and 240 a second.
AVRational StatedRate(const VideoCodec& codec, AVRational rate);

// The pixel format in which the encoder takes pictures of `input` with the least loss. The JPEG
// variants (yuvj...) and their plain ones differ in name only.
AVPixelFormat EncodedFormat(const VideoCodec& codec, const AVCodec& encoder, AVPixelFormat input);

// yuvj420p -> yuv420p and so on; others as they are.
AVPixelFormat PlainFormat(AVPixelFormat format);

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_CODECS_H_
