// The 1:N section: searches in real sub-galleries.
//
// The gallery holds the first picture of each person (of a score file: the first enrolled one). A
// draw puts the persons in random order; the sub-gallery of size N is the first N of them, so
// galleries grow by adding people. A mated search is one for another picture of a person in it, a
// non-mated search one for any picture of a person who isn't. Errors are summed over the draws,
// which vary the gallery; intervals resample the persons that are searched.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lineup/odds.h"
#include "lineup/rates.h"
#include "lineup/sections.h"

namespace lineup {
namespace {

using Json = nlohmann::ordered_json;
constexpr uint32_t kRanks[] = {1, 5, 10, 20, 50};
constexpr size_t kRankCount = std::size(kRanks);

// Errors and trials by person that is searched.
struct Counts {
  std::vector<uint32_t> errors, trials;
  explicit Counts(size_t persons) : errors(persons), trials(persons) {}
};

Rate RateOf(const Counts& counts, int draws, const Resampler& resampler) {
  Rate rate{.repeats = draws};
  for (size_t p = 0; p < counts.trials.size(); ++p) {
    rate.errors += counts.errors[p];
    rate.trials += counts.trials[p];
  }
  rate.replicates = resampler.Sums([&](size_t p) { return counts.errors[p]; });
  const Replicates trials = resampler.Sums([&](size_t p) { return counts.trials[p]; });
  for (size_t r = 0; r < trials.size(); ++r)
    rate.replicates[r] = trials[r] > 0 ? rate.replicates[r] / trials[r] : std::nan("");
  return rate;
}

struct AtSize {
  uint32_t size;
  std::vector<Counts> hits;            // by rank: mated searches whose person is among the first k
  std::vector<Counts> false_positive;  // by threshold: non-mated searches that return someone
  std::vector<Counts> missed;          // by threshold: mated searches without the person
  std::vector<double> innocents;       // by threshold: returned in non-mated searches, in all
  uint64_t non_mated = 0;
};

class Searches {
 public:
  Searches(const Study& study, std::vector<float> thresholds)
      : study_(study), thresholds_(std::move(thresholds)), random_(study.settings.seed) {
    const Population& people = study.people();
    if (study.galleries != nullptr) {
      gallery_ = study.galleries->enrolled;
      probes_ = study.galleries->probes;
    } else {
      std::vector<char> in(people.persons.size());
      probes_.resize(people.pictures.size());
      std::iota(probes_.begin(), probes_.end(), 0u);
      for (const uint32_t picture : probes_)
        if (!std::exchange(in[people.person_of[picture]], 1)) gallery_.push_back(picture);
      std::shuffle(probes_.begin(), probes_.end(), random_);
      if (probes_.size() > study.settings.searches) probes_.resize(study.settings.searches);
    }
    for (const uint32_t picture : gallery_) persons_.push_back(people.person_of[picture]);
  }

  size_t persons() const { return gallery_.size(); }
  int draws() const { return draws_; }
  size_t searched() const { return probes_.size(); }
  const std::vector<AtSize>& results() const { return at_; }

  void Run(const std::vector<uint32_t>& sizes, const Progress& progress) {
    const Population& people = study_.people();
    for (const uint32_t size : sizes) {
      AtSize at{.size = size};
      at.hits.assign(kRankCount, Counts(people.persons.size()));
      at.false_positive.assign(thresholds_.size(), Counts(people.persons.size()));
      at.missed = at.false_positive;
      at.innocents.resize(thresholds_.size());
      at_.push_back(std::move(at));
    }
    const double each = static_cast<double>(probes_.size()) * static_cast<double>(persons());
    draws_ = static_cast<int>(std::clamp(4e8 / each, 2.0, 20.0));
    for (int draw = 0; draw < draws_; ++draw) {
      std::vector<uint32_t> order(persons());
      std::iota(order.begin(), order.end(), 0u);
      std::shuffle(order.begin(), order.end(), random_);
      orders_.push_back(std::move(order));
    }

    if (study_.galleries != nullptr)
      for (size_t i = 0; i < probes_.size(); ++i)
        SearchInAll(probes_[i], study_.galleries->scores.data() + i * persons());
    else
      SearchEmbeddings(progress);
  }

