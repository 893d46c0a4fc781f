// Finds what decoders of H.264 and HEVC do not: coded pictures with holes of zeros in them, as lost
// disk blocks leave them. Such bytes often decode to a picture without any error.
#ifndef EFFACE_MEDIA_AV_HOLES_H_
#define EFFACE_MEDIA_AV_HOLES_H_

#include "base/bytes.h"
#include "efface/media/av/av.h"

namespace efface {

// Looks into packets of one stream.
class HoleFinder {
 public:
  // `parameters` is not kept.
  explicit HoleFinder(const AVCodecParameters& parameters);

  // True where a NAL unit of a picture holds four zero bytes in a row, which no encoder may write
  // (ISO/IEC 14496-10, 7.4.1), or a unit's length passes the packet's end. A few zeros at the end
  // of a unit are padding. False for other codecs.
  bool HasHole(ByteView packet) const;

 private:
  bool UnitHasHole(ByteView unit) const;

  AVCodecID codec_;
  int length_size_ = 0;  // bytes of a NAL unit's length; 0: start codes
};

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_HOLES_H_
