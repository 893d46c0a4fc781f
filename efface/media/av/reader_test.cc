// What the reader gives of clips that ffmpeg made, against what ffprobe says of them.
#include <algorithm>
#include <map>
#include <set>

#include "base/status.h"
#include "base/test_data.h"
#include "efface/media/av/test_clips.h"
#include "efface/media/test_hider.h"

namespace efface {
namespace {

using testing::HasSubstr;

struct Sample {
  std::string name;  // with the container's ending
  std::string arguments;
  std::string container, codec;
};

std::string V(const std::string& more) { return kTestVideo + more; }
std::string Sounded(const std::string& more) {
  return std::string(kTestVideo) + kTestTone + kTestX264 + more;
}

const std::vector<Sample>& Samples() {
  static const std::vector<Sample> samples = {
      {"h264.mp4", Sounded("-c:a aac"), "MP4", "H.264"},
      {"h264.mov", Sounded("-c:a aac"), "QuickTime", "H.264"},
      {"h264.mkv", Sounded("-c:a aac"), "Matroska", "H.264"},
      {"h264.avi", Sounded("-c:a mp2"), "AVI", "H.264"},
      {"h264.ts", Sounded("-c:a aac"), "MPEG-TS", "H.264"},
      {"h264_422_10.mp4", V("-pix_fmt yuv422p10le ") + kTestX264, "MP4", "H.264"},
      {"interlaced.mp4", V("-vf interlace -flags +ilme+ildct ") + kTestX264, "MP4", "H.264"},
      {"open_gop.ts", V("-x264-params open-gop=1 ") + kTestX264, "MPEG-TS", "H.264"},
      {"hevc.mp4", V("-c:v libx265 -preset ultrafast -x265-params log-level=0:bframes=3:keyint=12"),
       "MP4", "HEVC"},
      {"hevc10.mkv",
       V("-pix_fmt yuv420p10le -c:v libx265 -preset ultrafast -x265-params "
         "log-level=0:bframes=3:keyint=12"),
       "Matroska", "HEVC"},
      {"hevc.ts", V("-c:v libx265 -preset ultrafast -x265-params log-level=0:bframes=3:keyint=12"),
       "MPEG-TS", "HEVC"},
      {"vp8.webm", V("-c:v libvpx -auto-alt-ref 1 -lag-in-frames 16 -deadline realtime"), "WebM",
       "VP8"},
      {"vp9.webm", V("-c:v libvpx-vp9 -deadline realtime -cpu-used 8"), "WebM", "VP9"},
      {"av1.mkv", V("-c:v libaom-av1 -usage realtime -cpu-used 8"), "Matroska", "AV1"},
      {"mpeg4.mp4", V("-c:v mpeg4 -bf 2"), "MP4", "MPEG-4"},
      {"mpeg4.avi", V("-c:v mpeg4 -bf 2"), "AVI", "MPEG-4"},
      {"mpeg2.ts", V("-c:v mpeg2video -bf 2"), "MPEG-TS", "MPEG-2"},
      {"mpeg2.mpg", V("-c:v mpeg2video -bf 2"), "MPEG-PS", "MPEG-2"},
      {"mjpeg.avi", V("-c:v mjpeg"), "AVI", "Motion JPEG"},
      {"prores.mov", V("-c:v prores_ks"), "QuickTime", "ProRes"},
      {"prores4444.mov", V("-pix_fmt yuva444p10le -c:v prores_ks -profile:v 4444"), "QuickTime",
       "ProRes"},
      {"odd.avi", "-f lavfi -i testsrc2=size=321x181:rate=5:duration=1 -c:v mjpeg", "AVI",
       "Motion JPEG"},
  };
  return samples;
}

class EachSample : public testing::TestWithParam<Sample> {};

TEST_P(EachSample, HasTheFramesAndTimesThatFfprobeShows) {
  const TestFolder folder;
  const std::string path = folder / GetParam().name;
  MakeClip(GetParam().arguments, path);
  const ReadClip clip = ReadWhole(path, {.sound = true});
  ASSERT_TRUE(clip.status.ok()) << clip.status;
  EXPECT_EQ(clip.info.container, GetParam().container);
  ASSERT_EQ(clip.info.tracks.size(), 1u);
  EXPECT_EQ(clip.info.tracks[0].codec, GetParam().codec);
  const auto probed = ProbeTimes(path);
  ASSERT_GT(probed.size(), 0u);
  ASSERT_EQ(clip.frames[0].size(), probed.size());
  for (size_t i = 0; i < probed.size(); ++i) {
    EXPECT_FALSE(clip.frames[0][i].damaged) << i;
    // Where ffprobe has none (the last frames of AVI), only the order is known.
    if (probed[i] != INT64_MIN) {
      EXPECT_EQ(clip.frames[0][i].pts, probed[i]) << i;
    }
    if (i > 0) {
      EXPECT_GT(clip.frames[0][i].pts, clip.frames[0][i - 1].pts) << i;
    }
  }
  EXPECT_THAT(clip.warnings, testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Reader, EachSample, testing::ValuesIn(Samples()), [](const auto& sample) {
  std::string name = sample.param.name;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(c); }, '_');
  return name;
});

// Makes a clip of the moving test picture and reads it.
ReadClip ReadMade(const TestFolder& folder, const std::string& name, const std::string& arguments) {
  MakeClip(arguments, folder / name);
  return ReadWhole(folder / name, {.sound = true});
}

std::vector<int64_t> Times(const ReadClip& clip, size_t track = 0) {
  std::vector<int64_t> times;
  for (const ReadFrame& frame : clip.frames[track]) times.push_back(frame.pts);
  return times;
}

TEST(Reader, HonoursEditLists) {
  const TestFolder folder;
  MakeClip(Sounded("-c:a aac"), folder / "whole.mp4");
  // Starts between two key frames: what lies before is decoded and not shown.
  const ReadClip clip =
      ReadMade(folder, "edit.mp4", "-ss 0.7 -i " + (folder / "whole.mp4") + " -c copy");
  ASSERT_TRUE(clip.status.ok()) << clip.status;
  const auto probed = ProbeTimes(folder / "edit.mp4");
  EXPECT_LT(probed.size(), 50u);
  EXPECT_EQ(Times(clip), probed);
  EXPECT_FALSE(clip.sound.empty());
  for (const auto& packet : clip.sound) {
    EXPECT_TRUE((packet->flags & AV_PKT_FLAG_DISCARD) == 0 ||
                av_packet_get_side_data(packet.get(), AV_PKT_DATA_SKIP_SAMPLES, nullptr));
  }
}

TEST(Reader, KeepsNegativeStartsAndVariableFrameRates) {
  const TestFolder folder;
  const ReadClip vfr = ReadMade(folder, "vfr.mp4",
                                "-f lavfi -i testsrc2=size=320x180:rate=30:duration=3 -vf "
                                "\"select='not(mod(n,3))+lt(mod(n,7),3)'\" -vsync vfr " +
                                    std::string(kTestX264));
  ASSERT_TRUE(vfr.status.ok()) << vfr.status;
  EXPECT_EQ(Times(vfr), ProbeTimes(folder / "vfr.mp4"));
  std::set<int64_t> steps;
  for (size_t i = 1; i < vfr.frames[0].size(); ++i) {
    steps.insert(vfr.frames[0][i].pts - vfr.frames[0][i - 1].pts);
  }
  EXPECT_GT(steps.size(), 1u);

  MakeClip(Sounded("-c:a aac"), folder / "whole.mp4");
  const ReadClip negative = ReadMade(folder, "negative.mp4",
                                     "-i " + (folder / "whole.mp4") +
                                         " -c copy -avoid_negative_ts disabled -output_ts_offset "
                                         "-0.5");
  ASSERT_TRUE(negative.status.ok()) << negative.status;
  EXPECT_EQ(Times(negative), ProbeTimes(folder / "negative.mp4"));
}

TEST(Reader, SoundPacketsAreThoseOfTheFile) {
  const TestFolder folder;
  const ReadClip clip = ReadMade(folder, "sound.mp4", Sounded("-c:a aac"));
  ASSERT_TRUE(clip.status.ok()) << clip.status;
  EXPECT_EQ(clip.info.sound_tracks, 1);
  const std::string file = ReadAll(folder / "sound.mp4");
  ASSERT_GT(clip.sound.size(), 80u);
  for (const auto& packet : clip.sound) {
    ASSERT_GE(packet->pos, 0);
    EXPECT_EQ(file.compare(static_cast<size_t>(packet->pos), static_cast<size_t>(packet->size),
                           reinterpret_cast<const char*>(packet->data),
                           static_cast<size_t>(packet->size)),
              0);
  }
  EXPECT_TRUE(ReadWhole(folder / "sound.mp4").sound.empty());
}

TEST(Reader, TellsHowPicturesAreTurned) {
  const TestFolder folder;
  MakeClip(kTestVideo + std::string(kTestX264), folder / "upright.mp4");
  for (const int degrees : {90, 180, 270}) {
    const ReadClip clip =
        ReadMade(folder, "turned.mp4",
                 "-i " + (folder / "upright.mp4") +
                     " -c copy -metadata:s:v:0 rotate=" + std::to_string(degrees));
    ASSERT_TRUE(clip.status.ok()) << clip.status;
    // ffprobe counts counter-clockwise.
    const int turned = std::stoi(
        RunCommand("ffprobe -v error -select_streams v -show_entries stream_side_data=rotation -of "
                   "csv=p=0 " +
                   (folder / "turned.mp4")));
    const std::map<int, int> orientations = {{-90, 6}, {90, 8}, {180, 3}, {-180, 3}};
    ASSERT_TRUE(orientations.contains(turned)) << turned;
    EXPECT_EQ(clip.info.tracks[0].orientation, orientations.at(turned)) << degrees;
  }
}

// A broken packet: no frame goes missing, and none that is not damaged differs from the whole clip.
TEST(Reader, BrokenPacketsBecomePlainFrames) {
  const TestFolder folder;
  for (const std::string name : {"h264.mp4", "hevc.mp4", "mpeg4.mp4"}) {
    const std::string coder = name == "h264.mp4"   ? kTestX264
                              : name == "hevc.mp4" ? "-c:v libx265 -preset ultrafast -x265-params "
                                                     "log-level=0:bframes=3:keyint=12"
                                                   : "-c:v mpeg4 -bf 2 -g 12";
    const ReadClip whole = ReadMade(folder, name, kTestVideo + coder);
    ASSERT_TRUE(whole.status.ok()) << whole.status;
    std::istringstream lines(
        RunCommand("ffprobe -v error -select_streams v -show_entries packet=pos,size -of csv=p=0 " +
                   (folder / name)));
    std::vector<std::pair<size_t, size_t>> packets;
    for (std::string line; std::getline(lines, line);) {
      const size_t comma = line.find(',');
      packets.emplace_back(std::stoul(line.substr(comma + 1)), std::stoul(line));
    }
    ASSERT_EQ(packets.size(), 50u);
    for (const size_t broken : {12u, 13u, 20u, 30u, 49u}) {
      std::string file = ReadAll(folder / name);
      const auto [at, size] = packets[broken];
      for (size_t i = 0; i < size; ++i) file[at + i] = static_cast<char>(i * 73 + 41);
      WriteAll(folder / "broken.mp4", file);
      const ReadClip clip = ReadWhole(folder / "broken.mp4");
      ASSERT_TRUE(clip.status.ok()) << clip.status;
      EXPECT_EQ(Times(clip), Times(whole)) << name << " " << broken;
      int damaged = 0;
      for (size_t i = 0; i < std::min(clip.frames[0].size(), whole.frames[0].size()); ++i) {
        damaged += clip.frames[0][i].damaged;
        if (clip.frames[0][i].damaged) continue;
        EXPECT_EQ(clip.frames[0][i].hash, whole.frames[0][i].hash) << name << broken << " " << i;
      }
      EXPECT_GT(damaged, 0) << name << " " << broken;
      EXPECT_LT(damaged, 30) << name << " " << broken;
      ASSERT_EQ(clip.warnings.size(), 1u);
      EXPECT_THAT(clip.warnings[0], HasSubstr("became plain"));
    }
  }
}

TEST(Reader, CutOffFiles) {
  const TestFolder folder;
  MakeClip(Sounded("-c:a aac -movflags +faststart"), folder / "front.mp4");
  MakeClip(Sounded("-c:a aac"), folder / "back.mp4");
  WriteAll(folder / "cut.mp4", ReadAll(folder / "front.mp4").substr(0, 60000));
  const ReadClip cut = ReadWhole(folder / "cut.mp4");
  ASSERT_TRUE(cut.status.ok()) << cut.status;
  EXPECT_GT(cut.frames[0].size(), 10u);
  EXPECT_LT(cut.frames[0].size(), 50u);
  EXPECT_FALSE(cut.warnings.empty());

  WriteAll(folder / "cut.mp4", ReadAll(folder / "back.mp4").substr(0, 60000));
  const ReadClip headless = ReadWhole(folder / "cut.mp4");
  EXPECT_EQ(headless.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(headless.status.message()), HasSubstr("moov"));

  // Its index is there, and no picture.
  const std::string front = ReadAll(folder / "front.mp4");
  WriteAll(folder / "cut.mp4", front.substr(0, front.find("mdat") + 8));
  EXPECT_EQ(ReadWhole(folder / "cut.mp4").status.code(), absl::StatusCode::kDataLoss);
}

TEST(Reader, RefusesWithASentence) {
  const TestFolder folder;
  const auto status = [&](const std::string& name, const std::string& arguments) {
    return ReadMade(folder, name, arguments).status;
  };
  const absl::Status sound = status("sound.mp4", std::string(kTestTone) + "-c:a aac");
  EXPECT_EQ(sound.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(sound.message(), "it has sound but no video");
  const absl::Status wmv = status("wmv.avi", V("-c:v wmv2"));
  EXPECT_EQ(wmv.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(wmv.message()), HasSubstr("wmv2"));
  const absl::Status flash = status("x.flv", V("-c:v flv"));
  EXPECT_EQ(flash.code(), absl::StatusCode::kUnimplemented);
  EXPECT_THAT(std::string(flash.message()), HasSubstr("Flash"));
  WriteAll(folder / "text.mp4", "#EXTM3U\n/etc/passwd\n");
  EXPECT_EQ(ReadWhole(folder / "text.mp4").status.code(), absl::StatusCode::kInvalidArgument);
  MakeClip(V(kTestX264), folder / "big.mp4");
  EXPECT_EQ(ReadWhole(folder / "big.mp4", {.limits = {.max_pixels = 1000}}).status.code(),
            absl::StatusCode::kResourceExhausted);
}

TEST(Reader, OnePixel) {
  const TestFolder folder;
  const ReadClip clip = ReadMade(
      folder, "one.mp4",
      "-f lavfi -i color=red:size=16x16:rate=5:duration=1 -vf scale=1:1 -c:v libx264 -pix_fmt "
      "yuv444p");
  ASSERT_TRUE(clip.status.ok()) << clip.status;
  EXPECT_EQ(clip.info.tracks[0].width, 1);
  EXPECT_EQ(clip.frames[0].size(), 5u);
}

TEST(Reader, ChangingSizesAreScaledToTheFirst) {
  const TestFolder folder;
  MakeClip(V(kTestX264), folder / "small.ts");
  MakeClip("-f lavfi -i testsrc2=size=640x360:rate=25:duration=1 " + std::string(kTestX264),
           folder / "large.ts");
  WriteAll(folder / "both.ts", ReadAll(folder / "small.ts") + ReadAll(folder / "large.ts"));
  const ReadClip clip = ReadWhole(folder / "both.ts");
  ASSERT_TRUE(clip.status.ok()) << clip.status;
  EXPECT_EQ(clip.info.tracks[0].width, 320);
  EXPECT_EQ(clip.frames[0].size(), 75u);
  EXPECT_THAT(clip.warnings, testing::Contains(HasSubstr("scaled to the first")));
}

TEST(Reader, CoverPicturesAreNotTracks) {
  const TestFolder folder;
  MakeClip("-f lavfi -i color=blue:size=64x64 -frames:v 1", folder / "cover.png");
  MakeClip(V(kTestX264), folder / "plain.mp4");
  const ReadClip clip = ReadMade(folder, "cover.mp4",
                                 "-i " + (folder / "plain.mp4") + " -i " + (folder / "cover.png") +
                                     " -map 0 -map 1 -c copy -disposition:v:1 attached_pic");
  ASSERT_TRUE(clip.status.ok()) << clip.status;
  EXPECT_EQ(clip.info.tracks.size(), 1u);
}

TEST(ReaderData, EveryClipAsFfprobeShowsIt) {
  const std::filesystem::path folder = TestData() / "video";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".gif") continue;
    const ReadClip clip = ReadWhole(entry.path());
    ASSERT_TRUE(clip.status.ok()) << entry.path() << clip.status;
    for (size_t track = 0; track < clip.frames.size(); ++track) {
      EXPECT_EQ(Times(clip, track), ProbeTimes(entry.path(), static_cast<int>(track)))
          << entry.path();
    }
  }
}

TEST(ReaderData, BrokenFilesAreReadOrRefused) {
  const std::filesystem::path folder = TestData() / "malformed";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no " << folder;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const ReadClip clip = ReadWhole(entry.path(), {.sound = true});
    EXPECT_TRUE(clip.status.ok() || !clip.status.message().empty()) << entry.path();
  }
}

}  // namespace
}  // namespace efface
