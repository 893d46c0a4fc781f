#include "efface/media/av/open.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/status.h"
#include "efface/media/format.h"

namespace efface {
namespace {

using std::string_view_literals::operator""sv;

// Sound is never decoded for its own sake, but some of it must be looked into to be described.
constexpr char kCodecs[] =
    "h264,hevc,vp8,vp9,libdav1d,mpeg4,mpeg2video,mpeg1video,mjpeg,prores,"
    "aac,mp3float,mp3,mp2float,mp2,ac3,eac3,opus,vorbis,flac,alac,amrnb,amrwb,"
    "pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_u8,"
    "pcm_s8,pcm_alaw,pcm_mulaw,adpcm_ima_wav,adpcm_ima_qt,adpcm_ms,g722,g726,gsm_ms,gsm";
constexpr char kFormats[] = "mov,matroska,avi,mpegts,mpeg";

struct Container {
  const char* demuxer = nullptr;
  std::string name;
};

absl::StatusOr<Bytes> ReadHead(int fd) {
  Bytes head(4096);
  size_t filled = 0;
  while (filled < head.size()) {
    const ssize_t got =
        pread(fd, head.data() + filled, head.size() - filled, static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::UnavailableError("the file can't be read");
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  head.resize(filled);
  return head;
}

// What SniffFormat calls a clip, told further apart. No demuxer: one that Efface does not read.
Container SniffContainer(ByteView head) {
  const std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
  struct Other {
    std::string_view start;
    const char* name;
  };
  constexpr std::array<Other, 11> kOthers = {{{"\0\0\x01\xB3"sv, "MPEG video without a container"},
                                              {"FLV\x01"sv, "Flash Video"},
                                              {"\x30\x26\xB2\x75"sv, "Windows Media"},
                                              {"OggS"sv, "Ogg"},
                                              {"\x06\x0E\x2B\x34"sv, "MXF"},
                                              {".RMF"sv, "RealMedia"},
                                              {"DKIF"sv, "IVF"},
                                              {"YUV4MPEG2"sv, "YUV4MPEG2"},
                                              {"nut/multimedia"sv, "NUT"},
                                              {"\x8AMNG"sv, "MNG"},
                                              {"RIFX"sv, "RIFX"}}};
  for (const Other& other : kOthers) {
    if (text.starts_with(other.start)) return {nullptr, other.name};
  }
  if (text.starts_with("\x1A\x45\xDF\xA3"sv)) {
    const bool webm = text.substr(0, 128).find("\x42\x82\x84webm"sv) != std::string_view::npos;
    return {"matroska", webm ? "WebM" : "Matroska"};
  }
  if (text.starts_with("RIFF"sv)) return {"avi", "AVI"};
  if (text.starts_with("\0\0\x01\xBA"sv)) return {"mpeg", "MPEG-PS"};
  if (HasText(head, 4, "ftyp")) {
    return {"mov", HasText(head, 8, "qt  ") ? "QuickTime" : "MP4"};
  }
  if (HasText(head, 4, "styp")) return {"mov", "MP4"};
  for (const std::string_view type : {"moov"sv, "mdat"sv, "wide"sv, "free"sv, "skip"sv, "pnot"sv}) {
    if (HasText(head, 4, type)) return {"mov", "QuickTime"};
  }
  return {"mpegts", "MPEG-TS"};
}

int RefuseToOpen(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

// What FFmpeg said, as what it means for the file.
absl::Status OpenError(const Container& container, int error) {
  if (error == AVERROR(ENOMEM)) {
    return absl::ResourceExhaustedError("there is not enough memory to open the clip");
  }
  if (error < 0 && AVUNERROR(error) == EIO) {
    return absl::UnavailableError("the file can't be read");
  }
  if (container.demuxer == "mov"sv) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the ", container.name, " file's index (moov) is missing or broken, as in a recording ",
        "that was cut off"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the ", container.name, " file is broken at its start"));
}

std::string CodingOf(const AVCodecParameters& parameters) {
  if (parameters.codec_id != AV_CODEC_ID_NONE) return AvCodecName(parameters.codec_id);
  std::string tag;
  for (int i = 0; i < 4; ++i) {
    const char c = static_cast<char>(parameters.codec_tag >> (8 * i) & 0xFF);
    if (c > ' ' && c < 0x7F) tag += c;
  }
  return tag.empty() ? "something unknown" : tag;
}

}  // namespace

const AVCodec* AvDecoderFor(AVCodecID codec) {
  const char* name = nullptr;
  switch (codec) {
    case AV_CODEC_ID_H264:
      name = "h264";
      break;
    case AV_CODEC_ID_HEVC:
      name = "hevc";
      break;
    case AV_CODEC_ID_VP8:
      name = "vp8";
      break;
    case AV_CODEC_ID_VP9:
      name = "vp9";
      break;
    case AV_CODEC_ID_AV1:
      name = "libdav1d";
      break;
    case AV_CODEC_ID_MPEG4:
      name = "mpeg4";
      break;
    case AV_CODEC_ID_MPEG2VIDEO:
      name = "mpeg2video";
      break;
    case AV_CODEC_ID_MPEG1VIDEO:
      name = "mpeg1video";
      break;
    case AV_CODEC_ID_MJPEG:
      name = "mjpeg";
      break;
    case AV_CODEC_ID_PRORES:
      name = "prores";
      break;
    default:
      return nullptr;
  }
  return avcodec_find_decoder_by_name(name);
}

Orientation OrientationOf(const AVStream& stream, bool& exact) {
  exact = true;
  size_t size = 0;
  const auto* matrix = reinterpret_cast<const int32_t*>(
      av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size));
  if (matrix == nullptr || size < 9 * sizeof(int32_t)) return 1;
  // Stored (x, y) is shown at (a x + c y, b x + d y), y downwards (ISO/IEC 14496-12, 6.2.2).
  const double a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  const double straight = std::min(std::abs(a), std::abs(d));
  const double across = std::min(std::abs(b), std::abs(c));
  constexpr double kSlight = 1e-3;
  if (std::max(std::abs(b), std::abs(c)) <= kSlight * straight) {
    return a > 0 ? (d > 0 ? 1 : 4) : (d > 0 ? 2 : 3);
  }
  if (std::max(std::abs(a), std::abs(d)) <= kSlight * across) {
    return b > 0 ? (c > 0 ? 5 : 6) : (c > 0 ? 8 : 7);
  }
  exact = false;
  return 1;
}

absl::StatusOr<AvOpened> OpenAvInput(int fd, const ClipReadOptions& options) {
  SetUpAv();
  ASSIGN_OR_RETURN(const Bytes head, ReadHead(fd));
  if (SniffFormat(head) != Format::kClip) return absl::InvalidArgumentError("it is not a clip");
  const Container container = SniffContainer(head);
  if (container.demuxer == nullptr) {
    return absl::UnimplementedError(
        absl::StrCat("Efface does not redact clips of this container (", container.name, ")"));
  }

  AvOpened opened;
  opened.container = container.name;
  ASSIGN_OR_RETURN(opened.io, OpenIo(fd, IoMode::kRead));
  AVFormatContext* input = avformat_alloc_context();
  if (input == nullptr) return OpenError(container, AVERROR(ENOMEM));
  input->pb = opened.io.get();
  input->io_open = RefuseToOpen;
  input->flags |= AVFMT_FLAG_CUSTOM_IO;
  AvOptions settings;
  settings.Set("format_whitelist", kFormats);
  settings.Set("codec_whitelist", kCodecs);
  settings.Set("protocol_whitelist", "none");
  settings.Set("max_streams", "256");
  // Frees `input` where it fails.
  if (const int error = avformat_open_input(
          &input, nullptr, av_find_input_format(container.demuxer), settings.get());
      error < 0) {
    return OpenError(container, error);
  }
  opened.input.reset(input);
  if (const int error = avformat_find_stream_info(input, nullptr); error < 0) {
    return OpenError(container, error);
  }

  bool any_sound = false;
  for (unsigned i = 0; i < input->nb_streams; ++i) {
    AVStream& stream = *input->streams[i];
    const AVCodecParameters& parameters = *stream.codecpar;
    stream.discard = AVDISCARD_ALL;
    if (parameters.codec_type == AVMEDIA_TYPE_AUDIO) {
      any_sound = true;
      if (parameters.codec_id == AV_CODEC_ID_NONE) continue;
      opened.sound.push_back(static_cast<int>(i));
      if (options.sound) stream.discard = AVDISCARD_DEFAULT;
    }
    if (parameters.codec_type != AVMEDIA_TYPE_VIDEO) continue;
    constexpr int kPictures = AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS;
    if ((stream.disposition & kPictures) != 0) continue;
    if (AvDecoderFor(parameters.codec_id) == nullptr) {
      return absl::UnimplementedError(absl::StrCat("its video is coded as ", CodingOf(parameters),
                                                   ", which Efface does not redact"));
    }
    const int64_t pixels = int64_t{parameters.width} * parameters.height;
    if (pixels > options.limits.max_pixels || parameters.width > options.limits.max_side ||
        parameters.height > options.limits.max_side) {
      return absl::ResourceExhaustedError(
          absl::StrCat("its frames of ", parameters.width, " x ", parameters.height,
                       " pixels are over the limit of ", options.limits.max_pixels, " pixels and ",
                       options.limits.max_side, " a side"));
    }
    opened.video.push_back(static_cast<int>(i));
    stream.discard = AVDISCARD_DEFAULT;
  }
  if (opened.video.empty()) {
    return absl::FailedPreconditionError(any_sound ? "it has sound but no video"
                                                   : "there is no video in it");
  }
  if (opened.video.size() > static_cast<size_t>(options.limits.max_tracks)) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "it has ", opened.video.size(), " video tracks; the limit is ", options.limits.max_tracks));
  }
  return opened;
}

}  // namespace efface
