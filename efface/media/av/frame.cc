#include "efface/media/av/frame.h"

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>

#include "base/status.h"
#include "efface/media/av/grey.h"
#include "efface/media/av/regions.h"

namespace efface {
namespace {

// How one plane's samples lie and what they are.
struct PlaneLayout {
  int plane = 0;
  int width = 0, height = 0;
  int sub_x = 1, sub_y = 1;  // picture pixels a sample
  int bits = 8;
  Channel channel = Channel::kLuma;

  bool SameGrid(const PlaneLayout& other) const {
    return width == other.width && height == other.height && sub_x == other.sub_x &&
           sub_y == other.sub_y;
  }
};

const AVPixFmtDescriptor* Describe(const AVFrame& frame) {
  return av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
}

bool IsRgb(const AVPixFmtDescriptor& format) { return (format.flags & AV_PIX_FMT_FLAG_RGB) != 0; }

std::vector<PlaneLayout> Layouts(const AVFrame& frame) {
  const AVPixFmtDescriptor& format = *Describe(frame);
  constexpr std::array<Channel, 3> kYuv = {Channel::kLuma, Channel::kCb, Channel::kCr};
  constexpr std::array<Channel, 3> kRgb = {Channel::kRed, Channel::kGreen, Channel::kBlue};
  const bool alpha = (format.flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
  std::vector<PlaneLayout> layouts;
  for (int i = 0; i < format.nb_components; ++i) {
    PlaneLayout layout;
    layout.plane = format.comp[i].plane;
    layout.bits = format.comp[i].depth;
    if (alpha && i == format.nb_components - 1) {
      layout.channel = Channel::kAlpha;
    } else {
      layout.channel = (IsRgb(format) ? kRgb : kYuv)[static_cast<size_t>(i)];
    }
    const bool chroma = layout.channel == Channel::kCb || layout.channel == Channel::kCr;
    const int shift_x = chroma ? format.log2_chroma_w : 0;
    const int shift_y = chroma ? format.log2_chroma_h : 0;
    layout.sub_x = 1 << shift_x;
    layout.sub_y = 1 << shift_y;
    layout.width = AV_CEIL_RSHIFT(frame.width, shift_x);
    layout.height = AV_CEIL_RSHIFT(frame.height, shift_y);
    layouts.push_back(layout);
  }
  return layouts;
}

// Kr and Kb of ITU-T H.273, table 4.
std::pair<double, double> Coefficients(AVColorSpace matrix) {
  switch (matrix) {
    case AVCOL_SPC_BT709:
      return {0.2126, 0.0722};
    case AVCOL_SPC_FCC:
      return {0.30, 0.11};
    case AVCOL_SPC_SMPTE240M:
      return {0.212, 0.087};
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return {0.2627, 0.0593};
    default:
      return {0.299, 0.114};
  }
}

// The same samples under the name that has no range in it.
AVPixelFormat WithoutRange(AVPixelFormat format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P:
      return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ411P:
      return AV_PIX_FMT_YUV411P;
    default:
      return format;
  }
}

int ScalerMatrix(AVColorSpace matrix) {
  switch (matrix) {
    case AVCOL_SPC_BT709:
      return SWS_CS_ITU709;
    case AVCOL_SPC_FCC:
      return SWS_CS_FCC;
    case AVCOL_SPC_SMPTE240M:
      return SWS_CS_SMPTE240M;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return SWS_CS_BT2020;
    default:
      return SWS_CS_ITU601;
  }
}

}  // namespace

AVColorSpace MatrixOf(const AVFrame& frame) {
  switch (frame.colorspace) {
    case AVCOL_SPC_BT709:
    case AVCOL_SPC_FCC:
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_SMPTE240M:
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return frame.colorspace;
    default:
      return frame.height >= 720 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
  }
}

bool IsFullRange(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  if (IsRgb(*Describe(frame))) return frame.color_range != AVCOL_RANGE_MPEG;
  return frame.color_range == AVCOL_RANGE_JPEG || WithoutRange(format) != format;
}

AvScalerPtr AvScalers::Take(const Key& key) {
  {
    const std::lock_guard lock(mutex_);
    for (auto it = idle_.rbegin(); it != idle_.rend(); ++it) {
      if (!(it->first == key)) continue;
      AvScalerPtr scaler = std::move(it->second);
      idle_.erase(std::next(it).base());
      return scaler;
    }
  }
  AvScalerPtr scaler(sws_getContext(key.width, key.height, static_cast<AVPixelFormat>(key.format),
                                    key.to_width, key.to_height,
                                    static_cast<AVPixelFormat>(key.to_format),
                                    SWS_BILINEAR | SWS_ACCURATE_RND, nullptr, nullptr, nullptr));
  if (scaler == nullptr) return nullptr;
  // Fails, rightly, where neither side is YCbCr. To RGB: all of its range; to YCbCr: as it comes.
  const bool to_rgb = IsRgb(*av_pix_fmt_desc_get(static_cast<AVPixelFormat>(key.to_format)));
  const int* matrix = sws_getCoefficients(key.matrix);
  sws_setColorspaceDetails(scaler.get(), matrix, key.full_range, matrix,
                           to_rgb ? 1 : key.full_range, 0, 1 << 16, 1 << 16);
  return scaler;
}

void AvScalers::GiveBack(const Key& key, AvScalerPtr scaler) {
  constexpr size_t kMost = 16;
  const std::lock_guard lock(mutex_);
  if (idle_.size() == kMost) idle_.erase(idle_.begin());
  idle_.emplace_back(key, std::move(scaler));
}

bool AvFrame::IsUsable(AVPixelFormat format) {
  const AVPixFmtDescriptor* found = av_pix_fmt_desc_get(format);
  if (found == nullptr || !sws_isSupportedInput(format)) return false;
  constexpr uint64_t kStrange = AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
                                AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BAYER |
                                AV_PIX_FMT_FLAG_FLOAT;
  if ((found->flags & kStrange) != 0 || found->nb_components == 0) return false;
  const int bits = found->comp[0].depth;
  if (bits > 8 && ((found->flags & AV_PIX_FMT_FLAG_BE) != 0) != (AV_HAVE_BIGENDIAN != 0)) {
    return false;
  }
  unsigned planes = 0;
  for (int i = 0; i < found->nb_components; ++i) {
    const AVComponentDescriptor& component = found->comp[i];
    if (component.depth != bits || bits < 8 || bits > 16 || component.shift != 0 ||
        component.offset != 0 || component.step != (bits > 8 ? 2 : 1)) {
      return false;
    }
    planes |= 1u << component.plane;
  }
  return planes == (1u << found->nb_components) - 1;  // each channel has a plane
}

absl::StatusOr<AvFramePtr> AvFrame::Plain(const AVFrame& like) {
  AvFramePtr plain(av_frame_alloc());
  if (plain != nullptr) {
    plain->width = like.width;
    plain->height = like.height;
    plain->format = like.format;
    plain->pts = like.pts;
    plain->pkt_duration = like.pkt_duration;
    plain->time_base = like.time_base;
    plain->sample_aspect_ratio = like.sample_aspect_ratio;
    plain->interlaced_frame = like.interlaced_frame;
    plain->top_field_first = like.top_field_first;
    plain->color_range = like.color_range;
    plain->color_primaries = like.color_primaries;
    plain->color_trc = like.color_trc;
    plain->colorspace = like.colorspace;
    plain->chroma_location = like.chroma_location;
  }
  if (plain == nullptr || av_frame_get_buffer(plain.get(), 0) < 0) {
    return absl::ResourceExhaustedError("there is not enough memory for a frame");
  }
  FillPlain(*plain);
  return plain;
}

void AvFrame::FillPlain(AVFrame& frame) {
  for (const PlaneLayout& layout : Layouts(frame)) {
    const int full = (1 << layout.bits) - 1;
    const int value = layout.channel == Channel::kAlpha ? full : 1 << (layout.bits - 1);
    for (int y = 0; y < layout.height; ++y) {
      uint8_t* row = frame.data[layout.plane] + ptrdiff_t{y} * frame.linesize[layout.plane];
      if (layout.bits == 8) {
        std::memset(row, value, static_cast<size_t>(layout.width));
      } else {
        std::fill_n(reinterpret_cast<uint16_t*>(row), layout.width, static_cast<uint16_t>(value));
      }
    }
  }
}

absl::StatusOr<AvFramePtr> AvFrame::Conform(const AVFrame& frame, const AVFrame& like,
                                            AvScalers& scalers) {
  ASSIGN_OR_RETURN(AvFramePtr conformed, Plain(like));
  conformed->pts = frame.pts;
  conformed->pkt_duration = frame.pkt_duration;
  const AvScalers::Key key = {
      .width = frame.width,
      .height = frame.height,
      .format = WithoutRange(static_cast<AVPixelFormat>(frame.format)),
      .matrix = ScalerMatrix(MatrixOf(frame)),
      .full_range = IsFullRange(frame),
      .to_width = like.width,
      .to_height = like.height,
      .to_format = WithoutRange(static_cast<AVPixelFormat>(like.format)),
  };
  AvScalerPtr scaler = scalers.Take(key);
  if (scaler == nullptr || sws_scale(scaler.get(), frame.data, frame.linesize, 0, frame.height,
                                     conformed->data, conformed->linesize) != like.height) {
    return absl::UnimplementedError(
        "the pictures change their kind in mid-stream in a way that Efface does not redact");
  }
  scalers.GiveBack(key, std::move(scaler));
  return conformed;
}

RgbPicture AvFrame::Rgb(const FramePart& part, int width, int height) const {
  const AVPixFmtDescriptor& format = *Describe(*frame_);
  // The part in whole chroma samples: nearest, at least one, within the picture.
  const auto round = [](double from, double size, int limit, int shift) {
    const double unit = 1 << shift;
    const int last = ((limit - 1) >> shift) << shift;
    const int begin = static_cast<int>(std::clamp(std::round(from / unit) * unit, 0.0, 1.0 * last));
    const double end = std::round((from + size) / unit) * unit;
    return std::pair(
        begin, static_cast<int>(std::clamp(end, begin + unit, std::max(limit, begin + 1) * 1.0)));
  };
  auto [left, right] = round(part.x, part.width, frame_->width, format.log2_chroma_w);
  auto [top, bottom] = round(part.y, part.height, frame_->height, format.log2_chroma_h);
  right = std::min(right, frame_->width);
  bottom = std::min(bottom, frame_->height);

  const AvScalers::Key key = {
      .width = right - left,
      .height = bottom - top,
      .format = WithoutRange(static_cast<AVPixelFormat>(frame_->format)),
      .matrix = ScalerMatrix(MatrixOf(*frame_)),
      .full_range = IsFullRange(*frame_),
      .to_width = width,
      .to_height = height,
      .to_format = AV_PIX_FMT_RGB24,
  };
  AvScalerPtr scaler = scalers_->Take(key);
  if (scaler == nullptr) return {};

  std::array<const uint8_t*, 4> planes{};
  for (const PlaneLayout& layout : Layouts(*frame_)) {
    const ptrdiff_t bytes = layout.bits > 8 ? 2 : 1;
    const auto plane = static_cast<size_t>(layout.plane);
    planes[plane] = frame_->data[plane] + ptrdiff_t{top / layout.sub_y} * frame_->linesize[plane] +
                    left / layout.sub_x * bytes;
  }
  RgbPicture picture{width, height, {}};
  const size_t size = size_t{3} * static_cast<size_t>(width) * static_cast<size_t>(height);
  constexpr size_t kOverrun = 64;  // the scaler may write past a row's end, by a vector at most
  picture.samples.resize(size + kOverrun);
  std::array<uint8_t*, 4> to = {picture.samples.data()};
  const std::array<int, 4> to_stride = {3 * width};
  const int rows = sws_scale(scaler.get(), planes.data(), frame_->linesize, 0, key.height,
                             to.data(), to_stride.data());
  picture.samples.resize(size);
  if (rows != height) return {};
  scalers_->GiveBack(key, std::move(scaler));
  return picture;
}

GreyPicture AvFrame::Grey(int width, int height) const {
  const int bits = Describe(*frame_)->comp[0].depth;  // plane 0: luma, or green
  if (bits == 8) {
    return AreaMeans(GreySource<uint8_t>{frame_->data[0], frame_->linesize[0], frame_->width,
                                         frame_->height, bits},
                     width, height);
  }
  return AreaMeans(
      GreySource<uint16_t>{reinterpret_cast<const uint16_t*>(frame_->data[0]),
                           frame_->linesize[0] / 2, frame_->width, frame_->height, bits},
      width, height);
}

absl::Status AvFrame::Hide(const Hider& hider) {
  const auto layouts = Layouts(*frame_);
  // Planes of one grid share their patches.
  std::vector<std::pair<PlaneLayout, std::vector<Patch>>> grids;
  bool any = false;
  for (const PlaneLayout& layout : layouts) {
    if (std::any_of(grids.begin(), grids.end(),
                    [&](const auto& grid) { return grid.first.SameGrid(layout); })) {
      continue;
    }
    grids.emplace_back(layout, hider.Patches({.width = layout.width,
                                              .height = layout.height,
                                              .sub_x = static_cast<double>(layout.sub_x),
                                              .sub_y = static_cast<double>(layout.sub_y)}));
    any = any || !grids.back().second.empty();
  }
  if (!any) return absl::OkStatus();
  if (av_frame_make_writable(frame_.get()) < 0) {
    return absl::ResourceExhaustedError("there is not enough memory for a frame");
  }
  const auto [kr, kb] = Coefficients(MatrixOf(*frame_));
  for (const PlaneLayout& layout : layouts) {
    const auto& patches = std::find_if(grids.begin(), grids.end(), [&](const auto& grid) {
                            return grid.first.SameGrid(layout);
                          })->second;
    for (const Patch& patch : patches) {
      uint8_t* start = frame_->data[layout.plane] +
                       ptrdiff_t{patch.y} * frame_->linesize[layout.plane] +
                       ptrdiff_t{patch.x} * (layout.bits > 8 ? 2 : 1);
      PlaneView view;
      if (layout.bits == 8) {
        view.samples8 = start;
        view.stride = frame_->linesize[layout.plane];
      } else {
        view.samples16 = reinterpret_cast<uint16_t*>(start);
        view.stride = frame_->linesize[layout.plane] / 2;
      }
      view.width = patch.width;
      view.height = patch.height;
      view.bits = layout.bits;
      view.channel = layout.channel;
      view.full_range = IsFullRange(*frame_);
      view.kr = kr;
      view.kb = kb;
      hider.Fill(patch, view);
    }
  }
  return AddFilledRegions(grids.front().second, *frame_);
}

absl::Status AvFrame::Blank() {
  ASSIGN_OR_RETURN(AvFramePtr plain, Plain(*frame_));
  // What describes the picture stays with it; its samples go.
  if (av_frame_copy_props(plain.get(), frame_.get()) < 0) {
    return absl::ResourceExhaustedError("there is not enough memory for a frame");
  }
  frame_ = std::move(plain);
  return absl::OkStatus();
}

}  // namespace efface
