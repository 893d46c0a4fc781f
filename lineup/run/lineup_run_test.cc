// Statistics of the attack and of LFW's protocol against cases worked out by hand, and the readers
// of inputs. What needs the recogniser itself is tested through the command.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "lineup/run/attack.h"
#include "lineup/run/description.h"
#include "lineup/run/equivalence.h"
#include "lineup/run/pairs.h"
#include "lineup/run/searches.h"

namespace lineup {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;

// A folder for one test, gone afterwards.
class Folder {
 public:
  Folder() {
    char name[] = "/tmp/lineup-run-test-XXXXXX";
    path_ = mkdtemp(name);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::filesystem::path Write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST(Searches, RanksCountEqualScoresInRandomOrder) {
  // Three persons; probes of persons 0, 1, 2.
  const Searches searches{3, {0, 1, 2}, {.9f, .1f, .2f, .5f, .5f, .5f, .7f, .8f, .1f}};
  EXPECT_THAT(FoundWithin(searches, 1), ElementsAre(1, DoubleNear(1.0 / 3, 1e-12), 0));
  EXPECT_THAT(FoundWithin(searches, 2), ElementsAre(1, DoubleNear(2.0 / 3, 1e-12), 0));
  EXPECT_THAT(FoundWithin(searches, 3), ElementsAre(1, 1, 1));
}

TEST(Searches, APersonCountsByTheBestPicture) {
  const Templates gallery{{{0, 0}, {3, 4}, {1, 0}}, {0, 1, 1}};
  const Searches searches = Search({{{0, 0}}, {1}}, gallery, 2, Metric::kEuclidean);
  EXPECT_THAT(searches.scores, ElementsAre(0, -1));
  const Searches cosine = Search({{{2, 0}}, {1}}, gallery, 2, Metric::kCosine);
  EXPECT_THAT(cosine.scores, ElementsAre(0, 1));  // a row of zeros has no direction
}

TEST(Searches, TheThresholdLetsNoMoreInnocentsThroughThanAsked) {
  // 100 probes of two persons; the other's score of probe i is i / 100, its own one 0.985.
  Searches searches{2, {}, {}};
  for (int i = 0; i < 100; ++i) {
    searches.person.push_back(static_cast<size_t>(i % 2));
    const float other = static_cast<float>(i) / 100, own = i == 7 ? .97f : .985f;
    searches.scores.push_back(i % 2 == 0 ? own : other);
    searches.scores.push_back(i % 2 == 0 ? other : own);
  }
  const Identified identified = IdentifiedAt(searches, 0.01, {});
  EXPECT_EQ(identified.false_positives, 1u);  // that of 0.99; the threshold is above 0.98
  EXPECT_EQ(std::count(identified.found.begin(), identified.found.end(), 1), 99);
  EXPECT_EQ(identified.found[7], 0);
}

TEST(Equivalence, OfOneProbeAPersonIsTheAdjustedIntervalForPairs) {
  // 200 persons, 6 found by the first alone, 2 by the second alone.
  std::vector<double> a(200), b(200);
  std::vector<size_t> person;
  for (size_t i = 0; i < 200; ++i) {
    person.push_back(i);
    a[i] = i < 6 || i > 150;
    b[i] = (i >= 6 && i < 8) || i > 150;
  }
  const Equivalence test = TestEquivalence(a, b, person, 0.05);
  const double squares = (8 - 200 * 0.02 * 0.02) * 200 / 199 + 1;
  EXPECT_DOUBLE_EQ(test.difference, 0.02);
  EXPECT_NEAR(test.error, std::sqrt(squares) / 202, 1e-12);
  EXPECT_NEAR(test.high, 0.02 + 1.6448536 * test.error, 1e-6);
  EXPECT_TRUE(test.equivalent);
  EXPECT_LT(test.p, 0.05);
  EXPECT_FALSE(TestEquivalence(a, b, person, 0.02).equivalent);
  // The same test the other way round, and the same verdict by p and by the interval.
  EXPECT_NEAR(TestEquivalence(b, a, person, 0.05).p, test.p, 1e-12);
  for (const double margin : {0.03, 0.04, 0.044, 0.046, 0.06}) {
    const Equivalence one = TestEquivalence(a, b, person, margin);
    EXPECT_EQ(one.equivalent, one.p < 0.05) << margin;
  }
}

TEST(Equivalence, AgreementInFewProbesProvesLittle) {
  const std::vector<double> same(20, 1.0);
  std::vector<size_t> person(20);
  for (size_t i = 0; i < 20; ++i) person[i] = i;
  const Equivalence test = TestEquivalence(same, same, person, 0.02);
  EXPECT_EQ(test.difference, 0);
  EXPECT_FALSE(test.equivalent);
  EXPECT_EQ(test.power, 0);
  EXPECT_GT(test.probes_for_power_80, 20);
}

TEST(Equivalence, ProbesOfOnePersonAreNoIndependentEvidence) {
  std::vector<double> a(400), b(400);
  std::vector<size_t> each(400), ten(400);
  for (size_t i = 0; i < 400; ++i) {
    a[i] = i % 40 < 10;  // all of one person in four
    each[i] = i;
    ten[i] = i / 10;
  }
  EXPECT_NEAR(TestEquivalence(a, b, ten, 0.1).error / TestEquivalence(a, b, each, 0.1).error,
              std::sqrt(10), 0.1);
}

TEST(Equivalence, ItsPowerIsThatOfSuchStudies) {
  // Many studies without a difference: the share that shows equivalence is the power it names.
  std::srand(5);
  int shown = 0;
  double power = 0;
  std::vector<size_t> person(600);
  for (size_t i = 0; i < 600; ++i) person[i] = i;
  for (int study = 0; study < 400; ++study) {
    std::vector<double> a(600), b(600);
    for (size_t i = 0; i < 600; ++i) {
      a[i] = std::rand() % 100 < 10;
      b[i] = std::rand() % 100 < 10;
    }
    const Equivalence test = TestEquivalence(a, b, person, 0.05);
    shown += test.equivalent;
    power += test.power / 400;
  }
  EXPECT_NEAR(shown / 400.0, power, 0.06);
}

TEST(PaintEllipse, CoversTheEllipseAndNothingElse) {
  Picture picture{20, 10, std::vector<uint8_t>(600, 7)};
  PaintEllipse({-4, 2, 12, 6}, picture);
  int painted = 0;
  for (int y = 0; y < 10; ++y) {
    for (int x = 0; x < 20; ++x) {
      const double dx = (x + 0.5 - 2) / 6, dy = (y + 0.5 - 5) / 3;
      const bool inside = dx * dx + dy * dy <= 1;
      painted += inside;
      EXPECT_EQ(picture.at(x, y)[0], inside ? 128 : 7) << x << " " << y;
    }
  }
  EXPECT_GT(painted, 20);
}

TEST(Pairs, AreReadByFolds) {
  const Folder folder;
  const auto pairs =
      ReadPairs(folder.Write("p", "2\t1\nA_B\t1\t12\nA_B\t1\tC\t3\nC\t1\t2\nC\t2\tA_B\t10000\n"));
  ASSERT_TRUE(pairs.ok()) << pairs.status();
  ASSERT_EQ(pairs->size(), 4u);
  EXPECT_EQ((*pairs)[0].b, "A_B_0012");
  EXPECT_TRUE((*pairs)[0].same);
  EXPECT_EQ((*pairs)[1].b, "C_0003");
  EXPECT_FALSE((*pairs)[1].same);
  EXPECT_EQ((*pairs)[2].fold, 1);
  EXPECT_EQ((*pairs)[3].b, "A_B_10000");
  for (const char* bad :
       {"", "10\n", "1 2\nA 1 2\n", "2 1\nA 1 2\n", "2 1\nA x 2\nA 1 B 2\nA 1 2\nA 1 B 2\n"})
    EXPECT_FALSE(ReadPairs(folder.Write("bad", bad)).ok()) << bad;
}

TEST(Pairs, TheThresholdOfAFoldIsThatOfTheOthers) {
  // Numbers on a line: pictures of A at 0 and 1, of B at 5 and 7. Fold 0: A-A away 1, A-B away 5;
  // fold 1: B-B away 2, A-B away 4; and a picture without a template.
  Embedded embedded;
  embedded.numbers = {4, 1, {0, 1, 5, 7}, {}};
  for (const char* id : {"A_0001.jpg", "A_0002.jpg", "B_0001.jpg", "B_0002.jpg"})
    embedded.table.rows.push_back({.id = id, .person = std::string(id, 1)});
  embedded.table.rows.push_back({.id = "A_0003.jpg", .person = "A", .failed = true});
  std::vector<Pair> pairs = {{"A_0001", "A_0002", true, 0},
                             {"A_0001", "B_0001", false, 0},
                             {"B_0001", "B_0002", true, 1},
                             {"A_0002", "B_0001", false, 1}};
  auto figures = PairsFigures(pairs, embedded, Metric::kEuclidean, 0, Flaws::kRefuse);
  ASSERT_TRUE(figures.ok()) << figures.status();
  EXPECT_EQ((*figures)["folds"][0]["threshold"], 3);  // between 2 and 4 of the other fold
  EXPECT_EQ((*figures)["folds"][1]["threshold"], 3);  // between 1 and 5
  EXPECT_EQ((*figures)["accuracy"], 1);
  pairs.push_back({"A_0003", "B_0001", false, 1});
  figures = PairsFigures(pairs, embedded, Metric::kEuclidean, 0, Flaws::kRefuse);
  EXPECT_EQ((*figures)["accuracy"], 1);  // taken for two people, which is right here
  EXPECT_NEAR((*figures)["accuracy_failures_as_errors"].get<double>(), (1 + 2.0 / 3) / 2, 1e-12);
  pairs.push_back({"A_0004", "B_0001", false, 1});
  EXPECT_THAT(
      std::string(
          PairsFigures(pairs, embedded, Metric::kEuclidean, 0, Flaws::kRefuse).status().message()),
      HasSubstr("a pair names a picture that isn't there: A_0004"));
  figures = PairsFigures(pairs, embedded, Metric::kEuclidean, 0, Flaws::kLeaveOut);
  EXPECT_EQ((*figures)["pairs"], 5);
  ASSERT_EQ(embedded.left_out.size(), 1u);
}

TEST(Exports, ReadBackAsTheyWere) {
  const Folder folder;
  Embedded embedded;
  embedded.numbers = {2, 3, {1, 2, 3, -4.5f, 1e-20f, 6}, {"a", "c"}};
  embedded.table = {.rows = {{.id = "a,1", .person = "P \"x\"", .group = "g"},
                             {.id = "b", .person = "P \"x\"", .group = "g", .failed = true},
                             {.id = "c", .person = "Q", .group = "h"}},
                    .has_ids = true,
                    .has_groups = true};
  const auto read =
      ReadEmbeddings(folder.Write("e.npy", NpyOf(embedded)),
                     folder.Write("p.csv", TableOf(embedded)), Metric::kEuclidean, Flaws::kRefuse);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->population.pictures, ElementsAre("a,1", "c"));
  EXPECT_THAT(read->population.persons, ElementsAre("P \"x\"", "Q"));
  EXPECT_THAT(read->population.failed, ElementsAre(1, 0));
  EXPECT_THAT(read->values, ElementsAre(1, 2, 3, -4.5f, 1e-20f, 6));
}

TEST(PictureSet, KnowsTheUsualLayouts) {
  const Folder folder;
  for (const char* name : {"A/1.jpg", "A/x_0002.PNG", "B_C/1.jpeg", "B_C/note.txt",
                           "B_C/1.jpeg.efface.json", "B_C/.hidden.jpg"})
    folder.Write(std::string("people/") + name, "x");
  auto set = ReadPictureSet(folder.path() / "people", {}, Flaws::kRefuse);
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->entries.size(), 3u);
  EXPECT_EQ(set->entries[1].id, "A/x_0002.PNG");
  EXPECT_EQ(set->entries[1].person, "A");
  EXPECT_EQ(set->entries[2].person, "B_C");

