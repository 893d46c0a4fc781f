#include "efface/media/av/signature.h"

#include <cstring>

namespace efface {
namespace {

constexpr int kStartCode = 3;           // 00 00 01
constexpr int kSei = 6, kUserData = 5;  // ITU-T H.264, table 7-1 and D.1.1

// Where the next start code is, from `at` on; `size` where there is none.
int FindStartCode(const uint8_t* data, int size, int at) {
  for (; at + kStartCode <= size; ++at) {
    if (data[at] == 0 && data[at + 1] == 0 && data[at + 2] == 1) return at;
  }
  return size;
}

}  // namespace

absl::Status DropUserData(AVPacket& packet) {
  if (av_packet_make_writable(&packet) < 0) {
    return absl::ResourceExhaustedError("there is not enough memory");
  }
  int at = FindStartCode(packet.data, packet.size, 0);
  while (at < packet.size) {
    const int unit = at + kStartCode;
    int next = FindStartCode(packet.data, packet.size, unit);
    const bool user_data = unit + 1 < packet.size && (packet.data[unit] & 31) == kSei &&
                           packet.data[unit + 1] == kUserData;
    if (!user_data) {
      at = next;
      continue;
    }
    // A start code may have a zero more before it, which belongs to what follows.
    if (next < packet.size && packet.data[next - 1] == 0) --next;
    int start = at;
    if (start > 0 && packet.data[start - 1] == 0) --start;
    std::memmove(packet.data + start, packet.data + next, static_cast<size_t>(packet.size - next));
    av_shrink_packet(&packet, packet.size - (next - start));
    at = FindStartCode(packet.data, packet.size, start);
  }
  return absl::OkStatus();
}

}  // namespace efface
