#include "sweep/models/embedded.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string_view>

namespace sweep {
namespace {

using efface::ByteView;

constexpr std::string_view kTfLite = "TFL3";  // 4 bytes behind the beginning
constexpr std::string_view kOpenVino = "<net name=\"", kOpenVinoEnd = "</net>";
constexpr size_t kMaxXml = size_t{8} << 20;  // as the reader takes
constexpr size_t kMaxProducer = 40;
constexpr int kMaxOnnxFields = 4096;

std::string_view AsText(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// ModelProto's beginning: ir_version, producer_name, and the next field's tag.
bool IsOnnxHead(ByteView head) {
  if (head.size() < 5 || head[0] != 0x08 || head[1] == 0 || head[1] > 20 || head[2] != 0x12)
    return false;
  const size_t length = head[3];
  if (length == 0 || length > kMaxProducer || head.size() < 5 + length) return false;
  const ByteView name = head.subspan(4, length);
  if (!std::all_of(name.begin(), name.end(), [](uint8_t c) { return c >= 0x20 && c < 0x7F; }))
    return false;
  const uint8_t next = head[4 + length];
  return next == 0x1A || next == 0x22 || next == 0x28 || next == 0x32 || next == 0x3A ||
         next == 0x42;
}

std::optional<uint64_t> Varint(ByteView bytes, size_t& at) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && at < bytes.size(); shift += 7) {
    const uint8_t byte = bytes[at++];
    value |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

// Where a ModelProto ends that other bytes follow: at the first that can't be a field of one. 0
// without a graph.
size_t OnnxSize(ByteView content) {
  size_t end = 0;
  bool graph = false;
  size_t at = 0;
  for (int i = 0; i < kMaxOnnxFields && at < content.size(); ++i) {
    const auto tag = Varint(content, at);
    if (!tag) break;
    const uint64_t number = *tag >> 3, type = *tag & 7;
    const bool numeric = number == 1 || number == 5;
    const bool text =
        (number >= 2 && number <= 8 && number != 5) || number == 14 || number == 20 || number == 25;
    if (!(numeric && type == 0) && !(text && type == 2)) break;
    const auto value = Varint(content, at);
    if (!value) break;
    if (text) {
      if (*value > content.size() - at || (number == 7 && graph)) break;
      at += static_cast<size_t>(*value);
      graph = graph || number == 7;
    }
    end = at;
  }
  return graph ? end : 0;
}

}  // namespace

void FindModelMarks(ByteView part, int64_t offset, size_t limit, std::vector<int64_t>& marks) {
  const std::string_view text = AsText(part);
  const auto add = [&](size_t at) { marks.push_back(offset + static_cast<int64_t>(at)); };
  for (size_t at = 0; marks.size() < limit; ++at) {
    at = text.find(kTfLite, at);
    if (at == std::string_view::npos) break;
    if (at >= 4) add(at - 4);
  }
  for (size_t at = 0; marks.size() < limit; ++at) {
    at = text.find(kOpenVino, at);
    if (at == std::string_view::npos) break;
    add(at);
  }
  for (size_t at = 0; marks.size() < limit; ++at) {
    at = text.find('\x12', at);
    if (at == std::string_view::npos) break;
    if (at >= 2 && IsOnnxHead(part.subspan(at - 2, std::min(kMaxMark, part.size() - at + 2))))
      add(at - 2);
  }
}

ByteView ModelAt(ByteView content, size_t mark) {
  if (mark >= content.size()) return {};
  const ByteView rest = content.subspan(mark);
  const std::string_view text = AsText(rest.first(std::min(rest.size(), kMaxXml)));
  if (text.substr(std::min<size_t>(4, text.size()), 4) == kTfLite) return rest;
  if (text.starts_with(kOpenVino)) {
    const size_t end = text.find(kOpenVinoEnd);
    if (end == std::string_view::npos) return {};
    return rest.first(end + kOpenVinoEnd.size());
  }
  if (IsOnnxHead(rest.first(std::min(rest.size(), kMaxMark)))) return rest.first(OnnxSize(rest));
  return {};
}

}  // namespace sweep
