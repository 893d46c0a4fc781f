// BMP: bytes between header and picture, bytes after the picture, and the path of a linked colour
// profile. An embedded profile is kept.
#include <algorithm>
#include <cstdlib>

#include "efface/scrub/walk.h"

namespace efface {
namespace {

constexpr size_t kFileHeader = 14;
constexpr uint64_t kCoreHeader = 12, kInfoHeader = 40, kV5Header = 124;
constexpr uint64_t kUncompressed = 0, kBitFields = 3, kAlphaBitFields = 6;
constexpr uint64_t kLinked = 0x4C494E4B, kEmbedded = 0x4D424544;  // "LINK", "MBED"

}  // namespace

void ScanBmp(ByteView file, Findings& findings) {
  const auto u16 = [&](size_t at) { return ReadUint(file, at, 2, Endian::kLittle).value_or(0); };
  const auto u32 = [&](size_t at) { return ReadUint(file, at, 4, Endian::kLittle).value_or(0); };
  const auto i32 = [&](size_t at) { return int64_t{static_cast<int32_t>(u32(at))}; };
  const uint64_t pixels = u32(10), header = u32(14);
  if (header < kCoreHeader) return;
  const bool core = header < kInfoHeader;  // OS/2

  const uint64_t width = core ? u16(18) : static_cast<uint64_t>(std::abs(i32(18)));
  const uint64_t height = core ? u16(20) : static_cast<uint64_t>(std::abs(i32(22)));
  const uint64_t bits = core ? u16(24) : u16(28);
  const uint64_t compression = core ? kUncompressed : u32(30);
  const uint64_t listed = core ? 0 : u32(46);
  const uint64_t most_colors = bits <= 8 ? uint64_t{1} << bits : 0;
  const uint64_t colors = listed != 0 ? listed : most_colors;

  Coverage coverage;
  coverage.Add(0, kFileHeader + header);
  uint64_t table = kFileHeader + header;
  if (header == kInfoHeader) {
    const uint64_t masks = compression == kBitFields ? 12 : compression == kAlphaBitFields ? 16 : 0;
    coverage.Add(table, masks);
    table += masks;
  }
  coverage.Add(table, colors * (core ? 3 : 4));
  // Sizes of runs are not known without decoding them.
  const bool plain =
      compression == kUncompressed || compression == kBitFields || compression == kAlphaBitFields;
  const uint64_t row = (width * bits + 31) / 32 * 4;
  const bool too_large = row != 0 && height > file.size() / row;
  const uint64_t size = too_large ? file.size() : plain ? row * height : u32(34);
  coverage.Add(pixels, size != 0 ? size : file.size());

  const uint64_t space = header >= kV5Header ? u32(70) : 0;
  if (space == kLinked || space == kEmbedded) {
    const uint64_t offset = kFileHeader + u32(126), profile = u32(130);
    const uint64_t there = offset < file.size() ? std::min(profile, file.size() - offset) : 0;
    if (space == kLinked && there > 0) findings.Add("profile-path", file.subspan(offset, there));
    coverage.Add(offset, there);
  }
  coverage.Report(file, 0, file.size(), "gap-bytes", "trailing-bytes", findings);
}

}  // namespace efface
