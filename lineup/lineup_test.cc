// The statistics against cases that were worked out by hand, and the readers of inputs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "lineup/csv.h"
#include "lineup/differentials.h"
#include "lineup/npy.h"
#include "lineup/odds.h"
#include "lineup/processor.h"
#include "lineup/products.h"
#include "lineup/rates.h"
#include "lineup/report.h"
#include "lineup/row_kernel.h"
#include "lineup/sections.h"
#include "lineup/svg.h"

namespace lineup {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A file for one test, gone afterwards.
class File {
 public:
  explicit File(const std::string& text, const std::string& ending = ".csv") {
    char name[] = "/tmp/lineup-test-XXXXXX";
    path_ = mkdtemp(name);
    file_ = path_ / ("file" + ending);
    std::ofstream(file_, std::ios::binary) << text;
  }
  ~File() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return file_; }

 private:
  std::filesystem::path path_, file_;
};

TEST(Csv, QuotesLineEndsAndTheByteOrderMark) {
  const File file("\xEF\xBB\xBFname,\"a,b\"\r\n\"x\"\"y\",1\r\n\r\nlast,\"two\nlines\"");
  auto csv = CsvReader::Open(file.path());
  ASSERT_TRUE(csv.ok()) << csv.status();
  EXPECT_THAT(csv->names(), ElementsAre("name", "a,b"));
  ASSERT_TRUE(*csv->Next());
  EXPECT_EQ(csv->field(0), "x\"y");
  ASSERT_TRUE(*csv->Next());
  EXPECT_EQ(csv->field(1), "two\nlines");
  EXPECT_FALSE(*csv->Next());
}

TEST(Csv, RefusesRowsOfAnotherLengthAndOpenQuotes) {
  const File longer("a,b\n1,2\n1,2,3\n"), open("a\n\"x\n");
  auto csv = CsvReader::Open(longer.path());
  ASSERT_TRUE(*csv->Next());
  EXPECT_THAT(std::string(csv->Next().status().message()),
              HasSubstr("line 3: has 3 fields where 2"));
  auto other = CsvReader::Open(open.path());
  EXPECT_THAT(std::string(other->Next().status().message()), HasSubstr("isn't closed"));
}

