#include "efface/media/av/encoder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "efface/media/av/signature.h"

extern "C" {
#include <libavutil/cpu.h>
#include <libavutil/pixdesc.h>
}

namespace efface {
namespace {

constexpr char kFieldsLost[] =
    "Interlaced pictures were encoded as whole frames, which the codec can't mark as interlaced.";

bool IsInterlaced(const TrackPlan& plan, const AVFrame& first) {
  const AVFieldOrder order = plan.parameters->field_order;
  return first.interlaced_frame != 0 ||
         (order != AV_FIELD_UNKNOWN && order != AV_FIELD_PROGRESSIVE);
}

AVFieldOrder FieldOrder(const TrackPlan& plan, const AVFrame& first) {
  if (first.interlaced_frame != 0) return first.top_field_first != 0 ? AV_FIELD_TT : AV_FIELD_BB;
  return plan.parameters->field_order;
}

// The encoder's tags are the frame's; where it has none, the container's. VP8 has one kind of
// colour and no tags for it, so what its decoder says of every clip isn't taken for the file's
// word.
void SetColour(const TrackPlan& plan, const AVFrame& first, const PictureKind& kind,
               AVCodecContext& encoder) {
  const AVCodecParameters& stated = *plan.parameters;
  const bool tags = stated.codec_id != AV_CODEC_ID_VP8;
  const auto pick = [tags](auto of_frame, auto of_stream, auto unspecified) {
    return tags && of_frame != unspecified ? of_frame : of_stream;
  };
  encoder.color_primaries =
      pick(first.color_primaries, stated.color_primaries, AVCOL_PRI_UNSPECIFIED);
  encoder.color_trc = pick(first.color_trc, stated.color_trc, AVCOL_TRC_UNSPECIFIED);
  encoder.colorspace = pick(first.colorspace, stated.color_space, AVCOL_SPC_UNSPECIFIED);
  encoder.chroma_sample_location =
      pick(first.chroma_location, stated.chroma_location, AVCHROMA_LOC_UNSPECIFIED);
  encoder.color_range = kind.full_range ? AVCOL_RANGE_JPEG
                        : KindOf(first).full_range
                            ? AVCOL_RANGE_MPEG
                            : pick(first.color_range, stated.color_range, AVCOL_RANGE_UNSPECIFIED);
  if (encoder.colorspace == AVCOL_SPC_RGB && kind.matrix != AVCOL_SPC_RGB) {
    encoder.colorspace = kind.matrix;
  }
}

// What the encoder is given for pictures like `first`.
PictureKind EncodedKind(const VideoCodec& codec, const AVCodec& encoder, const AVFrame& first) {
  PictureKind kind = KindOf(first);
  kind.format = EncodedFormat(codec, encoder, static_cast<AVPixelFormat>(first.format));
  const bool rgb = (av_pix_fmt_desc_get(kind.format)->flags & AV_PIX_FMT_FLAG_RGB) != 0;
  if (kind.matrix == AVCOL_SPC_RGB && !rgb) {
    kind.matrix = AVCOL_SPC_BT709;
    kind.full_range = false;
  }
  if (codec.range == Range::kStudio) kind.full_range = false;
  if (codec.range == Range::kFull) kind.full_range = true;
  return kind;
}

// x264's AVX-512 code for its macroblock tree takes 8 macroblocks at a time; behind the end of a
// row that is no multiple of them it reads memory that nobody has set, and the bytes then differ
// from run to run.
bool ReadsUnsetMemory(const AVCodecContext& encoder) {
  return (av_get_cpu_flags() & AV_CPU_FLAG_AVX512) != 0 && (encoder.width + 15) / 16 % 8 != 0;
}

void SetOptionsOf(const VideoCodec& codec, const TrackPlan& plan, const HdrStatic& hdr,
                  AVCodecContext& encoder, AvOptions& options) {
  const std::string mastering = hdr.Mastering(), light = hdr.Light();
  if (codec.id == AV_CODEC_ID_H264) {
    std::string parameters = ReadsUnsetMemory(encoder) ? "asm=avx2:" : "";
    if (!mastering.empty()) absl::StrAppend(&parameters, "mastering-display=", mastering, ":");
    if (!light.empty()) absl::StrAppend(&parameters, "cll=", light, ":");
    if (!parameters.empty()) options.Set("x264-params", parameters);
  } else if (codec.id == AV_CODEC_ID_HEVC) {
    // Its own lines on stderr and its version in the stream are switched off; its threads are fixed
    // since their count changes the bytes.
    std::string parameters = absl::StrCat("log-level=none:info=0:pools=", encoder.thread_count);
    if (!mastering.empty()) absl::StrAppend(&parameters, ":master-display=", mastering);
    if (!light.empty()) absl::StrAppend(&parameters, ":max-cll=", light);
    options.Set("x265-params", parameters);
  } else if (codec.id == AV_CODEC_ID_PRORES) {
    const uint32_t tag = plan.parameters->codec_tag;
    const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(encoder.pix_fmt);
    const bool full_chroma = format.log2_chroma_w == 0;
    const char* profile = tag == MKTAG('a', 'p', 'c', 'o')   ? "proxy"
                          : tag == MKTAG('a', 'p', 'c', 's') ? "lt"
                          : tag == MKTAG('a', 'p', 'c', 'n') ? "standard"
                          : tag == MKTAG('a', 'p', '4', 'x') ? "4444xq"
                                                             : "hq";
    options.Set("profile", full_chroma && std::strcmp(profile, "4444xq") != 0 ? "4444" : profile);
    const bool alpha = (format.flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
    options.Set("alpha_bits", alpha ? "16" : "0");
  } else if (codec.id == AV_CODEC_ID_MPEG4) {
    encoder.gop_size = 250;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<VideoEncoder>> VideoEncoder::Open(
    const TrackPlan& plan, const AVFrame& first, const ClipWriteOptions& options,
    std::vector<std::string>& warnings) {
  const VideoCodec& codec = *plan.codec;
  const std::string name = AvCodecName(codec.id);
  const AVCodec* found = avcodec_find_encoder_by_name(codec.encoder);
  if (found == nullptr) {
    return absl::UnimplementedError(absl::StrCat("FFmpeg was built without an encoder for ", name));
  }
  AvCodecPtr encoder(avcodec_alloc_context3(found));
  if (encoder == nullptr) return absl::ResourceExhaustedError("there is not enough memory");
  AvOptions private_options;
  RETURN_IF_ERROR(SetUpCodec(codec, options, *encoder, private_options));

  const PictureKind kind = EncodedKind(codec, *found, first);
  const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(kind.format);
  const bool h26x = codec.id == AV_CODEC_ID_H264 || codec.id == AV_CODEC_ID_HEVC;
  if (h26x && (kind.width % (1 << format.log2_chroma_w) != 0 ||
               kind.height % (1 << format.log2_chroma_h) != 0)) {
    return absl::UnimplementedError(absl::StrCat(name, " can't hold pictures of ", kind.width,
                                                 " x ", kind.height, " pixels in this format"));
  }
  const PictureKind is = KindOf(first);
  if (kind.format != is.format) {
    warnings.push_back(absl::StrCat("The pictures were converted from ",
                                    av_get_pix_fmt_name(is.format), " to ", format.name, ", since ",
                                    name, " can't hold them as they are."));
  } else if (kind.full_range != is.full_range) {
    warnings.push_back(absl::StrCat("The pictures were converted to ",
                                    kind.full_range ? "full" : "studio", " range, since ", name,
                                    " can't hold them as they are."));
  }

  encoder->width = kind.width;
  encoder->height = kind.height;
  encoder->pix_fmt = kind.format;
  encoder->framerate = StatedRate(codec, plan.rate);
  encoder->time_base = av_inv_q(encoder->framerate);
  encoder->sample_aspect_ratio = plan.sample_aspect.num > 0 && plan.sample_aspect.den > 0
                                     ? plan.sample_aspect
                                     : first.sample_aspect_ratio;
  SetColour(plan, first, kind, *encoder);
  if (plan.global_header) encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (!plan.reorder || (!plan.negative_times && first.pts < 64)) encoder->max_b_frames = 0;
  encoder->field_order = AV_FIELD_PROGRESSIVE;
  if (IsInterlaced(plan, first)) {
    if (codec.fields) {
      encoder->flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
      encoder->field_order = FieldOrder(plan, first);
    } else {
      warnings.emplace_back(kFieldsLost);
    }
  }

  const HdrStatic hdr = HdrOf(first, plan.hdr);
  SetOptionsOf(codec, plan, hdr, *encoder, private_options);
  const int error = avcodec_open2(encoder.get(), found, private_options.get());
  if (error < 0) {
    if (error == AVERROR(ENOMEM)) return AvError("the encoder could not start", error);
    return absl::UnimplementedError(absl::StrCat("the encoder for ", name,
                                                 " does not take pictures of ", kind.width, " x ",
                                                 kind.height, " pixels (", format.name, ")"));
  }

  const AVRational rate = plan.rate.num > 0 && plan.rate.den > 0 ? plan.rate : encoder->framerate;
  const int64_t nominal = std::max<int64_t>(1, av_rescale_q(1, av_inv_q(rate), plan.time_base));
  const int64_t lead =
      plan.negative_times ? nominal : std::clamp<int64_t>(first.pts / 8, 1, nominal);
  return std::unique_ptr<VideoEncoder>(
      new VideoEncoder(plan, std::move(encoder), kind, hdr, FrameTimes(nominal, lead)));
}

VideoEncoder::VideoEncoder(const TrackPlan& plan, AvCodecPtr encoder, const PictureKind& kind,
                           const HdrStatic& hdr, FrameTimes times)
    : encoder_(std::move(encoder)),
      kind_(kind),
      hdr_(hdr),
      times_(std::move(times)),
      time_base_(plan.time_base),
      rate_(plan.rate),
      display_matrix_(plan.display_matrix),
      disposition_(plan.disposition) {}

absl::Status VideoEncoder::Encode(AvFramePtr frame, RemovedBytes& removed,
                                  std::vector<std::string>& warnings, const Sink& sink) {
  if ((frame->width != kind_.width || frame->height != kind_.height) && !told_size_) {
    told_size_ = true;
    warnings.push_back(
        absl::StrCat("The size of the pictures changes in the clip; all are written "
                     "with that of the first, ",
                     kind_.width, " x ", kind_.height, " pixels."));
  }
  if (frame->interlaced_frame != 0 && encoder_->field_order == AV_FIELD_PROGRESSIVE &&
      !told_fields_) {
    told_fields_ = true;
    if (std::find(warnings.begin(), warnings.end(), kFieldsLost) == warnings.end()) {
      warnings.emplace_back(kFieldsLost);
    }
  }
  times_.Add(frame->pts, frame->pkt_duration);
  StripFrame(*frame, removed);
  const bool takes_regions =
      encoder_->codec_id == AV_CODEC_ID_H264 || encoder_->codec_id == AV_CODEC_ID_HEVC;
  if (!takes_regions || frame->width != kind_.width || frame->height != kind_.height) {
    av_frame_remove_side_data(frame.get(), AV_FRAME_DATA_REGIONS_OF_INTEREST);
  }
  RETURN_IF_ERROR(converter_.Convert(kind_, frame));
  frame->pts = times_.frames() - 1;
  frame->pkt_dts = AV_NOPTS_VALUE;
  frame->pkt_duration = 0;
  frame->time_base = encoder_->time_base;
  const int error = avcodec_send_frame(encoder_.get(), frame.get());
  if (error < 0) return AvError("a picture could not be encoded", error);
  return Drain(sink);
}

absl::Status VideoEncoder::Flush(const Sink& sink) {
  const int error = avcodec_send_frame(encoder_.get(), nullptr);
  if (error < 0) return AvError("the last pictures could not be encoded", error);
  return Drain(sink);
}

absl::Status VideoEncoder::Drain(const Sink& sink) {
  for (;;) {
    AvPacketPtr packet(av_packet_alloc());
    if (packet == nullptr) return absl::ResourceExhaustedError("there is not enough memory");
    const int error = avcodec_receive_packet(encoder_.get(), packet.get());
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return absl::OkStatus();
    if (error < 0) return AvError("a picture could not be encoded", error);
    if (encoder_->codec_id == AV_CODEC_ID_H264 && !last_dts_) {
      RETURN_IF_ERROR(DropUserData(*packet));
    }
    const int64_t shown = packet->pts;
    const int64_t decoded = packet->dts == AV_NOPTS_VALUE ? shown : std::min(packet->dts, shown);
    if (shown < times_.oldest() || shown >= times_.frames()) {
      return absl::InternalError("the encoder handed out a picture that it was never given");
    }
    packet->pts = times_.Pts(shown);
    packet->duration = times_.Duration(shown);
    packet->dts = times_.Pts(decoded < 0 ? decoded : std::max(decoded, times_.oldest()));
    if (last_dts_) packet->dts = std::max(packet->dts, *last_dts_ + 1);
    packet->dts = std::min(packet->dts, packet->pts);
    last_dts_ = packet->dts;
    // An encoder's decoding times never fall.
    times_.Forget(decoded);
    RETURN_IF_ERROR(sink(std::move(packet)));
  }
}

absl::Status VideoEncoder::Describe(AVStream& stream) const {
  const int error = avcodec_parameters_from_context(stream.codecpar, encoder_.get());
  if (error < 0) return AvError("the clip could not be described", error);
  stream.time_base = time_base_;
  if (rate_.num > 0) stream.avg_frame_rate = rate_;
  stream.sample_aspect_ratio = encoder_->sample_aspect_ratio;
  stream.disposition = disposition_;
  const auto add = [&](AVPacketSideDataType type, const auto& value) {
    uint8_t* data = av_stream_new_side_data(&stream, type, sizeof value);
    if (data != nullptr) std::memcpy(data, &value, sizeof value);
    return data != nullptr;
  };
  if ((display_matrix_ && !add(AV_PKT_DATA_DISPLAYMATRIX, *display_matrix_)) ||
      (hdr_.mastering && !add(AV_PKT_DATA_MASTERING_DISPLAY_METADATA, *hdr_.mastering)) ||
      (hdr_.light && !add(AV_PKT_DATA_CONTENT_LIGHT_LEVEL, *hdr_.light))) {
    return absl::ResourceExhaustedError("there is not enough memory");
  }
  return absl::OkStatus();
}

}  // namespace efface
