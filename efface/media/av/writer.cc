#include "efface/media/av/writer.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "efface/media/av/codecs.h"
#include "efface/media/av/dropped.h"
#include "efface/media/av/encoder.h"
#include "efface/media/av/frame.h"
#include "efface/media/av/muxer.h"
#include "efface/media/av/packet.h"
#include "efface/media/av/reader.h"
#include "efface/media/av/side_data.h"
#include "efface/media/av/silence.h"
#include "efface/media/av/sound.h"
#include "efface/media/av/sound_setup.h"

namespace efface {
namespace {

// Coded data that may wait for a later track's first frame, which tells how it is to be encoded;
// when there is more, that track is set up from what the container says of it.
constexpr int64_t kMaxHeld = int64_t{64} << 20;  // bytes

struct PictureTrack {
  TrackPlan plan;
  std::unique_ptr<VideoEncoder> encoder;  // null until the first frame
  int stream = -1;                        // of the output, once the header is written
};

struct CopiedSound {
  SoundTrack track;
  int input = 0;    // stream index in the input
  int stream = -1;  // as above
};

class AvWriter : public ClipWriter {
 public:
  AvWriter(std::unique_ptr<Muxer> muxer, ClipWriteOptions options, double start)
      : muxer_(std::move(muxer)), options_(std::move(options)), start_(start) {}

  // Before the first Write.
  absl::Status Plan(const AvSource& source);
  void Tag(const AvSource& source) {
    kept_ = muxer_->Tag(*source.input, options_.keep);
    for (const ClipTrack& track : source.info->tracks) kept_.orientation |= track.orientation != 1;
  }

  absl::Status Write(std::unique_ptr<ClipFrame> frame) override;
  absl::Status Write(std::unique_ptr<SoundPacket> packet) override;
  absl::StatusOr<WrittenClip> Finish() override;

 private:
  // A stream of the output, in the order of the input's.
  struct Place {
    int input = 0;
    bool sound = false;
    size_t index = 0;  // in pictures_ or sounds_
  };
  struct Held {
    AvPacketPtr packet;
    int* stream = nullptr;  // the number that its stream will have
  };

  absl::Status PlanPictures(const AVFormatContext& input, int index);
  absl::Status PlanSound(const AVFormatContext& input, int index);
  absl::Status WriteFrame(std::unique_ptr<ClipFrame> frame);
  absl::Status OpenEncoder(PictureTrack& track, const AVFrame& first);
  absl::Status OpenWithoutFrame(PictureTrack& track);
  // Every track has an encoder, or will have no frames: the header, and what waited for it.
  absl::Status Begin();
  absl::Status Pass(AvPacketPtr packet, int& stream);
  VideoEncoder::Sink SinkOf(PictureTrack& track) {
    return [this, &track](AvPacketPtr packet) { return Pass(std::move(packet), track.stream); };
  }

