// Blocked comparison of all pictures with all (Embeddings' CompareAll). OpenBLAS is met here only.
#include <cblas.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "lineup/embeddings.h"
#include "lineup/row_kernel.h"

namespace lineup {
namespace {

constexpr size_t kSample = 4000;  // pictures of the first pass

struct Tile {
  uint32_t begin, end;  // pictures, all of one group
  uint32_t group;
};

std::vector<Tile> TilesOf(const Population& population) {
  std::vector<Tile> tiles;
  const auto pictures = static_cast<uint32_t>(population.pictures.size());
  for (uint32_t at = 0; at < pictures;) {
    const uint32_t group = population.group_of_picture(at);
    uint32_t end = at;
    while (end < pictures && end - at < kTile && population.group_of_picture(end) == group) ++end;
    tiles.push_back({at, end, group});
    at = end;
  }
  return tiles;
}

// One thread's work: rows of tiles against all tiles from there on.
class Worker {
 public:
  Worker(const Embeddings& embeddings, const std::vector<float>& norms, Tally& tally)
      : embeddings_(embeddings),
        norms_(norms),
        tally_(tally),
        scores_(size_t{kTile} * kTile),
        histogram_(2 * Plan::kBins),
        bins_(Plan::kBins),
        row_errors_(tally.plan().thresholds.size() * kTile),
        column_errors_(tally.plan().thresholds.size() * kTile),
        above_(kTile),
        tail_from_(tally.plan().tail_from) {}

  void Compare(const Tile& rows, const Tile& columns) {
    const auto row_count = static_cast<int>(rows.end - rows.begin);
    const auto column_count = static_cast<int>(columns.end - columns.begin);
    const float* norms = norms_.empty() ? nullptr : norms_.data();
    Similarities(embeddings_, embeddings_.row(rows.begin), norms ? norms + rows.begin : nullptr,
                 row_count, embeddings_.row(columns.begin), norms ? norms + columns.begin : nullptr,
                 column_count, scores_.data());

    const Plan& plan = tally_.plan();
    const size_t thresholds = plan.thresholds.size();
    const Population& people = embeddings_.population;
    std::fill(row_errors_.begin(), row_errors_.end(), 0);
    std::fill(column_errors_.begin(), column_errors_.end(), 0);
    RowCounts counts{plan.low,
                     Plan::kBins / (plan.high - plan.low),
                     Plan::kBins,
                     histogram_.data(),
                     plan.thresholds.data(),
                     static_cast<int>(thresholds),
                     nullptr,
                     nullptr,
                     tail_from_,
                     above_.data()};
    std::vector<uint32_t> of_row(thresholds);
    uint32_t next_person =
        rows.begin;  // the first picture that is of a later person than the row's
    for (int i = 0; i < row_count; ++i) {
      const uint32_t picture = rows.begin + static_cast<uint32_t>(i);
      const uint32_t person = people.person_of[picture];
      next_person = std::max(next_person, picture + 1);
      while (next_person < columns.end && people.person_of[next_person] == person) ++next_person;
      // Pictures of one person lie side by side, and everyone before the row was compared with it.
      const auto from =
          static_cast<int>(std::clamp(next_person, columns.begin, columns.end) - columns.begin);
      if (from == column_count) continue;
      const float* row =
          scores_.data() + static_cast<size_t>(i) * static_cast<size_t>(column_count) + from;
      std::fill(of_row.begin(), of_row.end(), 0);
      counts.row_errors = of_row.data();
      counts.column_errors = column_errors_.data() + from;
      const int found = CountRow(row, column_count - from, counts);
      for (int f = 0; f < found; ++f)
        tail_.push_back(
            {row[above_[static_cast<size_t>(f)]], picture,
             columns.begin + static_cast<uint32_t>(from + above_[static_cast<size_t>(f)])});
      for (size_t k = 0; k < thresholds; ++k)
        if (of_row[k] > 0) tally_.AddErrors(k, person, columns.group, of_row[k]);
      if (tail_.size() > 65536) {
        tally_.AddTail(tail_, tail_from_);
        counts.tail_from = tail_from_;
      }
    }
    for (size_t k = 0; k < thresholds; ++k) {
      for (int j = 0; j < column_count; ++j)
        if (const uint32_t errors = column_errors_[k * kTile + static_cast<size_t>(j)])
          tally_.AddErrors(k, people.person_of[columns.begin + static_cast<uint32_t>(j)],
                           rows.group, errors);
    }
    for (size_t b = 0; b < bins_.size(); ++b)
      bins_[b] += uint64_t{histogram_[b]} + histogram_[b + bins_.size()];
    std::fill(histogram_.begin(), histogram_.end(), 0);
  }

  void Finish() {
    tally_.AddTail(tail_, tail_from_);
    tally_.AddHistogram(bins_);
  }