  folder.Write("flat/A_B_0001.jpg", "x");
  folder.Write("flat/A_0001.jpg", "x");
  set = ReadPictureSet(folder.path() / "flat", {}, Flaws::kRefuse);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(set->entries[0].person, "A");
  EXPECT_EQ(set->entries[1].person, "A_B");
  folder.Write("flat/who.jpg", "x");
  EXPECT_THAT(
      std::string(ReadPictureSet(folder.path() / "flat", {}, Flaws::kRefuse).status().message()),
      HasSubstr("doesn't say who is on who.jpg"));

  folder.Write("t/images/a.jpg", "x");
  folder.Write("t/b.jpg", "x");
  const auto table = folder.Write("t/t.csv",
                                  "image,identity,age,sex,x,y,width,height\na.jpg,P,3,f,1,2,3,4\nb."
                                  "jpg,P,3,f,,,,\nc.jpg,Q,5,m,,,,\n");
  EXPECT_THAT(std::string(ReadPictureSet(table, {}, Flaws::kRefuse).status().message()),
              HasSubstr("a picture of the table is missing: c.jpg"));
  set = ReadPictureSet(table, {"sex", "age"}, Flaws::kLeaveOut);
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->entries.size(), 2u);
  EXPECT_EQ(set->entries[0].group, "f 3");
  EXPECT_EQ(set->entries[0].box->height, 4);
  EXPECT_FALSE(set->entries[1].box);
  EXPECT_EQ(set->left_out[0].count, 1);
}