 private:
  void SearchEmbeddings(const Progress& progress) {
    const Embeddings& embeddings = *study_.embeddings;
    const Ready gallery = MakeReady(embeddings, gallery_, Side::kColumns);
    const auto stride = static_cast<size_t>(WholeStrips(gallery.count, Side::kColumns));
    const size_t block = std::clamp<size_t>((size_t{64} << 20) / stride, 1, 252);
    std::vector<float> scores(
        static_cast<size_t>(WholeStrips(static_cast<int>(block), Side::kRows)) * stride);
    for (size_t from = 0; from < probes_.size(); from += block) {
      const auto some = std::span(probes_).subspan(from, std::min(block, probes_.size() - from));
      Similarities(embeddings, MakeReady(embeddings, some, Side::kRows), gallery, scores.data());
      for (size_t i = 0; i < some.size(); ++i) SearchInAll(some[i], scores.data() + i * stride);
      if (progress)
        progress(static_cast<double>(from + some.size()) / static_cast<double>(probes_.size()));
    }
  }

  void SearchInAll(uint32_t probe, const float* scores) {
    for (const auto& order : orders_) Search(probe, scores, order);
  }

  void Search(uint32_t probe, const float* scores, const std::vector<uint32_t>& order) {
    const uint32_t person = study_.people().person_of[probe];
    // Where the person stands in the gallery, and with what score.
    size_t place = order.size();
    float mate = 0;
    for (size_t i = 0; i < order.size(); ++i) {
      if (persons_[order[i]] != person) continue;
      place = i;
      mate = scores[order[i]];
      break;
    }
    const bool is_enrolled_picture = place < order.size() && gallery_[order[place]] == probe;
    uint32_t ahead = 0;  // others in the gallery at least as similar as the mate
    std::vector<uint32_t>& returned = returned_;
    returned.assign(thresholds_.size(), 0);
    size_t at = 0;
    for (AtSize& result : at_) {
      for (; at < std::min<size_t>(result.size, order.size()); ++at) {
        if (at == place) continue;
        const float score = scores[order[at]];
        ahead += score >= mate;
        for (size_t t = 0; t < thresholds_.size(); ++t) returned[t] += score >= thresholds_[t];
      }
      if (place < result.size) {
        if (is_enrolled_picture) continue;
        for (size_t k = 0; k < kRankCount; ++k) {
          ++result.hits[k].trials[person];
          result.hits[k].errors[person] += ahead < kRanks[k];
        }
        for (size_t t = 0; t < thresholds_.size(); ++t) {
          ++result.missed[t].trials[person];
          result.missed[t].errors[person] += mate < thresholds_[t];
        }
      } else {
        ++result.non_mated;
        for (size_t t = 0; t < thresholds_.size(); ++t) {
          ++result.false_positive[t].trials[person];
          result.false_positive[t].errors[person] += returned[t] > 0;
          result.innocents[t] += returned[t];
        }
      }
    }
  }

