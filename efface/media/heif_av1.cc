#include "efface/media/heif_av1.h"

#include <dav1d/dav1d.h>

#include <cerrno>
#include <functional>
#include <limits>
#include <memory>

#include "efface/media/heif_beyond.h"

namespace efface {
namespace {

// OBU types, AV1 6.2.2.
constexpr int kSequenceHeader = 1, kTemporalDelimiter = 2, kFrameHeader = 3, kTileGroup = 4,
              kMetadata = 5, kFrame = 6, kRedundantFrameHeader = 7;

struct Leb128 {
  uint64_t value = 0;
  size_t size = 0;  // bytes
};

std::optional<Leb128> ReadLeb128(ByteView bytes, size_t offset) {
  Leb128 number;
  for (; number.size < 8; ++number.size) {
    const auto byte = ReadUint(bytes, offset + number.size, 1, Endian::kBig);
    if (!byte) return std::nullopt;
    number.value |= (*byte & 127) << (7 * number.size);
    if ((*byte & 128) == 0) {
      ++number.size;
      return number;
    }
  }
  return std::nullopt;
}

// Light levels (type 1, 4 bytes) and mastering display (type 2, 24 bytes), with the one byte of
// trailing bits and nothing else (AV1, 5.8).
bool IsKeptMetadata(ByteView payload) {
  const auto type = ReadLeb128(payload, 0);
  if (!type) return false;
  const size_t expected = type->value == 1 ? 4 : type->value == 2 ? 24 : 0;
  return expected != 0 && payload.size() == type->size + expected + 1 && payload.back() == 0x80;
}

bool IsKept(int type, ByteView payload) {
  switch (type) {
    case kSequenceHeader:
    case kTemporalDelimiter:
    case kFrameHeader:
    case kTileGroup:
    case kFrame:
    case kRedundantFrameHeader:
      return true;
    case kMetadata:
      return IsKeptMetadata(payload);
    default:
      return false;
  }
}

struct Closer {
  void operator()(Dav1dContext* context) const { dav1d_close(&context); }
};

// Owns what dav1d_get_picture gave.
class Picture {
 public:
  Picture() = default;
  ~Picture() { dav1d_picture_unref(&picture_); }
  Picture(const Picture&) = delete;
  Picture& operator=(const Picture&) = delete;
  Dav1dPicture* get() { return &picture_; }