constexpr char kGood[] =
    "model: m.onnx\ninput: {width: 112, height: 96, color: bgr, layout: nhwc, mean: [1, 2, 3], "
    "scale: 0.5}\n"
    "alignment: points\npoints: {left_eye: [38, 50], right_eye: [73, 50], nose: [56, 75]}\n"
    "normalise: true\nmetric: euclidean\n";

TEST(Description, IsRead) {
  const Folder folder;
  const auto model = ReadDescription(folder.Write("m.yaml", kGood));
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->model, folder.path() / "m.onnx");
  EXPECT_EQ(model->name, "m.onnx");
  EXPECT_EQ(model->width, 112);
  EXPECT_EQ(model->height, 96);
  EXPECT_FALSE(model->rgb);
  EXPECT_FALSE(model->channels_first);
  EXPECT_THAT(model->mean, ElementsAre(1, 2, 3));
  EXPECT_THAT(model->scale, ElementsAre(.5f, .5f, .5f));
  EXPECT_EQ(model->points->nose->y, 75);
  EXPECT_TRUE(model->normalise);
  EXPECT_EQ(model->metric, Metric::kEuclidean);
}

TEST(Description, IsRefusedInASentence) {
  const Folder folder;
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = kGood;
    const size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    const auto model = ReadDescription(folder.Write("m.yaml", text));
    return model.ok() ? "accepted" : std::string(model.status().message());
  };
  EXPECT_THAT(with("model: m.onnx\n", ""),
              HasSubstr("must say model, input, alignment and metric"));
  EXPECT_THAT(with("width: 112", "width: 8"), HasSubstr("input needs width, 16 to 1024 pixels"));
  EXPECT_THAT(with("width: 112", "width: wide"), HasSubstr("line 2"));
  EXPECT_THAT(with("bgr", "grey"), HasSubstr("color must be rgb or bgr"));
  EXPECT_THAT(with("mean: [1, 2, 3]", "mean: [1, 2]"),
              HasSubstr("mean must be one number, or one for each"));
  EXPECT_THAT(with("scale: 0.5", "scale: .inf"), HasSubstr("scale must be finite"));
  EXPECT_THAT(with("scale: 0.5", "std: 0.5"), HasSubstr("input has the unknown name std"));
  EXPECT_THAT(with("left_eye: [38, 50]", "left_eye: [80, 50]"),
              HasSubstr("left_eye must lie left"));
  EXPECT_THAT(with("left_eye: [38, 50], ", ""), HasSubstr("points needs left_eye: [x, y]"));
  EXPECT_THAT(with("metric: euclidean", "metric: l1"),
              HasSubstr("metric must be cosine or euclidean"));
  EXPECT_THAT(with("alignment: points", "alignment: ["), HasSubstr("line "));
}

}  // namespace
}  // namespace lineup
