// FFmpeg's handles as owning types, its errors as sentences, and its input and output over a
// descriptor. Both the reader and the writer of clips are built on these; the rest of Efface never
// sees FFmpeg.
#ifndef EFFACE_MEDIA_AV_AV_H_
#define EFFACE_MEDIA_AV_AV_H_

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/dict.h>
#include <libavutil/frame.h>
#include <libswscale/swscale.h>
}

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace efface {

struct AvDeleter {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }
  void operator()(AVCodecParameters* parameters) const { avcodec_parameters_free(&parameters); }
  void operator()(AVBSFContext* filter) const { av_bsf_free(&filter); }
  void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
  void operator()(AVIOContext* io) const;  // made by OpenIo, and no other
};
using AvFramePtr = std::unique_ptr<AVFrame, AvDeleter>;
using AvPacketPtr = std::unique_ptr<AVPacket, AvDeleter>;
using AvCodecPtr = std::unique_ptr<AVCodecContext, AvDeleter>;
using AvParametersPtr = std::unique_ptr<AVCodecParameters, AvDeleter>;
using AvFilterPtr = std::unique_ptr<AVBSFContext, AvDeleter>;
using AvScalerPtr = std::unique_ptr<SwsContext, AvDeleter>;
using AvIoPtr = std::unique_ptr<AVIOContext, AvDeleter>;

// The format contexts do not own their AVIOContext: it must outlive them.
struct AvInputDeleter {
  void operator()(AVFormatContext* input) const { avformat_close_input(&input); }
};
struct AvOutputDeleter {
  void operator()(AVFormatContext* output) const { avformat_free_context(output); }
};
using AvInputPtr = std::unique_ptr<AVFormatContext, AvInputDeleter>;
using AvOutputPtr = std::unique_ptr<AVFormatContext, AvOutputDeleter>;

// A dictionary of options. `get` is what FFmpeg's functions take; what they leave in it, they did
// not know.
class AvOptions {
 public:
  AvOptions() = default;
  AvOptions(const AvOptions&) = delete;
  AvOptions& operator=(const AvOptions&) = delete;
  ~AvOptions() { av_dict_free(&dictionary_); }

  void Set(const char* name, const std::string& value) {
    av_dict_set(&dictionary_, name, value.c_str(), 0);
  }
  AVDictionary** get() { return &dictionary_; }

 private:
  AVDictionary* dictionary_ = nullptr;
};

enum class IoMode { kRead, kReadWrite };

// FFmpeg's input or output on a regular file, with pread and pwrite from offset 0. Each has a
// position of its own, so that several may use one descriptor. Does not own `fd`, which must
// outlive it. ResourceExhausted where memory is short.
absl::StatusOr<AvIoPtr> OpenIo(int fd, IoMode mode);

// FFmpeg's words for an error code (AVERROR(...)), without a full stop.
std::string AvErrorText(int error);

// The sentence "WHAT: FFmpeg's words". The code is ResourceExhausted for ENOMEM and ENOSPC,
// DataLoss for invalid data and an unexpected end, Unimplemented for what FFmpeg lacks, otherwise
// Unavailable for the system's errors and Internal for FFmpeg's own.
absl::Status AvError(std::string_view what, int error);

// What FFmpeg keeps for the whole process, set as Efface needs it: its own lines on stderr go
// nowhere, and no single allocation passes 1 GiB. May be called again.
void SetUpAv();

// What a decoder says only in a line of its log. One of these may stand in an
// AVCodecContext::opaque of a decoder, and in nothing else's.
struct AvDecoderNotes {
  std::atomic<bool> missing_reference = false;  // a picture refers to one that was never there
};

// "H.264", "HEVC", "VP9" ...: a codec's name for sentences and the record.
std::string AvCodecName(AVCodecID codec);

// Seconds in a time base; 0 for AV_NOPTS_VALUE.
double AvSeconds(int64_t time, AVRational base);

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_AV_H_
