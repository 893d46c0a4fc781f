#include "efface/job/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <thread>

#include "base/file.h"
#include "base/sha256.h"

namespace efface {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Turn = Journal::Turn;

// A batch with its input and output folders. A Journal object of its own stands for a process of
// its own: locks belong to open files, not to processes.
class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    std::string name = testing::TempDir() + "efface-journal-XXXXXX";
    root_ = mkdtemp(name.data());
    fs::create_directories(root_ / "in");
    fs::create_directories(root_ / "out");
    Put("in/a", "input a");
    Put("in/b", "input b");
  }
  ~JournalTest() override { fs::remove_all(root_); }

  void Put(const std::string& name, const std::string& text) const {
    EXPECT_TRUE(WriteFileWhole(root_ / name, AsBytes(text), Existing::kReplace).ok());
  }

  std::unique_ptr<Journal> Open(bool resume = true, const std::string& settings = "s") const {
    auto journal = Journal::Open(root_ / "out", settings, resume);
    EXPECT_TRUE(journal.ok()) << journal.status();
    return journal.ok() ? std::move(*journal) : nullptr;
  }

  Journal::Claim Begin(Journal& journal, const std::string& name) const {
    const auto claim = journal.Begin(root_ / "in" / name, root_ / "out" / name, Record(name));
    EXPECT_TRUE(claim.ok()) << claim.status();
    return *claim;
  }
  Turn TurnOf(Journal& journal, const std::string& name) const { return Begin(journal, name).turn; }

  void Expect(Journal& journal, const std::vector<std::string>& names) const {
    std::vector<Journal::Work> works;
    for (const std::string& name : names) {
      works.push_back({root_ / "in" / name, root_ / "out" / name, Record(name)});
    }
    journal.Expect(works);
  }

  fs::path Record(const std::string& name) const { return root_ / "out" / (name + ".json"); }

  // Does the work that was begun.
  void Do(Journal& journal, const std::string& name, const std::string& result,
          Journal::When when = Journal::When::kNow) const {
    Put("out/" + name, result);
    Put("out/" + name + ".json", "record");
    const auto status = journal.Done(root_ / "out" / name, Sha256Hex(AsBytes(result)), when);
    EXPECT_TRUE(status.ok()) << status;
  }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(root_ / "out")) {
      names.push_back(entry.path().filename());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  fs::path root_;
};

TEST_F(JournalTest, WhatIsDoneIsNotDoneAgain) {
  {
    const auto journal = Open();
    const Journal::Claim claim = Begin(*journal, "a");
    EXPECT_EQ(claim.turn, Turn::kMine);
    EXPECT_FALSE(claim.replace);
    Do(*journal, "a", "output");
  }
  const auto journal = Open();
  EXPECT_EQ(TurnOf(*journal, "a"), Turn::kDone);
  EXPECT_EQ(TurnOf(*journal, "b"), Turn::kMine);
}

TEST_F(JournalTest, WithoutResumeWhatIsDoneDoesNotCount) {
  Do(
      *[&] {
        auto journal = Open();
        TurnOf(*journal, "a");
        return journal;
      }(),
      "a", "output");
  {
    const auto journal = Open(false);
    const Journal::Claim claim = Begin(*journal, "a");
    EXPECT_EQ(claim.turn, Turn::kMine);
    EXPECT_FALSE(claim.replace) << "the user must ask for that";
    EXPECT_TRUE(journal->GiveUp(root_ / "out/a").ok());  // since it exists already
  }
  EXPECT_EQ(TurnOf(*Open(), "a"), Turn::kDone) << "that run changed nothing";
}

TEST_F(JournalTest, WhatChangedIsDoneAgain) {
  const auto redo = [&] {
    auto journal = Open();
    const Journal::Claim claim = Begin(*journal, "a");
    if (claim.turn == Turn::kMine) Do(*journal, "a", "output");
    return claim;
  };
  EXPECT_EQ(redo().turn, Turn::kMine);
  EXPECT_EQ(redo().turn, Turn::kDone);

  Put("in/a", "a longer input");
  Journal::Claim claim = redo();
  EXPECT_EQ(claim.turn, Turn::kMine);
  EXPECT_TRUE(claim.replace) << "the output is our own";
  fs::last_write_time(root_ / "in/a", fs::file_time_type::clock::now() - std::chrono::hours(1));
  EXPECT_EQ(redo().turn, Turn::kMine);

  fs::remove(root_ / "out/a");
  EXPECT_EQ(redo().turn, Turn::kMine);
  fs::remove(Record("a"));
  EXPECT_EQ(redo().turn, Turn::kMine);
  EXPECT_EQ(redo().turn, Turn::kDone);

  // The same bytes at another time, as after copying the folder.
  fs::last_write_time(root_ / "out/a", fs::file_time_type::clock::now() - std::chrono::hours(1));
  EXPECT_EQ(redo().turn, Turn::kDone);
  // Other bytes, as many.
  Put("out/a", "tuptuo");
  claim = redo();
  EXPECT_EQ(claim.turn, Turn::kMine);
  EXPECT_FALSE(claim.replace) << "somebody else's file";

  EXPECT_EQ(TurnOf(*Open(true, "other settings"), "a"), Turn::kMine);
}

