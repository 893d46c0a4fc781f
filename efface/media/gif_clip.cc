// Animated GIF: gif_blocks.h finds the frames, giflib decodes them one by one, gif_write.h writes.
#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "base/status.h"
#include "efface/media/animation.h"
#include "efface/media/gif_blocks.h"
#include "efface/media/gif_write.h"

namespace efface {
namespace {

// A giflib reader of one image. giflib is given a file that holds nothing else.
class ImageDecoder {
 public:
  explicit ImageDecoder(ByteView data) : parts_{kHead, data, kTrailer} {
    gif_ = DGifOpen(this, &ImageDecoder::OnRead, nullptr);
  }
  ImageDecoder(const ImageDecoder&) = delete;
  ImageDecoder& operator=(const ImageDecoder&) = delete;
  ~ImageDecoder() {
    if (gif_ != nullptr) DGifCloseFile(gif_, nullptr);
  }

  // Calls row(y, indices) for each row, in the order in which they are stored; false where one
  // can't be decoded.
  template <typename Row>
  bool Decode(const GifImage& image, const Row& row) {
    GifRecordType record = UNDEFINED_RECORD_TYPE;
    if (gif_ == nullptr || DGifGetRecordType(gif_, &record) == GIF_ERROR ||
        record != IMAGE_DESC_RECORD_TYPE || DGifGetImageDesc(gif_) == GIF_ERROR) {
      return false;
    }
    std::vector<GifPixelType> indices(static_cast<size_t>(image.width));
    const auto rows = [&](int start, int step) {
      for (int y = start; y < image.height; y += step) {
        if (DGifGetLine(gif_, indices.data(), image.width) == GIF_ERROR) return false;
        row(y, indices);
      }
      return true;
    };
    // GIF89a, appendix E.
    if (image.interlaced) return rows(0, 8) && rows(4, 8) && rows(2, 4) && rows(1, 2);
    return rows(0, 1);
  }

 private:
  // A screen of 1 x 1 without a colour table.
  static constexpr std::array<uint8_t, 13> kHead = {'G', 'I', 'F', '8', '9', 'a', 1,
                                                    0,   1,   0,   0,   0,   0};
  static constexpr std::array<uint8_t, 1> kTrailer = {';'};

  static int OnRead(GifFileType* gif, GifByteType* out, int size) {
    auto* decoder = static_cast<ImageDecoder*>(gif->UserData);
    size_t done = 0;
    const auto wanted = static_cast<size_t>(std::max(size, 0));
    for (ByteView& part : decoder->parts_) {
      const size_t count = std::min(wanted - done, part.size());
      if (count > 0) std::memcpy(out + done, part.data(), count);
      part = part.subspan(count);
      done += count;
    }
    return static_cast<int>(done);
  }

  std::array<ByteView, 3> parts_;
  GifFileType* gif_ = nullptr;
};

class GifFamily : public AnimationFamily {
 public:
  GifFamily(Bytes bytes, GifFile file)
      : bytes_(std::move(bytes)),
        file_(std::move(file)),
        colors_(std::make_shared<const std::vector<PaletteEntry>>(file_.colors)) {}

  const Animation& animation() const override { return file_.animation; }
  std::string_view name() const override { return "GIF"; }
  std::vector<ChannelInfo> channels() const override {
    return {{Channel::kRed}, {Channel::kGreen}, {Channel::kBlue}, {Channel::kAlpha}};
  }

  bool Decode(const FrameSpec& frame, Raster& samples) const override {
    const auto image = ReadGifImage(frame.data);
    if (!image) return false;
    const std::vector<PaletteEntry>& palette = image->colors.empty() ? file_.colors : image->colors;
    std::array<PaletteEntry, 256> colors;  // those past the palette's end are black
    std::copy_n(palette.begin(), std::min(palette.size(), colors.size()), colors.begin());
    if (frame.transparent >= 0) colors[static_cast<size_t>(frame.transparent)] = {0, 0, 0, 0};
    return ImageDecoder(frame.data).Decode(*image, [&](int y, const auto& indices) {
      if (y >= frame.rect.height) return;  // outside of the canvas
      uint8_t* out = samples.row8(y);
      for (size_t x = 0; x < static_cast<size_t>(frame.rect.width); ++x) {
        const PaletteEntry& color = colors[indices[x]];
        *out++ = color.red;
        *out++ = color.green;
        *out++ = color.blue;
        *out++ = color.alpha;
      }
    });
  }

  std::shared_ptr<const std::vector<PaletteEntry>> Colors(const FrameSpec& frame) const override {
    auto image = ReadGifImage(frame.data);
    if (!image || image->colors.empty()) return colors_;
    return std::make_shared<const std::vector<PaletteEntry>>(std::move(image->colors));
  }

  absl::StatusOr<std::unique_ptr<ClipWriter>> NewWriter(
      int fd, const ClipWriteOptions& options) const override {
    if (!options.codec.empty() && options.codec != "gif") {
      return absl::UnimplementedError("an animated GIF can be written as GIF only");
    }
    return NewGifWriter(fd, file_);
  }

 private:
  Bytes bytes_;  // file_ has views of it
  GifFile file_;
  std::shared_ptr<const std::vector<PaletteEntry>> colors_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ClipReader>> OpenGifClip(int fd, const ClipReadOptions& options) {
  ASSIGN_OR_RETURN(Bytes bytes, ReadDescriptor(fd, kMaxAnimationBytes));
  ASSIGN_OR_RETURN(GifFile file, ReadGifBlocks(bytes, options.limits));
  return NewAnimationReader(std::make_unique<GifFamily>(std::move(bytes), std::move(file)),
                            options.limits);
}

}  // namespace efface
