#include "efface/record/spool.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace efface {
namespace {

RowSpool NewSpool() {
  auto spool = RowSpool::Create(testing::TempDir());
  EXPECT_TRUE(spool.ok()) << spool.status();
  return std::move(*spool);
}

std::vector<MaskRow> All(absl::StatusOr<RowCursor> cursor) {
  EXPECT_TRUE(cursor.ok()) << cursor.status();
  std::vector<MaskRow> rows;
  while (true) {
    const auto row = cursor->Next();
    EXPECT_TRUE(row.ok()) << row.status();
    if (!row.ok() || *row == nullptr) return rows;
    rows.push_back(**row);
  }
}

bool Same(const MaskRow& a, const MaskRow& b) {
  return a.face == b.face && a.frame == b.frame && a.x == b.x && a.y == b.y && a.width == b.width &&
         a.height == b.height && a.score == b.score && a.track == b.track && a.source == b.source;
}

TEST(RowSpoolTest, IsEmptyAtFirst) {
  RowSpool spool = NewSpool();
  EXPECT_EQ(spool.size(), 0);
  EXPECT_TRUE(All(spool.Sorted(RowOrder::kByFace)).empty());
}

TEST(RowSpoolTest, GivesEveryFieldBackInBothOrders) {
  RowSpool spool = NewSpool();
  const MaskRow a = {7, 3, 0.125, -1e9, 1.0 / 3, 4, 0.91, 0, MaskSource::kFilled};
  const MaskRow b = {2, int64_t{1} << 40, 1, 2, 3, 4, 1, 1, MaskSource::kDrawn};
  const MaskRow c = {2, 9, 5, 6, 7, 8, 0.5, 0, MaskSource::kFollowed};
  for (const MaskRow& row : {a, b, c}) ASSERT_TRUE(spool.Add(row).ok());
  EXPECT_EQ(spool.size(), 3);
  const std::vector<MaskRow> by_face = All(spool.Sorted(RowOrder::kByFace));
  ASSERT_EQ(by_face.size(), 3u);
  EXPECT_TRUE(Same(by_face[0], c) && Same(by_face[1], b) && Same(by_face[2], a));
  const std::vector<MaskRow> by_frame = All(spool.Sorted(RowOrder::kByFrame));
  ASSERT_EQ(by_frame.size(), 3u);
  EXPECT_TRUE(Same(by_frame[0], a) && Same(by_frame[1], c) && Same(by_frame[2], b));
}

// More rows than are sorted in memory at once, many of them equal in order.
TEST(RowSpoolTest, SortsManyAsTheStandardLibraryDoes) {
  RowSpool spool = NewSpool();
  std::mt19937 random(1);
  std::vector<MaskRow> rows(300'001);
  for (size_t i = 0; i < rows.size(); ++i) {
    rows[i] = {.face = static_cast<int64_t>(random() % 300),
               .frame = static_cast<int64_t>(random() % 500),
               .x = static_cast<double>(i),
               .track = static_cast<int32_t>(random() % 2)};
    ASSERT_TRUE(spool.Add(rows[i]).ok());
  }
  // Two cursors at once, and both after more rows came.
  auto early = spool.Sorted(RowOrder::kByFace);
  ASSERT_TRUE(spool.Add({.face = -1}).ok());
  const std::vector<MaskRow> by_frame = All(spool.Sorted(RowOrder::kByFrame));
  const std::vector<MaskRow> by_face = All(std::move(early));

  std::vector<MaskRow> expected = rows;
  std::stable_sort(expected.begin(), expected.end(), [](const MaskRow& a, const MaskRow& b) {
    return std::tie(a.face, a.frame, a.track) < std::tie(b.face, b.frame, b.track);
  });
  EXPECT_TRUE(std::equal(by_face.begin(), by_face.end(), expected.begin(), expected.end(), Same));
  expected = rows;
  expected.push_back({.face = -1});
  std::stable_sort(expected.begin(), expected.end(), [](const MaskRow& a, const MaskRow& b) {
    return std::tie(a.track, a.frame, a.face) < std::tie(b.track, b.frame, b.face);
  });
  EXPECT_TRUE(std::equal(by_frame.begin(), by_frame.end(), expected.begin(), expected.end(), Same));
}

TEST(RowSpoolTest, LeavesNoNameBehind) {
  std::string folder = testing::TempDir() + "efface-spool-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  auto spool = RowSpool::Create(folder);
  ASSERT_TRUE(spool.ok());
  ASSERT_TRUE(spool->Add({}).ok());
  const auto cursor = spool->Sorted(RowOrder::kByFace);
  ASSERT_TRUE(cursor.ok());
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  std::filesystem::remove(folder);
}

// In a process of its own, since the limit on the size of files holds for all of it.
TEST(RowSpoolTest, SaysWhereThereIsNoRoom) {
  const auto fill = [] {
    const rlimit limit = {1 << 20, 1 << 20};
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0) _exit(2);
    std::signal(SIGXFSZ, SIG_IGN);
    auto spool = RowSpool::Create(testing::TempDir());
    absl::Status status = spool.status();
    for (int i = 0; i < 100'000 && status.ok(); ++i) status = spool->Add({});
    _exit(absl::IsResourceExhausted(status) &&
                  status.message().find("has no room for the masks") != absl::string_view::npos
              ? 0
              : 1);
  };
  EXPECT_EXIT(fill(), testing::ExitedWithCode(0), "");
}

TEST(RowSpoolTest, NeedsAFolder) {
  EXPECT_EQ(RowSpool::Create(testing::TempDir() + "none/none").status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace efface
