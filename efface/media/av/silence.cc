#include "efface/media/av/silence.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/bytes.h"

namespace efface {
namespace {

// The byte of which PCM silence is made.
std::optional<uint8_t> PcmZero(AVCodecID codec) {
  switch (codec) {
    case AV_CODEC_ID_PCM_S8:
    case AV_CODEC_ID_PCM_S16LE:
    case AV_CODEC_ID_PCM_S16BE:
    case AV_CODEC_ID_PCM_S24LE:
    case AV_CODEC_ID_PCM_S24BE:
    case AV_CODEC_ID_PCM_S32LE:
    case AV_CODEC_ID_PCM_S32BE:
    case AV_CODEC_ID_PCM_F32LE:
    case AV_CODEC_ID_PCM_F32BE:
    case AV_CODEC_ID_PCM_F64LE:
    case AV_CODEC_ID_PCM_F64BE:
      return 0;
    case AV_CODEC_ID_PCM_U8:
      return 0x80;
    case AV_CODEC_ID_PCM_ALAW:
      return 0xD5;
    case AV_CODEC_ID_PCM_MULAW:
      return 0xFF;
    default:
      return std::nullopt;
  }
}

bool IsMpegAudio(AVCodecID codec) {
  return codec == AV_CODEC_ID_MP1 || codec == AV_CODEC_ID_MP2 || codec == AV_CODEC_ID_MP3;
}

class BitWriter {
 public:
  void Put(unsigned value, int count) {
    for (int i = count - 1; i >= 0; --i) {
      if (used_ % 8 == 0) bytes_.push_back(0);
      bytes_.back() |= static_cast<uint8_t>((value >> i & 1U) << (7 - used_ % 8));
      ++used_;
    }
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  Bytes bytes_;
  int used_ = 0;  // bits
};

// ISO/IEC 14496-3, 4.4.2.7: one channel without any spectral line.
void PutSilentChannel(BitWriter& bits) {
  bits.Put(0, 8);  // global_gain
  bits.Put(0, 1);  // ics_reserved_bit
  bits.Put(0, 2);  // window_sequence: ONLY_LONG_SEQUENCE
  bits.Put(0, 1);  // window_shape
  bits.Put(0, 6);  // max_sfb: none, so neither sections nor scale factors follow
  bits.Put(0, 1);  // predictor_data_present
  bits.Put(0, 3);  // pulse, TNS and gain control data present
}

// A raw_data_block of AAC-LC (ISO/IEC 14496-3, 4.4.2.1) for a channel configuration of 1..7: its
// elements in the order of table 1.19. Empty for others.
Bytes SilentAac(int configuration) {
  // S: single channel, C: channel pair, L: low frequency.
  constexpr std::array<std::string_view, 8> kElements = {"",    "S",   "C",    "SC",
                                                         "SCS", "SCC", "SCCL", "SCCCL"};
  if (configuration < 1 || configuration > 7) return {};
  BitWriter bits;
  std::array<unsigned, 128> tags{};
  for (const char element : kElements[static_cast<size_t>(configuration)]) {
    bits.Put(element == 'S' ? 0 : element == 'C' ? 1 : 3, 3);  // id_syn_ele
    bits.Put(tags[static_cast<size_t>(element)]++, 4);         // element_instance_tag
    if (element == 'C') {
      bits.Put(0, 1);  // common_window
      PutSilentChannel(bits);
    }
    PutSilentChannel(bits);
  }
  bits.Put(7, 3);  // ID_END
  return bits.bytes();
}

// Null: not one that can be replaced. The whole new packet.
Bytes SilentAacPacket(const AVCodecParameters& sound, ByteView packet) {
  if (sound.extradata_size >= 2) {
    // AudioSpecificConfig (1.6.2.1): 5 bits object type, 4 bits sampling index, 4 bits channels.
    const unsigned config = static_cast<unsigned>(sound.extradata[0]) << 8 | sound.extradata[1];
    const unsigned object = config >> 11, rate = config >> 7 & 15;
    // LC, SBR and PS over LC. An escaped object type or rate moves the bits that follow.
    if ((object != 2 && object != 5 && object != 29) || rate == 15) return {};
    return SilentAac(static_cast<int>(config >> 3 & 15));
  }
  // ADTS (1.A.2.2): one frame a packet.
  if (packet.size() < 7 || packet[0] != 0xFF || (packet[1] & 0xF6) != 0xF0) return {};
  if ((packet[2] >> 6) != 1 || (packet[6] & 3) != 0) return {};  // LC, one raw data block
  const Bytes silent = SilentAac((packet[2] & 1) << 2 | packet[3] >> 6);
  if (silent.empty()) return {};
  Bytes whole(packet.begin(), packet.begin() + 7);
  const size_t size = 7 + silent.size();
  whole[1] |= 1;  // no CRC
  whole[3] = static_cast<uint8_t>((whole[3] & 0xFC) | (size >> 11 & 3));
  whole[4] = static_cast<uint8_t>(size >> 3);
  whole[5] = static_cast<uint8_t>((size & 7) << 5 | 0x1F);  // buffer fullness: variable rate
  whole[6] = 0xFC;
  Append(whole, silent);
  return whole;
}

}  // namespace

bool CanBeSilent(const AVCodecParameters& sound) {
  return PcmZero(sound.codec_id) || IsMpegAudio(sound.codec_id) ||
         sound.codec_id == AV_CODEC_ID_AAC;
}

bool MakeSilent(const AVCodecParameters& sound, AVPacket& packet) {
  if (packet.size <= 0) return false;
  const auto size = static_cast<size_t>(packet.size);
  if (sound.codec_id == AV_CODEC_ID_AAC) {
    const Bytes silent = SilentAacPacket(sound, {packet.data, size});
    if (silent.empty() || silent.size() > size) return false;
    if (av_packet_make_writable(&packet) < 0) return false;
    std::copy(silent.begin(), silent.end(), packet.data);
    av_shrink_packet(&packet, static_cast<int>(silent.size()));
    return true;
  }
  if (const auto zero = PcmZero(sound.codec_id)) {
    if (av_packet_make_writable(&packet) < 0) return false;
    std::memset(packet.data, *zero, size);
    return true;
  }
  if (IsMpegAudio(sound.codec_id) && size > 4) {
    // ISO/IEC 11172-3, 2.4.1: a header, then no bits allocated to any band (layers 1 and 2) or no
    // main data at all (layer 3: all side information zero).
    if (packet.data[0] != 0xFF || (packet.data[1] & 0xE0) != 0xE0) return false;
    if (av_packet_make_writable(&packet) < 0) return false;
    packet.data[1] |= 1;  // no CRC
    std::memset(packet.data + 4, 0, size - 4);
    return true;
  }
  return false;
}

}  // namespace efface
