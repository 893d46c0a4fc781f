#include "efface/media/heif_de265.h"

#include <libde265/de265.h>

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"

namespace efface {
namespace {

struct Deleter {
  void operator()(de265_decoder_context* context) const { de265_free_decoder(context); }
};
using Context = std::unique_ptr<de265_decoder_context, Deleter>;

absl::Status Damaged(absl::string_view why) {
  return absl::DataLossError(absl::StrCat("the file is truncated or damaged: ", why));
}

// The first picture that comes out; it belongs to the decoder.
absl::StatusOr<const de265_image*> DecodeFirst(de265_decoder_context* context) {
  int more = 1;
  while (more != 0) {
    more = 0;
    const de265_error error = de265_decode(context, &more);
    if (!de265_isOK(error)) return Damaged(de265_get_error_text(error));
    if (const de265_image* image = de265_peek_next_picture(context)) return image;
  }
  return Damaged("its HEVC data holds no picture");
}

absl::StatusOr<YuvPicture> FormatOf(const de265_image* image) {
  YuvPicture format;
  const de265_chroma chroma = de265_get_chroma_format(image);
  format.width = de265_get_image_width(image, 0);
  format.height = de265_get_image_height(image, 0);
  format.bits = de265_get_bits_per_pixel(image, 0);
  format.shift_x = chroma == de265_chroma_420 || chroma == de265_chroma_422;
  format.shift_y = chroma == de265_chroma_420;
  format.full_range = de265_get_image_full_range_flag(image) != 0;
  format.primaries = de265_get_image_colour_primaries(image);
  format.transfer = de265_get_image_transfer_characteristics(image);
  format.coefficients = de265_get_image_matrix_coefficients(image);
  if (format.width <= 0 || format.height <= 0) return Damaged("its HEVC picture has no size");
  const bool mixed =
      chroma != de265_chroma_mono && de265_get_bits_per_pixel(image, 1) != format.bits;
  if (mixed || (format.bits != 8 && format.bits != 10 && format.bits != 12)) {
    return absl::UnimplementedError("the file's bit depth is not 8, 10 or 12 in all channels");
  }
  return format;
}

}  // namespace

absl::StatusOr<DecodedHevc> DecodeHevc(const std::vector<ByteView>& nals) {
  const Context context(de265_new_decoder());
  if (context == nullptr) return absl::ResourceExhaustedError("there is not enough memory");
  for (const ByteView nal : nals) {
    const de265_error error =
        de265_push_NAL(context.get(), nal.data(), static_cast<int>(nal.size()), 0, nullptr);
    if (!de265_isOK(error)) return Damaged(de265_get_error_text(error));
  }
  de265_flush_data(context.get());
  const auto image = DecodeFirst(context.get());
  if (!image.ok()) return image.status();
  const auto format = FormatOf(*image);
  if (!format.ok()) return format.status();

  const bool grey = de265_get_chroma_format(*image) == de265_chroma_mono;
  DecodedHevc decoded{YuvBuffer(*format, grey, /*alpha=*/false)};
  const YuvPicture& picture = decoded.picture.picture();
  for (int plane = 0; plane < (grey ? 1 : 3); ++plane) {
    const PlaneGrid grid = GridOf(picture, plane);
    int stride = 0;  // bytes
    const uint8_t* samples = de265_get_image_plane(*image, plane, &stride);
    if (samples == nullptr || de265_get_image_width(*image, plane) < grid.width ||
        de265_get_image_height(*image, plane) < grid.height) {
      return Damaged("its HEVC picture lacks a channel");
    }
    for (int y = 0; y < grid.height; ++y) {
      const uint8_t* row = samples + static_cast<ptrdiff_t>(y) * stride;
      std::copy(row, row + picture.row_bytes[plane],
                picture.planes[plane] + y * picture.row_bytes[plane]);
    }
  }
  decoded.faulty = de265_get_warning(context.get()) != DE265_OK;
  return decoded;
}

}  // namespace efface
