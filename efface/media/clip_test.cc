// What OpenClip makes of files by their first bytes. Clips of FFmpeg's family: av/library_test.cc.
#include "efface/media/clip.h"

#include <sys/mman.h>
#include <unistd.h>

#include <string>

namespace efface {
namespace {

absl::Status Open(const std::string& bytes) {
  const int fd = memfd_create("clip", MFD_CLOEXEC);
  EXPECT_EQ(write(fd, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  const absl::Status status = OpenClip(fd, {}).status();
  close(fd);
  return status;
}

TEST(OpenClip, RefusesWhatIsNoClip) {
  EXPECT_EQ(Open("").code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Open("hello").code(), absl::StatusCode::kInvalidArgument);
  const absl::Status photo = Open("\xFF\xD8\xFF\xE0 a photo");
  EXPECT_EQ(photo.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(photo.message()), testing::HasSubstr("JPEG"));
  EXPECT_EQ(Open(std::string("\0\0\0\x18"
                             "ftypmsf1\0\0\0\0msf1hevc",
                             24))
                .code(),
            absl::StatusCode::kUnimplemented);
}

TEST(OpenClip, RefusesWhatIsNoFile) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  EXPECT_EQ(OpenClip(ends[0], {}).status().code(), absl::StatusCode::kFailedPrecondition);
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace efface
