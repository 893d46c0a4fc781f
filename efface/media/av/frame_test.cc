// Frames made in memory: what the detector and the follower see of them, and what hiding leaves.
#include "efface/media/av/frame.h"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <cstdlib>
#include <cstring>

#include "efface/media/av/grey.h"
#include "efface/media/test_hider.h"

namespace efface {
namespace {

// A picture whose samples are all different enough: a slope in each plane.
AvFramePtr Slope(AVPixelFormat format, int width, int height) {
  AvFramePtr frame(av_frame_alloc());
  frame->width = width;
  frame->height = height;
  frame->format = format;
  EXPECT_GE(av_frame_get_buffer(frame.get(), 0), 0);
  AvFrame::FillPlain(*frame);
  const int bits = av_pix_fmt_desc_get(format)->comp[0].depth;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int value = (x + y) * ((1 << bits) - 1) / (width + height);
      uint8_t* row = frame->data[0] + ptrdiff_t{y} * frame->linesize[0];
      if (bits == 8) {
        row[x] = static_cast<uint8_t>(value);
      } else {
        reinterpret_cast<uint16_t*>(row)[x] = static_cast<uint16_t>(value);
      }
    }
  }
  return frame;
}

AvFrame Framed(AvFramePtr frame) {
  return AvFrame(std::move(frame), std::make_shared<AvScalers>());
}

TEST(AvFrame, FormatsThatCanBeHidden) {
  for (const AVPixelFormat format :
       {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ422P, AV_PIX_FMT_YUV444P12, AV_PIX_FMT_YUVA444P10,
        AV_PIX_FMT_GRAY8, AV_PIX_FMT_GRAY10, AV_PIX_FMT_GBRP, AV_PIX_FMT_GBRP10}) {
    EXPECT_TRUE(AvFrame::IsUsable(format)) << av_get_pix_fmt_name(format);
  }
  for (const AVPixelFormat format :
       {AV_PIX_FMT_NONE, AV_PIX_FMT_NV12, AV_PIX_FMT_RGB24, AV_PIX_FMT_PAL8, AV_PIX_FMT_YUYV422,
        AV_PIX_FMT_YUV420P10BE, AV_PIX_FMT_MONOBLACK, AV_PIX_FMT_P010LE}) {
    EXPECT_FALSE(AvFrame::IsUsable(format)) << format;
  }
}

TEST(AvFrame, GreyIsTheMeanOfTheArea) {
  for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV420P10}) {
    for (const auto& [width, height] : {std::pair{320, 180}, {321, 183}, {7, 5}, {1, 1}}) {
      AvFramePtr source = Slope(format, width, height);
      const AvFramePtr kept(av_frame_clone(source.get()));
      const AvFrame frame = Framed(std::move(source));
      const int bits = format == AV_PIX_FMT_YUV420P ? 8 : 10;
      const auto sample = [&](int x, int y) -> double {
        const uint8_t* row = kept->data[0] + ptrdiff_t{y} * kept->linesize[0];
        return (bits == 8 ? row[x] : reinterpret_cast<const uint16_t*>(row)[x]) /
               static_cast<double>(1 << (bits - 8));
      };
      for (const auto& [to_width, to_height] :
           {std::pair{80, 45}, {100, 33}, {1, 1}, {width, height}, {2 * width, height}}) {
        const GreyPicture grey = frame.Grey(to_width, to_height);
        ASSERT_EQ(grey.samples.size(), static_cast<size_t>(to_width * to_height));
        const double step_x = 1.0 * width / to_width, step_y = 1.0 * height / to_height;
        for (int y = 0; y < to_height; ++y) {
          for (int x = 0; x < to_width; ++x) {
            double sum = 0, area = 0;
            for (int v = static_cast<int>(y * step_y); v < height && v < (y + 1) * step_y; ++v) {
              for (int u = static_cast<int>(x * step_x); u < width && u < (x + 1) * step_x; ++u) {
                const double weight =
                    (std::min<double>(u + 1, (x + 1) * step_x) - std::max<double>(u, x * step_x)) *
                    (std::min<double>(v + 1, (y + 1) * step_y) - std::max<double>(v, y * step_y));
                sum += weight * sample(u, v);
                area += weight;
              }
            }
            ASSERT_NEAR(grey.samples[static_cast<size_t>(y * to_width + x)],
                        std::min(sum / area, 255.0), step_x < 2 || step_y < 2 ? 3 : 1.01)
                << width << "x" << height << " to " << to_width << "x" << to_height << " at " << x
                << "," << y;
          }
        }
      }
    }
  }
}

