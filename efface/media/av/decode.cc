#include "efface/media/av/decode.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "efface/media/av/open.h"

namespace efface {
namespace {

// Memory for a picture begins plain, so that what a decoder leaves out shows nothing of an earlier
// one, and the same in each pass.
int PlainBuffer(AVCodecContext* codec, AVFrame* frame, int flags) {
  const int error = avcodec_default_get_buffer2(codec, frame, flags);
  if (error >= 0 && AvFrame::IsUsable(static_cast<AVPixelFormat>(frame->format))) {
    AvFrame::FillPlain(*frame);
  }
  return error;
}

// Decoders that have no sign of their own for some errors, but stop at them if told to.
bool StopsAtErrors(AVCodecID codec) {
  return codec == AV_CODEC_ID_HEVC || codec == AV_CODEC_ID_MPEG1VIDEO ||
         codec == AV_CODEC_ID_MPEG2VIDEO || codec == AV_CODEC_ID_MJPEG;
}

bool HasNoDelay(AVCodecID codec) {
  return codec == AV_CODEC_ID_VP8 || codec == AV_CODEC_ID_VP9 || codec == AV_CODEC_ID_AV1 ||
         codec == AV_CODEC_ID_MJPEG || codec == AV_CODEC_ID_PRORES;
}

// VP8's alternate reference frames stand in packets of their own (RFC 6386, 9.1: show_frame).
bool IsInvisible(AVCodecID codec, const AVPacket& packet) {
  return codec == AV_CODEC_ID_VP8 && (packet.data[0] & 0x10) == 0;
}

absl::Status NoMemory() {
  return absl::ResourceExhaustedError("there is not enough memory to decode the clip");
}

}  // namespace

absl::StatusOr<AvCodecPtr> AvTrackDecoder::OpenCodec(const AVStream& stream,
                                                     const ClipReadOptions& options,
                                                     AvDecoderNotes& notes) {
  const AVCodecParameters& parameters = *stream.codecpar;
  const AVCodec* decoder = AvDecoderFor(parameters.codec_id);
  if (decoder == nullptr) {
    return absl::UnimplementedError(
        absl::StrCat("there is no decoder for its video (", AvCodecName(parameters.codec_id), ")"));
  }
  AvCodecPtr codec(avcodec_alloc_context3(decoder));
  if (codec == nullptr || avcodec_parameters_to_context(codec.get(), &parameters) < 0) {
    return NoMemory();
  }
  codec->opaque = &notes;
  codec->get_buffer2 = PlainBuffer;
  codec->pkt_timebase = stream.time_base;
  codec->max_pixels = options.limits.max_pixels;
  codec->thread_count = std::max(options.threads, 1);
  codec->thread_type = FF_THREAD_SLICE;
  codec->flags |= AV_CODEC_FLAG_UNALIGNED;  // cropped to the pixel
  codec->err_recognition = StopsAtErrors(parameters.codec_id) ? AV_EF_EXPLODE : 0;
  codec->error_concealment = FF_EC_DEBLOCK;  // on, since only then it is reported
  // dav1d would otherwise hold back some frames.
  if (parameters.codec_id == AV_CODEC_ID_AV1) codec->flags |= AV_CODEC_FLAG_LOW_DELAY;
  if (const int error = avcodec_open2(codec.get(), decoder, nullptr); error < 0) {
    if (error == AVERROR(ENOMEM)) return NoMemory();
    return absl::InvalidArgumentError(
        absl::StrCat("its ", AvCodecName(parameters.codec_id), " video has a broken description"));
  }
  return codec;
}

absl::StatusOr<std::unique_ptr<AvTrackDecoder>> AvTrackDecoder::Create(
    const AVStream& stream, const ClipReadOptions& options, std::shared_ptr<AvScalers> scalers) {
  const AVCodecParameters& parameters = *stream.codecpar;
  auto notes = std::make_unique<AvDecoderNotes>();
  ASSIGN_OR_RETURN(AvCodecPtr codec, OpenCodec(stream, options, *notes));
  std::unique_ptr<AvTrackDecoder> track(
      new AvTrackDecoder(stream, options, std::move(codec), std::move(notes), std::move(scalers)));

  // Until a frame has come, the container's word is what a plain one is made from.
  const auto format = static_cast<AVPixelFormat>(parameters.format);
  if (parameters.width > 0 && parameters.height > 0 && AvFrame::IsUsable(format)) {
    const AvFramePtr like(av_frame_alloc());
    if (like == nullptr) return NoMemory();
    like->width = parameters.width;
    like->height = parameters.height;
    like->format = format;
    ASSIGN_OR_RETURN(track->plain_, AvFrame::Plain(*like));
  }
  return track;
}

AvTrackDecoder::AvTrackDecoder(const AVStream& stream, const ClipReadOptions& options,
                               AvCodecPtr codec, std::unique_ptr<AvDecoderNotes> notes,
                               std::shared_ptr<AvScalers> scalers)
    : stream_(stream),
      options_(options),
      time_base_(stream.time_base),
      frame_rate_(stream.avg_frame_rate),
      no_delay_(HasNoDelay(codec->codec_id)),
      notes_(std::move(notes)),
      codec_(std::move(codec)),
      holes_(*stream.codecpar),
      scalers_(std::move(scalers)) {}

absl::Status AvTrackDecoder::Send(AVPacket& packet) {
  if (packet.size <= 0) return absl::OkStatus();  // to FFmpeg this would mean the end
  const bool key = (packet.flags & AV_PKT_FLAG_KEY) != 0;
  // Not of HEVC, whose decoder leaves out what leads the first key frame it meets.
  if (key && tainted_ && codec_->codec_id == AV_CODEC_ID_H264) RETURN_IF_ERROR(Reopen());
  started_ = started_ || key || whole_ > 0;
  Sent sent;
  sent.serial = next_serial_++;
  sent.pts = packet.pts;
  sent.duration = packet.duration;
  sent.dropped = (packet.flags & AV_PKT_FLAG_DISCARD) != 0;
  sent.shown = started_ && !sent.dropped;
  sent.done = IsInvisible(codec_->codec_id, packet);
  if (key) key_pts_ = sent.pts;
  sent.leading = sent.pts != AV_NOPTS_VALUE && key_pts_ != AV_NOPTS_VALUE && sent.pts < key_pts_;
  sent_.push_back(sent);
  if ((packet.flags & AV_PKT_FLAG_CORRUPT) != 0 ||
      holes_.HasHole({packet.data, static_cast<size_t>(packet.size)})) {
    Break(sent);
  }

  packet.flags &= ~AV_PKT_FLAG_DISCARD;  // FFmpeg would hide the frame's errors with the frame
  codec_->reordered_opaque = sent.serial;
  const int error = avcodec_send_packet(codec_.get(), &packet);
  if (error == AVERROR(ENOMEM)) return NoMemory();
  if (error < 0) Break(sent);
  RETURN_IF_ERROR(Drain());
  if (notes_->missing_reference.exchange(false)) Break(sent);
  return absl::OkStatus();
}

void AvTrackDecoder::Break(const Sent& sent) {
  if (!started_) return;  // before the first key frame nothing is shown
  broken_[sent.serial] = sent.leading ? sent.pts : INT64_MAX;
  tainted_ = true;
}

absl::Status AvTrackDecoder::Reopen() {
  avcodec_send_packet(codec_.get(), nullptr);
  RETURN_IF_ERROR(Drain());
  ASSIGN_OR_RETURN(codec_, OpenCodec(stream_, options_, *notes_));
  notes_->missing_reference = false;
  tainted_ = false;
  return absl::OkStatus();
}

absl::Status AvTrackDecoder::Flush() {
  avcodec_send_packet(codec_.get(), nullptr);
  RETURN_IF_ERROR(Drain());
  flushed_ = true;
  Shown end;
  end.serial = next_serial_;
  end.pts = INT64_MAX;
  Pass(end);
  return absl::OkStatus();
}

absl::Status AvTrackDecoder::Drain() {
  for (int errors = 0; errors < 64;) {
    AvFramePtr frame(av_frame_alloc());
    if (frame == nullptr) return NoMemory();
    const int error = avcodec_receive_frame(codec_.get(), frame.get());
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) break;
    if (error == AVERROR(ENOMEM)) return NoMemory();
    if (error < 0) {
      if (!sent_.empty()) Break(sent_.back());
      ++errors;
      continue;
    }
    RETURN_IF_ERROR(OnFrame(std::move(frame)));
  }
  return absl::OkStatus();
}

