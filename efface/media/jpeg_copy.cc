// Names of clauses and figures are ITU-T T.81's.
#include "efface/media/jpeg_copy.h"

#include <algorithm>
#include <cstring>

namespace efface {
namespace {

constexpr int kBlock = 8;   // samples, either side
constexpr int kTables = 4;  // of each kind
constexpr int kMaxDc = 2047;
constexpr uint32_t kMaxDcSize = 11, kMaxAcSize = 10;  // of 8-bit samples (table F.1, F.2)
constexpr uint8_t kEndOfBlock = 0x00, kSixteenZeros = 0xF0;
constexpr uint8_t kRst0 = 0xD0;
constexpr uint32_t kMaxDcSymbol = 15;  // more than are used, but all that decoders take

// Annex C, as a table of the codes of up to kFast bits, and bounds for the longer ones.
class Decoder {
 public:
  static constexpr int kFast = 10;

  struct Code {
    uint8_t bits = 0;  // of the code and of the number behind it; 0: there is no such code
    uint8_t symbol = 0;
    uint8_t step = 0;  // AC: coefficients up to the one that is coded, itself included
    uint8_t size = 0;  // of the number, bits; AC: 0 where no coefficient is coded
  };
  // AC: the codes, with their numbers, that begin in a window of so many bits and of which at least
  // the code is whole: coefficients, then the end of the block where it is among them.
  static constexpr int kWindow = 10;
  struct alignas(4) Codes {
    uint8_t bits = 0;                 // of all
    uint8_t steps = kBlock * kBlock;  // so many: they have to be looked at one by one
    bool last = false;                // they end the block
  };

  // False where there are more codes than fit, or two for one symbol, or symbols that decoders
  // refuse.
  bool Build(const HuffmanTable& table, bool dc) {
    table_ = &table;
    dc_ = dc;
    std::array<bool, 256> met = {};
    uint32_t code = 0, index = 0;
    for (uint32_t length = 1; length <= 16; ++length, code <<= 1) {
      first_[length] = code;
      index_[length] = index;
      const uint32_t count = table.counts[length];
      if (code + count > (1U << length) || index + count > 256) return false;
      for (uint32_t i = 0; i < count; ++i, ++code, ++index) {
        const uint8_t symbol = table.symbols[index];
        if (met[symbol] || (dc && symbol > kMaxDcSymbol)) return false;
        met[symbol] = true;
        if (length > kFast) continue;
        const uint32_t shift = kFast - length;
        std::fill_n(fast_.begin() + (code << shift), size_t{1} << shift, Describe(symbol, length));
      }
    }
    for (uint32_t window = 0; !dc && window < many_.size(); ++window) {
      many_[window] = Join(window, [](uint8_t) {});
    }
    return true;
  }

  // The code that `bits` begins with.
  Code Find(uint64_t bits) {
    Code found = fast_[bits >> (64 - kFast)];
    if (found.bits == 0) found = FindLong(bits);
    used_[found.symbol] = true;
    return found;
  }
  const Codes& FindMany(uint64_t bits) const { return many_[bits >> (64 - kWindow)]; }
  // All that FindMany found there are taken.
  void UseMany(uint64_t bits) { used_windows_[bits >> (64 - kWindow)] = true; }

  // The table without the symbols that were never found: codes at the end are taken out, and those
  // between others get the least symbols that the table lacks.
  HuffmanTable Used() {
    for (uint32_t window = 0; window < used_windows_.size(); ++window) {
      if (used_windows_[window]) Join(window, [&](uint8_t symbol) { used_[symbol] = true; });
    }
    HuffmanTable table;
    size_t count = 0, next = 0;
    for (size_t i = 1; i <= 16; ++i) count += table_->counts[i];
    while (count > 0 && !used_[table_->symbols[count - 1]]) --count;
    std::array<bool, 256> taken = used_;
    for (size_t i = 0; i < count; ++i) {
      uint8_t symbol = table_->symbols[i];
      if (!used_[symbol]) {
        while (taken[next]) ++next;
        symbol = static_cast<uint8_t>(next);
        taken[next] = true;
      }
      table.symbols[i] = symbol;
    }
    for (size_t i = 1, rest = count; i <= 16; ++i) {
      table.counts[i] = static_cast<uint8_t>(std::min<size_t>(rest, table_->counts[i]));
      rest -= table.counts[i];
    }
    return table;
  }

