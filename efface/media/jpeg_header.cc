// Marker codes: ITU-T T.81 table B.1; JPEG-LS's: T.87 annex C.
#include "efface/media/jpeg_header.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace efface {
namespace {

enum Marker : uint8_t {
  kSof0 = 0xC0,
  kLossless = 0xC3,
  kDht = 0xC4,
  kJpg = 0xC8,
  kSof9 = 0xC9,
  kLosslessArithmetic = 0xCB,
  kDac = 0xCC,
  kSof15 = 0xCF,
  kRst0 = 0xD0,
  kSoi = 0xD8,
  kEoi = 0xD9,
  kSos = 0xDA,
  kDhp = 0xDE,
  kApp1 = 0xE1,
  kJpegLs = 0xF7,
  kTem = 0x01,
};

absl::Status Broken(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the JPEG's header is broken: ", what));
}

bool IsFrame(uint8_t marker) {
  return marker >= kSof0 && marker <= kSof15 && marker != kDht && marker != kJpg && marker != kDac;
}

// Unimplemented for the kinds of coding other than sequential and progressive DCT.
absl::Status CheckCoding(uint8_t marker) {
  if (marker == kJpegLs) {
    return absl::UnimplementedError(
        "JPEG-LS files are not supported: convert them to PNG or TIFF first");
  }
  if (marker == kLossless || marker == kLosslessArithmetic) {
    return absl::UnimplementedError(
        "lossless JPEG files are not supported: convert them to PNG or TIFF first");
  }
  // SOF5..7 and SOF13..15 are differential frames.
  if (marker == kDhp || (IsFrame(marker) && (marker & 0x0F) % 8 >= 5)) {
    return absl::UnimplementedError(
        "hierarchical JPEG files are not supported: convert them to PNG or TIFF first");
  }
  return absl::OkStatus();
}

// Reads the segment of a frame header, without its length.
absl::Status ReadFrame(ByteView segment, JpegHeader& header) {
  if (segment.size() < 6 || segment.size() < 6 + 3 * size_t{segment[5]}) {
    return Broken("its frame header is too short");
  }
  if (const int bits = segment[0]; bits != 8) {
    return absl::UnimplementedError(absl::StrCat(
        bits, "-bit JPEG files are not supported: convert them to 16-bit PNG or TIFF first"));
  }
  header.height = segment[1] << 8 | segment[2];
  header.width = segment[3] << 8 | segment[4];
  if (header.height == 0) {
    return absl::UnimplementedError(
        "JPEG files that state their height only after the picture are not supported: convert "
        "them to PNG or TIFF first");
  }
  if (header.width == 0) return Broken("the picture is 0 pixels wide");
  const int count = segment[5];
  if (count != 1 && count != 3 && count != 4) {
    return absl::UnimplementedError(
        absl::StrCat("JPEG files of ", count, " channels are not supported: only 1, 3 or 4"));
  }
  for (int i = 0; i < count; ++i) {
    const uint8_t factors = segment[static_cast<size_t>(7 + 3 * i)];
    const JpegComponent component = {factors >> 4, factors & 15};
    if (component.across < 1 || component.across > 4 || component.down < 1 || component.down > 4) {
      return Broken("a channel has an impossible sampling factor");
    }
    header.components.push_back(component);
    header.max_across = std::max(header.max_across, component.across);
    header.max_down = std::max(header.max_down, component.down);
  }
  for (const JpegComponent& component : header.components) {
    if (header.max_across % component.across != 0 || header.max_down % component.down != 0) {
      return absl::UnimplementedError(
          "JPEG files whose channels differ by a fraction in resolution are not supported: "
          "convert them to PNG or TIFF first");
    }
  }
  return absl::OkStatus();
}

}  // namespace

int JpegHeader::BlocksAcross(const JpegComponent& component) const {
  const int64_t samples = int64_t{width} * component.across;
  return static_cast<int>((samples + 8 * max_across - 1) / (8 * max_across));
}

int JpegHeader::BlocksDown(const JpegComponent& component) const {
  const int64_t samples = int64_t{height} * component.down;
  return static_cast<int>((samples + 8 * max_down - 1) / (8 * max_down));
}

int JpegHeader::BlocksInMcu() const {
  int blocks = 0;
  for (const JpegComponent& component : components) blocks += component.across * component.down;
  return components.size() == 1 ? 1 : blocks;
}

int64_t JpegHeader::CoefficientBytes() const {
  const auto up = [](int value, int step) { return int64_t{value + step - 1} / step * step; };
  int64_t blocks = 0;
  for (const JpegComponent& component : components) {
    blocks +=
        up(BlocksAcross(component), component.across) * up(BlocksDown(component), component.down);
  }
  return blocks * 64 * 2;
}

absl::StatusOr<JpegHeader> ReadJpegHeader(ByteView file) {
  if (!HasText(file, 0, "\xFF\xD8")) return absl::InvalidArgumentError("the file is not a JPEG");
  JpegHeader header;
  size_t at = 2;
  while (true) {
    // Bytes that belong to no segment are skipped, as libjpeg does.
    while (at < file.size() && file[at] != 0xFF) ++at;
    while (at < file.size() && file[at] == 0xFF) ++at;
    if (at >= file.size()) break;
    const uint8_t marker = file[at++];
    if (marker == 0 || marker == kTem || (marker >= kRst0 && marker < kSoi)) continue;
    if (marker == kSoi) return Broken("it begins twice");
    if (marker == kEoi) return absl::InvalidArgumentError("the JPEG holds no picture");
    RETURN_IF_ERROR(CheckCoding(marker));

    const size_t length = ReadUint(file, at, 2, Endian::kBig).value_or(0);
    const auto segment = length >= 2 ? Slice(file, at + 2, length - 2) : std::nullopt;
    if (!segment) break;
    at += length;

    if (marker == kSos) {
      if (header.components.empty()) return Broken("the picture begins before its frame header");
      header.one_scan = !segment->empty() && (*segment)[0] == header.components.size();
      return header;
    }
    if (IsFrame(marker)) {
      if (!header.components.empty()) return Broken("it has two frame headers");
      header.progressive = (marker & 3) == 2;
      header.arithmetic = marker >= kSof9;
      RETURN_IF_ERROR(ReadFrame(*segment, header));
    } else if (marker == kApp1 && header.exif.empty() &&
               HasText(*segment, 0, std::string_view("Exif\0", 5)) && segment->size() > 6) {
      header.exif = segment->subspan(6);
    }
  }
  return absl::InvalidArgumentError("the JPEG ends within its header");
}

}  // namespace efface
