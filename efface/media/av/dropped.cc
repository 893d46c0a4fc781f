#include "efface/media/av/dropped.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace efface {
namespace {

// Tags that FFmpeg makes up from the container's structure; they say nothing of their own.
bool IsStructure(std::string_view key, std::string_view value) {
  constexpr std::string_view kStructure[] = {"major_brand", "minor_version", "compatible_brands",
                                             "language", "DURATION"};
  return std::find(std::begin(kStructure), std::end(kStructure), key) != std::end(kStructure) ||
         (key == "vendor_id" && value == "[0][0][0][0]") ||
         (key == "handler_name" && (value == "VideoHandler" || value == "SoundHandler"));
}

void CountTags(const AVDictionary* tags, RemovedBytes& removed) {
  const AVDictionaryEntry* tag = nullptr;
  while ((tag = av_dict_get(tags, "", tag, AV_DICT_IGNORE_SUFFIX)) != nullptr) {
    if (IsStructure(tag->key, tag->value)) continue;
    const auto bytes = static_cast<int64_t>(std::strlen(tag->key) + std::strlen(tag->value));
    removed["metadata"] += bytes;
    const std::string key = absl::AsciiStrToLower(tag->key);
    if (absl::StrContains(key, "location") || absl::StrContains(key, "iso6709") ||
        absl::StrContains(key, "gps") || absl::StrContains(key, "xyz")) {
      removed["location"] += bytes;
    }
  }
}

int64_t IndexedBytes(const AVStream& stream) {
  int64_t bytes = 0;
  auto* asked = const_cast<AVStream*>(&stream);  // FFmpeg's getter takes no const
  for (int i = 0; i < avformat_index_get_entries_count(&stream); ++i) {
    bytes += avformat_index_get_entry(asked, i)->size;
  }
  return bytes;
}

void CountTrack(const AVStream& stream, RemovedBytes& removed) {
  const AVCodecParameters& parameters = *stream.codecpar;
  if ((stream.disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) {
    removed["cover-picture"] += stream.attached_pic.size;
    return;
  }
  switch (parameters.codec_type) {
    case AVMEDIA_TYPE_VIDEO:
      removed["video-track"] += IndexedBytes(stream);
      break;
    case AVMEDIA_TYPE_AUDIO:
      removed["sound"] += IndexedBytes(stream);
      break;
    case AVMEDIA_TYPE_SUBTITLE:
      removed["subtitles"] += IndexedBytes(stream);
      break;
    case AVMEDIA_TYPE_ATTACHMENT:
      removed["attachment"] += parameters.extradata_size;
      break;
    default:
      removed[parameters.codec_tag == MKTAG('t', 'm', 'c', 'd') ? "timecode" : "data-track"] +=
          IndexedBytes(stream);
      break;
  }
}

}  // namespace

void CountDropped(const AvSource& source, RemovedBytes& removed) {
  const AVFormatContext& input = *source.input;
  CountTags(input.metadata, removed);
  for (unsigned i = 0; i < input.nb_programs; ++i) CountTags(input.programs[i]->metadata, removed);
  for (unsigned i = 0; i < input.nb_chapters; ++i) {
    RemovedBytes tags;
    CountTags(input.chapters[i]->metadata, tags);
    removed["chapters"] += tags["metadata"];
  }
  for (unsigned i = 0; i < input.nb_streams; ++i) {
    const AVStream& stream = *input.streams[i];
    const int index = static_cast<int>(i);
    const auto is_in = [&](const std::vector<int>& list) {
      return std::find(list.begin(), list.end(), index) != list.end();
    };
    CountTags(stream.metadata, removed);
    if (!is_in(source.video) && !is_in(source.sound)) CountTrack(stream, removed);
    const auto layer = [&](AVPacketSideDataType type, const char* name) {
      size_t size = 0;
      if (av_stream_get_side_data(&stream, type, &size) != nullptr) {
        removed[name] += static_cast<int64_t>(size);
      }
    };
    layer(AV_PKT_DATA_DOVI_CONF, "dolby-vision");
    layer(AV_PKT_DATA_SPHERICAL, "projection");
    layer(AV_PKT_DATA_STEREO3D, "projection");
  }
}

}  // namespace efface