 private:
  // No code where the symbol has no place in 8-bit samples.
  Code Describe(uint8_t symbol, uint32_t length) const {
    const uint32_t size = dc_ ? symbol : symbol & 15;
    if (size > (dc_ ? kMaxDcSize : kMaxAcSize)) return {};
    if (!dc_ && size == 0 && symbol != kEndOfBlock && symbol != kSixteenZeros) return {};
    return {static_cast<uint8_t>(length + size), symbol, static_cast<uint8_t>((symbol >> 4) + 1),
            static_cast<uint8_t>(size)};
  }

  template <typename Each>
  Codes Join(uint32_t window, const Each& each) const {
    Codes codes{.steps = 0};
    while (codes.bits < kWindow) {
      const uint32_t rest = (window << codes.bits) % (1U << kWindow);
      const Code& next = fast_[rest >> (kWindow - kFast)];
      const bool ends = next.symbol == kEndOfBlock;
      if (next.bits == 0 || codes.bits + next.bits - next.size > kWindow) break;
      if (!ends && (next.size == 0 || codes.steps + next.step >= kBlock * kBlock)) break;
      each(next.symbol);
      codes.bits = static_cast<uint8_t>(codes.bits + next.bits);
      codes.last = ends;
      if (ends) break;
      codes.steps = static_cast<uint8_t>(codes.steps + next.step);
    }
    if (codes.bits == 0) return {};
    return codes;
  }

  Code FindLong(uint64_t bits) const {
    for (uint32_t length = kFast + 1; length <= 16; ++length) {
      const auto code = static_cast<uint32_t>(bits >> (64 - length));
      if (code >= first_[length] + table_->counts[length]) continue;
      if (code < first_[length]) break;  // a shorter one that is none
      return Describe(table_->symbols[index_[length] + code - first_[length]], length);
    }
    return {};
  }

  const HuffmanTable* table_ = nullptr;
  bool dc_ = false;
  std::array<Code, 1 << kFast> fast_ = {};
  std::array<Codes, 1 << kWindow> many_ = {};
  std::array<bool, 1 << kWindow> used_windows_ = {};
  std::array<uint32_t, 17> first_ = {}, index_ = {};
  std::array<bool, 256> used_ = {};
};

// Takes from the front of `coded` the bytes up to a marker, into `whole` without the zeros that are
// stuffed behind 0xFF. False where there is no marker.
bool TakeToMarker(ByteView& coded, Bytes& whole) {
  whole.clear();
  while (!coded.empty()) {
    const void* found = std::memchr(coded.data(), 0xFF, coded.size());
    if (found == nullptr) return false;
    const auto before = static_cast<size_t>(static_cast<const uint8_t*>(found) - coded.data());
    if (coded.size() - before < 2) return false;
    const bool stuffed = coded[before + 1] == 0;
    Append(whole, coded.first(before + (stuffed ? 1 : 0)));
    coded = coded.subspan(before + (stuffed ? 2 : 0));
    if (!stuffed) return true;
  }
  return false;
}

// The bits of coded data without stuffed bytes.
class Bits {
 public:
  // Zero bytes that must stand behind the data, so that a block needs to be looked at only at its
  // end: none takes as many as 63 codes and numbers of 26 bits, and DC's.
  static constexpr size_t kMore = 256;

  explicit Bits(ByteView padded)
      : at_(padded.data()), end_(padded.data() + padded.size() - kMore) {}

