#include "efface/job/verify_bytes.h"

#include <algorithm>
#include <bitset>
#include <memory>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "base/status.h"

namespace efface {
namespace {

constexpr size_t kWindow = 32;              // bytes
constexpr size_t kLeastValues = 12;         // different bytes in a window that tells something
constexpr uint64_t kMostWindows = 1 << 20;  // whatever the size
constexpr size_t kBlock = size_t{1} << 20;

// What is no picture and may have something in common with what is kept: new EXIF blocks begin as
// old ones do, and sound that only starts a decoder stays.
bool MayHoldPicture(std::string_view what) {
  static const std::set<std::string_view> kNone = {"exif",         "date",        "timecode",
                                                   "profile-path", "sound",       "muted-sound",
                                                   "hidden-sound", "video-track", "colour-profile"};
  return !kNone.contains(what);
}

constexpr uint64_t kFactor = 0x9E3779B97F4A7C15;
constexpr uint64_t Power(size_t times) {
  uint64_t value = 1;
  for (size_t i = 0; i < times; ++i) value *= kFactor;
  return value;
}
constexpr uint64_t kOut = Power(kWindow);  // of the byte that leaves

// A hash of the last kWindow bytes that were added (Rabin and Karp, modulo 2^64).
class Rolling {
 public:
  // The hash where a whole window was added; else nothing.
  bool Add(uint8_t byte, uint64_t& hash) {
    const size_t at = static_cast<size_t>(count_ % kWindow);
    hash_ = hash_ * kFactor + byte + 1 - (count_ >= kWindow ? kOut * (ring_[at] + uint64_t{1}) : 0);
    ring_[at] = byte;
    hash = hash_;
    return ++count_ >= kWindow;
  }

 private:
  std::array<uint8_t, kWindow> ring_{};
  uint64_t count_ = 0, hash_ = 0;
};

uint64_t HashOf(ByteView window) {
  Rolling rolling;
  uint64_t hash = 0;
  for (const uint8_t byte : window) rolling.Add(byte, hash);
  return hash;
}

struct Window {
  uint64_t offset;   // in the input
  const char* what;  // the kind's name
};

class Windows {
 public:
  bool empty() const { return list_.empty(); }
  int64_t size() const { return static_cast<int64_t>(list_.size()); }

  void Add(ByteView window, uint64_t offset, const char* what) {
    std::bitset<256> values;
    for (const uint8_t byte : window) values.set(byte);
    if (values.count() < kLeastValues) return;
    const uint64_t hash = HashOf(window);
    list_.try_emplace(hash, Window{offset, what});
    (*filter_)[hash >> 40] = true;
  }

  // Takes out each window that stands in [begin, end) of `fd`, and tells `found` of it.
  template <typename Found>
  absl::Status TakeOut(int input, int fd, uint64_t begin, uint64_t end, const Found& found) {
    Bytes block(kBlock);
    Rolling rolling;
    for (uint64_t at = begin; at < end && !empty();) {
      const auto wanted = static_cast<size_t>(std::min<uint64_t>(kBlock, end - at));
      ASSIGN_OR_RETURN(const size_t got,
                       ReadAt(fd, static_cast<int64_t>(at), std::span(block).first(wanted)));
      if (got == 0) break;
      for (size_t i = 0; i < got; ++i) {
        uint64_t hash = 0;
        if (!rolling.Add(block[i], hash) || !(*filter_)[hash >> 40]) continue;
        const auto listed = list_.find(hash);
        if (listed == list_.end()) continue;
        const uint64_t place = at + i + 1 - kWindow;
        std::array<uint8_t, kWindow> mine, other;
        ASSIGN_OR_RETURN(const size_t a,
                         ReadAt(input, static_cast<int64_t>(listed->second.offset), mine));
        ASSIGN_OR_RETURN(const size_t b, ReadAt(fd, static_cast<int64_t>(place), other));
        if (a != kWindow || b != kWindow || mine != other) continue;
        found(listed->second, place);
        list_.erase(listed);
      }
      at += got;
    }
    return absl::OkStatus();
  }

