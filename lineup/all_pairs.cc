// Blocked comparison of all pictures with all (Embeddings' CompareAll).
#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <numeric>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "lineup/embeddings.h"
#include "lineup/products.h"
#include "lineup/row_kernel.h"

namespace lineup {
namespace {

constexpr size_t kSample = 3000;  // pictures of the first pass

struct Tile {
  uint32_t begin, end;  // pictures, all of one group
  uint32_t group;
  Ready columns;
};

std::vector<uint32_t> Numbers(uint32_t begin, uint32_t end) {
  std::vector<uint32_t> numbers(end - begin);
  std::iota(numbers.begin(), numbers.end(), begin);
  return numbers;
}

std::vector<Tile> TilesOf(const Embeddings& embeddings) {
  const Population& population = embeddings.population;
  std::vector<Tile> tiles;
  const auto pictures = static_cast<uint32_t>(population.pictures.size());
  for (uint32_t at = 0; at < pictures;) {
    const uint32_t group = population.group_of_picture(at);
    uint32_t end = at;
    while (end < pictures && end - at < kTile && population.group_of_picture(end) == group) ++end;
    tiles.push_back({at, end, group, MakeReady(embeddings, Numbers(at, end), Side::kColumns)});
    at = end;
  }
  return tiles;
}

// One thread's work: rows of tiles against all tiles from there on.
class Worker {
 public:
  Worker(const Embeddings& embeddings, Tally& tally)
      : embeddings_(embeddings),
        people_(embeddings.population),
        tally_(tally),
        thresholds_(tally.plan().thresholds.size()),
        scores_(static_cast<size_t>(WholeStrips(kTile, Side::kRows)) *
                static_cast<size_t>(WholeStrips(kTile, Side::kColumns))),
        histogram_(kHistograms * Plan::kBins),
        bins_(Plan::kBins),
        of_row_(thresholds_),
        of_column_(std::max<size_t>(thresholds_, 1) * kTile),
        above_(kTile + 1),
        tail_from_(tally.plan().tail_from) {}

  void CompareFrom(const std::vector<Tile>& tiles, size_t at) {
    const Ready rows = MakeReady(embeddings_, Numbers(tiles[at].begin, tiles[at].end), Side::kRows);
    for (size_t column = at; column < tiles.size(); ++column)
      Compare(tiles[at], rows, tiles[column]);
  }

  void Finish() {
    tally_.AddTail(tail_, tail_from_);
    tally_.AddHistogram(bins_);
    tally_.AddGenuine(genuine_);
  }

 private:
  void Compare(const Tile& rows, const Ready& ready, const Tile& columns) {
    Similarities(embeddings_, ready, columns.columns, scores_.data());
    const Plan& plan = tally_.plan();
    const auto stride = static_cast<size_t>(WholeStrips(columns.columns.count, Side::kColumns));
    std::fill(of_column_.begin(), of_column_.end(), 0);
    RowCounts counts{.low = plan.low,
                     .scale = Plan::kBins / (plan.high - plan.low),
                     .bins = Plan::kBins,
                     .histogram = histogram_.data(),
                     .thresholds = plan.thresholds.data(),
                     .threshold_count = static_cast<int>(thresholds_),
                     .row_errors = of_row_.data(),
                     .tail_from = tail_from_,
                     .above = above_.data()};
    uint32_t next_person = rows.begin;  // the first picture of a later person than the row's
    for (uint32_t picture = rows.begin; picture < rows.end; ++picture) {
      const float* row = scores_.data() + (picture - rows.begin) * stride;
      const uint32_t person = people_.person_of[picture];
      next_person = std::max(next_person, picture + 1);
      while (next_person < columns.end && people_.person_of[next_person] == person) ++next_person;
      // Pictures of one person lie side by side, and everyone before the row was compared with it.
      const uint32_t from = std::clamp(next_person, columns.begin, columns.end);
      for (uint32_t other = std::max(picture + 1, columns.begin); other < from; ++other)
        genuine_.push_back({row[other - columns.begin], picture, other});
      if (from == columns.end) continue;
      row += from - columns.begin;
      std::fill(of_row_.begin(), of_row_.end(), 0);
      counts.column_errors = of_column_.data() + (from - columns.begin);
      const int found = CountRow(row, static_cast<int>(columns.end - from), counts);
      for (int f = 0; f < found; ++f) {
        const auto column = static_cast<uint32_t>(above_[static_cast<size_t>(f)]);
        tail_.push_back({row[column], picture, from + column});
      }
      for (size_t k = 0; k < thresholds_; ++k)
        if (of_row_[k] > 0) tally_.AddErrors(k, person, columns.group, of_row_[k]);
      if (tail_.size() > 65536) {
        tally_.AddTail(tail_, tail_from_);
        counts.tail_from = tail_from_;
      }
    }
    for (size_t k = 0; k < thresholds_; ++k) {
      for (uint32_t other = columns.begin; other < columns.end; ++other)
        if (const uint32_t errors = of_column_[k * kTile + other - columns.begin])
          tally_.AddErrors(k, people_.person_of[other], rows.group, errors);
    }
    for (size_t b = 0; b < histogram_.size(); ++b) bins_[b % Plan::kBins] += histogram_[b];
    std::fill(histogram_.begin(), histogram_.end(), 0);
  }

