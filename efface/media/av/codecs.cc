#include "efface/media/av/codecs.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <string_view>

#include "absl/strings/str_cat.h"

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

namespace efface {
namespace {

constexpr VideoCodec kCodecs[] = {
    {"h264", AV_CODEC_ID_H264, "libx264", true, Range::kAny, 1'000'000, false},
    {"hevc", AV_CODEC_ID_HEVC, "libx265", false, Range::kAny, 1'000'000, false},
    {"vp8", AV_CODEC_ID_VP8, "libvpx", false, Range::kAny, 1'000'000, false},
    {"vp9", AV_CODEC_ID_VP9, "libvpx-vp9", false, Range::kAny, 1'000'000, false},
    {"av1", AV_CODEC_ID_AV1, "libaom-av1", false, Range::kAny, 1'000'000, false},
    {"mpeg4", AV_CODEC_ID_MPEG4, "mpeg4", true, Range::kStudio, 65'535, false},
    {"mpeg2", AV_CODEC_ID_MPEG2VIDEO, "mpeg2video", true, Range::kStudio, 65'535, true},
    {"mjpeg", AV_CODEC_ID_MJPEG, "mjpeg", false, Range::kFull, 1'000'000, false},
    {"prores", AV_CODEC_ID_PRORES, "prores_ks", true, Range::kStudio, 1'000'000, false},
};

// ISO/IEC 13818-2, table 6-4.
constexpr std::array<AVRational, 8> kStandardRates = {AVRational{24000, 1001}, {24, 1}, {25, 1},
                                                      {30000, 1001},           {30, 1}, {50, 1},
                                                      {60000, 1001},           {60, 1}};

// x264's presets, and the speed (cpu-used) of others at each.
struct Preset {
  std::string_view name;
  int vpx;  // libvpx, deadline "good": 0..5
  int aom;  // libaom, usage "good": 0..6
};
constexpr Preset kPresets[] = {
    {"ultrafast", 5, 6}, {"superfast", 5, 6}, {"veryfast", 5, 6},
    {"faster", 4, 6},    {"fast", 3, 5},      {"medium", 2, 4},
    {"slow", 1, 3},      {"slower", 1, 2},    {"veryslow", 0, 1},
};

// What MPEG transport streams hold; its muxer does not say itself.
constexpr AVCodecID kTransportVideo[] = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_MPEG4,
                                         AV_CODEC_ID_MPEG2VIDEO};

}  // namespace

const VideoCodec* FindCodec(AVCodecID id) {
  const auto* found = std::find_if(std::begin(kCodecs), std::end(kCodecs),
                                   [&](const VideoCodec& codec) { return codec.id == id; });
  return found == std::end(kCodecs) ? nullptr : found;
}

bool Holds(const AVOutputFormat& container, AVCodecID codec) {
  if (std::string_view(container.name) == "mpegts" &&
      avcodec_get_type(codec) == AVMEDIA_TYPE_VIDEO) {
    return std::find(std::begin(kTransportVideo), std::end(kTransportVideo), codec) !=
           std::end(kTransportVideo);
  }
  // FFmpeg reads it there, under the tag that TagOf gives; its muxer's own table lacks it.
  if (std::string_view(container.name) == "avi" && codec == AV_CODEC_ID_HEVC) return true;
  // Negative: the muxer can't tell, and will when its header is written.
  return avformat_query_codec(&container, codec, FF_COMPLIANCE_EXPERIMENTAL) != 0;
}

uint32_t TagOf(const AVOutputFormat& container, AVCodecID codec) {
  if (codec != AV_CODEC_ID_HEVC) return 0;
  const std::string_view name = container.name;
  if (name == "avi") return MKTAG('H', 'E', 'V', 'C');
  return name == "mp4" || name == "mov" ? MKTAG('h', 'v', 'c', '1') : 0;
}

absl::StatusOr<CodecChoice> ChooseCodec(AVCodecID input, const std::string& wish,
                                        const AVOutputFormat& container) {
  CodecChoice choice;
  if (!wish.empty()) {
    const std::string_view name = wish == "h265"         ? "hevc"
                                  : wish == "mpeg2video" ? "mpeg2"
                                                         : std::string_view(wish);
    std::string names;
    for (const VideoCodec& codec : kCodecs) {
      if (codec.name == name) choice.codec = &codec;
      absl::StrAppend(&names, names.empty() ? "" : ", ", codec.name);
    }
    if (choice.codec == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("there is no codec \"", wish, "\"; there are: ", names));
    }
    if (!Holds(container, choice.codec->id)) {
      return absl::InvalidArgumentError(absl::StrCat(AvCodecName(choice.codec->id),
                                                     " can't be written to a clip of this kind (",
                                                     container.name, ")"));
    }
    return choice;
  }
  choice.codec = FindCodec(input);
  if (choice.codec != nullptr && Holds(container, input)) return choice;
  choice.codec = FindCodec(AV_CODEC_ID_H264);
  if (!Holds(container, AV_CODEC_ID_H264)) {
    return absl::UnimplementedError(absl::StrCat("there is no encoder for ", AvCodecName(input),
                                                 " in a clip of this kind (", container.name,
                                                 "), which can't hold H.264 either"));
  }
  choice.warning = absl::StrCat("The pictures were ", AvCodecName(input),
                                ", for which there is no encoder; they are written as H.264.");
  return choice;
}

absl::Status SetUpCodec(const VideoCodec& codec, const ClipWriteOptions& options,
                        AVCodecContext& encoder, AvOptions& private_options) {
  if (options.quality < 0 || options.quality > 100) {
    return absl::InvalidArgumentError("the quality must be between 1 and 100");
  }
  const int quality = options.quality == 0 ? 75 : options.quality;
  const std::string preset_name = options.preset.empty() ? "veryfast" : options.preset;
  const auto* preset = std::find_if(std::begin(kPresets), std::end(kPresets),
                                    [&](const Preset& one) { return one.name == preset_name; });
  if (preset == std::end(kPresets)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "there is no preset \"", options.preset,
        "\"; there are: ultrafast, superfast, veryfast, faster, fast, medium, slow, slower, "
        "veryslow"));
  }
  const std::string x264_preset(preset->name);
  const int threads = std::clamp(options.threads, 1, 16);
  encoder.thread_count = threads;
  encoder.flags |= AV_CODEC_FLAG_BITEXACT;

  // A straight line through `at_75`, in the encoder's own scale, clamped to it.
  const auto line = [&](double at_75, double per_point, double least, double most) {
    return std::clamp(at_75 + (75 - quality) * per_point, least, most);
  };
  switch (codec.id) {
    case AV_CODEC_ID_H264:
      private_options.Set("preset", x264_preset);
      private_options.Set("crf", absl::StrCat(line(18, 1.0 / 3, 1, 51)));
      private_options.Set("a53cc", "0");
      break;
    case AV_CODEC_ID_HEVC:
      private_options.Set("preset", x264_preset);
      private_options.Set("crf", absl::StrCat(line(20, 1.0 / 3, 1, 51)));
      break;
    case AV_CODEC_ID_VP8:
      // libvpx's VP8 threads wait by spinning: on a busy machine two take ten times as long as one.
      encoder.thread_count = 1;
      // Constrained quality: the rate is a bound that is never met.
      private_options.Set("crf", absl::StrCat(std::lround(line(10, 0.6, 4, 63))));
      private_options.Set("deadline", "good");
      private_options.Set("cpu-used", absl::StrCat(preset->vpx));
      encoder.bit_rate = 400'000'000;
      encoder.qmin = 0;
      encoder.qmax = 63;
      break;
    case AV_CODEC_ID_VP9:
      private_options.Set("crf", absl::StrCat(std::lround(line(24, 0.6, 0, 63))));
      private_options.Set("deadline", "good");
      private_options.Set("cpu-used", absl::StrCat(preset->vpx));
      private_options.Set("row-mt", "1");
      encoder.bit_rate = 0;
      break;
    case AV_CODEC_ID_AV1:
      private_options.Set("crf", absl::StrCat(std::lround(line(22, 0.6, 0, 63))));
      private_options.Set("usage", "good");
      private_options.Set("cpu-used", absl::StrCat(preset->aom));
      private_options.Set("row-mt", "1");
      encoder.bit_rate = 0;
      break;
    case AV_CODEC_ID_PRORES:
      break;
    default:  // the MPEG family: one quantiser for the whole clip
      encoder.flags |= AV_CODEC_FLAG_QSCALE;
      encoder.global_quality =
          static_cast<int>(std::lround(line(2, 29.0 / 74, 2, 31) * FF_QP2LAMBDA));
      break;
  }
  return absl::OkStatus();
}

