// For the tests: files put together byte by byte, and what the scan says of them.
#ifndef EFFACE_SCRUB_TEST_BYTES_H_
#define EFFACE_SCRUB_TEST_BYTES_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "efface/scrub/scan.h"

namespace efface {

using Found = std::vector<std::pair<std::string, int64_t>>;

inline Found Scan(const Bytes& file, Format format, bool keep_date = false) {
  Found found;
  for (const Removed& each : ScanStill(file, format, {.keep = {.date = keep_date}})) {
    found.emplace_back(each.what, each.bytes);
  }
  return found;
}

inline Bytes Text(std::string_view text) { return {text.begin(), text.end()}; }

inline Bytes Join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) Append(all, part);
  return all;
}

inline Bytes Uint(uint64_t value, int size, Endian endian) {
  Bytes bytes;
  AppendUint(bytes, value, size, endian);
  return bytes;
}

// A TIFF structure, little-endian, put together from its end: what is pointed to is added first.
class TiffMaker {
 public:
  struct Entry {
    uint16_t tag, type;
    uint32_t count;
    Bytes value;
  };

  static Entry Short(uint16_t tag, uint16_t value) {
    return {tag, 3, 1, efface::Uint(value, 2, Endian::kLittle)};
  }
  static Entry Long(uint16_t tag, size_t value) {
    return {tag, 4, 1, efface::Uint(value, 4, Endian::kLittle)};
  }
  static Entry Ascii(uint16_t tag, std::string_view text) {
    return {tag, 2, static_cast<uint32_t>(text.size()), efface::Text(text)};
  }
  static Entry Undefined(uint16_t tag, const Bytes& value) {
    return {tag, 7, static_cast<uint32_t>(value.size()), value};
  }

  // Returns where it stands.
  size_t Data(const Bytes& data) {
    const size_t at = bytes_.size();
    Append(bytes_, data);
    return at;
  }

  size_t Ifd(const std::vector<Entry>& entries, size_t next = 0) {
    Bytes ifd = efface::Uint(entries.size(), 2, Endian::kLittle);
    for (const Entry& entry : entries) {
      AppendUint(ifd, entry.tag, 2, Endian::kLittle);
      AppendUint(ifd, entry.type, 2, Endian::kLittle);
      AppendUint(ifd, entry.count, 4, Endian::kLittle);
      if (entry.value.size() > 4) {
        AppendUint(ifd, Data(entry.value), 4, Endian::kLittle);
      } else {
        Bytes four = entry.value;
        four.resize(4);
        Append(ifd, four);
      }
    }
    AppendUint(ifd, next, 4, Endian::kLittle);
    return Data(ifd);
  }

  Bytes Finish(size_t first_ifd) {
    Bytes all = bytes_;
    const Bytes at = efface::Uint(first_ifd, 4, Endian::kLittle);
    std::copy(at.begin(), at.end(), all.begin() + 4);
    return all;
  }

 private:
  Bytes bytes_ = {'I', 'I', 42, 0, 0, 0, 0, 0};
};

// EXIF with a text, a date, a position, a maker's note of 100 bytes and a thumbnail of 40.
inline Bytes FullExif() {
  TiffMaker maker;
  const size_t gps = maker.Ifd({TiffMaker::Ascii(1, "N"), TiffMaker::Undefined(2, Bytes(24, 9))});
  const size_t exif =
      maker.Ifd({TiffMaker::Ascii(0x9003, std::string_view("2024:01:02 03:04:05", 20)),
                 TiffMaker::Undefined(0x927C, Bytes(100, 7))});
  const size_t thumbnail = maker.Data(Bytes(40, 5));
  const size_t second =
      maker.Ifd({TiffMaker::Long(0x0201, thumbnail), TiffMaker::Long(0x0202, 40)});
  return maker.Finish(
      maker.Ifd({TiffMaker::Ascii(0x010F, "Maker of cameras"), TiffMaker::Short(0x0112, 6),
                 TiffMaker::Long(0x8769, exif), TiffMaker::Long(0x8825, gps)},
                second));
}

// EXIF that says nothing but what is kept; with `date`, when the photo was taken.
inline Bytes KeptExifBytes(bool date) {
  TiffMaker maker;
  std::vector<TiffMaker::Entry> entries = {TiffMaker::Short(0x0112, 6)};
  if (date) {
    entries.push_back(TiffMaker::Long(
        0x8769,
        maker.Ifd({TiffMaker::Ascii(0x9003, std::string_view("2024:01:02 03:04:05", 20))})));
  }
  return maker.Finish(maker.Ifd(entries));
}

// What FullExif is listed as, in a block of `bytes`.
inline Found FullExifFound(int64_t bytes) {
  return {{"exif", bytes}, {"exif-thumbnail", 40}, {"exif-gps", 48}, {"exif-maker-note", 100}};
}

inline Bytes JpegSegmentBytes(uint8_t marker, const Bytes& payload) {
  return Join({{0xFF, marker}, Uint(payload.size() + 2, 2, Endian::kBig), payload});
}

// A JPEG file with these segments before its scan, and `between` before its second scan.
inline Bytes JpegBytes(const Bytes& segments, const Bytes& between = {}) {
  const Bytes scan = JpegSegmentBytes(0xDA, {1, 1, 0, 0, 63, 0});
  const Bytes coded = {1, 2, 0xFF, 0x00, 0xFE, 0xFF, 0xD3, 4, 5};  // stuffing, restart marker
  return Join({{0xFF, 0xD8},
               segments,
               JpegSegmentBytes(0xDB, Bytes(65, 1)),
               scan,
               coded,
               between,
               scan,
               coded,
               {0xFF, 0xD9}});
}

// A clip of 24 + 108 bytes.
inline Bytes ClipBytes() {
  return Join({Uint(24, 4, Endian::kBig), Text("ftypmp42"), Bytes(12, 0),
               Uint(108, 4, Endian::kBig), Text("mdat"), Bytes(100, 3)});
}

}  // namespace efface

#endif  // EFFACE_SCRUB_TEST_BYTES_H_