absl::Status AvTrackDecoder::OnFrame(AvFramePtr frame) {
  if (!AvFrame::IsUsable(static_cast<AVPixelFormat>(frame->format))) {
    const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame->format));
    return absl::UnimplementedError(absl::StrCat("its pixels are stored as ",
                                                 name == nullptr ? "something unknown" : name,
                                                 ", which Efface does not redact in clips"));
  }
  Shown shown;
  shown.serial = no_delay_ ? next_serial_ - 1 : frame->reordered_opaque;
  shown.serial = std::clamp<int64_t>(shown.serial, 0, next_serial_ - 1);
  shown.pts = frame->best_effort_timestamp;
  shown.duration = frame->pkt_duration;
  const bool damaged =
      frame->decode_error_flags != 0 || (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0;
  shown.key = frame->key_frame != 0 && frame->pict_type == AV_PICTURE_TYPE_I;
  shown.frame = std::move(frame);
  if (replaced_.contains(shown.serial)) return absl::OkStatus();  // too late
  Pass(shown);
  // Given up too early: what was put in its place goes.
  std::erase_if(shown_, [&](const Shown& other) {
    return other.frame == nullptr && other.serial == shown.serial;
  });
  for (Sent& sent : sent_) {
    if (sent.serial != shown.serial) continue;
    sent.done = true;
    shown.dropped = sent.dropped;
    if (damaged) Break(sent);
  }
  shown_.push_back(std::move(shown));
  return absl::OkStatus();
}

