#include "efface/media/av/sound.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "absl/strings/ascii.h"
#include "efface/media/av/silence.h"

namespace efface {
namespace {

// How many packets' time the sound reaches beyond a packet of its own.
struct Reach {
  int before = 0, after = 1;
};
Reach ReachOf(AVCodecID codec) {
  if (std::string_view(avcodec_get_name(codec)).substr(0, 4) == "pcm_") return {0, 0};
  if (codec == AV_CODEC_ID_MP3) return {5, 5};  // 511 bytes of reservoir: 5 packets at 32 kbit/s
  return {};
}

std::string LanguageOf(const AVStream& stream) {
  const AVDictionaryEntry* tag = av_dict_get(stream.metadata, "language", nullptr, 0);
  if (tag == nullptr) return "";
  const std::string language = tag->value;
  const bool code =
      language.size() == 3 && std::all_of(language.begin(), language.end(), [](char letter) {
        return absl::ascii_islower(static_cast<unsigned char>(letter));
      });
  return code ? language : "";
}

}  // namespace

SoundTrack::SoundTrack(const AVOutputFormat& container, const AVStream& input,
                       AvParametersPtr parameters, double start,
                       std::vector<std::pair<double, double>> mute)
    : container_(&container),
      parameters_(std::move(parameters)),
      time_base_(input.time_base),
      language_(LanguageOf(input)),
      disposition_(input.disposition & AV_DISPOSITION_DEFAULT),
      start_(start),
      mute_(std::move(mute)) {
  const std::string_view name = container.name;
  if ((name == "matroska" || name == "webm") && parameters_->codec_id == AV_CODEC_ID_OPUS) {
    delay_ = av_rescale_q(parameters_->initial_padding, {1, 48000}, time_base_);
  }
}

absl::Status SoundTrack::Describe(AVStream& stream) const {
  const int error = avcodec_parameters_copy(stream.codecpar, parameters_.get());
  if (error < 0) return AvError("the sound could not be described", error);
  // The input's own code stays where the container knows it; otherwise the muxer chooses.
  if (container_->codec_tag == nullptr ||
      av_codec_get_id(container_->codec_tag, parameters_->codec_tag) != parameters_->codec_id) {
    stream.codecpar->codec_tag = 0;
  }
  stream.time_base = time_base_;
  stream.disposition = disposition_;
  if (!language_.empty()) av_dict_set(&stream.metadata, "language", language_.c_str(), 0);
  return absl::OkStatus();
}

bool SoundTrack::IsMuted(const AVPacket& packet) const {
  if (mute_.empty()) return false;
  const int64_t time = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  double duration = AvSeconds(packet.duration, time_base_);
  if (duration <= 0 && parameters_->sample_rate > 0) {
    duration =
        static_cast<double>(std::max(parameters_->frame_size, 1024)) / parameters_->sample_rate;
  }
  const Reach reach = ReachOf(parameters_->codec_id);
  const double begin = AvSeconds(time, time_base_) - start_;
  const double from = begin - reach.before * duration;
  const double to = begin + (1 + reach.after) * duration;
  return std::any_of(mute_.begin(), mute_.end(),
                     [&](const auto& span) { return from < span.second && to > span.first; });
}

bool SoundTrack::Prepare(AVPacket& packet, RemovedBytes& removed) {
  if (IsMuted(packet)) {
    removed["muted-sound"] += packet.size;
    if (!MakeSilent(*parameters_, packet)) return false;
  }
  for (int i = 0; i < packet.side_data_elems;) {
    if (packet.side_data[i].type == AV_PKT_DATA_SKIP_SAMPLES) {
      ++i;
      continue;
    }
    av_freep(&packet.side_data[i].data);
    packet.side_data[i] = packet.side_data[--packet.side_data_elems];
  }
  if (packet.dts == AV_NOPTS_VALUE) packet.dts = packet.pts;
  if (packet.pts == AV_NOPTS_VALUE) packet.pts = packet.dts;
  if (packet.dts == AV_NOPTS_VALUE) return false;  // nobody knows when it sounds
  packet.pts += delay_;
  packet.dts += delay_;
  packet.opaque = nullptr;
  av_buffer_unref(&packet.opaque_ref);
  return true;
}

}  // namespace efface
