// The library as OpenClip loads it.
#include "efface/media/av/test_clips.h"

namespace efface {
namespace {

TEST(Library, OpenClipLoadsIt) {
  const TestFolder folder;
  MakeClip(std::string(kTestVideo) + kTestX264, folder / "a.mp4");
  const int fd = open((folder / "a.mp4").c_str(), O_RDONLY | O_CLOEXEC);
  {
    auto reader = OpenClip(fd, {});
    ASSERT_TRUE(reader.ok()) << reader.status();
    EXPECT_EQ((*reader)->info().container, "MP4");
    int frames = 0;
    while (true) {
      auto item = (*reader)->Next();
      ASSERT_TRUE(item.ok()) << item.status();
      if (std::holds_alternative<std::monostate>(*item)) break;
      ++frames;
    }
    EXPECT_EQ(frames, 50);
  }
  close(fd);
}

}  // namespace
}  // namespace efface
