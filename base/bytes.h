// A run of bytes in memory, owned or borrowed, and bounded reads of integers from it.
#ifndef EFFACE_BASE_BYTES_H_
#define EFFACE_BASE_BYTES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace efface {

using Bytes = std::vector<uint8_t>;
using ByteView = std::span<const uint8_t>;

enum class Endian { kBig, kLittle };

// The unsigned integer of `size` bytes (1..8) at `offset`; nullopt where it would pass the end.
inline std::optional<uint64_t> ReadUint(ByteView bytes, size_t offset, int size, Endian endian) {
  const auto count = static_cast<size_t>(size);
  if (offset > bytes.size() || bytes.size() - offset < count) return std::nullopt;
  uint64_t value = 0;
  for (size_t i = 0; i < count; ++i) {
    const size_t at = endian == Endian::kBig ? offset + i : offset + count - 1 - i;
    value = value << 8 | bytes[at];
  }
  return value;
}

// The part [offset, offset + size) of `bytes`; nullopt where it would pass the end.
inline std::optional<ByteView> Slice(ByteView bytes, size_t offset, size_t size) {
  if (offset > bytes.size() || bytes.size() - offset < size) return std::nullopt;
  return bytes.subspan(offset, size);
}

// True where `text` stands at `offset`.
inline bool HasText(ByteView bytes, size_t offset, std::string_view text) {
  const auto part = Slice(bytes, offset, text.size());
  if (!part) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((*part)[i] != static_cast<uint8_t>(text[i])) return false;
  }
  return true;
}

inline ByteView AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// Appends the lowest `size` bytes (1..8) of `value`.
inline void AppendUint(Bytes& bytes, uint64_t value, int size, Endian endian) {
  for (int i = 0; i < size; ++i) {
    const int shift = 8 * (endian == Endian::kBig ? size - 1 - i : i);
    bytes.push_back(static_cast<uint8_t>(value >> shift));
  }
}

inline void Append(Bytes& bytes, ByteView more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

}  // namespace efface

#endif  // EFFACE_BASE_BYTES_H_
