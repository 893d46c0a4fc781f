#include "efface/media/av/sound_setup.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace efface {
namespace {

// "vorbis", no vendor, no comments, and the bit that ends it (Vorbis I, 5.2.1).
constexpr uint8_t kNoComments[] = {3, 'v', 'o', 'r', 'b', 'i', 's', 0, 0, 0, 0, 0, 0, 0, 0, 1};

// Vorbis' three headers, as Matroska keeps them: their count less one, the sizes of the first two
// in bytes of up to 255 each, and they. Empty where it is not so.
std::array<ByteView, 3> VorbisHeaders(ByteView setup) {
  if (setup.empty() || setup[0] != 2) return {};
  size_t at = 1;
  std::array<size_t, 2> sizes = {};
  for (size_t& size : sizes) {
    uint8_t part = 255;
    while (part == 255) {
      if (at == setup.size()) return {};
      part = setup[at++];
      size += part;
    }
  }
  const auto first = Slice(setup, at, sizes[0]);
  const auto second = Slice(setup, at + sizes[0], sizes[1]);
  if (!first || !second) return {};
  return {*first, *second, setup.subspan(at + sizes[0] + sizes[1])};
}

Bytes CleanVorbis(ByteView setup) {
  const auto [identification, comments, codebooks] = VorbisHeaders(setup);
  if (!HasText(identification, 0, "\x01vorbis") || !HasText(comments, 0, "\x03vorbis") ||
      !HasText(codebooks, 0, "\x05vorbis")) {
    return {setup.begin(), setup.end()};
  }
  Bytes clean = {2};
  for (const size_t size : {identification.size(), sizeof kNoComments}) {
    clean.insert(clean.end(), size / 255, 255);
    clean.push_back(static_cast<uint8_t>(size % 255));
  }
  Append(clean, identification);
  Append(clean, kNoComments);
  Append(clean, codebooks);
  return clean;
}

// RFC 7845, 5.1: 19 bytes, and where the mapping says so a table of the channels.
size_t OpusSize(ByteView setup) {
  constexpr size_t kPlain = 19;
  if (setup.size() <= kPlain || !HasText(setup, 0, "OpusHead")) return setup.size();
  return setup[18] == 0 ? kPlain : std::min(setup.size(), kPlain + 2 + setup[9]);
}

}  // namespace

Bytes CleanSetup(AVCodecID codec, ByteView setup) {
  constexpr size_t kFlac = 34;  // STREAMINFO
  switch (codec) {
    case AV_CODEC_ID_VORBIS:
      return CleanVorbis(setup);
    case AV_CODEC_ID_OPUS:
      setup = setup.first(OpusSize(setup));
      break;
    case AV_CODEC_ID_FLAC:
      if (!HasText(setup, 0, "fLaC")) setup = setup.first(std::min(kFlac, setup.size()));
      break;
    default:
      break;
  }
  return {setup.begin(), setup.end()};
}

absl::StatusOr<int64_t> CleanSetup(AVCodecParameters& sound) {
  const ByteView setup(sound.extradata, static_cast<size_t>(sound.extradata_size));
  const Bytes clean = CleanSetup(sound.codec_id, setup);
  if (std::equal(clean.begin(), clean.end(), setup.begin(), setup.end())) return 0;
  auto* data = static_cast<uint8_t*>(av_mallocz(clean.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  if (data == nullptr) return absl::ResourceExhaustedError("there is not enough memory");
  std::memcpy(data, clean.data(), clean.size());
  const auto less = static_cast<int64_t>(setup.size()) - static_cast<int64_t>(clean.size());
  av_freep(&sound.extradata);
  sound.extradata = data;
  sound.extradata_size = static_cast<int>(clean.size());
  return std::max<int64_t>(less, 0);
}

}  // namespace efface