  std::unique_ptr<Muxer> muxer_;
  ClipWriteOptions options_;
  double start_;
  std::vector<Place> places_;
  // Sized by Plan; Held points into them.
  std::vector<PictureTrack> pictures_;
  std::vector<CopiedSound> sounds_;
  bool begun_ = false;
  std::deque<Held> held_;
  int64_t held_bytes_ = 0;
  RemovedBytes removed_;
  std::vector<std::string> warnings_;
  Keep kept_ = kKeepNothing;
  absl::Status first_error_;  // the first error: nothing is written after it
};

absl::StatusOr<AvParametersPtr> CopyOf(const AVCodecParameters& parameters) {
  AvParametersPtr copy(avcodec_parameters_alloc());
  if (copy == nullptr || avcodec_parameters_copy(copy.get(), &parameters) < 0) {
    return absl::ResourceExhaustedError("there is not enough memory");
  }
  return copy;
}

absl::Status AvWriter::PlanPictures(const AVFormatContext& input, int index) {
  const AVStream& stream = *input.streams[index];
  PictureTrack& track = pictures_.emplace_back();
  TrackPlan& plan = track.plan;
  ASSIGN_OR_RETURN(plan.parameters, CopyOf(*stream.codecpar));
  ASSIGN_OR_RETURN(const CodecChoice choice,
                   ChooseCodec(stream.codecpar->codec_id, options_.codec, muxer_->format()));
  plan.codec = choice.codec;
  if (!choice.warning.empty()) warnings_.push_back(choice.warning);
  plan.time_base = stream.time_base;
  plan.rate = stream.avg_frame_rate.num > 0 ? stream.avg_frame_rate : stream.r_frame_rate;
  plan.sample_aspect = stream.sample_aspect_ratio.num > 0 ? stream.sample_aspect_ratio
                                                          : stream.codecpar->sample_aspect_ratio;
  size_t size = 0;
  const uint8_t* matrix = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  if (matrix != nullptr && size >= sizeof(*plan.display_matrix)) {
    std::memcpy(plan.display_matrix.emplace().data(), matrix, sizeof(*plan.display_matrix));
  }
  plan.hdr = HdrOf(stream);
  plan.disposition = stream.disposition & AV_DISPOSITION_DEFAULT;
  plan.global_header = muxer_->global_header();
  plan.negative_times = muxer_->negative_times();
  plan.reorder = muxer_->reorders();

  // What does not depend on the first frame is refused before work begins.
  AvCodecPtr trial(avcodec_alloc_context3(nullptr));
  if (trial == nullptr) return absl::ResourceExhaustedError("there is not enough memory");
  AvOptions unused;
  RETURN_IF_ERROR(SetUpCodec(*plan.codec, options_, *trial, unused));
  places_.push_back({index, false, pictures_.size() - 1});
  return absl::OkStatus();
}

absl::Status AvWriter::PlanSound(const AVFormatContext& input, int index) {
  const AVStream& stream = *input.streams[index];
  const AVCodecParameters& sound = *stream.codecpar;
  const std::string codec = avcodec_get_name(sound.codec_id);
  if (options_.sound == Sound::kDrop) {
    removed_["sound"] += 0;
    return absl::OkStatus();
  }
  if (!Holds(muxer_->format(), sound.codec_id)) {
    removed_["sound"] += 0;
    warnings_.push_back(absl::StrCat("A track of sound (", codec,
                                     ") was dropped: the written clip can't hold its kind."));
    return absl::OkStatus();
  }
  if (!options_.mute.empty() && !CanBeSilent(sound) &&
      std::string_view(muxer_->format().name) == "avi") {
    return absl::UnimplementedError(
        absl::StrCat("sound of this kind (", codec,
                     ") can't be muted in part in an AVI file, which has no gaps; drop the sound "
                     "or mute nothing"));
  }
  ASSIGN_OR_RETURN(AvParametersPtr parameters, CopyOf(sound));
  ASSIGN_OR_RETURN(const int64_t texts, CleanSetup(*parameters));
  if (texts > 0) removed_["metadata"] += texts;
  sounds_.push_back(
      {SoundTrack(muxer_->format(), stream, std::move(parameters), start_, options_.mute), index,
       -1});
  places_.push_back({index, true, sounds_.size() - 1});
  return absl::OkStatus();
}

absl::Status AvWriter::Plan(const AvSource& source) {
  CountDropped(source, removed_);
  pictures_.reserve(source.video.size());
  sounds_.reserve(source.sound.size());
  for (const int index : source.video) RETURN_IF_ERROR(PlanPictures(*source.input, index));
  for (const int index : source.sound) RETURN_IF_ERROR(PlanSound(*source.input, index));
  std::sort(places_.begin(), places_.end(),
            [](const Place& a, const Place& b) { return a.input < b.input; });
  return absl::OkStatus();
}

absl::Status AvWriter::OpenEncoder(PictureTrack& track, const AVFrame& first) {
  ASSIGN_OR_RETURN(track.encoder, VideoEncoder::Open(track.plan, first, options_, warnings_));
  return absl::OkStatus();
}

absl::Status AvWriter::OpenWithoutFrame(PictureTrack& track) {
  AvFramePtr like(av_frame_alloc());
  if (like == nullptr) return absl::ResourceExhaustedError("there is not enough memory");
  const AVCodecParameters& stated = *track.plan.parameters;
  like->width = stated.width;
  like->height = stated.height;
  like->format = stated.format >= 0 ? stated.format : AV_PIX_FMT_YUV420P;
  like->color_range = stated.color_range;
  like->colorspace = stated.color_space;
  like->sample_aspect_ratio = stated.sample_aspect_ratio;
  like->pts = 0;  // unknown: leaves no room for reordering where the container needs it
  return OpenEncoder(track, *like);
}

absl::Status AvWriter::Begin() {
  for (const Place& place : places_) {
    if (!place.sound && pictures_[place.index].encoder == nullptr) {
      removed_["video-track"] += 0;
      warnings_.emplace_back("A video track without any pictures was dropped.");
      continue;
    }
    AVStream* stream = muxer_->AddStream();
    if (stream == nullptr) return absl::ResourceExhaustedError("there is not enough memory");
    if (place.sound) {
      CopiedSound& sound = sounds_[place.index];
      RETURN_IF_ERROR(sound.track.Describe(*stream));
      sound.stream = stream->index;
    } else {
      PictureTrack& track = pictures_[place.index];
      RETURN_IF_ERROR(track.encoder->Describe(*stream));
      stream->codecpar->codec_tag = TagOf(muxer_->format(), stream->codecpar->codec_id);
      track.stream = stream->index;
    }
  }
  RETURN_IF_ERROR(muxer_->Begin(start_));
  begun_ = true;
  for (; !held_.empty(); held_.pop_front()) {
    RETURN_IF_ERROR(muxer_->Write(std::move(held_.front().packet), *held_.front().stream));
  }
  return absl::OkStatus();
}

absl::Status AvWriter::Pass(AvPacketPtr packet, int& stream) {
  if (begun_) return muxer_->Write(std::move(packet), stream);
  held_bytes_ += packet->size;
  held_.push_back({std::move(packet), &stream});
  if (held_bytes_ <= kMaxHeld) return absl::OkStatus();
  for (PictureTrack& track : pictures_) {
    if (track.encoder == nullptr) RETURN_IF_ERROR(OpenWithoutFrame(track));
  }
  return Begin();
}

absl::Status AvWriter::WriteFrame(std::unique_ptr<ClipFrame> frame) {
  auto* const picture = dynamic_cast<AvFrame*>(frame.get());
  if (picture == nullptr || frame->track < 0 ||
      static_cast<size_t>(frame->track) >= pictures_.size()) {
    return absl::InternalError("a frame came from another clip");
  }
  PictureTrack& track = pictures_[static_cast<size_t>(frame->track)];
  AvFramePtr taken(av_frame_alloc());
  if (taken == nullptr) return absl::ResourceExhaustedError("there is not enough memory");
  av_frame_move_ref(taken.get(), &picture->frame());
  if (track.encoder == nullptr) {
    RETURN_IF_ERROR(OpenEncoder(track, *taken));
    const bool all = std::all_of(pictures_.begin(), pictures_.end(),
                                 [](const PictureTrack& one) { return one.encoder != nullptr; });
    if (all && !begun_) RETURN_IF_ERROR(Begin());
  }
  return track.encoder->Encode(std::move(taken), removed_, warnings_, SinkOf(track));
}

absl::Status AvWriter::Write(std::unique_ptr<ClipFrame> frame) {
  if (first_error_.ok()) first_error_ = WriteFrame(std::move(frame));
  return first_error_;
}

absl::Status AvWriter::Write(std::unique_ptr<SoundPacket> packet) {
  RETURN_IF_ERROR(first_error_);
  auto* const sound = dynamic_cast<AvSoundPacket*>(packet.get());
  if (sound == nullptr) return absl::InternalError("a packet of sound came from another clip");
  AvPacketPtr taken(av_packet_alloc());
  if (taken == nullptr) return absl::ResourceExhaustedError("there is not enough memory");
  av_packet_move_ref(taken.get(), &sound->packet());
  for (CopiedSound& copied : sounds_) {
    if (copied.input != taken->stream_index) continue;
    if (!copied.track.Prepare(*taken, removed_)) return absl::OkStatus();
    return first_error_ = Pass(std::move(taken), copied.stream);
  }
  removed_["sound"] += taken->size;
  return absl::OkStatus();
}

absl::StatusOr<WrittenClip> AvWriter::Finish() {
  RETURN_IF_ERROR(first_error_);
  if (std::none_of(pictures_.begin(), pictures_.end(),
                   [](const PictureTrack& track) { return track.encoder != nullptr; })) {
    return absl::DataLossError("no picture of the clip could be read");
  }
  first_error_ = absl::FailedPreconditionError("the clip was finished before");
  if (!begun_) RETURN_IF_ERROR(Begin());
  for (PictureTrack& track : pictures_) {
    if (track.encoder != nullptr) RETURN_IF_ERROR(track.encoder->Flush(SinkOf(track)));
  }
  RETURN_IF_ERROR(muxer_->Finish());
  WrittenClip written;
  for (const auto& [what, bytes] : removed_) written.removed.push_back({what, bytes});
  written.warnings = std::move(warnings_);
  written.kept = kept_;
  return written;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ClipWriter>> NewAvWriter(const AvSource& source, int fd,
                                                        const ClipWriteOptions& options) {
  const char* name = MuxerName(*source.input, source.info->container == "WebM");
  if (name == nullptr) {
    return absl::UnimplementedError(
        absl::StrCat("Efface can't write clips of this kind (", source.info->container, ")"));
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Muxer> muxer, Muxer::Open(name, fd));
  auto writer = std::make_unique<AvWriter>(std::move(muxer), options, source.start);
  RETURN_IF_ERROR(writer->Plan(source));
  writer->Tag(source);
  return writer;
}

}  // namespace efface
