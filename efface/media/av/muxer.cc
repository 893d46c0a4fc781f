#include "efface/media/av/muxer.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <numeric>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace efface {
namespace {

bool IsMov(const AVOutputFormat& format) {
  const std::string_view name = format.name;
  return name == "mp4" || name == "mov" || name == "3gp";
}

// MP4 and MOV: the tracks' own clocks, as fine as the input's, and one for the movie in which every
// time of every track is whole, so that tracks start when they did.
void SetClocks(const AVFormatContext& output, AvOptions& options) {
  int64_t movie = 1, video = 1;
  for (unsigned i = 0; i < output.nb_streams; ++i) {
    const AVStream& stream = *output.streams[i];
    const bool is_video = stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO;
    const int64_t clock = is_video ? stream.time_base.den : stream.codecpar->sample_rate;
    if (clock <= 0) continue;
    if (is_video) video = std::lcm(video, clock);
    movie = std::lcm(movie, clock);
    // Over these bounds times are rounded to a tick instead.
    if (movie > std::numeric_limits<int32_t>::max()) movie = clock;
    if (video > 10'000'000) return;
  }
  options.Set("video_track_timescale", absl::StrCat(video));
  options.Set("movie_timescale", absl::StrCat(movie));
}

}  // namespace

const char* MuxerName(const AVFormatContext& input, bool webm) {
  const std::string_view name = input.iformat->name;
  if (name.find("mp4") != std::string_view::npos) {
    const AVDictionaryEntry* tag = av_dict_get(input.metadata, "major_brand", nullptr, 0);
    const std::string_view brand = tag != nullptr ? tag->value : "";
    return brand == "qt  " || brand.empty() ? "mov" : brand.substr(0, 2) == "3g" ? "3gp" : "mp4";
  }
  if (name.find("matroska") != std::string_view::npos) return webm ? "webm" : "matroska";
  if (name == "avi") return "avi";
  if (name == "mpegts") return "mpegts";
  return nullptr;
}

absl::StatusOr<std::unique_ptr<Muxer>> Muxer::Open(const char* name, int fd) {
  ASSIGN_OR_RETURN(AvIoPtr io, OpenIo(fd, IoMode::kReadWrite));
  AVFormatContext* made = nullptr;
  const int error = avformat_alloc_output_context2(&made, nullptr, name, nullptr);
  if (error < 0) return AvError("a clip of this kind can't be written", error);
  AvOutputPtr output(made);
  output->pb = io.get();
  output->flags |= AVFMT_FLAG_BITEXACT;
  // Copied sound may be of a kind that a standard allows and FFmpeg's authors call experimental.
  output->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  output->max_interleave_delta = kInterleave * AV_TIME_BASE;
  return std::unique_ptr<Muxer>(new Muxer(std::move(io), std::move(output)));
}

bool Muxer::negative_times() const {
  // Matroska stores shown times only; MP4 and MOV have edit lists.
  return IsMov(format()) || std::string_view(format().name) == "matroska" ||
         std::string_view(format().name) == "webm";
}

bool Muxer::reorders() const { return std::string_view(format().name) != "avi"; }

absl::Status Muxer::Check(int error) const {
  if (error >= 0) error = io_->error;
  if (error >= 0 || error == AVERROR_EOF) return absl::OkStatus();
  if (error == AVERROR(ENOSPC) || error == AVERROR(EDQUOT)) {
    return absl::ResourceExhaustedError("there is no space left for the written clip");
  }
  if (error == AVERROR(EFBIG)) {
    return absl::ResourceExhaustedError("the written clip is larger than files may be here");
  }
  return AvError("the clip could not be written", error);
}

absl::Status Muxer::Begin(double start) {
  AvOptions options;
  if (IsMov(format())) SetClocks(*output_, options);
  if (std::string_view(format().name) == "mpegts") {
    // Times as they are; the decoder's clock runs ahead of them as far as the start leaves room.
    options.Set("mpegts_copyts", "1");
    output_->max_delay = static_cast<int>(std::clamp(start / 2, 0.0, 0.7) * AV_TIME_BASE);
  }
  for (unsigned i = 0; i < output_->nb_streams; ++i) {
    time_bases_.push_back(output_->streams[i]->time_base);
  }
  last_times_.resize(time_bases_.size());
  const int error = avformat_write_header(output_.get(), options.get());
  if (error == AVERROR(EINVAL) || error == AVERROR_INVALIDDATA) {
    return absl::UnimplementedError(absl::StrCat("a clip of this kind (", format().name,
                                                 ") can't hold one of the tracks of the input"));
  }
  return Check(error);
}

absl::Status Muxer::Write(AvPacketPtr packet, int stream) {
  const auto index = static_cast<size_t>(stream);
  packet->stream_index = stream;
  packet->pos = -1;
  av_packet_rescale_ts(packet.get(), time_bases_[index], output_->streams[stream]->time_base);
  // Times that fell together or back in the input, or in a coarser clock.
  if (auto& last = last_times_[index]; last) {
    const int64_t least = *last + ((format().flags & AVFMT_TS_NONSTRICT) != 0 ? 0 : 1);
    packet->dts = std::max(packet->dts, least);
    packet->pts = std::max(packet->pts, packet->dts);
  }
  last_times_[index] = packet->dts;
  return Check(av_interleaved_write_frame(output_.get(), packet.get()));
}

absl::Status Muxer::Finish() {
  RETURN_IF_ERROR(Check(av_write_trailer(output_.get())));
  avio_flush(io_.get());
  return Check(0);
}

}  // namespace efface
