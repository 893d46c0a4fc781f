#include "efface/media/png_encode.h"

#include <png.h>

#include "absl/strings/str_cat.h"

namespace efface {

absl::StatusOr<Bytes> EncodePng(const RgbPicture& picture) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = PNG_FORMAT_RGB;
  image.flags = PNG_IMAGE_FLAG_FAST;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  Bytes file(size);
  if (png_image_write_to_memory(&image, file.data(), &size, 0, picture.samples.data(), 0,
                                nullptr) == 0) {
    return absl::InternalError(absl::StrCat("the preview could not be encoded: ", image.message));
  }
  file.resize(size);
  return file;
}

}  // namespace efface
