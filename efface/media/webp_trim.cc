#include "efface/media/webp_trim.h"

#include <webp/decode.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <vector>

namespace efface {
namespace {

constexpr size_t kRiffHeader = 12, kChunkHeader = 8;
constexpr size_t kLeftOver = 3;

struct Chunk {
  ByteView name;  // four letters
  ByteView data;
};

std::vector<Chunk> ReadChunks(ByteView file) {
  std::vector<Chunk> chunks;
  size_t at = kRiffHeader;
  while (const auto size = ReadUint(file, at + 4, 4, Endian::kLittle)) {
    const auto data = Slice(file, at + kChunkHeader, *size);
    if (!data) break;
    chunks.push_back({file.subspan(at, 4), *data});
    at += kChunkHeader + data->size() + data->size() % 2;
  }
  return chunks;
}

Bytes WriteChunks(const std::vector<Chunk>& chunks) {
  Bytes file;
  Append(file, AsBytes("RIFF"));
  AppendUint(file, 0, 4, Endian::kLittle);
  Append(file, AsBytes("WEBP"));
  for (const Chunk& chunk : chunks) {
    Append(file, chunk.name);
    AppendUint(file, chunk.data.size(), 4, Endian::kLittle);
    Append(file, chunk.data);
    if (chunk.data.size() % 2 != 0) file.push_back(0);
  }
  Bytes size;
  AppendUint(size, file.size() - kChunkHeader, 4, Endian::kLittle);
  std::copy(size.begin(), size.end(), file.begin() + 4);
  return file;
}

// The decoded picture; null where the file doesn't decode.
struct Free {
  void operator()(uint8_t* pixels) const { WebPFree(pixels); }
};
using Pixels = std::unique_ptr<uint8_t, Free>;

struct Picture {
  Pixels pixels;
  size_t bytes = 0;

  explicit Picture(const std::vector<Chunk>& chunks) {
    const Bytes file = WriteChunks(chunks);
    int width = 0, height = 0;
    pixels.reset(WebPDecodeRGBA(file.data(), file.size(), &width, &height));
    bytes = size_t{4} * static_cast<size_t>(width) * static_cast<size_t>(height);
  }
};

}  // namespace

std::optional<Bytes> TrimWebp(ByteView file) {
  std::vector<Chunk> chunks = ReadChunks(file);
  const Picture before(chunks);
  if (before.pixels == nullptr) return std::nullopt;
  // libwebp decodes some pictures that are cut short, and makes up the rest.
  const auto is_same = [&] {
    const Picture now(chunks);
    return now.pixels != nullptr && now.bytes == before.bytes &&
           std::equal(now.pixels.get(), now.pixels.get() + now.bytes, before.pixels.get());
  };
  bool cut = false;
  for (Chunk& chunk : chunks) {
    const auto is = [&](std::string_view name) { return HasText(chunk.name, 0, name); };
    if (!is("VP8 ") && !is("VP8L") && !is("ALPH")) continue;
    const ByteView data = chunk.data;
    const auto same_at = [&](size_t size) {
      chunk.data = data.first(size);
      return is_same();
    };
    size_t enough = data.size();
    if (enough > kLeftOver && same_at(enough - kLeftOver - 1)) {
      size_t too_few = 0;
      enough -= kLeftOver + 1;
      while (enough - too_few > 1) {
        const size_t middle = too_few + (enough - too_few) / 2;
        (same_at(middle) ? enough : too_few) = middle;
      }
      cut = true;
    }
    chunk.data = data.first(enough);
  }
  return cut ? std::optional(WriteChunks(chunks)) : std::nullopt;
}

}  // namespace efface
