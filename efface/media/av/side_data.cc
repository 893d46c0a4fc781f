#include "efface/media/av/side_data.h"

#include <cmath>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace efface {
namespace {

// Null for side data that says nothing about the scene or is kept by other means (motion vectors,
// quantisers, panning; mastering display, display matrix).
const char* RemovedName(AVFrameSideDataType type) {
  switch (type) {
    case AV_FRAME_DATA_A53_CC:
      return "closed-captions";
    case AV_FRAME_DATA_DYNAMIC_HDR_PLUS:
    case AV_FRAME_DATA_DYNAMIC_HDR_VIVID:
      return "hdr10-plus";
    case AV_FRAME_DATA_DOVI_RPU_BUFFER:
    case AV_FRAME_DATA_DOVI_METADATA:
      return "dolby-vision";
    case AV_FRAME_DATA_GOP_TIMECODE:
    case AV_FRAME_DATA_S12M_TIMECODE:
      return "timecode";
    case AV_FRAME_DATA_SEI_UNREGISTERED:
      return "user-data";
    case AV_FRAME_DATA_ICC_PROFILE:
      return "colour-profile";
    case AV_FRAME_DATA_STEREO3D:
    case AV_FRAME_DATA_SPHERICAL:
      return "projection";
    case AV_FRAME_DATA_FILM_GRAIN_PARAMS:
      return "film-grain";
    default:
      return nullptr;
  }
}

long Scaled(AVRational value, int unit) { return std::lround(av_q2d(value) * unit); }

}  // namespace

std::string HdrStatic::Mastering() const {
  if (!mastering || !mastering->has_primaries || !mastering->has_luminance) return "";
  const auto point = [](const AVRational(&xy)[2]) {
    return absl::StrCat("(", Scaled(xy[0], 50000), ",", Scaled(xy[1], 50000), ")");
  };
  const auto& primaries = mastering->display_primaries;  // red, green, blue
  return absl::StrCat("G", point(primaries[1]), "B", point(primaries[2]), "R", point(primaries[0]),
                      "WP", point(mastering->white_point), "L(",
                      Scaled(mastering->max_luminance, 10000), ",",
                      Scaled(mastering->min_luminance, 10000), ")");
}

std::string HdrStatic::Light() const {
  return light ? absl::StrCat(light->MaxCLL, ",", light->MaxFALL) : "";
}

HdrStatic HdrOf(const AVStream& stream) {
  HdrStatic hdr;
  const auto take = [&](auto& to, AVPacketSideDataType type) {
    size_t size = 0;
    const uint8_t* data = av_stream_get_side_data(&stream, type, &size);
    if (data != nullptr && size >= sizeof(*to)) std::memcpy(&to.emplace(), data, sizeof(*to));
  };
  take(hdr.mastering, AV_PKT_DATA_MASTERING_DISPLAY_METADATA);
  take(hdr.light, AV_PKT_DATA_CONTENT_LIGHT_LEVEL);
  return hdr;
}

HdrStatic HdrOf(const AVFrame& frame, const HdrStatic& stated) {
  HdrStatic hdr = stated;
  const auto take = [&](auto& to, AVFrameSideDataType type) {
    const AVFrameSideData* side = av_frame_get_side_data(&frame, type);
    if (side == nullptr || side->size < sizeof(*to)) return;
    std::memcpy(&to.emplace(), side->data, sizeof(*to));
  };
  take(hdr.mastering, AV_FRAME_DATA_MASTERING_DISPLAY_METADATA);
  take(hdr.light, AV_FRAME_DATA_CONTENT_LIGHT_LEVEL);
  return hdr;
}

void StripFrame(AVFrame& frame, RemovedBytes& removed) {
  for (int i = 0; i < frame.nb_side_data; ++i) {
    const AVFrameSideData& side = *frame.side_data[i];
    if (const char* name = RemovedName(side.type)) {
      removed[name] += static_cast<int64_t>(side.size);
    }
  }
  for (int kept = 0; kept < frame.nb_side_data;) {
    const AVFrameSideDataType type = frame.side_data[kept]->type;
    if (type == AV_FRAME_DATA_REGIONS_OF_INTEREST) {
      ++kept;
    } else {
      av_frame_remove_side_data(&frame, type);
    }
  }
  av_dict_free(&frame.metadata);
  av_buffer_unref(&frame.opaque_ref);
  frame.opaque = nullptr;
  frame.pict_type = AV_PICTURE_TYPE_NONE;
  frame.key_frame = 0;
  frame.quality = 0;
  frame.repeat_pict = 0;
}

}  // namespace efface
