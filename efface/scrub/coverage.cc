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

std::vector<ByteRange> Coverage::Gaps(uint64_t begin, uint64_t end) const {
  std::vector<ByteRange> gaps;
  if (too_many_) return gaps;
  std::vector<Range> sorted = ranges_;
  std::sort(sorted.begin(), sorted.end(),
            [](const Range& a, const Range& b) { return a.begin < b.begin; });
  uint64_t covered = begin;
  const auto skip_to = [&](uint64_t to) {
    if (covered < to) gaps.push_back({covered, to - covered});
  };
  for (const Range& range : sorted) {
    skip_to(std::min(range.begin, end));
    covered = std::max(covered, std::min(range.end, end));
  }
  skip_to(end);
  return gaps;
}

void Coverage::Report(ByteView file, uint64_t begin, uint64_t end, std::string_view gap,
                      std::string_view tail, Findings& findings) const {
  end = std::min<uint64_t>(end, file.size());
  for (const ByteRange& each : Gaps(begin, end)) {
    const auto part = file.subspan(each.offset, each.size);
    const bool zero = std::all_of(part.begin(), part.end(), [](uint8_t byte) { return byte == 0; });
    if (zero && part.size() < kMaxAlignment) continue;
    findings.Add(each.offset + each.size == end ? tail : gap, part);
  }
}

}  // namespace efface
