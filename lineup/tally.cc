#include "lineup/tally.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <numeric>

namespace lineup {
namespace {

void Increase(uint64_t& value, uint64_t by) {
  std::atomic_ref<uint64_t>(value).fetch_add(by, std::memory_order_relaxed);
}

// Greater scores get smaller keys.
uint32_t Key(float score) {
  const auto bits = std::bit_cast<uint32_t>(score + 0.f);  // -0 is 0
  return bits >> 31 ? bits : ~bits & 0x7fffffff;
}

// By score, then by pictures. A radix sort: the tail is millions of pairs long.
void SortDescending(std::vector<TailPair>& pairs) {
  constexpr int kBits = 11;
  std::vector<TailPair> other(pairs.size());
  for (int shift = 0; shift < 32; shift += kBits) {
    const auto digit = [shift](const TailPair& pair) {
      return Key(pair.score) >> shift & ((1u << kBits) - 1);
    };
    std::vector<size_t> place(1 << kBits);
    for (const TailPair& pair : pairs) ++place[digit(pair)];
    std::exclusive_scan(place.begin(), place.end(), place.begin(), size_t{0});
    for (const TailPair& pair : pairs) other[place[digit(pair)]++] = pair;
    pairs.swap(other);
  }
  for (auto from = pairs.begin(); from != pairs.end();) {
    auto to = from + 1;
    while (to != pairs.end() && to->score == from->score) ++to;
    if (to - from > 1)
      std::sort(from, to, [](const TailPair& x, const TailPair& y) {
        return x.a != y.a ? x.a < y.a : x.b < y.b;
      });
    from = to;
  }
}

}  // namespace

Tally::Tally(const Population& population, Plan plan)
    : histogram(Plan::kBins),
      pairs_with(population.persons.size() * population.groups.size()),
      population_(population),
      plan_(std::move(plan)),
      tail_from_(plan_.tail_from) {
  for (const float threshold : plan_.thresholds)
    counted_.push_back({threshold, std::vector<uint64_t>(pairs_with.size()), 0});
}

void Tally::AddImpostor(uint32_t a, uint32_t b, float score) {
  const float place = (score - plan_.low) / (plan_.high - plan_.low) * Plan::kBins;
  ++histogram[static_cast<size_t>(std::clamp(place, 0.f, static_cast<float>(Plan::kBins - 1)))];
  const uint32_t pa = population_.person_of[a], pb = population_.person_of[b];
  const uint32_t ga = population_.group_of[pa], gb = population_.group_of[pb];
  ++pairs_with[pa * groups() + gb];
  ++pairs_with[pb * groups() + ga];
  for (ErrorCounts& counts : counted_) {
    if (score < counts.threshold) continue;
    ++counts.of[pa * groups() + gb];
    ++counts.of[pb * groups() + ga];
  }
  if (score < tail_from_) return;
  std::vector<TailPair> one{{score, a, b}};
  float from = 0;
  AddTail(one, from);
}

void Tally::AddTail(std::vector<TailPair>& pairs, float& from) {
  const std::lock_guard lock(mutex_);
  for (const TailPair& pair : pairs)
    if (pair.score >= tail_from_) tail.push_back(pair);
  pairs.clear();
  if (tail.size() > plan_.tail_limit + plan_.tail_limit / 2) {
    // Drop the least similar; all pairs of the score at the cut go, so that the tail stays
    // complete.
    const auto cut = tail.begin() + static_cast<ptrdiff_t>(plan_.tail_limit);
    std::nth_element(tail.begin(), cut, tail.end(),
                     [](const TailPair& x, const TailPair& y) { return x.score > y.score; });
    tail_from_ = std::nextafter(cut->score, INFINITY);
    std::erase_if(tail, [&](const TailPair& pair) { return pair.score < tail_from_; });
  }
  from = tail_from_;
}

void Tally::AddGenuine(const std::vector<GenuineScore>& scores) {
  const std::lock_guard lock(mutex_);
  genuine.insert(genuine.end(), scores.begin(), scores.end());
}

void Tally::AddHistogram(const std::vector<uint64_t>& bins) {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < bins.size(); ++i) histogram[i] += bins[i];
}

void Tally::AddErrors(size_t threshold, uint32_t person, uint32_t other_group, uint64_t count) {
  Increase(counted_[threshold].of[person * groups() + other_group], count);
}

void Tally::Finish() {
  SortDescending(tail);
  tail.shrink_to_fit();
  std::sort(genuine.begin(), genuine.end(), [](const GenuineScore& x, const GenuineScore& y) {
    return x.score != y.score ? x.score < y.score : x.a != y.a ? x.a < y.a : x.b < y.b;
  });
  tail_complete_from = tail_from_;
  impostor_pairs = 0;
  for (const uint64_t count : histogram) impostor_pairs += count;
  for (ErrorCounts& counts : counted_) {
    counts.total = 0;
    for (const uint64_t count : counts.of) counts.total += count;
    counts.total /= 2;
  }
}

float Tally::ThresholdFor(uint64_t errors) const {
  if (errors < tail.size()) return std::nextafter(tail[errors].score, INFINITY);
  if (errors >= impostor_pairs && tail.size() == impostor_pairs && !tail.empty())
    return tail.back().score;
  return std::nanf("");
}

ErrorCounts Tally::ErrorsAt(float threshold) const {
  ErrorCounts result{threshold, {}, 0};
  if (threshold >= tail_complete_from) {
    result.of.resize(pairs_with.size());
    for (const TailPair& pair : tail) {
      if (pair.score < threshold) break;
      const uint32_t pa = population_.person_of[pair.a], pb = population_.person_of[pair.b];
      ++result.of[pa * groups() + population_.group_of[pb]];
      ++result.of[pb * groups() + population_.group_of[pa]];
      ++result.total;
    }
    return result;
  }
  for (const ErrorCounts& counts : counted_)
    if (counts.threshold == threshold) return counts;
  return result;
}

uint64_t Tally::CountAbove(float threshold, bool& exact) const {
  exact = true;
  if (threshold >= tail_complete_from) {
    const auto end = std::partition_point(
        tail.begin(), tail.end(), [&](const TailPair& pair) { return pair.score >= threshold; });
    return static_cast<uint64_t>(end - tail.begin());
  }
  for (const ErrorCounts& counts : counted_)
    if (counts.threshold == threshold) return counts.total;
  exact = false;
  uint64_t count = 0;
  for (int bin = Plan::kBins - 1; bin >= 0 && BinEdge(bin) >= threshold; --bin)
    count += histogram[static_cast<size_t>(bin)];
  return count;
}

uint64_t Tally::GenuineBelow(float threshold) const {
  const auto end = std::partition_point(genuine.begin(), genuine.end(),
                                        [&](const GenuineScore& g) { return g.score < threshold; });
  return static_cast<uint64_t>(end - genuine.begin());
}

}  // namespace lineup