TEST(Npy, ReadsBothOrdersAndRefusesLies) {
  const auto npy = [](const std::string& header, const std::string& data) {
    std::string text = "\x93NUMPY";
    text += std::string("\1\0", 2);
    text += static_cast<char>(header.size());
    text += '\0';
    return text + header + data;
  };
  const float numbers[6] = {1, 2, 3, 4, 5, 6};
  const std::string data(reinterpret_cast<const char*>(numbers), sizeof(numbers));
  const File c(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", data), ".npy");
  const File fortran(npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n", data),
                     ".npy");
  EXPECT_THAT(ReadNumpy(c.path())->values, ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(ReadNumpy(fortran.path())->values, ElementsAre(1, 3, 5, 2, 4, 6));
  const File lies(
      npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2000000000, 3), }\n", data), ".npy");
  EXPECT_FALSE(ReadNumpy(lies.path()).ok());
  // Found by fuzzing: nothing after the key.
  const File cut(npy("{'descr': '<f4', 'shape': (2, 3), 'fortran_order': ", data), ".npy");
  EXPECT_THAT(std::string(ReadNumpy(cut.path()).status().message()), HasSubstr("can't be read"));
  const File objects(npy("{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), }\n", data),
                     ".npy");
  EXPECT_THAT(std::string(ReadNumpy(objects.path()).status().message()), HasSubstr("|O"));
}

// Three persons, two pictures each but the last; pictures in the order of persons.
Population Three() {
  Population people;
  people.pictures = {"a1", "a2", "b1", "b2", "c1"};
  people.person_of = {0, 0, 1, 1, 2};
  people.persons = {"a", "b", "c"};
  people.group_of = {0, 0, 1};
  people.groups = {"x", "y"};
  people.compared = {2, 2, 1};
  people.failed = {0, 0, 0};
  people.grouped = true;
  return people;
}

TEST(Tally, CountsByHand) {
  const Population people = Three();
  Tally tally(people, {.low = 0, .high = 1, .thresholds = {0.5f}});
  // impostor: 4 of a with b, 2 of a with c, 2 of b with c
  tally.AddImpostor(0, 2, 0.9f);
  tally.AddImpostor(0, 3, 0.1f);
  tally.AddImpostor(1, 2, 0.2f);
  tally.AddImpostor(1, 3, 0.5f);
  tally.AddImpostor(0, 4, 0.6f);
  tally.AddImpostor(1, 4, 0.3f);
  tally.AddImpostor(2, 4, 0.4f);
  tally.AddImpostor(3, 4, 0.05f);
  tally.AddGenuine(0, 1, 0.7f);
  tally.AddGenuine(2, 3, 0.45f);
  tally.Finish();
  EXPECT_EQ(tally.impostor_pairs, 8u);
  EXPECT_EQ(tally.pairs_with[0 * 2 + 0], 4u);  // a with group x: b's
  EXPECT_EQ(tally.pairs_with[2 * 2 + 0], 4u);  // c with group x
  const ErrorCounts errors = tally.ErrorsAt(0.5f);
  EXPECT_EQ(errors.total, 3u);  // 0.9, 0.6, 0.5
  EXPECT_THAT(errors.of,
              ElementsAre(2, 1, 2, 0, 1, 0));  // a: 2 with x, 1 with y; b: 2 with x; c: 1 with x
  EXPECT_EQ(tally.ThresholdFor(1),
            std::nextafter(0.6f, 1.f));  // one error is allowed: above the second
  EXPECT_EQ(tally.GenuineBelow(0.5f), 1u);
  const Resampler resampler(people.persons, 1, 200);
  const Rate all = FalseMatchRate(tally, errors, resampler);
  EXPECT_EQ(all.errors, 3u);
  EXPECT_EQ(all.trials, 8u);
  const Rate within = FalseMatchRateOf(tally, errors, 0, 0, resampler);
  EXPECT_EQ(within.errors, 2u);
  EXPECT_EQ(within.trials, 4u);
  const Rate across = FalseMatchRateOf(tally, errors, 0, 1, resampler);
  EXPECT_EQ(across.errors, 1u);
  EXPECT_EQ(across.trials, 4u);
  const Rate failures =
      FalseMatchRate(tally, errors, resampler, {1, 1, 0});  // one pair that failed
  EXPECT_EQ(failures.trials, 9u);
  EXPECT_EQ(FalseNonMatchRate(tally, 0.5f, resampler).value(), 0.5);
  EXPECT_EQ(FalseNonMatchRate(tally, 0.5f, resampler, std::nullopt, {3, 0, 0}).errors, 4u);
}

TEST(Tally, AFullTailStaysCompleteAboveItsCut) {
  Population people = Three();
  Tally tally(people, {.low = 0, .high = 1, .tail_limit = 10});
  for (int i = 0; i < 100; ++i) tally.AddImpostor(0, 2, static_cast<float>(i * 37 % 100) / 100);
  tally.Finish();
  ASSERT_GE(tally.tail.size(), 9u);
  EXPECT_LE(tally.tail.size(), 15u);
  for (size_t i = 0; i < tally.tail.size(); ++i)
    EXPECT_FLOAT_EQ(tally.tail[i].score, static_cast<float>(99 - static_cast<int>(i)) / 100);
  EXPECT_EQ(tally.ThresholdFor(3), std::nextafter(tally.tail[3].score, 2.f));
  EXPECT_TRUE(std::isnan(tally.ThresholdFor(50)));
  EXPECT_TRUE(tally.ErrorsAt(0.3f).of.empty());
}

TEST(Rate, BoundsWhereNoErrorWasSeen) {
  const Rate none{.errors = 0, .trials = 300};
  EXPECT_DOUBLE_EQ(none.interval()->high, 0.01);
  EXPECT_TRUE(ToJson(none)["bound_if_none"].get<bool>());
  EXPECT_FALSE(Rate{}.interval().has_value());
  // Searches made again in 20 galleries are no 20 searches.
  const Rate again{.errors = 0, .trials = 6000, .repeats = 20};
  EXPECT_DOUBLE_EQ(again.interval()->high, 0.01);
  EXPECT_FALSE((Rate{.errors = 100, .trials = 6000, .repeats = 20}.enough()));
  EXPECT_TRUE((Rate{.errors = 600, .trials = 6000, .repeats = 20}.enough()));
  EXPECT_TRUE(ToJson(Rate{})["value"].is_null());
}

// Wilson's interval of 1 in 100 with z = 1.96: 0.0292 / 1.0384 +- 0.0274 / 1.0384.
TEST(Rate, IsNeverSurerThanIndependentTrialsWouldMakeIt) {
  EXPECT_NEAR(Wilson(1, 100, 0.95).low, 0.0017674, 1e-6);
  EXPECT_NEAR(Wilson(1, 100, 0.95).high, 0.0544862, 1e-6);
  const Rate one{.errors = 1, .trials = 100, .replicates = Replicates(200, 0.01)};
  EXPECT_NEAR(one.interval()->high, 0.0544862, 1e-6);
  const Rate wide{.errors = 50, .trials = 100, .replicates = {0.01, 0.5, 0.99}};
  EXPECT_GT(wide.interval()->high, 0.9);
}

TEST(Resampler, WeightsArePoissonAndBelongToNames) {
  std::vector<std::string> names;
  for (int i = 0; i < 2000; ++i) names.push_back("person " + std::to_string(i));
  const Resampler one(names, 1, 500);
  const Replicates sums = one.Sums([](size_t) { return 1.0; });
  EXPECT_NEAR(Mean(sums), 2000, 8);               // sd 45 / sqrt(500)
  EXPECT_NEAR(Spread(sums), std::sqrt(2000), 6);  // variance 1 each
  std::reverse(names.begin(), names.end());
  const Resampler other(names, 1, 500);
  EXPECT_EQ(one.Sums([](size_t p) { return p == 3; }),
            other.Sums([](size_t p) { return p == 1996; }));
}

TEST(Normal, QuantilesAndBack) {
  EXPECT_NEAR(NormalQuantile(0.975), 1.959963984540054, 1e-9);
  EXPECT_NEAR(NormalCdf(1.6448536269514722), 0.95, 1e-12);
}

TEST(Odds, ByHand) {
  const auto odds = OddsOf({.fmr = 1e-5, .gallery = 500'000, .fnir = 0.1, .prior = 0.2});
  ASSERT_TRUE(odds.ok());
  EXPECT_NEAR(odds->some_innocent, 1 - std::exp(-5), 1e-6);
  EXPECT_NEAR(odds->innocents, 5, 1e-9);
  // W = 0.8 F + 0.2 * 0.1 F = 0.82 F; right = 0.18
  EXPECT_NEAR(*odds->wrong_hits, 0.82 * 0.993262 / (0.82 * 0.993262 + 0.18), 1e-5);
  EXPECT_NEAR(OddsOf({.fmr = 0.5, .gallery = 2})->some_innocent, 0.75, 1e-12);
  EXPECT_EQ(OddsOf({.fmr = 1, .gallery = 1})->some_innocent, 1);
  EXPECT_EQ(OddsOf({.fmr = 0, .gallery = 10})->some_innocent, 0);
  EXPECT_EQ(OddsOf({.fmr = 1e-5, .gallery = 100, .fpir = 0.25})->some_innocent, 0.25);
  EXPECT_FALSE(OddsOf({.fmr = 1.5, .gallery = 10}).ok());
  EXPECT_FALSE(OddsOf({.fmr = 0.1, .gallery = 0}).ok());
  EXPECT_FALSE(OddsOf({.fmr = 0.1, .gallery = std::nan("")}).ok());
}

TEST(Odds, OfCandidateLists) {
  const OddsInput input{.gallery = 1000, .fnir = 0.1, .prior = 0.2, .candidates = 10};
  const auto odds = OddsOf(input);
  ASSERT_TRUE(odds.ok());
  EXPECT_EQ(odds->innocents, 10);
  EXPECT_NEAR(*odds->wrong_hits, 0.82, 1e-12);  // 1 - 0.2 * 0.9
  EXPECT_THAT(OddsInWords(input, *odds),
              HasSubstr("82.0 % of the lists hold only innocent people"));
  EXPECT_FALSE(OddsOf({.gallery = 5, .candidates = 10}).ok());
}

// Galleries of 100 and 400: FPIR 0.19 = 1 - 0.9^2 and 0.3439 = 1 - 0.9^4.
TEST(MeasuredAt, BetweenAndBeyondMeasuredGalleries) {
  const auto row = [](double size, double fpir) {
    const nlohmann::ordered_json rate = {{"value", fpir}}, fnir = {{"value", 0.25}};
    return nlohmann::ordered_json{
        {"gallery", size},
        {"ranks", {{{"rank", 1}, {"identified", {{"value", 0.9}}}}}},
        {"thresholds", {{{"threshold", 0.5}, {"fmr", 1e-3}, {"fpir", rate}, {"fnir", fnir}}}}};
  };
  const nlohmann::ordered_json searches = {{"measured", true},
                                           {"galleries", {row(100, 0.19), row(400, 0.3439)}}};
  EXPECT_EQ(MeasuredAt(searches, 100, 1e-3, false)->fpir, 0.19);
  // Half way on the logarithm of the size: the exponent goes from 2 to 4 by sqrt(2).
  EXPECT_NEAR(MeasuredAt(searches, 200, 1e-3, false)->fpir, 1 - std::pow(0.9, 2 * std::sqrt(2)),
              1e-12);
  EXPECT_EQ(MeasuredAt(searches, 200, 1e-3, false)->fnir, 0.25);
  EXPECT_EQ(MeasuredAt(searches, 800, 1e-3, false).status().code(), absl::StatusCode::kOutOfRange);
  const auto beyond = MeasuredAt(searches, 800, 1e-3, true);  // 1 - (1 - FPIR)^2
  EXPECT_NEAR(beyond->fpir, 1 - std::pow(0.9, 8), 1e-12);
  EXPECT_TRUE(beyond->extrapolated);
  EXPECT_NEAR(*MissedByList(searches, 120, 1), 0.1, 1e-12);
  EXPECT_FALSE(MissedByList(searches, 120, 7).ok());
}

TEST(Odds, Words) {
  EXPECT_EQ(Digits(9.938e-5), "0.0000994");
  EXPECT_EQ(Digits(0.1), "0.1");
  EXPECT_EQ(InWords(0.001, "searches"), "1 of every 1,000 searches");
  EXPECT_EQ(InWords(0.5, "searches"), "50.0 % of the searches");
  EXPECT_EQ(InWords(1, "searches"), "practically all of the searches");
  EXPECT_EQ(Count(1234567), "1,234,567");
  EXPECT_EQ(Count(0.00012), "0.00012");
}

TEST(Differentials, ByHand) {
  const Rates fmr = {1e-4, 4e-4}, fnmr = {0.02, 0.01};
  EXPECT_NEAR(*MaxOverGeometricMean(fmr), 2, 1e-12);
  EXPECT_NEAR(*MaxOverMin(fmr), 4, 1e-12);
  // n = 2: 2/1 * (2 * 3e-4) / (2 * 4 * 2.5e-4) = 0.6
  EXPECT_NEAR(*Gini(fmr), 0.6, 1e-12);
  EXPECT_NEAR(*Gini(fnmr), 1.0 / 3, 1e-12);
  EXPECT_NEAR(*Garbe(fmr, fnmr, 0.5), 0.5 * 0.6 + 0.5 / 3, 1e-12);
  EXPECT_NEAR(*FairnessDiscrepancyRate(fmr, fnmr, 0.5), 1 - 0.5 * 3e-4 - 0.5 * 0.01, 1e-12);
  EXPECT_NEAR(*InequityRate(fmr, fnmr, 0.5), std::sqrt(4) * std::sqrt(2), 1e-12);
  EXPECT_NEAR(*Gini({0, 0, 1}), 1, 1e-12);
  EXPECT_NEAR(*Gini({2, 2, 2}), 0, 1e-12);
}

TEST(Differentials, UndefinedWhereAGroupHasNoError) {
  EXPECT_FALSE(InequityRate({0, 1e-4}, {0.1, 0.2}, 0.5).has_value());
  EXPECT_FALSE(MaxOverMin({0, 1e-4}).has_value());
  EXPECT_FALSE(MaxOverGeometricMean({0, 1e-4}).has_value());
  EXPECT_FALSE(Gini({0, 0}).has_value());
  EXPECT_TRUE(FairnessDiscrepancyRate({0, 1e-4}, {0.1, 0.2}, 0.5).has_value());
  EXPECT_FALSE(MaxOverMin({1e-4}).has_value());
}

TEST(Differentials, Holm) {
  const auto p = Holm({0.01, 0.04, 0.03});
  EXPECT_NEAR(p[0], 0.03, 1e-12);
  EXPECT_NEAR(p[2], 0.06, 1e-12);
  EXPECT_NEAR(p[1], 0.06, 1e-12);  // no smaller than the one before
}

TEST(Products, AreSumsInOrderOnBothSides) {
  std::vector<float> rows, packed_rows, packed_columns;
  constexpr int kCount = 45, kDimensions = 37;
  for (int i = 0; i < kCount * kDimensions; ++i)
    rows.push_back(std::sin(static_cast<float>(i) * 0.37f));
  Pack(rows.data(), kCount, kDimensions, Side::kRows, packed_rows);
  Pack(rows.data(), kCount, kDimensions, Side::kColumns, packed_columns);
  const int stride = WholeStrips(kCount, Side::kColumns);
  std::vector<float> out(static_cast<size_t>(WholeStrips(kCount, Side::kRows) * stride));
  Products(packed_rows.data(), kCount, packed_columns.data(), kCount, kDimensions, out.data());
  for (int i = 0; i < kCount; ++i) {
    for (int j = 0; j < kCount; ++j) {
      float sum = 0;
      for (int k = 0; k < kDimensions; ++k) {
        const float x = rows[static_cast<size_t>(i * kDimensions + k)],
                    y = rows[static_cast<size_t>(j * kDimensions + k)];
        sum = ThisProcessor() == Processor::kPlain ? sum + x * y : std::fma(x, y, sum);
      }
      ASSERT_EQ(out[static_cast<size_t>(i * stride + j)], sum) << i << " " << j;
    }
  }
}

TEST(RowKernel, CountsAsAPlainLoopDoes) {
  std::vector<float> scores;
  for (int i = 0; i < 301; ++i) scores.push_back(std::sin(static_cast<float>(i) * 1.7f));
  const float thresholds[2] = {0.3f, scores[7]};
  std::vector<uint32_t> histogram(kHistograms * 64), row(2), columns(2 * kTile);
  std::vector<int> above(kTile + 1);
  const int found = CountRow(scores.data(), 301,
                             {-1, 32, 64, histogram.data(), thresholds, 2, row.data(),
                              columns.data(), 0.9f, above.data()});
  std::vector<uint32_t> expected(64);
  uint32_t errors[2] = {};
  int tail = 0;
  for (int i = 0; i < 301; ++i) {
    const float score = scores[static_cast<size_t>(i)];
    ++expected[static_cast<size_t>(std::min(63.f, (score + 1) * 32))];
    for (size_t k = 0; k < 2; ++k) {
      errors[k] += score >= thresholds[k];
      EXPECT_EQ(columns[k * kTile + static_cast<size_t>(i)], score >= thresholds[k] ? 1u : 0u);
    }
    if (score >= 0.9f) {
      EXPECT_EQ(above[static_cast<size_t>(tail++)], i);
    }
  }
  EXPECT_EQ(found, tail);
  EXPECT_THAT(row, ElementsAre(errors[0], errors[1]));
  for (size_t b = 64; b < histogram.size(); ++b) histogram[b % 64] += histogram[b];
  histogram.resize(64);
  EXPECT_EQ(histogram, expected);
}

// What doesn't fit into the tail is counted as it would be with room for all.
TEST(CompareAll, ASmallTailGivesTheSameCounts) {
  Embeddings embeddings;
  embeddings.dimensions = 8;
  embeddings.metric = Metric::kEuclidean;
  Population& people = embeddings.population;
  people.groups = {"x", "y"};
  uint32_t state = 1;
  for (uint32_t p = 0; p < 700; ++p) {
    people.persons.push_back("p" + std::to_string(p));
    people.group_of.push_back(p < 300 ? 0 : 1);
    people.compared.push_back(1 + p % 2);
    people.failed.push_back(0);
    for (uint32_t i = 0; i < people.compared[p]; ++i) {
      people.pictures.emplace_back();
      people.person_of.push_back(p);
      for (int d = 0; d < 8; ++d) {
        state = state * 1664525 + 1013904223;
        embeddings.values.push_back(static_cast<float>(state >> 8) / 16777216.f);
      }
    }
  }
  const AllPairsOptions roomy{.threads = 2, .thresholds = {-0.7f}, .targets = {0.1, 0.001}};
  AllPairsOptions tight = roomy;
  tight.tail_limit = 2000;
  const auto all = CompareAll(embeddings, roomy), some = CompareAll(embeddings, tight);
  ASSERT_TRUE(all.ok() && some.ok());
  EXPECT_EQ((*all)->impostor_pairs, 1050u * 1049 / 2 - 350);
  EXPECT_EQ((*all)->genuine.size(), 350u);
  EXPECT_EQ((*all)->tail.size(), (*all)->impostor_pairs);
  EXPECT_EQ((*some)->impostor_pairs, (*all)->impostor_pairs);
  EXPECT_EQ((*some)->histogram, (*all)->histogram);
  EXPECT_LE((*some)->tail.size(), 3000u);
  ASSERT_EQ((*some)->plan().thresholds.size(), 2u);  // the fixed one, and that of 0.1
  EXPECT_TRUE((*some)->ErrorsAt(-0.71f).of.empty());
  for (const float threshold : (*some)->plan().thresholds) {
    const ErrorCounts one = (*all)->ErrorsAt(threshold), other = (*some)->ErrorsAt(threshold);
    EXPECT_GT(one.total, 10'000u);
    EXPECT_EQ(one.total, other.total);
    EXPECT_EQ(one.of, other.of);
  }
  EXPECT_EQ((*some)->ThresholdFor(549), (*all)->ThresholdFor(549));
}

TEST(Svg, EscapesNames) {
  EXPECT_EQ(Escape("<a & \"b\">"), "&lt;a &amp; &quot;b&quot;&gt;");
  EXPECT_THAT(HeatMap("t", {"<x>"}, {{std::nan("")}}, {{"none"}}), HasSubstr("&lt;x&gt;"));
  EXPECT_THAT(LinePlot("t", {"x", true}, {"y", true}, {{"s", {{0, 1}, {1, 0}}}}),
              testing::Not(HasSubstr("nan")));
}

}  // namespace
}  // namespace lineup
