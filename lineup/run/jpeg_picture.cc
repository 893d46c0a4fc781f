// Decoding JPEG by libjpeg-turbo, met here only: what is damaged is an error, not a picture with a
// grey rest.
// clang-format off
#include <cstdio>  // before jpeglib.h, which needs its types
#include <jpeglib.h>
#include <jerror.h>
// clang-format on

#include <csetjmp>

#include "absl/strings/str_cat.h"
#include "lineup/run/picture.h"

namespace lineup {
namespace {

struct Errors {
  jpeg_error_mgr manager;  // first, so that a pointer to it is one to this
  std::jmp_buf start;
};

[[noreturn]] void Leave(j_common_ptr info) {
  std::longjmp(reinterpret_cast<Errors*>(info->err)->start, 1);
}

// Warnings are of damaged data, but for bytes too many between markers, which do no harm.
void Warn(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code != JWRN_EXTRANEOUS_DATA) Leave(info);
}

// False where an error came. Nothing with a destructor lives in here.
bool Decode(const uint8_t* bytes, size_t size, jpeg_decompress_struct& info, Errors& errors,
            Picture& picture, bool& too_large) {
  if (setjmp(errors.start) != 0) return false;
  jpeg_mem_src(&info, bytes, size);
  jpeg_read_header(&info, TRUE);
  too_large = int64_t{info.image_width} * info.image_height > kMaxPixels;
  if (too_large) return false;
  info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info);
  picture.width = static_cast<int>(info.output_width);
  picture.height = static_cast<int>(info.output_height);
  picture.rgb.resize(3 * static_cast<size_t>(info.output_width) * info.output_height);
  while (info.output_scanline < info.output_height) {
    JSAMPROW row = picture.at(0, static_cast<int>(info.output_scanline));
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  return true;
}

}  // namespace

absl::StatusOr<Picture> DecodeJpeg(efface::ByteView bytes) {
  jpeg_decompress_struct info = {};
  Errors errors = {};
  info.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = Leave;
  errors.manager.emit_message = Warn;
  jpeg_create_decompress(&info);
  Picture picture;
  bool too_large = false;
  const bool decoded = Decode(bytes.data(), bytes.size(), info, errors, picture, too_large);
  char why[JMSG_LENGTH_MAX] = {};
  if (!decoded && !too_large)
    errors.manager.format_message(reinterpret_cast<j_common_ptr>(&info), why);
  jpeg_destroy_decompress(&info);
  if (too_large) return absl::ResourceExhaustedError("has too many pixels");
  if (!decoded) return absl::InvalidArgumentError(absl::StrCat("cannot be decoded: ", why));
  return picture;
}

}  // namespace lineup
