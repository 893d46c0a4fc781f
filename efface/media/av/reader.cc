#include "efface/media/av/reader.h"

extern "C" {
#include <libavutil/intreadwrite.h>
}

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "efface/media/av/continuity.h"
#include "efface/media/av/decode.h"
#include "efface/media/av/open.h"
#include "efface/media/av/packet.h"
#include "efface/media/av/writer.h"

namespace efface {
namespace {

class AvReader : public ClipReader {
 public:
  AvReader(AvOpened opened, const ClipReadOptions& options)
      : opened_(std::move(opened)), options_(options), continuity_(opened_.input->nb_streams) {}

  // Opens the decoders, and reads until each track's first frame is there, within bounds.
  absl::Status Start();

  const ClipInfo& info() const override { return info_; }
  absl::StatusOr<Item> Next() override;
  std::vector<std::string> warnings() const override;
  absl::StatusOr<std::unique_ptr<ClipWriter>> NewWriter(int fd,
                                                        const ClipWriteOptions& options) override;

 private:
  AVStream& stream(int index) { return *opened_.input->streams[index]; }
  void Describe(size_t track);
  bool WantsMore() const;
  absl::Status Pump();  // reads one packet, or the end
  bool IsCutOff();
  absl::Status OnSound(AvPacketPtr packet);
  absl::Status TakeFrames(size_t track);

