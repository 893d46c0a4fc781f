#include "efface/scrub/mp4_track.h"

#include <algorithm>
#include <limits>

namespace efface {
namespace {

// Samples, and chunks, of a track: 46 hours of 60 frames a second.
constexpr uint64_t kMaxSamples = 10'000'000;
constexpr uint64_t kMaxEdits = 1'000;
constexpr int64_t kForever = std::numeric_limits<int64_t>::max() / 4;

uint64_t Number(ByteView table, uint64_t at, int size = 4) {
  return ReadUint(table, static_cast<size_t>(std::min<uint64_t>(at, table.size())), size,
                  Endian::kBig)
      .value_or(0);
}

int64_t Signed(ByteView table, uint64_t at, int size = 4) {
  const uint64_t value = Number(table, at, size);
  return size == 4 ? static_cast<int32_t>(value) : static_cast<int64_t>(value);
}

// Entries that a table holds, of those that it states.
uint64_t Count(ByteView table, size_t header, size_t entry) {
  if (table.size() < header) return 0;
  return std::min<uint64_t>(Number(table, header - 4), (table.size() - header) / entry);
}

// Steps through a table of (count, value).
class Runs {
 public:
  explicit Runs(ByteView table) : table_(table), entries_(Count(table, 8, 8)) {}

  // The next sample's value; false after the last.
  bool Next(int64_t& value) {
    while (left_ == 0) {
      if (entry_ == entries_) return false;
      left_ = Number(table_, 8 + 8 * entry_);
      value_ = Signed(table_, 12 + 8 * entry_);
      ++entry_;
    }
    --left_;
    value = value_;
    return true;
  }

 private:
  ByteView table_;
  uint64_t entries_, entry_ = 0, left_ = 0;
  int64_t value_ = 0;
};

class Sizes {
 public:
  explicit Sizes(const Mp4Track& track) : table_(track.sizes), short_(track.short_sizes) {
    if (short_) {
      bits_ = Number(table_, 7, 1);
      if (bits_ != 4 && bits_ != 8 && bits_ != 16) bits_ = 8;
      count_ = std::min<uint64_t>(Number(table_, 8),
                                  table_.size() < 12 ? 0 : (table_.size() - 12) * 8 / bits_);
      return;
    }
    fixed_ = Number(table_, 4);
    count_ = fixed_ != 0 ? Number(table_, 8) : Count(table_, 12, 4);
    if (fixed_ == 1 && track.frame_bytes > 0) fixed_ = track.frame_bytes;
  }

  uint64_t count() const { return count_; }
  uint64_t fixed() const { return fixed_; }  // of each; 0: they differ
  uint64_t Of(uint64_t sample) const {
    if (fixed_ != 0) return fixed_;
    if (!short_) return Number(table_, 12 + 4 * sample);
    if (bits_ == 4) return Number(table_, 12 + sample / 2, 1) >> (sample % 2 == 0 ? 4 : 0) & 15;
    return Number(table_, 12 + sample * bits_ / 8, static_cast<int>(bits_ / 8));
  }

 private:
  ByteView table_;
  bool short_;
  uint64_t bits_ = 8, fixed_ = 0, count_ = 0;
};

// Calls `chunk` with the first sample of each chunk, how many it has, and where it begins; ends
// where that returns false.
void ForEachChunk(const Mp4Track& track, uint64_t samples,
                  const std::function<bool(uint64_t, uint64_t, uint64_t)>& chunk) {
  const int width = track.wide_places ? 8 : 4;
  const uint64_t chunks = Count(track.places, 8, static_cast<size_t>(width));
  const uint64_t entries = Count(track.chunks, 8, 12);
  uint64_t entry = 0, sample = 0;
  for (uint64_t i = 0; i < chunks && sample < samples && entries > 0; ++i) {
    // Chunks are counted from 1.
    while (entry + 1 < entries && Number(track.chunks, 8 + 12 * (entry + 1)) <= i + 1) ++entry;
    const uint64_t count = std::min(Number(track.chunks, 12 + 12 * entry), samples - sample);
    const uint64_t at = Number(track.places, 8 + static_cast<uint64_t>(width) * i, width);
    if (!chunk(sample, count, at)) return;
    sample += count;
  }
}

}  // namespace

bool Mp4Track::ForEachRun(uint64_t file_size, const std::function<void(ByteRange)>& run) const {
  const Sizes all(*this);
  uint64_t counted = 0;
  ForEachChunk(*this, all.count(), [&](uint64_t first, uint64_t count, uint64_t at) {
    ++counted;
    uint64_t bytes = 0;
    if (all.fixed() != 0) {
      bytes = count > file_size / all.fixed() ? file_size : count * all.fixed();
    } else {
      counted += count;
      for (uint64_t i = first; i < first + count; ++i) bytes += all.Of(i);
    }
    if (at < file_size && bytes > 0) run({at, std::min(bytes, file_size - at)});
    return counted <= kMaxSamples;
  });
  for (const ByteRange& each : fragments) run(each);
  return counted <= kMaxSamples;
}

bool Mp4Track::ForEachSample(uint64_t file_size,
                             const std::function<void(const Mp4Sample&)>& sample) const {
  const Sizes all(*this);
  Runs durations(times), shifts(offsets);
  const bool has_keys = keys.size() >= 8;
  const uint64_t first_key = has_keys ? Number(keys, 8) : 1;  // counted from 1
  uint64_t counted = 0;
  int64_t decoded = 0;
  ForEachChunk(*this, all.count(), [&](uint64_t first, uint64_t count, uint64_t at) {
    for (uint64_t i = first; i < first + count; ++i) {
      if (++counted > kMaxSamples || at >= file_size) return false;
      Mp4Sample each;
      each.place = {at, std::min(all.Of(i), file_size - at)};
      int64_t shift = 0;
      durations.Next(each.duration);
      shifts.Next(shift);
      each.shown = decoded + shift;
      each.after_key = i + 1 >= first_key;
      sample(each);
      decoded += each.duration;
      at += each.place.size;
    }
    return true;
  });
  return counted <= kMaxSamples;
}

int64_t Mp4Track::Duration() const {
  int64_t all = 0;
  for (uint64_t i = 0; i < Count(times, 8, 8); ++i) {
    const auto count = static_cast<int64_t>(Number(times, 8 + 8 * i));
    all = std::min(kForever,
                   all + count * static_cast<int64_t>(Number(times, 12 + 8 * i) & 0x7FFFFFFF));
  }
  return all;
}

std::vector<Mp4Edit> EditsOf(const Mp4Track& track, uint32_t movie_clock) {
  const bool wide = !track.edits.empty() && track.edits[0] == 1;
  const int size = wide ? 8 : 4;
  const auto width = static_cast<uint64_t>(size);
  const uint64_t count = std::min(kMaxEdits, Count(track.edits, 8, wide ? 20 : 12));
  if (count == 0) return {{-kForever, kForever}};
  std::vector<Mp4Edit> edits;
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t at = 8 + i * (2 * width + 4);
    const uint64_t length = Number(track.edits, at, size);
    const int64_t from = Signed(track.edits, at + width, size);
    if (from < 0) continue;  // an empty edit
    int64_t to = kForever;
    // Where no length is stated (fragmented files), all the rest is shown.
    if (length != 0 && movie_clock != 0) {
      const long double ticks = static_cast<long double>(length) * track.clock / movie_clock;
      if (ticks < static_cast<long double>(kForever - from))
        to = from + static_cast<int64_t>(ticks);
    }
    edits.push_back({std::min(from, kForever), to});
  }
  return edits;
}

}  // namespace efface