  // At least 56 of them from the top; zeros behind the end.
  [[gnu::always_inline]] uint64_t Next() {
    uint64_t eight = 0;
    for (int i = 0; i < 8; ++i) eight = eight << 8 | at_[i];  // one instruction
    bits_ |= eight >> count_;  // of the last byte a part may be there before it is counted
    at_ += (63 - count_) / 8;
    count_ |= 56;
    return bits_;
  }
  void Take(uint32_t count) {
    bits_ <<= count;
    count_ -= count;
  }
  // More were taken than the data has.
  bool overdrawn() const { return rest() < 0; }
  // Nothing is left but ones that fill up the last byte.
  bool AtEnd() {
    const uint64_t next = Next();
    return rest() == 0 || (rest() > 0 && rest() < 8 && ~next >> (64 - rest()) == 0);
  }

 private:
  int64_t rest() const { return 8 * (end_ - at_) + count_; }

  const uint8_t *at_, *end_;
  uint64_t bits_ = 0;   // from the top
  uint32_t count_ = 0;  // that are there
};

// A block's difference of DC (F.1.2.1); nullopt where it is not one.
[[gnu::always_inline]] inline std::optional<int> TakeDc(Bits& bits, Decoder& decoder) {
  const uint64_t next = bits.Next();
  const Decoder::Code code = decoder.Find(next);
  if (code.bits == 0) return std::nullopt;
  bits.Take(code.bits);
  // Without a branch, which no processor would foretell.
  const uint32_t size = code.symbol;
  const auto value = static_cast<int>(next << (code.bits - size) >> 1 >> (63 - size));
  const int negative = value < (1 << size >> 1) ? -1 : 0;
  return value - (negative & ((1 << size) - 1));
}

// What TakeOne gives: where it has come to.
struct Taken {
  Bits bits;
  uint32_t k;
};

// The coefficients of a block from `k` on, up to the first one that is coded; k is 0 where they are
// not in their one shortest form, or all of them where the block ends. By value, so that the caller
// keeps its bits in registers.
[[gnu::noinline]] Taken TakeOne(Bits bits, Decoder& decoder, uint32_t k) {
  for (bool zeros = false;; zeros = true) {  // sixteen came last: one that is not zero must follow
    const Decoder::Code code = decoder.Find(bits.Next());
    bits.Take(code.bits);
    if (code.bits == 0) return {bits, 0};
    if (code.symbol == kEndOfBlock) return {bits, zeros ? 0U : kBlock * kBlock};
    k += code.step;
    if (k > kBlock * kBlock) return {bits, 0};
    if (code.size > 0) return {bits, k};
  }
}

// The other coefficients of a block (F.1.2.2); false where they are not in their one shortest form.
[[gnu::always_inline]] inline bool TakeAc(Bits& bits, Decoder& decoder) {
  for (uint32_t k = 1; k < kBlock * kBlock;) {
    const uint64_t next = bits.Next();
    const Decoder::Codes codes = decoder.FindMany(next);
    if (k + codes.steps >= kBlock * kBlock) {  // some may be of the next block
      const Taken taken = TakeOne(bits, decoder, k);
      bits = taken.bits;
      k = taken.k;
      if (k == 0) return false;
      continue;
    }
    decoder.UseMany(next);
    bits.Take(codes.bits);
    if (codes.last) return true;
    k += codes.steps;
  }
  return true;
}

// A block's other coefficients, where they are all zero.
[[gnu::always_inline]] inline bool TakeEmptyAc(Bits& bits, Decoder& decoder) {
  const Decoder::Code code = decoder.Find(bits.Next());
  bits.Take(code.bits);
  return code.bits > 0 && code.symbol == kEndOfBlock;
}

struct Plane {
  JpegScan::Component component;
  Decoder *dc, *ac;
  int width, height;  // blocks
  int last_dc = 0;
};

int Divided(int value, int by) { return (value + by - 1) / by; }

class Checker {
 public:
  explicit Checker(JpegScan& scan) : scan_(scan) {}