void AvTrackDecoder::Pass(const Shown& next) {
  std::vector<Shown> lost;
  for (Sent& sent : sent_) {
    if (sent.done || sent.serial == next.serial) continue;
    if (sent.pts != AV_NOPTS_VALUE && next.pts != AV_NOPTS_VALUE) {
      sent.done = sent.pts < next.pts;
    } else if (sent.serial < next.serial) {
      sent.done = ++sent.passed > codec_->has_b_frames + 1 || flushed_;
    }
    if (!sent.done || !sent.shown) continue;
    Shown& shown = lost.emplace_back();
    shown.serial = sent.serial;
    shown.pts = sent.pts;
    shown.duration = sent.duration;
  }
  std::stable_sort(lost.begin(), lost.end(),
                   [](const Shown& a, const Shown& b) { return a.pts < b.pts; });
  std::move(lost.begin(), lost.end(), std::back_inserter(shown_));
}

bool AvTrackDecoder::Settled(const Shown& shown) const {
  constexpr size_t kMost = 32;  // more than any codec holds back
  if (flushed_ || shown_.size() > kMost) return true;
  return std::all_of(sent_.begin(), sent_.end(),
                     [&](const Sent& sent) { return sent.done || sent.serial > shown.serial; });
}

bool AvTrackDecoder::IsDamaged(const Shown& shown) {
  // What is shown after a whole key frame refers to nothing that was coded before it, nor to what
  // is shown before it.
  if (shown.key && !broken_.contains(shown.serial)) {
    std::erase_if(broken_, [&](const auto& packet) {
      return packet.first < shown.serial || packet.second < shown.pts;
    });
  }
  return !broken_.empty() && broken_.begin()->first <= shown.serial;
}

int64_t AvTrackDecoder::TimeOf(const Shown& shown) {
  int64_t step = last_duration_;
  if (step <= 0 && frame_rate_.num > 0) {
    step = av_rescale_q(1, av_inv_q(frame_rate_), time_base_);
  }
  int64_t pts = shown.pts;
  if (pts == AV_NOPTS_VALUE) {
    pts = last_pts_ == AV_NOPTS_VALUE ? 0 : last_pts_ + std::max<int64_t>(step, 1);
  }
  if (last_pts_ != AV_NOPTS_VALUE && pts <= last_pts_) {
    pts = last_pts_ + 1;
    moved_ = true;
  }
  last_pts_ = pts;
  last_duration_ = shown.duration;
  return pts;
}

absl::StatusOr<AvFramePtr> AvTrackDecoder::Picture(AvFramePtr frame, bool damaged) {
  const bool first = whole_ + damaged_ == 0;
  if (frame != nullptr && (first || plain_ == nullptr)) {
    ASSIGN_OR_RETURN(plain_, AvFrame::Plain(*frame));
  }
  if (damaged) {
    AvFramePtr plain(av_frame_clone(plain_.get()));
    if (plain == nullptr) return NoMemory();
    return plain;
  }
  if (frame->width == plain_->width && frame->height == plain_->height &&
      frame->format == plain_->format) {
    return frame;
  }
  resized_ = true;
  return AvFrame::Conform(*frame, *plain_, *scalers_);
}

absl::StatusOr<std::unique_ptr<AvFrame>> AvTrackDecoder::Take() {
  while (!shown_.empty() && Settled(shown_.front())) {
    Shown shown = std::move(shown_.front());
    shown_.pop_front();
    while (!sent_.empty() && sent_.front().done) sent_.pop_front();

    // A broken packet may keep a decoder from giving the frames of those before it, too.
    const bool damaged = IsDamaged(shown) || (shown.frame == nullptr && !broken_.empty());
    if (shown.dropped) continue;
    if (shown.frame == nullptr) {
      if (!damaged) ++silent_;
      // Where many packets give no frame, this one would most likely not have given one either.
      if (!damaged || silent_ > whole_ / 2 || plain_ == nullptr) continue;
      replaced_.insert(shown.serial);
      constexpr size_t kMost = 64;  // more than any decoder holds back
      if (replaced_.size() > kMost) replaced_.erase(replaced_.begin());
    }
    ASSIGN_OR_RETURN(AvFramePtr picture, Picture(std::move(shown.frame), damaged));
    picture->time_base = time_base_;
    picture->pts = TimeOf(shown);
    picture->pkt_duration = shown.duration;
    auto frame = std::make_unique<AvFrame>(std::move(picture), scalers_);
    frame->index = whole_ + damaged_;
    frame->duration = AvSeconds(shown.duration, time_base_);
    frame->damaged = damaged;
    ++(damaged ? damaged_ : whole_);
    return frame;
  }
  return nullptr;
}

}  // namespace efface