AVRational StatedRate(const VideoCodec& codec, AVRational rate) {
  if (rate.num <= 0 || rate.den <= 0) rate = {25, 1};
  if (av_cmp_q(rate, {1, 1}) < 0) rate = {1, 1};
  if (av_cmp_q(rate, {240, 1}) > 0) rate = {240, 1};
  if (codec.standard_rates) {
    return *std::min_element(
        kStandardRates.begin(), kStandardRates.end(), [&](AVRational a, AVRational b) {
          return std::abs(av_q2d(a) - av_q2d(rate)) < std::abs(av_q2d(b) - av_q2d(rate));
        });
  }
  AVRational stated;
  av_reduce(&stated.num, &stated.den, rate.num, rate.den, codec.max_rate_term);
  return stated;
}

AVPixelFormat PlainFormat(AVPixelFormat format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P:
      return AV_PIX_FMT_YUV440P;
    default:
      return format;
  }
}

AVPixelFormat EncodedFormat(const VideoCodec& codec, const AVCodec& encoder, AVPixelFormat input) {
  std::vector<AVPixelFormat> formats;
  for (const AVPixelFormat* format = encoder.pix_fmts; *format != AV_PIX_FMT_NONE; ++format) {
    const AVPixFmtDescriptor& is = *av_pix_fmt_desc_get(*format);
    // libvpx takes pictures with alpha, and loses it.
    const bool alpha = (is.flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
    if (alpha && codec.id != AV_CODEC_ID_PRORES) continue;
    // nv12 and the like are other ways to store, not other pictures.
    const bool planar = av_pix_fmt_count_planes(*format) == is.nb_components;
    if (planar && PlainFormat(*format) == *format) formats.push_back(*format);
  }
  formats.push_back(AV_PIX_FMT_NONE);
  const AVPixelFormat plain = PlainFormat(input);
  if (std::find(formats.begin(), formats.end(), plain) != formats.end()) return plain;
  int loss = 0;
  return avcodec_find_best_pix_fmt_of_list(formats.data(), plain, 1, &loss);
}

}  // namespace efface