 private:
  std::unordered_map<uint64_t, Window> list_;  // by hash
  // By the hash's first bits: most bytes are passed without a look at the list.
  std::unique_ptr<std::bitset<1 << 24>> filter_ = std::make_unique<std::bitset<1 << 24>>();
};

// Bytes of `block` from `at` on that are a table or profile of a JPEG file, which others share: 0
// where there is none. Within coded pictures 0xFF is followed by 0 or a restart marker.
size_t SharedSegment(ByteView block, size_t at) {
  if (block[at] != 0xFF) return 0;
  const auto marker = ReadUint(block, at + 1, 1, Endian::kBig);
  const auto size = ReadUint(block, at + 2, 2, Endian::kBig);
  if (!marker || !size || *size < 2) return 0;
  const bool table = (*marker == 0xC4 || *marker == 0xDB) && *size <= 1100;
  const bool profile = *marker == 0xE2 && HasText(block, at + 4, "ICC_PROFILE");
  return table || profile ? static_cast<size_t>(*size) + 2 : 0;
}

absl::Status AddWindows(int input, const ByteRange& range, uint64_t step, const char* what,
                        Windows& windows) {
  Bytes block(kBlock);
  uint64_t skip = 0;  // of the bytes that follow
  for (uint64_t at = range.offset; at < range.offset + range.size;) {
    const auto wanted =
        static_cast<size_t>(std::min<uint64_t>(kBlock, range.offset + range.size - at));
    ASSIGN_OR_RETURN(const size_t got,
                     ReadAt(input, static_cast<int64_t>(at), std::span(block).first(wanted)));
    if (got == 0) break;
    const ByteView bytes = ByteView(block).first(got);
    size_t next = 0;  // where the next window begins
    for (size_t i = 0; i < got; ++i) {
      if (skip > 0) {
        --skip, next = std::max(next, i + 1);
        continue;
      }
      if (const size_t shared = SharedSegment(bytes, i); shared > 0) {
        skip = shared - 1, next = i + 1;
        continue;
      }
      if (i + 1 < next + kWindow) continue;
      windows.Add(bytes.subspan(next, kWindow), at + next, what);
      next += step;
    }
    at += got;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<BytesFound> FindHiddenBytes(int input, std::span<const HiddenThing> hidden,
                                           int output) {
  std::vector<ByteRange> ranges;  // hidden, of whatever kind
  uint64_t total = 0;
  for (const HiddenThing& thing : hidden) {
    for (const ByteRange& place : thing.places) ranges.push_back(place), total += place.size;
  }
  std::sort(ranges.begin(), ranges.end(),
            [](const ByteRange& a, const ByteRange& b) { return a.offset < b.offset; });
  const uint64_t step = std::max<uint64_t>(kWindow, total / kMostWindows);
  Windows windows;
  for (const HiddenThing& thing : hidden) {
    if (!MayHoldPicture(thing.what)) continue;
    for (const ByteRange& place : thing.places) {
      RETURN_IF_ERROR(AddWindows(input, place, step, thing.what.c_str(), windows));
    }
  }
  BytesFound result;
  if (windows.empty()) return result;

  ASSIGN_OR_RETURN(const int64_t input_size, FileSize(input));
  const auto nothing = [](const Window&, uint64_t) {};
  uint64_t seen = 0;
  for (const ByteRange& range : ranges) {
    if (range.offset > seen)
      RETURN_IF_ERROR(windows.TakeOut(input, input, seen, range.offset, nothing));
    seen = std::max(seen, range.offset + range.size);
  }
  RETURN_IF_ERROR(windows.TakeOut(input, input, seen, static_cast<uint64_t>(input_size), nothing));

  result.searched = windows.size();
  ASSIGN_OR_RETURN(const int64_t output_size, FileSize(output));
  RETURN_IF_ERROR(windows.TakeOut(input, output, 0, static_cast<uint64_t>(output_size),
                                  [&](const Window& window, uint64_t place) {
                                    if (result.found++ > 0) return;
                                    result.what = window.what;
                                    result.offset = place;
                                  }));
  return result;
}

}  // namespace efface