TEST_F(JournalTest, AKilledRunsWorkIsTakenOver) {
  // Killed before it wrote, after it wrote the output, and after it wrote both but for Done.
  for (const char* written : {"", "out/a", "out/a.json"}) {
    const pid_t child = fork();
    if (child == 0) {
      const auto journal = Open();
      TurnOf(*journal, "a");
      if (*written != 0) Put(written, "left there");
      kill(getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    const auto journal = Open();
    const Journal::Claim claim = Begin(*journal, "a");
    EXPECT_EQ(claim.turn, Turn::kMine);
    EXPECT_TRUE(claim.replace);
    EXPECT_TRUE(journal->GiveUp(root_ / "out/a").ok());
  }
}

TEST_F(JournalTest, WhatStoodThereBeforeIsNeverOurs) {
  Put("out/a", "precious");
  const pid_t child = fork();
  if (child == 0) {
    const auto journal = Open();
    TurnOf(*journal, "a");
    kill(getpid(), SIGKILL);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  const auto journal = Open();
  const Journal::Claim claim = Begin(*journal, "a");
  EXPECT_EQ(claim.turn, Turn::kMine);
  EXPECT_FALSE(claim.replace);
  EXPECT_TRUE(journal->GiveUp(root_ / "out/a").ok());
  EXPECT_FALSE(Begin(*journal, "a").replace);
}

TEST_F(JournalTest, AFailedWorkIsTriedAgainAndOwnsNothing) {
  {
    const auto journal = Open();
    EXPECT_EQ(TurnOf(*journal, "a"), Turn::kMine);
    EXPECT_TRUE(journal->GiveUp(root_ / "out/a").ok());
  }
  Put("out/a", "precious");
  const Journal::Claim claim = Begin(*Open(), "a");
  EXPECT_EQ(claim.turn, Turn::kMine);
  EXPECT_FALSE(claim.replace);
}

TEST_F(JournalTest, TwoProcessesShareTheWork) {
  const auto one = Open(), two = Open();
  EXPECT_EQ(TurnOf(*one, "a"), Turn::kMine);
  EXPECT_EQ(TurnOf(*two, "a"), Turn::kBusy);
  EXPECT_EQ(TurnOf(*two, "b"), Turn::kMine);
  EXPECT_EQ(TurnOf(*one, "b"), Turn::kBusy);
  Do(*one, "a", "output");
  EXPECT_EQ(TurnOf(*two, "a"), Turn::kDone);
  EXPECT_TRUE(two->GiveUp(root_ / "out/b").ok());
  EXPECT_EQ(TurnOf(*one, "b"), Turn::kMine);
}

// Works that are expected, and noted later.

TEST_F(JournalTest, WhatIsNotNotedYetIsBusyForOthersAndNotedAtTheEnd) {
  {
    const auto one = Open();
    Expect(*one, {"a", "b"});
    for (const char* name : {"a", "b"}) {
      EXPECT_EQ(TurnOf(*one, name), Turn::kMine);
      Do(*one, name, "output", Journal::When::kSoon);
    }
    const auto two = Open();
    EXPECT_EQ(TurnOf(*two, "a"), Turn::kBusy);
    EXPECT_TRUE(one->Flush().ok());
    EXPECT_EQ(TurnOf(*two, "a"), Turn::kDone);
    Put("in/c", "input");
    EXPECT_EQ(TurnOf(*one, "c"), Turn::kMine);
    Do(*one, "c", "output", Journal::When::kSoon);
  }
  const auto journal = Open();
  for (const char* name : {"a", "b", "c"}) EXPECT_EQ(TurnOf(*journal, name), Turn::kDone) << name;
}

TEST_F(JournalTest, WhatAKillKeptFromBeingNotedIsDoneAgain) {
  const pid_t child = fork();
  if (child == 0) {
    const auto journal = Open();
    Expect(*journal, {"a", "b"});
    TurnOf(*journal, "a");
    Do(*journal, "a", "output", Journal::When::kSoon);
    TurnOf(*journal, "b");
    Put("out/b", "left there");
    kill(getpid(), SIGKILL);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  const auto journal = Open();
  for (const char* name : {"a", "b"}) {
    const Journal::Claim claim = Begin(*journal, name);
    EXPECT_EQ(claim.turn, Turn::kMine);
    EXPECT_TRUE(claim.replace);
  }
}

TEST_F(JournalTest, ManyAreNotedBeforeTheEnd) {
  constexpr int kWorks = 200, kPending = 64;
  const pid_t child = fork();
  if (child == 0) {
    const auto journal = Open();
    for (int i = 0; i < kWorks; ++i) {
      const std::string name = "w" + std::to_string(i);
      Put("in/" + name, "input");
      Expect(*journal, {name});
      TurnOf(*journal, name);
      Do(*journal, name, "output", Journal::When::kSoon);
    }
    kill(getpid(), SIGKILL);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  const auto journal = Open();
  int done = 0;
  for (int i = 0; i < kWorks; ++i) {
    if (TurnOf(*journal, "w" + std::to_string(i)) == Turn::kDone) ++done;
  }
  EXPECT_GE(done, kWorks - kPending);
}

TEST_F(JournalTest, AnExpectedWorkThatAnotherHasDoneIsDone) {
  const auto one = Open();
  Expect(*one, {"a", "b"});
  {
    const auto two = Open();
    Expect(*two, {"a", "b"});
    EXPECT_EQ(TurnOf(*two, "a"), Turn::kMine);
    EXPECT_EQ(TurnOf(*one, "a"), Turn::kBusy);
    Do(*two, "a", "output");
    EXPECT_EQ(TurnOf(*two, "b"), Turn::kMine);
    Do(*two, "b", "output");
  }
  EXPECT_EQ(TurnOf(*one, "b"), Turn::kDone);
  EXPECT_EQ(TurnOf(*one, "a"), Turn::kDone);
}

TEST_F(JournalTest, WhatCameBetweenExpectingAndBeginningIsNotOurs) {
  const auto journal = Open();
  Expect(*journal, {"a", "b"});
  Put("out/a", "precious");
  Put("out/b.json", "precious");
  for (const char* name : {"a", "b"}) {
    const Journal::Claim claim = Begin(*journal, name);
    EXPECT_EQ(claim.turn, Turn::kMine);
    EXPECT_FALSE(claim.replace);
  }
}

TEST_F(JournalTest, WhatWasExpectedAndNotBegunIsForgotten) {
  {
    const auto journal = Open();
    Expect(*journal, {"a", "b"});
    EXPECT_EQ(TurnOf(*journal, "b"), Turn::kMine);
    Do(*journal, "b", "output");
  }
  Put("out/a", "precious");
  const auto journal = Open();
  EXPECT_FALSE(Begin(*journal, "a").replace);
  EXPECT_EQ(TurnOf(*journal, "b"), Turn::kDone);
}

// Many processes, each through all of the work: every piece is done once.
TEST_F(JournalTest, ManyProcessesDoEachWorkOnce) {
  constexpr int kProcesses = 6, kWorks = 40;
  for (int i = 0; i < kWorks; ++i) Put("in/w" + std::to_string(i), "input");
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p) {
    const pid_t child = fork();
    if (child == 0) {
      int done = 0;
      {
        const auto journal = Open();
        if (journal == nullptr) _exit(255);
        if (p % 2 == 0) Expect(*journal, {"w1", "w7", "w8", "w20"});
        for (int i = 0; i < kWorks; ++i) {
          const std::string name = "w" + std::to_string((i + p * 7) % kWorks);
          if (TurnOf(*journal, name) != Turn::kMine) continue;
          Do(*journal, name, "output", p % 2 == 0 ? Journal::When::kSoon : Journal::When::kNow);
          ++done;
        }
      }
      _exit(testing::Test::HasFailure() ? 255 : done);
    }
    children.push_back(child);
  }
  int done = 0;
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_NE(WEXITSTATUS(status), 255);
    done += WEXITSTATUS(status);
  }
  EXPECT_EQ(done, kWorks);
}

TEST_F(JournalTest, ThreadsShareOneJournal) {
  constexpr int kWorks = 40;
  for (int i = 0; i < kWorks; ++i) Put("in/w" + std::to_string(i), "input");
  const auto journal = Open();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = t; i < kWorks; i += 4) {
        const std::string name = "w" + std::to_string(i);
        EXPECT_EQ(TurnOf(*journal, name), Turn::kMine);
        Do(*journal, name, "output");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < kWorks; ++i) {
    EXPECT_EQ(TurnOf(*journal, "w" + std::to_string(i)), Turn::kDone);
  }
}

TEST_F(JournalTest, GoesWhenAllIsDone) {
  {
    const auto journal = Open();
    EXPECT_THAT(Names(), testing::ElementsAre(kJournalLockName, kJournalName));
  }
  EXPECT_THAT(Names(), testing::ElementsAre(kJournalName)) << "not finished: it stays";
  const auto one = Open();
  auto two = Open();
  EXPECT_TRUE(one->Finish().ok());
  EXPECT_THAT(Names(), testing::ElementsAre(kJournalLockName, kJournalName)) << "in use";
  EXPECT_EQ(TurnOf(*two, "a"), Turn::kMine);
  EXPECT_TRUE(two->GiveUp(root_ / "out/a").ok());
  EXPECT_TRUE(two->Finish().ok());
  EXPECT_THAT(Names(), IsEmpty());
  EXPECT_EQ(TurnOf(*Open(), "a"), Turn::kMine);
}

// Opening and removing at the same time: nobody ever works with a journal that was removed.
TEST_F(JournalTest, OpeningAndRemovingDoNotMeet) {
  std::vector<std::thread> threads;
  std::atomic<int> holders = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        const auto journal = Open();
        ASSERT_NE(journal, nullptr);
        const Journal::Claim claim = Begin(*journal, "a");
        if (claim.turn == Turn::kMine) {
          EXPECT_EQ(holders.fetch_add(1), 0) << "two have the same work";
          std::this_thread::yield();
          holders.fetch_sub(1);
          EXPECT_TRUE(journal->GiveUp(root_ / "out/a").ok());
        }
        EXPECT_TRUE(journal->Finish().ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(JournalTest, ADamagedJournalIsSaidAndStays) {
  const fs::path path = root_ / "out" / kJournalName;
  const auto error = [&] {
    const auto journal = Journal::Open(root_ / "out", "s", true);
    EXPECT_FALSE(journal.ok());
    return std::string(journal.status().message());
  };
  Put(std::string("out/") + kJournalName, std::string(5000, 'x'));
  EXPECT_THAT(error(), HasSubstr("is damaged: remove it"));
  EXPECT_EQ(fs::file_size(path), 5000u);
  EXPECT_THAT(Names(), testing::ElementsAre(kJournalName));

  fs::remove(path);
  {
    const auto journal = Open();
    for (const char* name : {"a", "b"}) {
      TurnOf(*journal, name);
      Do(*journal, name, "output");
    }
  }
  const auto bytes = ReadFile(path, 1 << 20);
  ASSERT_TRUE(bytes.ok());
  Bytes damaged = *bytes;
  std::fill(damaged.begin() + 200, damaged.end(), 0xEE);
  ASSERT_TRUE(WriteFileWhole(path, damaged, Existing::kReplace).ok());
  EXPECT_THAT(error(), HasSubstr("is damaged: remove it"));

  damaged = *bytes;
  damaged[71] ^= 1;  // the last byte of application_id
  ASSERT_TRUE(WriteFileWhole(path, damaged, Existing::kReplace).ok());
  EXPECT_THAT(error(), HasSubstr("is no journal of this version"));
}

TEST_F(JournalTest, SaysWhereItCannotBe) {
  const auto journal = Journal::Open(root_ / "none", "s", true);
  EXPECT_THAT(std::string(journal.status().message()),
              HasSubstr("cannot write to the output folder"));
  const auto good = Open();
  EXPECT_EQ(good->Begin(root_ / "in/none", root_ / "out/none", {}).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(good->Begin(root_ / "in/none", root_ / "out/none", {}).status().code(),
            absl::StatusCode::kNotFound)
      << "and the claim was let go";
  if (geteuid() == 0) GTEST_SKIP() << "root may write anywhere";
  fs::permissions(root_ / "in", fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_EQ(Journal::Open(root_ / "in", "s", true).status().code(),
            absl::StatusCode::kPermissionDenied);
  fs::permissions(root_ / "in", fs::perms::owner_all);
}

TEST_F(JournalTest, HoldsRelativePathsOnly) {
  {
    const auto journal = Open();
    TurnOf(*journal, "a");
    Do(*journal, "a", "output");
  }
  const auto bytes = ReadFile(root_ / "out" / kJournalName, 1 << 20);
  ASSERT_TRUE(bytes.ok());
  const std::string text(bytes->begin(), bytes->end());
  EXPECT_THAT(text, HasSubstr("../in/a"));
  EXPECT_EQ(text.find(root_.filename().native()), text.npos);
}

// However the folder is written, the work is the same.
TEST_F(JournalTest, PathsAreComparedAsTheyAreMeant) {
  {
    const auto journal = Open();
    TurnOf(*journal, "a");
    Do(*journal, "a", "output");
  }
  const fs::path before = fs::current_path();
  fs::current_path(root_);
  for (const char* folder : {"out", "out/", "./out", "in/../out"}) {
    const auto journal = Journal::Open(folder, "s", true);
    ASSERT_TRUE(journal.ok()) << journal.status();
    const auto claim = (*journal)->Begin("./in/a", fs::path(folder) / "a", "");
    ASSERT_TRUE(claim.ok());
    EXPECT_EQ(claim->turn, Turn::kDone) << folder;
  }
  fs::current_path(before);
}

}  // namespace
}  // namespace efface