 private:
  Dav1dPicture picture_ = {};
};

// Calls `visit` with type, payload and all of each OBU. False where they are broken.
template <typename Visit>
bool ForEachObu(ByteView obus, const Visit& visit) {
  size_t at = 0;
  while (at < obus.size()) {
    const uint8_t header = obus[at];
    const bool extended = (header & 4) != 0, sized = (header & 2) != 0;
    if ((header & 0x80) != 0) return false;
    const size_t header_size = extended ? 2 : 1;
    if (obus.size() - at < header_size) return false;
    Leb128 size{obus.size() - at - header_size, 0};
    if (sized) {
      const auto stated = ReadLeb128(obus, at + header_size);
      if (!stated) return false;
      size = *stated;
    }
    const size_t payload_at = at + header_size + size.size;
    const auto payload = Slice(obus, payload_at, static_cast<size_t>(size.value));
    if (!payload) return false;
    const size_t end = payload_at + payload->size();
    visit(header >> 3 & 15, *payload, obus.subspan(at, end - at));
    at = end;
  }
  return true;
}

// Decodes without film grain, and has every picture looked at. How many there are; 0 where one
// could not be decoded or was not accepted.
int DecodeAll(ByteView obus, int64_t max_pixels,
              const std::function<bool(const Dav1dPicture&)>& accept) {
  if (obus.empty()) return 0;
  Dav1dSettings settings;
  dav1d_default_settings(&settings);
  settings.n_threads = 2;
  settings.max_frame_delay = 1;
  settings.apply_grain = 0;
  settings.frame_size_limit =
      static_cast<unsigned>(std::min<int64_t>(max_pixels, std::numeric_limits<unsigned>::max()));
  settings.logger = {};  // says nothing on stderr
  Dav1dContext* opened = nullptr;
  if (dav1d_open(&opened, &settings) < 0) return 0;
  const std::unique_ptr<Dav1dContext, Closer> context(opened);

  Dav1dData data = {};
  uint8_t* copy = dav1d_data_create(&data, obus.size());
  if (copy == nullptr) return 0;
  std::copy(obus.begin(), obus.end(), copy);
  int pictures = 0;
  while (true) {
    const int sent = data.sz > 0 ? dav1d_send_data(context.get(), &data) : 0;
    Picture picture;
    const int got = sent < 0 && sent != DAV1D_ERR(EAGAIN)
                        ? sent
                        : dav1d_get_picture(context.get(), picture.get());
    if (got == 0) {
      ++pictures;
      if (accept(*picture.get())) continue;
    } else if (got == DAV1D_ERR(EAGAIN)) {
      if (data.sz > 0) continue;
      break;
    }
    pictures = 0;
    break;
  }
  if (data.sz > 0) dav1d_data_unref(&data);
  return pictures;
}

// The planes of `picture`, which it keeps.
YuvPicture PlanesOf(const Dav1dPicture& picture) {
  YuvPicture planes;
  planes.width = picture.p.w;
  planes.height = picture.p.h;
  planes.bits = picture.p.bpc;
  const bool grey = picture.p.layout == DAV1D_PIXEL_LAYOUT_I400;
  planes.shift_x = !grey && picture.p.layout != DAV1D_PIXEL_LAYOUT_I444;
  planes.shift_y = picture.p.layout == DAV1D_PIXEL_LAYOUT_I420;
  for (int plane = 0; plane < (grey ? 1 : 3); ++plane) {
    planes.planes[plane] = static_cast<uint8_t*>(picture.data[plane]);
    planes.row_bytes[plane] = picture.stride[plane == 0 ? 0 : 1];
  }
  return planes;
}

}  // namespace

std::optional<Bytes> CleanAv1(ByteView obus) {
  Bytes clean;
  clean.reserve(obus.size());
  const bool whole = ForEachObu(obus, [&](int type, ByteView payload, ByteView obu) {
    if (IsKept(type, payload)) Append(clean, obu);
  });
  if (!whole) return std::nullopt;
  return clean;
}

std::optional<Bytes> CleanAv1Config(ByteView payload) {
  constexpr size_t kFixed = 4;
  if (payload.size() < kFixed || payload[0] != 0x81) return std::nullopt;  // marker, version 1
  const auto obus = CleanAv1(payload.subspan(kFixed));
  if (!obus) return std::nullopt;
  Bytes clean(payload.begin(), payload.begin() + kFixed);
  Append(clean, *obus);
  return clean;
}

bool IsLosslessAv1(ByteView obus, int64_t max_pixels) {
  return DecodeAll(obus, max_pixels, [](const Dav1dPicture& picture) {
           return picture.frame_hdr->all_lossless != 0;
         }) > 0;
}

bool IsOneAv1Picture(ByteView obus, int64_t max_pixels,
                     const std::function<bool(const YuvPicture&)>& accept) {
  int sequences = 0, frames = 0;
  ByteView tiles;
  const bool whole = ForEachObu(obus, [&](int type, ByteView payload, ByteView) {
    sequences += type == kSequenceHeader ? 1 : 0;
    frames += type == kFrame || type == kFrameHeader || type == kRedundantFrameHeader ? 1 : 0;
    if (type == kFrame || type == kTileGroup) tiles = payload;
  });
  if (!whole || sequences != 1 || frames != 1 || tiles.empty()) return false;
  const Bytes changed_tiles = WithChangedEnd(tiles);
  Bytes changed(obus.begin(), obus.end());
  std::copy(changed_tiles.begin(), changed_tiles.end(),
            changed.begin() + (tiles.data() - obus.data()));
  return DecodeAll(obus, max_pixels, [&](const Dav1dPicture& picture) {
           const YuvPicture planes = PlanesOf(picture);
           const auto same = [&](const Dav1dPicture& other) {
             return SamePicture(PlanesOf(other), planes);
           };
           return accept(planes) && DecodeAll(changed, max_pixels, same) == 0;
         }) == 1;
}

}  // namespace efface
