#include "base/file.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace efface {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A folder of its own for each test.
class FileTest : public testing::Test {
 protected:
  FileTest() {
    std::string name = testing::TempDir() + "efface-file-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~FileTest() override { fs::remove_all(folder_); }

  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_))
      names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }
  std::string Content(const std::string& name) const {
    const auto bytes = ReadFile(folder_ / name, 1000);
    return bytes.ok() ? std::string(bytes->begin(), bytes->end()) : bytes.status().ToString();
  }
  void Put(const std::string& name, const std::string& text) const {
    ASSERT_TRUE(WriteFileWhole(folder_ / name, AsBytes(text), Existing::kReplace).ok());
  }

  fs::path folder_;
};

TEST_F(FileTest, WholeFileHasNoNameBeforeItIsWhole) {
  auto file = WholeFile::Create(folder_ / "a");
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(WriteAll(file->fd(), AsBytes("0123456789")).ok());
  ASSERT_EQ(lseek(file->fd(), 2, SEEK_SET), 2);  // as a muxer does
  ASSERT_TRUE(WriteAll(file->fd(), AsBytes("xy")).ok());
  EXPECT_THAT(Names(), IsEmpty());
  ASSERT_TRUE(file->Commit(Existing::kRefuse).ok());
  EXPECT_THAT(Names(), ElementsAre("a"));
  EXPECT_EQ(Content("a"), "01xy456789");
  Bytes back(3);
  const auto got = ReadAt(file->fd(), 8, back);
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(*got, 2u) << "reading goes on after Commit, and ends at the end";
  EXPECT_EQ(back[1], '9');
}

TEST_F(FileTest, WholeFileWithoutCommitLeavesNothing) {
  {
    auto file = WholeFile::Create(folder_ / "a");
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(WriteAll(file->fd(), AsBytes("0123456789")).ok());
    const WholeFile moved = std::move(*file);
  }
  EXPECT_THAT(Names(), IsEmpty());
}

TEST_F(FileTest, WholeFileRefusesOrReplaces) {
  Put("a", "old");
  auto file = WholeFile::Create(folder_ / "a");
  ASSERT_TRUE(file.ok());
  ASSERT_TRUE(WriteAll(file->fd(), AsBytes("new")).ok());
  EXPECT_EQ(file->Commit(Existing::kRefuse).code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Content("a"), "old");
  auto other = WholeFile::Create(folder_ / "a");
  ASSERT_TRUE(other.ok());
  ASSERT_TRUE(WriteAll(other->fd(), AsBytes("newer")).ok());
  ASSERT_TRUE(other->Commit(Existing::kReplace).ok());
  EXPECT_EQ(Content("a"), "newer");
  EXPECT_THAT(Names(), ElementsAre("a"));
}

TEST_F(FileTest, WholeFileSaysBeforehandWhatCannotBe) {
  EXPECT_EQ(WholeFile::Create(folder_ / "none" / "a").status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(WholeFile::Create(folder_ / std::string(300, 'a')).ok());
  Put("file", "");
  EXPECT_EQ(WholeFile::Create(folder_ / "file" / "a").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(FileTest, UnnamedFileHasNoName) {
  const auto file = OpenUnnamedFile(folder_);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(WriteAll(file->get(), AsBytes("abc")).ok());
  EXPECT_THAT(Names(), IsEmpty());
  const auto size = FileSize(file->get());
  ASSERT_TRUE(size.ok());
  EXPECT_EQ(*size, 3);
  EXPECT_EQ(OpenUnnamedFile(folder_ / "none").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(FileTest, OnlyRegularFilesAreOpened) {
  Put("a", "abc");
  EXPECT_TRUE(OpenRegularFile(folder_ / "a").ok());
  EXPECT_EQ(OpenRegularFile(folder_).status().code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(OpenRegularFile(folder_ / "pipe").status().code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(OpenRegularFile(folder_ / "none").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadFile(folder_ / "a", 2).status().code(), absl::StatusCode::kResourceExhausted);
  const auto head = ReadFileHead(folder_ / "a", 2);
  ASSERT_TRUE(head.ok());
  EXPECT_EQ(head->size(), 2u);
}

TEST_F(FileTest, AFullDiskIsSaid) {
  const Descriptor full(open("/dev/full", O_WRONLY));
  if (!full.ok()) GTEST_SKIP() << "no /dev/full here";
  EXPECT_EQ(WriteAll(full.get(), AsBytes("abc")).code(), absl::StatusCode::kResourceExhausted);
}

TEST_F(FileTest, DescriptorsAreClosedOnce) {
  int number = -1;
  {
    auto file = OpenUnnamedFile(folder_);
    ASSERT_TRUE(file.ok());
    number = file->get();
    Descriptor owner = std::move(*file);
    EXPECT_EQ(owner.get(), number);
    EXPECT_FALSE(file->ok());
    EXPECT_GE(fcntl(number, F_GETFD), 0);
  }
  EXPECT_EQ(fcntl(number, F_GETFD), -1);
}

// From now on, in this process, the system call `number` fails with EOPNOTSUPP, as on a file system
// that lacks it; with `flag`, only where the low half of its third argument has that bit set.
bool Forbid(uint32_t number, uint32_t flag) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, flag, 0, static_cast<uint8_t>(flag != 0)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter = {std::size(program), program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

// Runs `test` in a process of its own, in which Forbid can be called.
void InAnotherProcess(const std::function<bool()>& test) {
  EXPECT_EXIT(_exit(test() ? 0 : 1), testing::ExitedWithCode(0), "");
}

// The low half of O_TMPFILE without O_DIRECTORY, which others use too.
constexpr uint32_t kTmpfile = O_TMPFILE & ~O_DIRECTORY;

TEST_F(FileTest, WorksWithoutUnnamedFiles) {
  InAnotherProcess([&] {
    if (!Forbid(SYS_openat, kTmpfile)) return false;
    {
      auto dropped = WholeFile::Create(folder_ / "a");
      if (!dropped.ok() || Names().size() != 1) return false;  // the temporary name
    }
    if (!Names().empty()) return false;
    const auto unnamed = OpenUnnamedFile(folder_);
    if (!unnamed.ok() || !Names().empty()) return false;
    if (!WriteFileWhole(folder_ / "a", AsBytes("old"), Existing::kRefuse).ok()) return false;
    if (WriteFileWhole(folder_ / "a", AsBytes("no"), Existing::kRefuse).ok()) return false;
    if (!WriteFileWhole(folder_ / "a", AsBytes("new"), Existing::kReplace).ok()) return false;
    return Names() == std::vector<std::string>{"a"} && Content("a") == "new";
  });
}

TEST_F(FileTest, WorksWhereAnUnnamedFileCannotBeNamed) {
  InAnotherProcess([&] {
    if (!Forbid(SYS_linkat, 0)) return false;
    auto file = WholeFile::Create(folder_ / "a");
    if (!file.ok()) return false;
    const std::string text(3'000'000, 'x');
    if (!WriteAll(file->fd(), AsBytes(text)).ok()) return false;
    if (!file->Commit(Existing::kRefuse).ok()) return false;
    if (Names() != std::vector<std::string>{"a"}) return false;
    if (WriteFileWhole(folder_ / "a", AsBytes("no"), Existing::kRefuse).ok()) return false;
    const auto bytes = ReadFile(folder_ / "a", 10'000'000);
    return Names().size() == 1 && bytes.ok() && std::string(bytes->begin(), bytes->end()) == text;
  });
}

}  // namespace
}  // namespace efface
