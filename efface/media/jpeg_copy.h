// The coded data of a sequential Huffman JPEG, copied bit for bit where it is known to be nothing
// but the picture: several times as fast as decoding and coding every coefficient again.
#ifndef EFFACE_MEDIA_JPEG_COPY_H_
#define EFFACE_MEDIA_JPEG_COPY_H_

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"

namespace efface {

// A code (ITU-T T.81 annex C): how many codes there are of each length, 1 to 16, and their symbols.
struct HuffmanTable {
  std::array<uint8_t, 17> counts = {};
  std::array<uint8_t, 256> symbols = {};
};

// A sequential frame of 8-bit samples with all components in one scan.
struct JpegScan {
  struct Component {
    int id = 0;
    int across = 1, down = 1;  // sampling factors
    int quantiser = 0;         // 0..3, numbers of tables
    int dc_table = 0, ac_table = 0;
  };
  int width = 0, height = 0;                                          // pixels
  int restart_interval = 0;                                           // MCUs; 0: none
  std::vector<Component> components;                                  // 1 to 4
  std::array<std::optional<std::array<uint16_t, 64>>, 4> quantisers;  // row by row
  std::array<std::optional<HuffmanTable>, 4> dc_tables, ac_tables;
};

// `coded` begins behind the scan's header. The bytes of the coded data, up to the marker that ends
// it, if they are what coding its coefficients with these tables gives, to the last bit: every
// block in the shortest of its forms, those that only fill up an MCU empty, padding all ones, no
// byte more than the blocks take, and restart markers where they belong. Nullopt where anything
// else is met; what is wrong is not told, since the long way tells it. Takes from the tables in
// `scan` the symbols that no block uses.
std::optional<size_t> CheckCodedData(ByteView coded, JpegScan& scan);

// Appends a marker (0xC0..0xFE) and the length of a segment whose content is `size` bytes.
void AppendSegmentHeader(uint8_t marker, size_t size, Bytes& out);

// Appends the tables, the frame and the scan with `coded` as its data, and the end of the file.
void AppendScan(const JpegScan& scan, ByteView coded, Bytes& out);

}  // namespace efface

#endif  // EFFACE_MEDIA_JPEG_COPY_H_