  std::optional<size_t> Check(ByteView coded) {
    if (!Prepare()) return std::nullopt;
    const size_t size = coded.size();
    Bytes whole;
    const auto next = [&] {
      if (!TakeToMarker(coded, whole)) return false;
      whole.resize(whole.size() + Bits::kMore);
      return true;
    };
    if (!next()) return std::nullopt;
    Bits bits(whole);
    const int64_t mcus = int64_t{across_} * down_;
    uint8_t restarts = 0;
    for (int64_t mcu = 0; mcu < mcus; ++mcu) {
      if (scan_.restart_interval > 0 && mcu > 0 && mcu % scan_.restart_interval == 0) {
        if (!bits.AtEnd() || coded[1] != kRst0 + restarts % 8) return std::nullopt;
        coded = coded.subspan(2);
        if (!next()) return std::nullopt;
        bits = Bits(whole);
        ++restarts;
        for (Plane& plane : planes_) plane.last_dc = 0;
      }
      const int x = static_cast<int>(mcu % across_), y = static_cast<int>(mcu / across_);
      for (Plane& plane : planes_) {
        if (!TakeBlocks(bits, plane, x, y)) return std::nullopt;
      }
    }
    if (!bits.AtEnd() || coded[1] == 0xFF) return std::nullopt;
    for (size_t i = 0; i < 4; ++i) {
      if (dc_[i]) scan_.dc_tables.at(i) = dc_[i]->Used();
      if (ac_[i]) scan_.ac_tables.at(i) = ac_[i]->Used();
    }
    return size - coded.size();
  }

 private:
  static Decoder* Make(const std::optional<HuffmanTable>& table, bool dc,
                       std::optional<Decoder>& decoder) {
    if (!table) return nullptr;
    if (!decoder && !decoder.emplace().Build(*table, dc)) return nullptr;
    return &*decoder;
  }

  bool Prepare() {
    int most_across = 1, most_down = 1;
    for (const JpegScan::Component& component : scan_.components) {
      most_across = std::max(most_across, component.across);
      most_down = std::max(most_down, component.down);
    }
    across_ = Divided(scan_.width, kBlock * most_across);
    down_ = Divided(scan_.height, kBlock * most_down);
    for (const JpegScan::Component& component : scan_.components) {
      for (const int number : {component.dc_table, component.ac_table, component.quantiser}) {
        if (number < 0 || number >= kTables) return false;  // libjpeg looks when it decodes
      }
      if (!scan_.quantisers.at(static_cast<size_t>(component.quantiser))) return false;
      const auto dc = static_cast<size_t>(component.dc_table);
      const auto ac = static_cast<size_t>(component.ac_table);
      Plane plane{component, Make(scan_.dc_tables.at(dc), true, dc_.at(dc)),
                  Make(scan_.ac_tables.at(ac), false, ac_.at(ac)),
                  Divided(Divided(scan_.width * component.across, most_across), kBlock),
                  Divided(Divided(scan_.height * component.down, most_down), kBlock)};
      if (plane.dc == nullptr || plane.ac == nullptr) return false;
      planes_.push_back(plane);
    }
    if (planes_.size() == 1) {  // alone in its scan: an MCU is a block (A.2.2)
      planes_[0].component.across = planes_[0].component.down = 1;
      across_ = planes_[0].width;
      down_ = planes_[0].height;
    }
    return true;
  }

  // The blocks of one component in an MCU.
  [[gnu::always_inline]] static inline bool TakeBlocks(Bits& bits, Plane& plane, int mcu_x,
                                                       int mcu_y) {
    const JpegScan::Component& component = plane.component;
    for (int down = 0; down < component.down; ++down) {
      for (int across = 0; across < component.across; ++across) {
        const bool empty = mcu_x * component.across + across >= plane.width ||
                           mcu_y * component.down + down >= plane.height;
        const std::optional<int> step = TakeDc(bits, *plane.dc);
        if (!step || (empty && *step != 0)) return false;
        plane.last_dc += *step;
        if (plane.last_dc > kMaxDc || plane.last_dc < -kMaxDc - 1) return false;
        if (empty ? !TakeEmptyAc(bits, *plane.ac) : !TakeAc(bits, *plane.ac)) return false;
        if (bits.overdrawn()) return false;
      }
    }
    return true;
  }

