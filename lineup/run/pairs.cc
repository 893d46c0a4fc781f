#include "lineup/run/pairs.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "base/status.h"
#include "lineup/gate.h"

namespace lineup {
namespace {

using absl::InvalidArgumentError;
using absl::StrCat;
using Json = nlohmann::ordered_json;

absl::StatusOr<std::vector<Pair>> Parse(const std::string& text) {
  std::vector<Pair> pairs;
  int folds = 0, each = 0, number = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    const std::vector<std::string> fields =
        absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (fields.empty()) continue;
    if (folds == 0) {
      if (fields.size() != 2 || !absl::SimpleAtoi(fields[0], &folds) ||
          !absl::SimpleAtoi(fields[1], &each) || folds < 2 || folds > 1000 || each < 1 ||
          each > 1'000'000)
        return InvalidArgumentError(
            "its first line must give the number of folds (2 or more), and of pairs of each kind "
            "in one");
      continue;
    }
    int first = 0, second = 0;
    const bool same = fields.size() == 3;
    if ((!same && fields.size() != 4) || !absl::SimpleAtoi(fields[1], &first) ||
        !absl::SimpleAtoi(fields.back(), &second) || first < 0 || second < 0)
      return InvalidArgumentError(
          StrCat("line ", number, ": is neither NAME 1 2 nor NAME 1 OTHER 3"));
    const auto stem = [](const std::string& name, int n) {
      return absl::StrFormat("%s_%04d", name, n);
    };
    pairs.push_back({stem(fields[0], first), stem(same ? fields[0] : fields[2], second), same,
                     static_cast<int>(pairs.size() / (2 * static_cast<size_t>(each)))});
  }
  if (folds == 0 || pairs.size() != 2 * static_cast<size_t>(folds) * static_cast<size_t>(each))
    return InvalidArgumentError(
        StrCat("holds ", pairs.size(), " pairs, where its first line says ", 2LL * folds * each));
  return pairs;
}

struct Scored {
  float score;  // -infinity: failed
  bool same;
  int fold;
};

// The middle of the best gap between scores, as similarity.
float BestThreshold(std::vector<Scored> scores) {
  std::sort(scores.begin(), scores.end(),
            [](const Scored& a, const Scored& b) { return a.score > b.score; });
  int64_t right = 0;  // beyond the number of different pairs, with the threshold above all
  int64_t best = 0;
  float threshold = scores.empty() ? 0 : std::nextafter(scores.front().score, INFINITY);
  for (size_t i = 0; i < scores.size(); ++i) {
    right += scores[i].same ? 1 : -1;
    if (!std::isfinite(scores[i].score)) break;
    const bool last = i + 1 == scores.size() || !std::isfinite(scores[i + 1].score);
    if (!last && scores[i + 1].score == scores[i].score) continue;
    if (right <= best) continue;
    best = right;
    threshold = last ? scores[i].score : (scores[i].score + scores[i + 1].score) / 2;
  }
  return threshold;
}

}  // namespace

absl::StatusOr<std::vector<Pair>> ReadPairs(const std::filesystem::path& path) {
  const auto bytes = efface::ReadFile(path, 1 << 26);
  auto pairs = bytes.ok() ? Parse(std::string(bytes->begin(), bytes->end()))
                          : absl::StatusOr<std::vector<Pair>>(bytes.status());
  if (pairs.ok()) return pairs;
  return absl::Status(pairs.status().code(),
                      StrCat(efface::DisplayName(path), ": ", pairs.status().message()));
}

absl::StatusOr<Json> PairsFigures(const std::vector<Pair>& pairs, Embedded& embedded, Metric metric,
                                  int jitters, Flaws flaws) {
  absl::flat_hash_map<std::string, const float*> rows;  // null: failed
  size_t row = 0;
  const size_t dimensions = embedded.numbers.columns;
  for (const PictureRow& picture : embedded.table.rows)
    rows[std::filesystem::path(picture.id).stem().string()] =
        picture.failed ? nullptr : embedded.numbers.values.data() + row++ * dimensions;
  Gate gate(flaws, embedded.left_out);
  std::vector<Scored> scores;
  for (const Pair& pair : pairs) {
    const auto a = rows.find(pair.a), b = rows.find(pair.b);
    if (a == rows.end() || b == rows.end()) {
      RETURN_IF_ERROR(
          gate.Flaw("a pair names a picture that isn't there", a == rows.end() ? pair.a : pair.b));
      continue;
    }
    float score = -INFINITY;
    if (a->second != nullptr && b->second != nullptr) {
      double dot = 0, aa = 0, bb = 0, away = 0;
      for (size_t d = 0; d < dimensions; ++d) {
        const double x = a->second[d], y = b->second[d];
        dot += x * y, aa += x * x, bb += y * y, away += (x - y) * (x - y);
      }
      score = static_cast<float>(metric == Metric::kCosine ? dot / std::sqrt(aa * bb)
                                                           : -std::sqrt(away));
    }
    scores.push_back({score, pair.same, pair.fold});
  }
  Json folds = Json::array();
  std::set<int> numbers;
  for (const Scored& pair : scores) numbers.insert(pair.fold);
  if (numbers.size() < 2)
    return InvalidArgumentError("the pairs file leaves fewer than two folds with pairs");
  double sum = 0, squares = 0, strict = 0;
  size_t failed = 0;
  for (const int fold : numbers) {
    std::vector<Scored> others;
    std::copy_if(scores.begin(), scores.end(), std::back_inserter(others),
                 [&](const Scored& pair) { return pair.fold != fold; });
    const float threshold = BestThreshold(others);
    double count = 0, right = 0, without = 0;
    for (const Scored& pair : scores) {
      if (pair.fold != fold) continue;
      ++count;
      const bool is_right = (pair.score >= threshold) == pair.same;
      right += is_right;
      if (!std::isfinite(pair.score)) ++failed;
      if (is_right && !std::isfinite(pair.score)) ++without;
    }
    const double accuracy = right / count;
    sum += accuracy;
    squares += accuracy * accuracy;
    strict += (right - without) / count;
    folds.push_back({{"pairs", count},
                     {"threshold", metric == Metric::kCosine ? threshold : -threshold},
                     {"accuracy", accuracy}});
  }
  const auto n = static_cast<double>(numbers.size());
  const double mean = sum / n;
  const double error = std::sqrt(std::max(0.0, (squares - n * mean * mean) / (n - 1)) / n);
  return Json{
      {"pairs", scores.size()},
      {"failed_pairs", failed},
      {"folds", folds},
      {"jitters", jitters},
      {"accuracy", mean},
      {"standard_error", error},
      {"accuracy_failures_as_errors", strict / n},
      {"in_words",
       absl::StrFormat(
           "By LFW's protocol the recogniser is right on %.2f %% of %d pairs (standard error "
           "%.2f points over %d folds; jitters: %d; %d pairs with a picture without a template "
           "are taken for two people: counted as wrong, %.2f %%). Half of these pairs are one "
           "person, "
           "which no search in a gallery is; the figure only shows that the recogniser works as "
           "published.",
           100 * mean, scores.size(), 100 * error, numbers.size(), jitters, failed,
           100 * strict / n)}};
}

}  // namespace lineup