TEST(AvFrame, RgbFollowsMatrixAndRange) {
  // Pure red by BT.709, limited range: Y 63, Cb 102, Cr 240; BT.601, full range: 76, 85, 255.
  struct Case {
    AVColorSpace matrix;
    AVColorRange range;
    int y, cb, cr;
  };
  for (const Case& red : {Case{AVCOL_SPC_BT709, AVCOL_RANGE_MPEG, 63, 102, 240},
                          Case{AVCOL_SPC_SMPTE170M, AVCOL_RANGE_JPEG, 76, 85, 255},
                          Case{AVCOL_SPC_SMPTE170M, AVCOL_RANGE_MPEG, 81, 90, 240}}) {
    AvFramePtr picture = Slope(AV_PIX_FMT_YUV420P, 64, 48);
    for (int plane = 0; plane < 3; ++plane) {
      const int value = plane == 0 ? red.y : plane == 1 ? red.cb : red.cr;
      std::memset(picture->data[plane], value,
                  static_cast<size_t>(picture->linesize[plane]) * (plane == 0 ? 48 : 24));
    }
    picture->colorspace = red.matrix;
    picture->color_range = red.range;
    const AvFrame frame = Framed(std::move(picture));
    for (const auto& [width, height] : {std::pair{64, 48}, {32, 24}, {17, 5}}) {
      const RgbPicture rgb = frame.Rgb({0, 0, 64, 48}, width, height);
      ASSERT_EQ(rgb.samples.size(), static_cast<size_t>(width * height * 3));
      for (size_t i = 0; i < rgb.samples.size(); i += 3) {
        ASSERT_NEAR(rgb.samples[i], 255, 3);
        ASSERT_NEAR(rgb.samples[i + 1], 0, 4);
        ASSERT_NEAR(rgb.samples[i + 2], 0, 4);
      }
    }
  }
}

TEST(AvFrame, RgbOfAPart) {
  const AvFrame frame = Framed(Slope(AV_PIX_FMT_GRAY8, 200, 100));
  const RgbPicture part = frame.Rgb({100, 50, 40, 20}, 40, 20);
  ASSERT_EQ(part.width, 40);
  const RgbPicture whole = frame.Rgb({0, 0, 200, 100}, 200, 100);
  for (int y = 0; y < 20; ++y) {
    for (int x = 0; x < 40; ++x) {
      ASSERT_NEAR(part.samples[static_cast<size_t>(3 * (y * 40 + x))],
                  whole.samples[static_cast<size_t>(3 * ((y + 50) * 200 + x + 100))], 1);
    }
  }
  // Parts at the border and of less than a sample.
  EXPECT_EQ(frame.Rgb({199.5, 99.5, 0.5, 0.5}, 3, 3).samples.size(), 27u);
  EXPECT_EQ(Framed(Slope(AV_PIX_FMT_YUV420P, 1, 1)).Rgb({0, 0, 1, 1}, 4, 4).samples.size(), 48u);
}

// What is hidden leaves no trace, all else stays, and a frame that shares its memory stays whole.
TEST(AvFrame, HidesInEveryPlane) {
  for (const AVPixelFormat format : {AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P10, AV_PIX_FMT_YUV444P,
                                     AV_PIX_FMT_YUVA420P, AV_PIX_FMT_GRAY8, AV_PIX_FMT_GBRP10}) {
    AvFramePtr picture = Slope(format, 101, 67);
    const AvFramePtr other(av_frame_clone(picture.get()));
    AvFrame frame = Framed(std::move(picture));
    const RectangleHider hider(30, 20, 25, 21);
    ASSERT_TRUE(frame.Hide(hider).ok());
    const AVPixFmtDescriptor& description = *av_pix_fmt_desc_get(format);
    for (int c = 0; c < description.nb_components; ++c) {
      const bool chroma = (c == 1 || c == 2) && (description.flags & AV_PIX_FMT_FLAG_RGB) == 0;
      const int shift_x = chroma ? description.log2_chroma_w : 0;
      const int shift_y = chroma ? description.log2_chroma_h : 0;
      const PlaneGrid grid = {.width = AV_CEIL_RSHIFT(101, shift_x),
                              .height = AV_CEIL_RSHIFT(67, shift_y),
                              .sub_x = 1.0 * (1 << shift_x),
                              .sub_y = 1.0 * (1 << shift_y)};
      const SampleBox hidden = hider.Hidden(grid);
      const int plane = description.comp[c].plane;
      const int bytes = description.comp[c].depth > 8 ? 2 : 1;
      int first = -1;
      for (int y = 0; y < grid.height; ++y) {
        for (int x = 0; x < grid.width; ++x) {
          const auto read = [&](const AVFrame& from) {
            const uint8_t* at =
                from.data[plane] + ptrdiff_t{y} * from.linesize[plane] + ptrdiff_t{x} * bytes;
            return bytes == 1 ? *at : *reinterpret_cast<const uint16_t*>(at);
          };
          if (hidden.Contains(x, y)) {
            if (first < 0) first = read(frame.frame());
            ASSERT_EQ(read(frame.frame()), first);
          } else {
            ASSERT_EQ(read(frame.frame()), read(*other)) << x << "," << y;
          }
        }
      }
      ASSERT_GE(first, 0);
    }
  }
}

TEST(AvFrame, BlankIsOneColour) {
  AvFramePtr picture = Slope(AV_PIX_FMT_YUV420P, 33, 17);
  picture->pts = 1234;
  AvFrame frame = Framed(std::move(picture));
  ASSERT_TRUE(frame.Blank().ok());
  EXPECT_EQ(frame.frame().pts, 1234);
  const GreyPicture grey = frame.Grey(33, 17);
  EXPECT_EQ(std::count(grey.samples.begin(), grey.samples.end(), 128), 33 * 17);
}

}  // namespace
}  // namespace efface
