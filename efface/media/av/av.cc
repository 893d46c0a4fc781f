#include "efface/media/av/av.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <limits>

#include "absl/strings/str_cat.h"

namespace efface {
namespace {

constexpr int kIoBuffer = 1 << 16;  // bytes

// What an AVIOContext of ours points to.
struct Position {
  int fd = -1;
  int64_t at = 0;  // bytes from the start of the file
};

int ReadAt(void* opaque, uint8_t* buffer, int size) {
  auto& position = *static_cast<Position*>(opaque);
  ssize_t got;
  do {
    got = pread(position.fd, buffer, static_cast<size_t>(size), position.at);
  } while (got < 0 && errno == EINTR);
  if (got < 0) return AVERROR(errno);
  if (got == 0) return AVERROR_EOF;
  position.at += got;
  return static_cast<int>(got);
}

int WriteAt(void* opaque, uint8_t* buffer, int size) {
  auto& position = *static_cast<Position*>(opaque);
  for (int done = 0; done < size;) {
    const ssize_t put =
        pwrite(position.fd, buffer + done, static_cast<size_t>(size - done), position.at);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return put < 0 ? AVERROR(errno) : AVERROR(EIO);
    position.at += put;
    done += static_cast<int>(put);
  }
  return size;
}

int64_t SeekTo(void* opaque, int64_t offset, int whence) {
  auto& position = *static_cast<Position*>(opaque);
  int64_t start = 0;
  whence &= ~AVSEEK_FORCE;
  if (whence == AVSEEK_SIZE || whence == SEEK_END) {
    struct stat file;
    if (fstat(position.fd, &file) != 0) return AVERROR(errno);
    if (whence == AVSEEK_SIZE) return file.st_size;
    start = file.st_size;
  } else if (whence == SEEK_CUR) {
    start = position.at;
  } else if (whence != SEEK_SET) {
    return AVERROR(EINVAL);
  }
  if (offset > std::numeric_limits<int64_t>::max() - start || start + offset < 0) {
    return AVERROR(EINVAL);
  }
  return position.at = start + offset;
}

// The log tells one thing that a decoder says nowhere else (FFmpeg 5.1, hevc_refs.c, h264_refs.c).
void ReadLog(void* context, int, const char* format, va_list) {
  if (context == nullptr || format == nullptr) return;
  if (*static_cast<const AVClass**>(context) != avcodec_get_class()) return;
  auto* notes = static_cast<AvDecoderNotes*>(static_cast<AVCodecContext*>(context)->opaque);
  if (notes == nullptr) return;
  const std::string_view line = format;
  if (line.starts_with("Could not find ref with POC") ||
      line.starts_with("Missing reference picture") ||
      line.starts_with("reference picture missing during reorder")) {
    notes->missing_reference = true;
  }
}

}  // namespace

void AvDeleter::operator()(AVIOContext* io) const {
  delete static_cast<Position*>(io->opaque);
  av_freep(&io->buffer);
  avio_context_free(&io);
}

absl::StatusOr<AvIoPtr> OpenIo(int fd, IoMode mode) {
  auto position = std::make_unique<Position>(Position{.fd = fd});
  const bool write = mode == IoMode::kReadWrite;
  auto* buffer = static_cast<uint8_t*>(av_malloc(kIoBuffer));
  AVIOContext* io = buffer == nullptr
                        ? nullptr
                        : avio_alloc_context(buffer, kIoBuffer, write ? 1 : 0, position.get(),
                                             ReadAt, write ? WriteAt : nullptr, SeekTo);
  if (io == nullptr) {
    av_free(buffer);
    return absl::ResourceExhaustedError("there is not enough memory");
  }
  position.release();
  return AvIoPtr(io);
}

std::string AvErrorText(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = "";
  av_strerror(error, text, sizeof text);
  return text;
}

absl::Status AvError(std::string_view what, int error) {
  const std::string sentence =
      absl::StrCat(absl::string_view(what.data(), what.size()), ": ", AvErrorText(error));
  switch (error) {
    case AVERROR(ENOMEM):
    case AVERROR(ENOSPC):
      return absl::ResourceExhaustedError(sentence);
    case AVERROR_INVALIDDATA:
    case AVERROR_EOF:
      return absl::DataLossError(sentence);
    case AVERROR_PATCHWELCOME:
    case AVERROR(ENOSYS):
    case AVERROR_DECODER_NOT_FOUND:
    case AVERROR_ENCODER_NOT_FOUND:
    case AVERROR_DEMUXER_NOT_FOUND:
    case AVERROR_MUXER_NOT_FOUND:
      return absl::UnimplementedError(sentence);
    default:
      // The system's errors are small numbers, FFmpeg's own are four letters.
      return AVUNERROR(error) > 0 && AVUNERROR(error) < 4096 ? absl::UnavailableError(sentence)
                                                             : absl::InternalError(sentence);
  }
}

void SetUpAv() {
  av_max_alloc(size_t{1} << 30);
  av_log_set_callback(ReadLog);
}

std::string AvCodecName(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_H264:
      return "H.264";
    case AV_CODEC_ID_HEVC:
      return "HEVC";
    case AV_CODEC_ID_VP8:
      return "VP8";
    case AV_CODEC_ID_VP9:
      return "VP9";
    case AV_CODEC_ID_AV1:
      return "AV1";
    case AV_CODEC_ID_MPEG4:
      return "MPEG-4";
    case AV_CODEC_ID_MPEG2VIDEO:
      return "MPEG-2";
    case AV_CODEC_ID_MPEG1VIDEO:
      return "MPEG-1";
    case AV_CODEC_ID_MJPEG:
      return "Motion JPEG";
    case AV_CODEC_ID_PRORES:
      return "ProRes";
    default:
      return avcodec_get_name(codec);
  }
}

double AvSeconds(int64_t time, AVRational base) {
  return time == AV_NOPTS_VALUE || base.den == 0 ? 0 : static_cast<double>(time) * av_q2d(base);
}

}  // namespace efface
