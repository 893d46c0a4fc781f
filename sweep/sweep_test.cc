// Patterns, kinds of files, comments, long files in parts, layers of images, baselines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "sweep/baseline.h"
#include "sweep/examine.h"

namespace sweep {
namespace {

using efface::AsBytes;

TEST(PatternSet, KeepsToWords) {
  const auto set = PatternSet::Compile(
      {{.text = "faces"}, {.text = "x.y+", .word = false}, {.text = "n[0-9]{2}", .regex = true}});
  ASSERT_TRUE(set.ok()) << set.status();
  PatternSet::Scratch scratch(*set);
  std::vector<Match> matches;
  set->Find("faces surfaces faces_ (faces) x.y+ xay+ n12", scratch, 100, matches);
  std::vector<std::pair<int, size_t>> found;
  for (const Match& match : matches) found.emplace_back(match.pattern, match.begin);
  EXPECT_THAT(found,
              testing::UnorderedElementsAre(std::pair(0, size_t{0}), std::pair(0, size_t{23}),
                                            std::pair(1, size_t{30}), std::pair(2, size_t{40})));
}

TEST(Kinds, ByNameAndContent) {
  EXPECT_EQ(KindOf("a/b.py", AsBytes("x")).kind, FileKind::kSource);
  EXPECT_EQ(KindOf("a!README.md", AsBytes("x")).kind, FileKind::kProse);
  EXPECT_EQ(KindOf("LICENSE", AsBytes("x")).kind, FileKind::kProse);
  EXPECT_EQ(KindOf("run", AsBytes("#!/bin/sh\n")).kind, FileKind::kSource);
  EXPECT_EQ(KindOf("a.yml", AsBytes("x")).kind, FileKind::kConfig);
  EXPECT_EQ(KindOf("a.py", AsBytes(std::string_view("a\0b", 3))).kind, FileKind::kBinary);
  EXPECT_EQ(KindOf("unknown", AsBytes("x")).kind, FileKind::kProse);
}

TEST(Comments, AreTold) {
  const auto in = [](std::string_view text, Comments comments) {
    return InComment(text, text.find("HERE"), comments);
  };
  EXPECT_TRUE(in("a(); // HERE", Comments::kSlashes));
  EXPECT_TRUE(in("/* a\nHERE */", Comments::kSlashes));
  EXPECT_FALSE(in("/* a */ HERE", Comments::kSlashes));
  EXPECT_FALSE(in("a = \"http://x/HERE\"", Comments::kSlashes));
  EXPECT_FALSE(in("a = 'http://x/HERE'", Comments::kSlashes));
  EXPECT_TRUE(in("fn f<'a>() {} // HERE", Comments::kSlashes));
  EXPECT_TRUE(in("a = 1  # HERE", Comments::kPython));
  EXPECT_FALSE(in("a = '#HERE'", Comments::kPython));
  EXPECT_TRUE(in("def f():\n  \"\"\"Says\n  HERE.\"\"\"", Comments::kPython));
  EXPECT_FALSE(in("\"\"\"doc\"\"\"\nHERE", Comments::kPython));
  EXPECT_TRUE(in("<a><!-- HERE --></a>", Comments::kXml));
  EXPECT_FALSE(in("url: http://x/#HERE", Comments::kHash));
  EXPECT_TRUE(in("x # HERE", Comments::kHash));
}

// What one rule that looks for a word in source finds in a file that is read in parts.
std::vector<Finding> FindInLongFile(const std::string& text) {
  Rule rule{.id = "word", .confidence = Confidence::kHigh, .patterns = {{.text = "needle"}}};
  const auto matcher = Matcher::Build({rule}, {});
  auto file = efface::OpenUnnamedFile(testing::TempDir());
  EXPECT_TRUE(file.ok() && efface::WriteAll(file->get(), AsBytes(text)).ok());
  const ExamineOptions options;
  MemoryBudget budget(0);
  Collector collector;
  Images images;
  Examiner(*matcher, options, budget, collector, images)
      .Examine("a.c", Content::OfFile(std::move(*file), static_cast<int64_t>(text.size())));
  return collector.TakeFindings();
}

TEST(LongFiles, NothingIsLostOrTwiceAtTheSeams) {
  constexpr size_t kPart = size_t{4} << 20;
  for (const size_t at : {kPart - 3, kPart - 6, kPart, kPart - 2049, kPart - 2050, kPart + 5}) {
    std::string text(2 * kPart, '\n');
    text.replace(at, 6, "needle");
    const auto findings = FindInLongFile(text);
    ASSERT_EQ(findings.size(), 1u) << at;
    EXPECT_EQ(findings[0].count, 1) << at;
    EXPECT_EQ(findings[0].offset, static_cast<int64_t>(at));
    EXPECT_EQ(findings[0].line, static_cast<int64_t>(at) + 1);
  }
  std::string text(2 * kPart, '\n');
  text.replace(kPart - 6, 7, "needles");  // a word only for who doesn't see what follows
  EXPECT_TRUE(FindInLongFile(text).empty());
}

TEST(NotBelow, LeavesOutWhatAClientNames) {
  const Rule rule{
      .id = "calls", .not_below = {"/sdk/"}, .patterns = {{.text = "SearchFaces"}}};
  const auto matcher = Matcher::Build({rule}, {});
  ASSERT_TRUE(matcher.ok());
  const ExamineOptions options;
  MemoryBudget budget(0);
  Collector collector;
  Images images;
  Examiner examiner(*matcher, options, budget, collector, images);
  for (const char* path : {"lib/SDK/a.py", "lib/sdks/a.py"})
    examiner.Examine(path, Content::OfView(AsBytes("SearchFaces(x)")));
  const auto findings = collector.TakeFindings();
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].path, "lib/sdks/a.py");
}

