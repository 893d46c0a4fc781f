// Which bytes of a file nothing refers to.
#include <algorithm>

#include "efface/scrub/walk.h"

namespace efface {
namespace {

constexpr size_t kMaxRanges = 1'000'000;
constexpr uint64_t kMaxAlignment = 16;  // zero bytes fewer than this align what follows

}  // namespace

void Coverage::Add(uint64_t offset, uint64_t size) {
  if (size == 0) return;
  if (ranges_.size() == kMaxRanges) {
    too_many_ = true;
    return;
  }
  const uint64_t end = offset > UINT64_MAX - size ? UINT64_MAX : offset + size;
  ranges_.push_back({offset, end});
}

void Coverage::Report(ByteView file, uint64_t begin, uint64_t end, std::string_view gap,
                      std::string_view tail, Findings& findings) const {
  if (too_many_) return;
  std::vector<Range> sorted = ranges_;
  std::sort(sorted.begin(), sorted.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  end = std::min<uint64_t>(end, file.size());
  const auto report = [&](uint64_t from, uint64_t to, std::string_view what) {
    if (from >= to) return;
    const auto part = file.subspan(from, to - from);
    const bool zero = std::all_of(part.begin(), part.end(), [](uint8_t byte) { return byte == 0; });
    if (!zero || part.size() >= kMaxAlignment) findings.Add(what, part.size());
  };
  uint64_t covered = begin;
  for (const Range& range : sorted) {
    report(covered, std::min(range.begin, end), gap);
    covered = std::max(covered, std::min(range.end, end));
  }
  report(covered, end, tail);
}

}  // namespace efface
