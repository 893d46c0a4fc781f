// For tests only: small clips made by the ffmpeg command in a temporary folder, and what ffprobe
// and the reader say of them.
#ifndef EFFACE_MEDIA_AV_TEST_CLIPS_H_
#define EFFACE_MEDIA_AV_TEST_CLIPS_H_

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "efface/media/av/frame.h"
#include "efface/media/av/packet.h"
#include "efface/media/clip.h"

namespace efface {

// A folder that is gone when the test ends.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "efface-av-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// What a command writes to its standard output.
inline std::string RunCommand(const std::string& command) {
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return {};
  std::string output;
  char part[4096];
  for (size_t got; (got = fread(part, 1, sizeof part, pipe)) > 0;) output.append(part, got);
  EXPECT_EQ(pclose(pipe), 0) << command;
  return output;
}

// Two seconds of 25 frames of a moving test picture, and a tone.
inline constexpr char kTestVideo[] = "-f lavfi -i testsrc2=size=320x180:rate=25:duration=2 ";
inline constexpr char kTestTone[] = "-f lavfi -i sine=frequency=440:duration=2 ";
inline constexpr char kTestX264[] = "-c:v libx264 -preset veryfast -bf 3 -g 12 -threads 1 ";

inline void MakeClip(const std::string& arguments, const std::string& path) {
  RunCommand("ffmpeg -v error -y " + arguments + " '" + path + "' </dev/null 2>/dev/null");
}

inline std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void WriteAll(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

struct ReadFrame {
  int64_t pts = 0;
  bool damaged = false;
  uint64_t hash = 0;  // of plane 0
};

struct ReadClip {
  absl::Status status;
  ClipInfo info;
  std::vector<std::vector<ReadFrame>> frames;  // by track
  std::vector<AvPacketPtr> sound;
  std::vector<std::string> warnings;
};

inline ReadClip ReadWhole(const std::string& path, const ClipReadOptions& options = {}) {
  ReadClip clip;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_GE(fd, 0) << path;
  {
    auto reader = OpenAvClip(fd, options);
    clip.status = reader.status();
    if (reader.ok()) {
      clip.info = (*reader)->info();
      clip.frames.resize(clip.info.tracks.size());
      while (true) {
        auto item = (*reader)->Next();
        clip.status = item.status();
        if (!item.ok() || std::holds_alternative<std::monostate>(*item)) break;
        if (auto* sound = std::get_if<std::unique_ptr<SoundPacket>>(&*item)) {
          const auto& packet = static_cast<const AvSoundPacket&>(**sound).packet();
          clip.sound.emplace_back(av_packet_clone(&packet));
          continue;
        }
        const auto& frame =
            static_cast<const AvFrame&>(*std::get<std::unique_ptr<ClipFrame>>(*item));
        auto& frames = clip.frames[static_cast<size_t>(frame.track)];
        EXPECT_EQ(frame.index, static_cast<int64_t>(frames.size()));
        const AVFrame& picture = frame.frame();
        uint64_t hash = 14695981039346656037u;  // FNV-1a
        for (int y = 0; y < picture.height; ++y) {
          const uint8_t* row = picture.data[0] + ptrdiff_t{y} * picture.linesize[0];
          for (int x = 0; x < picture.width; ++x) hash = (hash ^ row[x]) * 1099511628211u;
        }
        frames.push_back({picture.pts, frame.damaged, hash});
      }
      clip.warnings = (*reader)->warnings();
    }
  }
  close(fd);
  return clip;
}

// The time stamps of the shown frames, in the stream's time base, as ffprobe has them; INT64_MIN
// where it has none.
inline std::vector<int64_t> ProbeTimes(const std::string& path, int track = 0) {
  std::istringstream lines(RunCommand(
      "ffprobe -v error -select_streams v:" + std::to_string(track) +
      " -show_entries frame=best_effort_timestamp -of csv=p=0 '" + path + "' 2>/dev/null"));
  std::vector<int64_t> times;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line == ",") continue;
    times.push_back(line.starts_with("N/A") ? INT64_MIN : std::stoll(line));
  }
  return times;
}

}  // namespace efface

#endif  // EFFACE_MEDIA_AV_TEST_CLIPS_H_