  const Embeddings& embeddings_;
  const Population& people_;
  Tally& tally_;
  size_t thresholds_;
  std::vector<float> scores_;
  std::vector<uint32_t> histogram_;
  std::vector<uint64_t> bins_;
  std::vector<uint32_t> of_row_, of_column_;
  std::vector<int> above_;
  std::vector<TailPair> tail_;
  std::vector<GenuineScore> genuine_;
  float tail_from_;
};

void CompareTiles(const Embeddings& embeddings, const AllPairsOptions& options, Tally& tally) {
  const std::vector<Tile> tiles = TilesOf(embeddings);
  std::atomic<size_t> next = 0;
  const double all = static_cast<double>(tiles.size()) * static_cast<double>(tiles.size() + 1) / 2;
  const auto work = [&](bool reports) {
    Worker worker(embeddings, tally);
    for (size_t row; (row = next++) < tiles.size();) {
      worker.CompareFrom(tiles, row);
      const double left = static_cast<double>(tiles.size() - row - 1);
      if (reports && options.progress) options.progress(1 - left * (left + 1) / 2 / all);
    }
    worker.Finish();
  };
  std::vector<std::thread> threads;
  for (int t = 1; t < options.threads; ++t) threads.emplace_back(work, false);
  work(true);
  for (std::thread& thread : threads) thread.join();
}

// The pictures of every so-many-th person, in the same order.
Embeddings Sample(const Embeddings& embeddings, size_t pictures) {
  const Population& people = embeddings.population;
  const double share = static_cast<double>(pictures) / static_cast<double>(people.pictures.size());
  std::mt19937_64 random(20240917);
  std::vector<char> in(people.persons.size());
  for (char& chosen : in) chosen = std::uniform_real_distribution<>()(random) < share;
  Embeddings sample;
  sample.dimensions = embeddings.dimensions;
  sample.metric = embeddings.metric;
  sample.population.persons = people.persons;
  sample.population.group_of = people.group_of;
  sample.population.groups = people.groups;
  for (uint32_t p = 0; p < people.pictures.size(); ++p) {
    if (!in[people.person_of[p]]) continue;
    sample.population.pictures.emplace_back();
    sample.population.person_of.push_back(people.person_of[p]);
    sample.values.insert(sample.values.end(), embeddings.row(p),
                         embeddings.row(p) + embeddings.dimensions);
  }
  return sample;
}

float SquaredLength(const float* row, size_t dimensions) {
  double sum = 0;
  for (size_t d = 0; d < dimensions; ++d) sum += double{row[d]} * row[d];
  return static_cast<float>(sum);
}

}  // namespace

float Embeddings::low() const {
  if (metric == Metric::kCosine) return -1;
  float longest = 0;
  for (size_t i = 0; i < population.pictures.size(); ++i)
    longest = std::max(longest, SquaredLength(row(i), dimensions));
  return -2 * std::sqrt(longest);
}

Ready MakeReady(const Embeddings& embeddings, std::span<const uint32_t> pictures, Side side) {
  Ready ready{.count = static_cast<int>(pictures.size())};
  const auto strip = static_cast<size_t>(StripOf(side));
  std::vector<float> rows;
  for (size_t at = 0; at < pictures.size(); at += strip) {
    const size_t count = std::min(strip, pictures.size() - at);
    rows.clear();
    for (const uint32_t picture : pictures.subspan(at, count))
      rows.insert(rows.end(), embeddings.row(picture), embeddings.row(picture + 1));
    Pack(rows.data(), static_cast<int>(count), static_cast<int>(embeddings.dimensions), side,
         ready.packed);
  }
  if (embeddings.metric == Metric::kEuclidean)
    for (const uint32_t picture : pictures)
      ready.lengths.push_back(SquaredLength(embeddings.row(picture), embeddings.dimensions));
  return ready;
}

void Similarities(const Embeddings& embeddings, const Ready& rows, const Ready& columns,
                  float* out) {
  Products(rows.packed.data(), rows.count, columns.packed.data(), columns.count,
           static_cast<int>(embeddings.dimensions), out);
  if (embeddings.metric == Metric::kCosine) return;
  const auto stride = static_cast<size_t>(WholeStrips(columns.count, Side::kColumns));
  for (size_t i = 0; i < static_cast<size_t>(rows.count); ++i)
    ToDistances(out + i * stride, columns.count, rows.lengths[i], columns.lengths.data());
}

absl::StatusOr<std::unique_ptr<Tally>> CompareAll(const Embeddings& embeddings,
                                                  const AllPairsOptions& options) {
  const Population& people = embeddings.population;
  std::vector<uint64_t> in_group(people.groups.size());
  uint64_t genuine = 0, same = 0;
  for (size_t p = 0; p < people.persons.size(); ++p) {
    const uint64_t count = people.compared[p];
    in_group[people.group_of[p]] += count;
    genuine += count * (count - 1) / 2 * (count > 0);
    same += count * count;
  }
  if (genuine > kMaxGenuine)
    return absl::ResourceExhaustedError(
        absl::StrCat("the persons have so many pictures each that there are ", genuine,
                     " genuine pairs; at most ", kMaxGenuine, " are compared"));
  const uint64_t pictures = people.pictures.size();
  const uint64_t impostors = (pictures * pictures - same) / 2;

  Plan plan;
  plan.low = embeddings.low();
  plan.high = embeddings.high();
  plan.tail_limit = options.tail_limit;
  plan.thresholds = options.thresholds;
  if (impostors > plan.tail_limit) {
    const Embeddings sample = Sample(embeddings, kSample);
    Plan first = plan;
    first.thresholds.clear();
    first.tail_limit = size_t{kSample} * kSample;
    Tally tally(sample.population, first);
    CompareTiles(sample, {.threads = options.threads}, tally);
    std::vector<float> scores(tally.tail.size());
    std::transform(tally.tail.begin(), tally.tail.end(), scores.begin(),
                   [](const TailPair& pair) { return pair.score; });
    if (scores.empty())
      return absl::InvalidArgumentError("too few persons with pictures to compare");
    const double scale = static_cast<double>(scores.size()) / static_cast<double>(impostors);
    const auto place = [&](double count) {  // the score that about `count` of all pairs reach
      const auto at = scores.begin() + static_cast<ptrdiff_t>(std::min(
                                           static_cast<size_t>(count * scale), scores.size() - 1));
      std::nth_element(scores.begin(), at, scores.end(), std::greater<>());
      return *at;
    };
    plan.tail_from = place(0.8 * static_cast<double>(plan.tail_limit));
    for (const double target : options.targets) {
      const double count = target * static_cast<double>(impostors);
      if (count > 0.5 * static_cast<double>(plan.tail_limit))
        plan.thresholds.push_back(place(count));
    }
  }
  auto tally = std::make_unique<Tally>(people, plan);
  CompareTiles(embeddings, options, *tally);
  for (size_t p = 0; p < people.persons.size(); ++p) {
    for (size_t g = 0; g < people.groups.size(); ++g) {
      const uint64_t others = in_group[g] - (people.group_of[p] == g ? people.compared[p] : 0);
      tally->pairs_with[p * people.groups.size() + g] = people.compared[p] * others;
    }
  }
  tally->Finish();
  return tally;
}

}  // namespace lineup
