// The little of HEVC (ITU-T H.265) in HEIF (ISO/IEC 14496-15) that must be known without decoding:
// which NAL units make up the picture, and how large it says it is. Hostile input is safe.
#ifndef EFFACE_MEDIA_HEIF_HEVC_H_
#define EFFACE_MEDIA_HEIF_HEVC_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace efface {

struct HevcSize {
  int64_t width = 0, height = 0;  // luma samples, before cropping
};

// What the payload of an "hvcC" box says. nullopt where it is broken.
struct HevcConfig {
  int length_size = 4;  // bytes of the length before each NAL unit of the item
  int chroma = 1;       // 0 grey, 1 4:2:0, 2 4:2:2, 3 4:4:4
  int bits = 8;         // of luma
  Bytes clean;          // the payload with nothing but parameter sets of the base layer
  Bytes sets;           // these, each after its length in 4 bytes
  HevcSize largest;     // over its sequence parameter sets; 0 x 0 where there is none
};
std::optional<HevcConfig> ReadHevcConfig(ByteView payload);

// The NAL units of an item. nullopt where they are broken.
struct HevcItem {
  Bytes clean;       // coded slices and parameter sets of the base layer: no SEI, no filler, no
                     // reserved or private kinds, no other layers
  HevcSize largest;  // as above, over the sequence parameter sets within the item
};
std::optional<HevcItem> ReadHevcItem(ByteView data, int length_size);

// The NAL units of HevcConfig::sets or HevcItem::clean.
std::vector<ByteView> SplitNals(ByteView clean, int length_size);

// True where these units, parameter sets first, are one picture in one slice with one parameter set
// of each kind, of which the conformance window cuts off no more than the rows and columns that
// fill up blocks of 8 x 8, the smallest: fewer than 8 below and on the right.
bool IsOneHevcPicture(const std::vector<ByteView>& nals);

}  // namespace efface

#endif  // EFFACE_MEDIA_HEIF_HEVC_H_
