// Writes HEIF files (ISO/IEC 23008-12) from coded pictures in memory: the boxes that hold the
// items given, and no other.
#ifndef EFFACE_MEDIA_HEIF_WRITE_H_
#define EFFACE_MEDIA_HEIF_WRITE_H_

#include <string>
#include <vector>

#include "base/bytes.h"

namespace efface {

struct HeifOutProperty {
  Bytes box;  // the whole property box
  bool essential = false;
};

struct HeifOutItem {
  std::string type;  // "hvc1", "av01", "grid", "Exif"
  Bytes data;
  std::vector<HeifOutProperty> properties;
  bool hidden = false;  // not shown by itself
};

struct HeifOutReference {
  std::string type;        // "dimg", "auxl", "prem", "cdsc"
  size_t from = 0;         // places in HeifOut::items
  std::vector<size_t> to;  // at most 65,535
};

// items[0] is the primary item. At most 65,534 items, each with at most 255 properties.
struct HeifOut {
  std::string major_brand;
  std::vector<std::string> brands;
  std::vector<HeifOutItem> items;
  std::vector<HeifOutReference> references;
};

// The whole box of `type` around `payload`.
Bytes MakeBox(std::string_view type, ByteView payload);

// Adds the Exif item that holds `tiff`; nothing where that is empty.
void AddExif(HeifOut& heif, ByteView tiff);

// Makes `alpha` (its primary item and what that is built of) the alpha plane of `heif`.
void AddAlpha(HeifOut& heif, HeifOut alpha, bool premultiplied);

// The file. Its size must stay below 4 GiB.
Bytes WriteHeif(const HeifOut& heif);

}  // namespace efface

#endif  // EFFACE_MEDIA_HEIF_WRITE_H_