  const Study& study_;
  std::vector<float> thresholds_;
  std::mt19937_64 random_;
  std::vector<uint32_t> gallery_, probes_;  // pictures
  std::vector<uint32_t> persons_;           // of them
  std::vector<std::vector<uint32_t>> orders_;
  std::vector<AtSize> at_;
  std::vector<uint32_t> returned_;
  int draws_ = 0;
};

double FromRate(double fpir) { return std::log(-std::log1p(-fpir)); }  // complementary log-log
double ToRate(double x) { return -std::expm1(-std::exp(x)); }

}  // namespace

Json IdentificationFigures(const Study& study, const std::vector<OperatingPoint>& points,
                           const Resampler& resampler, const Progress& progress) {
  if (study.galleries != nullptr && !study.galleries->why_not.empty())
    return {{"measured", false}, {"why", study.galleries->why_not}};
  std::vector<float> thresholds;
  std::vector<const OperatingPoint*> used;
  for (const OperatingPoint& point : points) {
    if (!point.reachable || point.errors.of.empty() || point.target > 1e-2 || used.size() == 8)
      continue;
    thresholds.push_back(point.errors.threshold);
    used.push_back(&point);
  }
  Searches searches(study, thresholds);
  const auto persons = static_cast<uint32_t>(searches.persons());
  std::vector<uint32_t> sizes = study.settings.galleries;
  if (sizes.empty()) {
    for (uint32_t decade = 10; decade < persons; decade *= 10)
      for (const uint32_t size : {decade, 2 * decade, 5 * decade})
        if (size < persons) sizes.push_back(size);
    if (persons >= 20)
      sizes.push_back(persons - persons / 10);  // leaves one in ten to search for in vain
  }
  sizes.push_back(persons);
  std::sort(sizes.begin(), sizes.end());
  sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
  Json left_out = Json::array();
  std::erase_if(sizes, [&](uint32_t size) {
    if (size > persons) left_out.push_back(size);
    return size > persons || size == 0;
  });

  searches.Run(sizes, progress);
  Json rows = Json::array();
  for (const AtSize& at : searches.results()) {
    Json row = {{"gallery", at.size}};
    Json ranks = Json::array();
    for (size_t k = 0; k < kRankCount; ++k) {
      if (kRanks[k] > at.size) continue;
      const Rate identified = RateOf(at.hits[k], searches.draws(), resampler);
      Json rank = {{"rank", kRanks[k]}, {"identified", ToJson(identified)}};
      if (identified.trials > 0)
        rank["in_words"] = absl::StrCat(
            "In a gallery of ", Count(at.size), ", ",
            InWords(1 - identified.value(), "searches for someone who is in it"),
            kRanks[k] == 1
                ? " put somebody else first."
                : absl::StrCat(" don't list the person among the first ", kRanks[k], "."));
      ranks.push_back(rank);
    }
    row["ranks"] = ranks;
    Json at_thresholds = Json::array();
    for (size_t t = 0; t < thresholds.size(); ++t) {
      const Rate fpir = RateOf(at.false_positive[t], searches.draws(), resampler),
                 fnir = RateOf(at.missed[t], searches.draws(), resampler);
      const double fmr = static_cast<double>(used[t]->errors.total) /
                         static_cast<double>(study.tally->impostor_pairs);
      Json entry = {{"threshold", study.Shown(thresholds[t])},
                    {"target", used[t]->target > 0 ? Json(used[t]->target) : Json(nullptr)},
                    {"fmr", fmr},
                    {"fpir", ToJson(fpir)},
                    {"fnir", ToJson(fnir)},
                    {"fpir_if_independent", -std::expm1(at.size * std::log1p(-fmr))}};
      if (at.non_mated > 0) {
        entry["innocents_per_search"] = at.innocents[t] / static_cast<double>(at.non_mated);
        entry["in_words"] = absl::StrCat(
            "In a gallery of ", Count(at.size), ", ",
            fpir.errors == 0
                ? absl::StrCat(
                      "none of ",
                      Count(std::round(static_cast<double>(fpir.trials) / searches.draws())),
                      " searches for someone who is not in it returned anyone, in ",
                      searches.draws(), " draws of the gallery.")
                : absl::StrCat(InWords(fpir.value(), "searches"),
                               " for someone who is not in it returned an innocent person."));
      }
      if (fnir.trials > 0)
        entry["fnir_in_words"] = absl::StrCat(
            "In a gallery of ", Count(at.size), ", ", InWords(fnir.value(), "searches"),
            " for someone who is in it did not return the person.");
      at_thresholds.push_back(entry);
    }
    row["thresholds"] = at_thresholds;
    rows.push_back(row);
  }

  Json figures = {{"measured", true},          {"pictures_searched", searches.searched()},
                  {"draws", searches.draws()}, {"gallery_sizes_left_out", left_out},
                  {"galleries", rows},         {"extrapolated", Json::array()}};
  for (const double gallery : study.settings.extrapolate) {
    for (const OperatingPoint* point : used) {
      const double fmr = static_cast<double>(point->errors.total) /
                         static_cast<double>(study.tally->impostor_pairs);
      const auto odds = MeasuredAt(figures, gallery, fmr, true);
      if (!odds.ok()) continue;
      figures["extrapolated"].push_back({{"gallery", gallery},
                                         {"threshold", odds->threshold},
                                         {"fmr", odds->fmr},
                                         {"fpir", odds->fpir},
                                         {"extrapolated", odds->extrapolated},
                                         {"largest_measured", odds->largest}});
    }
  }
  return figures;
}

absl::StatusOr<double> MissedByList(const Json& identification, double gallery, double candidates) {
  std::optional<double> missed;
  double away = INFINITY;
  if (identification.value("measured", false))
    for (const Json& row : identification["galleries"])
      for (const Json& rank : row["ranks"]) {
        const double distance = std::abs(std::log(row["gallery"].get<double>() / gallery));
        if (rank["rank"] != candidates || rank["identified"]["value"].is_null() || distance >= away)
          continue;
        away = distance;
        missed = 1 - rank["identified"]["value"].get<double>();
      }
  if (!missed)
    return absl::NotFoundError(
        "the report has no searches that list so many; it may have them for lists of 1, 5, 10, 20 "
        "and 50");
  return *missed;
}

absl::StatusOr<MeasuredOdds> MeasuredAt(const Json& identification, double gallery, double fmr,
                                        bool extrapolate) {
  if (!identification.value("measured", false))
    return absl::NotFoundError("the report holds no measured searches");
  // The threshold whose false match rate is nearest.
  const Json& rows = identification["galleries"];
  std::optional<size_t> best;
  double away = INFINITY;
  if (rows.empty()) return absl::NotFoundError("the report holds no measured searches");
  for (size_t t = 0; t < rows[0]["thresholds"].size(); ++t) {
    const double there = rows[0]["thresholds"][t]["fmr"].get<double>();
    const double distance = there > 0 ? std::abs(std::log(there / fmr)) : 1e9;
    if (distance < away) away = distance, best = t;
  }
  if (!best)
    return absl::NotFoundError("the report has no threshold at which searches were measured");
  MeasuredOdds odds;
  std::vector<std::pair<double, double>> known;  // log size, cloglog of FPIR
  double smallest = INFINITY, largest = 0;
  double only = -1;
  for (const Json& row : rows) {
    const Json& at = row["thresholds"][*best];
    const double size = row["gallery"].get<double>();
    odds.threshold = at["threshold"].get<double>();
    odds.fmr = at["fmr"].get<double>();
    if (at["fpir"]["value"].is_null()) continue;
    const double fpir = at["fpir"]["value"].get<double>();
    smallest = std::min(smallest, size);
    largest = std::max(largest, size);
    if (size == gallery) only = fpir;
    if (!at["fnir"]["value"].is_null()) odds.fnir = at["fnir"]["value"].get<double>();
    if (fpir > 0 && fpir < 1) known.emplace_back(std::log(size), FromRate(fpir));
  }
  odds.largest = largest;
  odds.extrapolated = gallery < smallest || gallery > largest;
  if (odds.extrapolated && !extrapolate)
    return absl::OutOfRangeError(
        absl::StrCat("searches were measured in galleries of ", Count(smallest), " to ",
                     Count(largest), " persons, and ", Count(gallery),
                     " lies outside; --extrapolate goes on from there, and says so"));
  if (only >= 0) {
    odds.fpir = only;
    return odds;
  }
  if (known.empty())
    return absl::NotFoundError(
        "no search at that threshold returned anyone, or all did, at every size");
  const double x = std::log(gallery);
  if (known.size() == 1 || x <= known.front().first) {
    odds.fpir = ToRate(known.front().second + x - known.front().first);
  } else if (x >= known.back().first) {
    // Beyond: as if each further person erred like those of the largest gallery, 1 - (1 - FPIR)^(N
    // / N0).
    odds.fpir = ToRate(known.back().second + x - known.back().first);
  } else {
    size_t i = 1;
    while (known[i].first < x) ++i;
    const double share = (x - known[i - 1].first) / (known[i].first - known[i - 1].first);
    odds.fpir = ToRate(known[i - 1].second + share * (known[i].second - known[i - 1].second));
  }
  return odds;
}

}  // namespace lineup