TEST(Images, PlacesFindingsAndWhiteouts) {
  Images images;
  images.AddManifest("i.tar!manifest.json",
                     R"([{"Layers": ["a/layer.tar", "b/layer.tar", "c/layer.tar"]}])");
  images.AddName("i.tar!b/layer.tar", "opt/.wh.door");
  images.AddName("i.tar!c/layer.tar", "srv/.wh..wh..opq");
  std::vector<Finding> findings;
  for (const char* path :
       {"i.tar!a/layer.tar!opt/door/x.py", "i.tar!a/layer.tar!opt/doors.py",
        "i.tar!b/layer.tar!opt/door", "i.tar!a/layer.tar!srv/z!y", "other.tar!a"})
    findings.push_back({.path = path});
  images.Place(findings);
  const auto deleted = [&](size_t i) {
    return findings[i].layer ? findings[i].layer->deleted_by : -1;
  };
  EXPECT_EQ(deleted(0), 2);
  EXPECT_EQ(deleted(1), 0);
  EXPECT_EQ(deleted(2), 0);  // a whiteout deletes what lies below its layer
  EXPECT_EQ(deleted(3), 3);
  EXPECT_EQ(deleted(4), -1);
  EXPECT_EQ(findings[0].layer->index, 1);
  EXPECT_EQ(findings[0].layer->count, 3);
}

TEST(Baseline, NeedsReasonsAndTakesStars) {
  const auto parse = [](const std::string& entry) {
    return ParseBaseline(R"({"schema": "efface-sweep-baseline/1", "accepted": [)" + entry + "]}");
  };
  EXPECT_FALSE(parse(R"({"rule": "a", "path": "b", "reason": " "})").ok());
  EXPECT_FALSE(parse(R"({"rule": "a", "reason": "c"})").ok());
  EXPECT_FALSE(ParseBaseline("[]").ok());
  auto baseline = parse(
      R"({"rule": "a", "path": "x/*.py", "reason": "tests"}, {"rule": "a", "path": "gone", "reason": "old"})");
  ASSERT_TRUE(baseline.ok());
  std::vector<Finding> findings = {{.path = "x/y/z.py"}, {.path = "x/y.js"}};
  Accept(*baseline, {{.id = "a"}}, findings);
  EXPECT_EQ(findings[0].accepted, "tests");
  EXPECT_EQ(findings[1].accepted, "");
  EXPECT_TRUE((*baseline)[0].met);
  EXPECT_FALSE((*baseline)[1].met);
}

}  // namespace
}  // namespace sweep