 private:
  const Embeddings& embeddings_;
  const std::vector<float>& norms_;
  Tally& tally_;
  std::vector<float> scores_;
  std::vector<uint32_t> histogram_;
  std::vector<uint64_t> bins_;
  std::vector<uint32_t> row_errors_, column_errors_;
  std::vector<int> above_;
  std::vector<TailPair> tail_;
  float tail_from_;
};

void CompareTiles(const Embeddings& embeddings, const std::vector<float>& norms,
                  const AllPairsOptions& options, Tally& tally) {
  const std::vector<Tile> tiles = TilesOf(embeddings.population);
  std::atomic<size_t> next = 0;
  const double all = static_cast<double>(tiles.size()) * static_cast<double>(tiles.size() + 1) / 2;
  const auto work = [&](bool reports) {
    Worker worker(embeddings, norms, tally);
    for (size_t row; (row = next++) < tiles.size();) {
      for (size_t column = row; column < tiles.size(); ++column)
        worker.Compare(tiles[row], tiles[column]);
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

void AddGenuinePairs(const Embeddings& embeddings, const std::vector<float>& norms, Tally& tally) {
  const Population& people = embeddings.population;
  std::vector<float> row;
  for (uint32_t a = 0; a < people.pictures.size(); ++a) {
    uint32_t end = a + 1;
    while (end < people.pictures.size() && people.person_of[end] == people.person_of[a]) ++end;
    const auto count = static_cast<int>(end - a - 1);
    if (count == 0) continue;
    row.resize(static_cast<size_t>(count));
    const float* lengths = norms.empty() ? nullptr : norms.data() + a;
    Similarities(embeddings, embeddings.row(a), lengths, 1, embeddings.row(a + 1),
                 lengths ? lengths + 1 : nullptr, count, row.data());
    for (int j = 0; j < count; ++j)
      tally.AddGenuine(a, a + 1 + static_cast<uint32_t>(j), row[static_cast<size_t>(j)]);
  }
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

}  // namespace

std::vector<float> SquaredLengths(const Embeddings& embeddings) {
  std::vector<float> norms;
  if (embeddings.metric == Metric::kCosine) return norms;
  for (size_t i = 0; i < embeddings.population.pictures.size(); ++i) {
    double sum = 0;
    for (size_t d = 0; d < embeddings.dimensions; ++d)
      sum += double{embeddings.row(i)[d]} * embeddings.row(i)[d];
    norms.push_back(static_cast<float>(sum));
  }
  return norms;
}

float Embeddings::low() const {
  if (metric == Metric::kCosine) return -1;
  float longest = 0;
  for (const float norm : SquaredLengths(*this)) longest = std::max(longest, norm);
  return -2 * std::sqrt(longest);
}

void Similarities(const Embeddings& embeddings, const float* rows, const float* row_norms,
                  int row_count, const float* columns, const float* column_norms, int column_count,
                  float* out) {
  const auto dimensions = static_cast<int>(embeddings.dimensions);
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, row_count, column_count, dimensions, 1, rows,
              dimensions, columns, dimensions, 0, out, column_count);
  if (embeddings.metric == Metric::kCosine) return;
  for (int i = 0; i < row_count; ++i)
    ToDistances(out + static_cast<size_t>(i) * static_cast<size_t>(column_count), column_count,
                row_norms[i], column_norms);
}

absl::StatusOr<std::unique_ptr<Tally>> CompareAll(const Embeddings& embeddings,
                                                  const AllPairsOptions& options) {
  openblas_set_num_threads(1);  // the blocks run side by side instead
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
  const std::vector<float> norms = SquaredLengths(embeddings);

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
    CompareTiles(sample, SquaredLengths(sample), {.threads = options.threads}, tally);
    std::vector<TailPair>& pairs = tally.tail;
    if (pairs.empty())
      return absl::InvalidArgumentError("too few persons with pictures to compare");
    const double scale = static_cast<double>(pairs.size()) / static_cast<double>(impostors);
    const auto place =
        [&](double count) {  // the score that about `count` of all impostor pairs reach
          const auto at = static_cast<ptrdiff_t>(
              std::min(static_cast<size_t>(count * scale), pairs.size() - 1));
          std::nth_element(pairs.begin(), pairs.begin() + at, pairs.end(),
                           [](const TailPair& x, const TailPair& y) { return x.score > y.score; });
          return pairs[static_cast<size_t>(at)].score;
        };
    plan.tail_from = place(0.8 * static_cast<double>(plan.tail_limit));
    for (const double target : options.targets) {
      const double count = target * static_cast<double>(impostors);
      if (count > 0.5 * static_cast<double>(plan.tail_limit))
        plan.thresholds.push_back(place(count));
    }
  }
  auto tally = std::make_unique<Tally>(people, plan);
  CompareTiles(embeddings, norms, options, *tally);
  AddGenuinePairs(embeddings, norms, *tally);
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