  JpegScan& scan_;
  std::vector<Plane> planes_;
  std::array<std::optional<Decoder>, 4> dc_, ac_;
  int across_ = 0, down_ = 0;  // MCUs
};

void Put(Bytes& out, size_t value, int size) { AppendUint(out, value, size, Endian::kBig); }

// Figure A.6: where each coefficient, in the order of coding, stands in its block.
constexpr std::array<uint8_t, 64> kZigzag = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

bool IsWide(const std::array<uint16_t, 64>& values) {
  return *std::max_element(values.begin(), values.end()) > 255;
}

void PutQuantiser(const std::array<uint16_t, 64>& values, size_t number, Bytes& out) {
  const bool wide = IsWide(values);
  AppendSegmentHeader(0xDB, wide ? 129 : 65, out);
  Put(out, (wide ? 0x10U : 0U) | number, 1);
  for (const uint8_t place : kZigzag) Put(out, values.at(place), wide ? 2 : 1);
}

void PutCode(const HuffmanTable& table, size_t number, Bytes& out) {
  size_t count = 0;
  for (size_t i = 1; i <= 16; ++i) count += table.counts[i];
  AppendSegmentHeader(0xC4, 17 + count, out);
  Put(out, number, 1);
  Append(out, ByteView(table.counts).subspan(1));
  Append(out, ByteView(table.symbols).first(count));
}

}  // namespace

void AppendSegmentHeader(uint8_t marker, size_t size, Bytes& out) {
  Put(out, 0xFF00U | marker, 2);
  Put(out, size + 2, 2);
}

std::optional<size_t> CheckCodedData(ByteView coded, JpegScan& scan) {
  return Checker(scan).Check(coded);
}

void AppendScan(const JpegScan& scan, ByteView coded, Bytes& out) {
  std::array<bool, 4> quantisers = {}, dc = {}, ac = {};
  bool baseline = true;  // two tables of each kind, of 8 bits
  for (const JpegScan::Component& component : scan.components) {
    quantisers.at(static_cast<size_t>(component.quantiser)) = true;
    dc.at(static_cast<size_t>(component.dc_table)) = true;
    ac.at(static_cast<size_t>(component.ac_table)) = true;
    baseline = baseline && component.dc_table < 2 && component.ac_table < 2;
  }
  for (size_t i = 0; i < 4; ++i) {
    if (!quantisers[i] || !scan.quantisers[i]) continue;
    PutQuantiser(*scan.quantisers[i], i, out);
    baseline = baseline && !IsWide(*scan.quantisers[i]);
  }
  const size_t count = scan.components.size();
  AppendSegmentHeader(baseline ? 0xC0 : 0xC1, 6 + 3 * count, out);
  Put(out, 8, 1);
  Put(out, static_cast<size_t>(scan.height), 2);
  Put(out, static_cast<size_t>(scan.width), 2);
  Put(out, count, 1);
  for (const JpegScan::Component& component : scan.components) {
    for (const int value :
         {component.id, component.across << 4 | component.down, component.quantiser}) {
      Put(out, static_cast<size_t>(value), 1);
    }
  }
  for (size_t i = 0; i < 4; ++i) {
    if (dc[i] && scan.dc_tables[i]) PutCode(*scan.dc_tables[i], i, out);
    if (ac[i] && scan.ac_tables[i]) PutCode(*scan.ac_tables[i], 0x10 | i, out);
  }
  if (scan.restart_interval > 0) {
    AppendSegmentHeader(0xDD, 2, out);
    Put(out, static_cast<size_t>(scan.restart_interval), 2);
  }
  AppendSegmentHeader(0xDA, 4 + 2 * count, out);
  Put(out, count, 1);
  for (const JpegScan::Component& component : scan.components) {
    Put(out, static_cast<size_t>(component.id), 1);
    Put(out, static_cast<size_t>(component.dc_table << 4 | component.ac_table), 1);
  }
  for (const int value : {0, 63, 0}) Put(out, static_cast<size_t>(value), 1);  // all coefficients
  Append(out, coded);
  Put(out, 0xFFD9, 2);
}

}  // namespace efface
