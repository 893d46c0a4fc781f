// Reads the box structure of ISO base media files (ISO/IEC 14496-12) and the items of HEIF files
// (ISO/IEC 23008-12: HEIC, AVIF). Views only: nothing is decoded or copied. Hostile input is safe:
// reads are bounded, counts and depths limited.
#ifndef EFFACE_BASE_ISOBMFF_H_
#define EFFACE_BASE_ISOBMFF_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"

namespace efface {

struct Box {
  std::string
      type;  // four characters, "ftyp"; for "uuid" the box's payload begins with the 16-byte UUID
  size_t offset = 0;  // of the box's first byte within the view that was read
  ByteView payload;   // after the header
  ByteView whole;     // header and payload
};

// The boxes that make up `bytes`, in order. InvalidArgument where one passes the end; at most
// 65,536.
absl::StatusOr<std::vector<Box>> ReadBoxes(ByteView bytes);

struct HeifProperty {
  std::string type;  // "ispe", "irot", "colr" ...
  ByteView whole;    // the whole property box
  ByteView payload;
  bool essential = false;
};

struct HeifItem {
  uint32_t id = 0;
  std::string type;          // "hvc1", "av01", "grid", "Exif", "mime" ...
  std::string content_type;  // of "mime" items
  bool hidden = false;
  // The item's bytes, in order (mdat or idat). Empty where any of them passes the end of the file,
  // has no stated length, or lies in another file or item.
  std::vector<ByteView> extents;
  std::vector<HeifProperty> properties;
};

struct HeifReference {
  std::string type;  // "dimg", "thmb", "auxl", "cdsc" ...
  uint32_t from = 0;
  std::vector<uint32_t> to;
};

struct HeifFile {
  std::string major_brand;
  std::vector<std::string> brands;
  uint32_t primary = 0;
  std::vector<HeifItem> items;
  std::vector<HeifReference> references;
  std::vector<Box> boxes;  // top level, up to the first that passes the end of the file

  const HeifItem* Find(uint32_t id) const;  // null where there is none
};

// InvalidArgument, with a sentence, where the file is not HEIF or its meta box is broken or
// ambiguous (two tables of a kind, two items of one number). What lies behind a box that passes the
// end of the file is not looked at.
absl::StatusOr<HeifFile> ReadHeif(ByteView file);

}  // namespace efface

#endif  // EFFACE_BASE_ISOBMFF_H_