  AvOpened opened_;
  ClipReadOptions options_;
  Continuity continuity_;
  ClipInfo info_;
  double start_ = 0;  // seconds, in the streams' own times
  std::vector<std::unique_ptr<AvTrackDecoder>> decoders_;
  std::deque<Item> ready_;
  size_t ready_frames_ = 0;        // pictures in ready_, while starting
  size_t ready_bytes_ = 0;         // sound in ready_, while starting
  size_t packets_ = 0;             // of video
  std::map<int, int64_t> run_in_;  // by sound stream: samples of its run-in that are still to come
  bool ended_ = false, cut_off_ = false;
  std::vector<std::string> warnings_;
};

void AvReader::Describe(size_t track) {
  const AVStream& video = stream(opened_.video[track]);
  ClipTrack described;
  described.width = video.codecpar->width;
  described.height = video.codecpar->height;
  described.codec = AvCodecName(video.codecpar->codec_id);
  bool exact = true;
  described.orientation = OrientationOf(video, exact);
  if (!exact) {
    warnings_.push_back(absl::StrCat("video track ", track + 1,
                                     " is shown turned by an odd angle, which is not kept"));
  }
  described.seconds = AvSeconds(video.duration, video.time_base);
  if (described.seconds <= 0) {
    described.seconds = AvSeconds(opened_.input->duration, av_make_q(1, AV_TIME_BASE));
  }
  described.seconds = std::max(described.seconds, 0.0);
  const AVRational rate = video.avg_frame_rate.num > 0 && video.avg_frame_rate.den > 0
                              ? video.avg_frame_rate
                              : video.r_frame_rate;
  if (rate.num > 0 && rate.den > 0) described.frames_a_second = av_q2d(rate);
  constexpr double kMostFrames = 1e12;
  described.frames = video.nb_frames > 0
                         ? video.nb_frames
                         : static_cast<int64_t>(std::min(
                               described.seconds * described.frames_a_second, kMostFrames));
  info_.tracks.push_back(std::move(described));
}

absl::Status AvReader::Start() {
  info_.container = opened_.container;
  info_.sound_tracks = static_cast<int>(opened_.sound.size());
  if (opened_.input->start_time != AV_NOPTS_VALUE) {
    start_ = AvSeconds(opened_.input->start_time, av_make_q(1, AV_TIME_BASE));
  }
  const auto scalers = std::make_shared<AvScalers>();
  for (size_t track = 0; track < opened_.video.size(); ++track) {
    Describe(track);
    ASSIGN_OR_RETURN(auto decoder,
                     AvTrackDecoder::Create(stream(opened_.video[track]), options_, scalers));
    decoders_.push_back(std::move(decoder));
  }
  while (WantsMore()) RETURN_IF_ERROR(Pump());

  if (ended_ && std::all_of(decoders_.begin(), decoders_.end(),
                            [](const auto& decoder) { return decoder->whole() == 0; })) {
    if (packets_ == 0) return absl::DataLossError("there are no frames in it");
    return absl::DataLossError("none of its frames can be decoded");
  }
  for (const Item& item : ready_) {
    const auto* frame = std::get_if<std::unique_ptr<ClipFrame>>(&item);
    if (frame == nullptr || (*frame)->index != 0) continue;
    ClipTrack& track = info_.tracks[static_cast<size_t>((*frame)->track)];
    track.width = (*frame)->width();
    track.height = (*frame)->height();
  }
  for (const ClipTrack& track : info_.tracks) {
    if (track.width <= 0 || track.height <= 0) {
      return absl::DataLossError("the size of its pictures is nowhere stated");
    }
  }
  return absl::OkStatus();
}

bool AvReader::WantsMore() const {
  constexpr size_t kMostFrames = 16;
  constexpr size_t kMostItems = 4096;
  constexpr size_t kMostBytes = size_t{16} << 20;
  if (ended_ || ready_frames_ > kMostFrames || ready_.size() > kMostItems ||
      ready_bytes_ > kMostBytes) {
    return false;
  }
  return std::any_of(decoders_.begin(), decoders_.end(), [](const auto& decoder) {
    return decoder->whole() + decoder->damaged() == 0;
  });
}

// An index at the start may tell of more than the file holds.
bool AvReader::IsCutOff() {
  if (opened_.input->iformat != av_find_input_format("mov")) return false;
  const int64_t size = avio_size(opened_.io.get());
  for (const int index : opened_.video) {
    const int count = avformat_index_get_entries_count(&stream(index));
    for (int i = 0; i < count; ++i) {
      const AVIndexEntry* entry = avformat_index_get_entry(&stream(index), i);
      if (entry->pos > size || size - entry->pos < entry->size) return true;
    }
  }
  return false;
}

absl::Status AvReader::Pump() {
  AvPacketPtr packet(av_packet_alloc());
  if (packet == nullptr) return absl::ResourceExhaustedError("there is not enough memory");
  const int error = av_read_frame(opened_.input.get(), packet.get());
  if (error == AVERROR(EAGAIN)) return absl::OkStatus();
  if (error == AVERROR(ENOMEM)) {
    return absl::ResourceExhaustedError("there is not enough memory to read the clip");
  }
  if (error < 0) {
    ended_ = true;
    cut_off_ = error != AVERROR_EOF || IsCutOff();
    for (size_t track = 0; track < decoders_.size(); ++track) {
      RETURN_IF_ERROR(decoders_[track]->Flush());
      RETURN_IF_ERROR(TakeFrames(track));
    }
    return absl::OkStatus();
  }
  const int index = packet->stream_index;
  if ((opened_.input->iformat->flags & AVFMT_TS_DISCONT) != 0) {
    continuity_.Apply(*packet, stream(index).time_base);
  }
  const auto found = std::find(opened_.video.begin(), opened_.video.end(), index);
  if (found != opened_.video.end()) {
    ++packets_;
    const auto track = static_cast<size_t>(found - opened_.video.begin());
    RETURN_IF_ERROR(decoders_[track]->Send(*packet));
    return TakeFrames(track);
  }
  if (options_.sound &&
      std::find(opened_.sound.begin(), opened_.sound.end(), index) != opened_.sound.end()) {
    return OnSound(std::move(packet));
  }
  return absl::OkStatus();
}

absl::Status AvReader::OnSound(AvPacketPtr packet) {
  // Outside the edit list, unless it is the run-in that the file declares: so many samples from a
  // packet on (FFmpeg's AV_PKT_DATA_SKIP_SAMPLES, whose first 4 bytes are the count).
  const AVStream& sound = stream(packet->stream_index);
  int64_t& run_in = run_in_[packet->stream_index];
  size_t size = 0;
  const uint8_t* skip = av_packet_get_side_data(packet.get(), AV_PKT_DATA_SKIP_SAMPLES, &size);
  // More than any codec needs is sound that an edit list cuts off.
  constexpr uint32_t kMostRunIn = 4096;
  if (skip != nullptr && size >= 4) run_in = AV_RL32(skip) <= kMostRunIn ? AV_RL32(skip) : 0;
  const bool declared = run_in > 0;
  run_in -= av_rescale_q(packet->duration, sound.time_base,
                         av_make_q(1, std::max(sound.codecpar->sample_rate, 1)));
  if (packet->size <= 0 || ((packet->flags & AV_PKT_FLAG_DISCARD) != 0 && !declared)) {
    return absl::OkStatus();
  }
  // The demuxer may reuse the memory of a packet that is not its own.
  if (av_packet_make_refcounted(packet.get()) < 0) {
    return absl::ResourceExhaustedError("there is not enough memory");
  }
  ready_bytes_ += static_cast<size_t>(packet->size);
  const AVRational time_base = sound.time_base;
  const double seconds = AvSeconds(packet->pts, time_base) - start_;
  const double duration = AvSeconds(packet->duration, time_base);
  const auto track = std::find(opened_.sound.begin(), opened_.sound.end(), packet->stream_index);
  auto made = std::make_unique<AvSoundPacket>(std::move(packet), time_base);
  made->track = static_cast<int>(track - opened_.sound.begin());
  made->seconds = seconds;
  made->duration = duration;
  ready_.emplace_back(std::unique_ptr<SoundPacket>(std::move(made)));
  return absl::OkStatus();
}

absl::Status AvReader::TakeFrames(size_t track) {
  while (true) {
    ASSIGN_OR_RETURN(std::unique_ptr<AvFrame> frame, decoders_[track]->Take());
    if (frame == nullptr) return absl::OkStatus();
    frame->track = static_cast<int>(track);
    frame->seconds = AvSeconds(frame->frame().pts, frame->frame().time_base) - start_;
    ++ready_frames_;
    ready_.emplace_back(std::unique_ptr<ClipFrame>(std::move(frame)));
  }
}

absl::StatusOr<ClipReader::Item> AvReader::Next() {
  while (ready_.empty() && !ended_) RETURN_IF_ERROR(Pump());
  if (ready_.empty()) return Item();
  Item item = std::move(ready_.front());
  ready_.pop_front();
  return item;
}

std::vector<std::string> AvReader::warnings() const {
  std::vector<std::string> all = warnings_;
  if (cut_off_) all.push_back("the file is cut off or broken: what follows is missing");
  if (continuity_.jumped()) {
    all.push_back("its time stamps start again in mid-stream; they were made to go on");
  }
  for (size_t i = 0; i < decoders_.size(); ++i) {
    const AvTrackDecoder& decoder = *decoders_[i];
    const std::string track =
        decoders_.size() == 1 ? "the video" : absl::StrCat("video track ", i + 1);
    if (decoder.damaged() > 0) {
      all.push_back(absl::StrCat(decoder.damaged(),
                                 decoder.damaged() == 1 ? " frame of " : " frames of ", track,
                                 " could not be decoded whole and became plain"));
    }
    if (decoder.resized()) {
      all.push_back(absl::StrCat("the pictures of ", track,
                                 " change their size or kind; all were scaled to the first one's"));
    }
    if (decoder.moved()) {
      all.push_back(absl::StrCat("some frames of ", track,
                                 " had time stamps out of order, which were moved"));
    }
  }
  return all;
}

absl::StatusOr<std::unique_ptr<ClipWriter>> AvReader::NewWriter(int fd,
                                                                const ClipWriteOptions& options) {
  AvSource source;
  source.input = opened_.input.get();
  source.info = &info_;
  source.video = opened_.video;
  source.sound = opened_.sound;
  source.start = start_;
  return NewAvWriter(source, fd, options);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ClipReader>> OpenAvClip(int fd, const ClipReadOptions& options) {
  ASSIGN_OR_RETURN(AvOpened opened, OpenAvInput(fd, options));
  auto reader = std::make_unique<AvReader>(std::move(opened), options);
  RETURN_IF_ERROR(reader->Start());
  return reader;
}

}  // namespace efface
