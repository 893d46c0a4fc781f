// Round trips through reader and writer, judged by FFmpeg's own ffprobe. The samples are made by
// the ffmpeg command; without the two commands these tests are skipped.
#include "efface/media/av/writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/test_data.h"
#include "efface/media/clip.h"

// x265 loses a few KiB of each encoder; nothing of ours is excused.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libx265\n"; }

namespace efface {
namespace {

namespace fs = std::filesystem;

std::string Output(const std::string& command) {
  std::string text;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return text;
  char buffer[4096];
  size_t got;
  while ((got = fread(buffer, 1, sizeof buffer, pipe)) > 0) text.append(buffer, got);
  pclose(pipe);
  return text;
}

std::string Contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream all;
  all << file.rdbuf();
  return all.str();
}

// Shown times of the frames of a track ("v:0"), one a line.
std::string FrameTimesOf(const fs::path& clip, const std::string& track) {
  return Output("ffprobe -v error -select_streams " + track +
                " -show_entries frame=best_effort_timestamp_time -of default=nk=1:nw=1 " +
                clip.string());
}
std::string Property(const fs::path& clip, const std::string& track, const std::string& keys) {
  return Output("ffprobe -v error -select_streams " + track + " -show_entries stream=" + keys +
                " -of default=nw=1 " + clip.string());
}
std::string SoundPackets(const fs::path& clip, const std::string& keys) {
  return Output(
      "ffprobe -v error -select_streams a -show_packets -show_data_hash md5"
      " -show_entries packet=" +
      keys + " -of csv " + clip.string());
}

absl::StatusOr<WrittenClip> WriteAnew(const fs::path& from, const fs::path& to,
                                      const ClipWriteOptions& options) {
  const int in = open(from.c_str(), O_RDONLY | O_CLOEXEC);
  const int out = open(to.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const auto run = [&]() -> absl::StatusOr<WrittenClip> {
    ClipReadOptions read;
    read.sound = true;
    auto reader = OpenAvClip(in, read);
    if (!reader.ok()) return reader.status();
    auto writer = (*reader)->NewWriter(out, options);
    if (!writer.ok()) return writer.status();
    for (;;) {
      auto item = (*reader)->Next();
      if (!item.ok()) return item.status();
      absl::Status written;
      if (auto* frame = std::get_if<std::unique_ptr<ClipFrame>>(&*item)) {
        written = (*writer)->Write(std::move(*frame));
      } else if (auto* sound = std::get_if<std::unique_ptr<SoundPacket>>(&*item)) {
        written = (*writer)->Write(std::move(*sound));
      } else {
        return (*writer)->Finish();
      }
      if (!written.ok()) return written;
    }
  };
  auto written = run();
  close(in);
  close(out);
  return written;
}

int64_t RemovedBytesOf(const WrittenClip& written, const std::string& what) {
  for (const Removed& removed : written.removed) {
    if (removed.what == what) return removed.bytes;
  }
  return -1;
}

class AvWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    if (std::system("ffmpeg -version >/dev/null 2>&1 && ffprobe -version >/dev/null 2>&1") != 0) {
      GTEST_SKIP() << "the commands ffmpeg and ffprobe are not installed";
    }
    char pattern[] = "/tmp/efface-av-XXXXXX";
    folder_ = mkdtemp(pattern);
  }
  void TearDown() override {
    if (!folder_.empty()) fs::remove_all(folder_);
  }

  // A clip of a second, 160 x 120 at 25 a second, with a tone; `arguments` say how it is coded.
  fs::path Make(const std::string& name, const std::string& arguments) {
    const fs::path clip = folder_ / name;
    const std::string command =
        "ffmpeg -v error -y -f lavfi -i testsrc2=s=160x120:r=25:d=1 -f lavfi -i sine=f=440:d=1 " +
        arguments + " " + clip.string();
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return clip;
  }
  // A file of the evaluation data; empty where it is missing.
  static fs::path Data(const std::string& name) {
    const fs::path path = TestData() / "video" / name;
    return fs::exists(path) ? path : fs::path();
  }
  fs::path Out(const std::string& name) const { return folder_ / ("out-" + name); }

  // Frames, their times, parameters and sound are the input's.
  void ExpectSame(const fs::path& in, const fs::path& out, int tracks = 1) {
    for (int i = 0; i < tracks; ++i) {
      const std::string track = "v:" + std::to_string(i);
      const std::string times = FrameTimesOf(in, track);
      EXPECT_FALSE(times.empty());
      EXPECT_EQ(FrameTimesOf(out, track), times);
      std::string keys =
          "codec_name,width,height,pix_fmt,sample_aspect_ratio,color_range,color_space,"
          "color_transfer,color_primaries,chroma_location,field_order,start_time";
      // VP8 has one kind of colour; FFmpeg's writer of the sample leaves that out of the container.
      if (in.filename() == "vp8.webm") keys = "codec_name,width,height,pix_fmt,start_time";
      EXPECT_EQ(Property(out, track, keys), Property(in, track, keys));
    }
    // Matroska's and TS's own durations say little; the bytes and times say all.
    EXPECT_EQ(SoundPackets(out, "pts_time,data_hash"), SoundPackets(in, "pts_time,data_hash"));
    EXPECT_EQ(Property(out, "a", "codec_name,sample_rate,channels,start_time"),
              Property(in, "a", "codec_name,sample_rate,channels,start_time"));
  }

  fs::path folder_;
};

struct Kind {
  const char* name;
  const char* arguments;
};
class AvWriterKinds : public AvWriterTest, public testing::WithParamInterface<Kind> {};

TEST_P(AvWriterKinds, KeepsFramesTimesAndSound) {
  const fs::path in = Make(GetParam().name, GetParam().arguments);
  const fs::path out = Out(GetParam().name), again = Out(std::string("2-") + GetParam().name);
  const auto written = WriteAnew(in, out, {});
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_THAT(written->warnings, testing::IsEmpty());
  ExpectSame(in, out);
  ASSERT_TRUE(WriteAnew(in, again, {}).ok());
  EXPECT_TRUE(Contents(out) == Contents(again)) << "two runs differ";
}

INSTANTIATE_TEST_SUITE_P(
    All, AvWriterKinds,
    testing::Values(
        Kind{"h264.mp4", "-c:v libx264 -preset ultrafast -bf 2 -c:a aac"},
        Kind{"h264.mov", "-c:v libx264 -preset ultrafast -bf 2 -c:a pcm_s16le"},
        Kind{"h264.mkv", "-c:v libx264 -preset ultrafast -bf 2 -c:a aac"},
        Kind{"h264.ts", "-c:v libx264 -preset ultrafast -bf 2 -c:a aac"},
        Kind{"h264.avi", "-c:v libx264 -preset ultrafast -bf 0 -c:a mp3"},
        Kind{"hevc.mp4", "-c:v libx265 -preset ultrafast -x265-params log-level=none -c:a aac"},
        Kind{"hevc.mov", "-c:v libx265 -preset ultrafast -x265-params log-level=none -c:a aac"},
        Kind{"hevc.mkv", "-c:v libx265 -preset ultrafast -x265-params log-level=none -c:a aac"},
        Kind{"hevc.ts", "-c:v libx265 -preset ultrafast -x265-params log-level=none -c:a aac"},
        Kind{"hevc.avi",
             "-c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=0 "
             "-tag:v HEVC -c:a pcm_s16le"},
        Kind{"vp8.webm", "-c:v libvpx -deadline realtime -threads 1 -c:a libvorbis"},
        Kind{"vp9.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -c:a libopus"},
        Kind{"av1.webm", "-c:v libaom-av1 -cpu-used 8 -usage realtime -c:a libopus"},
        Kind{"av1.mp4", "-c:v libaom-av1 -cpu-used 8 -usage realtime -c:a aac"},
        Kind{"mpeg4.mp4", "-c:v mpeg4 -q:v 3 -c:a aac"},
        Kind{"mpeg4.avi", "-c:v mpeg4 -q:v 3 -c:a mp3"},
        Kind{"mpeg2.ts", "-c:v mpeg2video -q:v 3 -bf 2 -c:a mp2"},
        Kind{"mpeg2.mkv", "-c:v mpeg2video -q:v 3 -c:a ac3"},
        Kind{"mjpeg.mov", "-c:v mjpeg -q:v 3 -pix_fmt yuvj422p -c:a pcm_s16le"},
        Kind{"mjpeg.avi", "-c:v mjpeg -q:v 3 -pix_fmt yuvj420p -c:a pcm_u8"},
        Kind{"prores.mov", "-c:v prores_ks -profile:v 2 -c:a pcm_s16le"},
        Kind{"ten.mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuv422p10le -c:a aac"},
        Kind{"full.mkv", "-c:v libx264 -preset ultrafast -pix_fmt yuvj420p -c:a aac"},
        Kind{"colour.mp4",
             "-c:v libx264 -preset ultrafast -color_primaries bt709 -color_trc bt709 "
             "-colorspace bt709 -color_range tv -aspect 16:9 -c:a aac"},
        Kind{"vfr.mp4",
             "-vf \"setpts='if(lt(N,10),N,N*N/10)/25/TB'\" -vsync vfr -c:v libx264 -preset "
             "ultrafast -c:a aac"},
        Kind{"fields.mp4",
             "-vf tinterlace=interleave_top,fieldorder=tff -c:v libx264 -preset "
             "ultrafast -flags +ildct+ilme -x264opts tff=1 -c:a aac"},
        Kind{"fields.ts",
             "-vf tinterlace=interleave_top,fieldorder=tff -c:v mpeg2video -q:v 3 "
             "-flags +ildct+ilme -c:a mp2"}),
    [](const auto& param) {
      std::string name = param.param.name;
      for (char& letter : name) letter = letter == '.' ? '_' : letter;
      return name;
    });

TEST_F(AvWriterTest, TracksStartWhenTheyDid) {
  const fs::path in = folder_ / "late.mp4";
  const std::string command =
      "ffmpeg -v error -y -f lavfi -i sine=f=440:d=1 -f lavfi -i testsrc2=s=160x120:r=25:d=1 "
      "-map 0:a -map 1:v -af asetpts=PTS -c:a aac -vf setpts=PTS+0.5/TB -vsync vfr -c:v libx264 "
      "-preset ultrafast " +
      in.string();
  ASSERT_EQ(std::system(command.c_str()), 0);
  ASSERT_TRUE(WriteAnew(in, Out("late.mp4"), {}).ok());
  ExpectSame(in, Out("late.mp4"));
  EXPECT_THAT(Property(in, "v", "start_time"), testing::HasSubstr("=0.48"));
}

TEST_F(AvWriterTest, KeepsHdr10) {
  const fs::path in =
      Make("hdr.mp4",
           "-c:v libx265 -preset ultrafast -pix_fmt yuv420p10le -color_primaries bt2020 "
           "-color_trc smpte2084 -colorspace bt2020nc -x265-params "
           "'log-level=none:master-display=G(8500,39850)B(6550,2300)R(35400,14600)WP(15635,16450)"
           "L(40000000,50):max-cll=1000,400' -c:a aac");
  ASSERT_TRUE(WriteAnew(in, Out("hdr.mp4"), {}).ok());
  ExpectSame(in, Out("hdr.mp4"));
  const auto hdr = [](const fs::path& clip) {
    return Output("ffprobe -v error -select_streams v -read_intervals %+#1 -show_frames -of json " +
                  clip.string() +
                  " | grep -E 'red_x|white_point_y|luminance|max_content|max_average'");
  };
  EXPECT_THAT(hdr(in), testing::HasSubstr("max_content"));
  EXPECT_EQ(hdr(Out("hdr.mp4")), hdr(in));
}

TEST_F(AvWriterTest, KeepsNothingElse) {
  const fs::path in = Make("tags.mp4",
                           "-c:v libx264 -preset ultrafast -c:a aac -metadata title=Secret "
                           "-metadata location=+42.3601-071.0589/ -metadata:s:a:0 language=fra "
                           "-metadata creation_time=2020-01-02T03:04:05Z");
  const auto written = WriteAnew(in, Out("tags.mp4"), {});
  ASSERT_TRUE(written.ok()) << written.status();
  const std::string bytes = Contents(Out("tags.mp4"));
  EXPECT_EQ(bytes.find("Secret"), std::string::npos);
  EXPECT_EQ(bytes.find("42.3601"), std::string::npos);
  EXPECT_EQ(bytes.find("Lavf"), std::string::npos);
  EXPECT_GT(RemovedBytesOf(*written, "metadata"), 0);
  EXPECT_GT(RemovedBytesOf(*written, "location"), 0);
  // x264 signs its stream with user data: neither the input's nor our own stays.
  EXPECT_EQ(bytes.find("x264"), std::string::npos);
  EXPECT_GT(RemovedBytesOf(*written, "user-data"), 0);
  EXPECT_THAT(Output("ffprobe -v error -show_streams -show_format " + Out("tags.mp4").string()),
              testing::AllOf(testing::HasSubstr("TAG:language=fra"),
                             testing::Not(testing::HasSubstr("2020-01"))));
}

// The mean volume in dB of a span of a clip, as FFmpeg's volumedetect says; -100 where no sound is
// stored for it.
double Volume(const fs::path& clip, double from, double length) {
  const std::string text =
      Output("ffmpeg -v info -i " + clip.string() + " -vn -af atrim=" + std::to_string(from) + ":" +
             std::to_string(from + length) + ",volumedetect -f null - 2>&1");
  const size_t at = text.find("mean_volume: ");
  return at == std::string::npos ? -100 : std::strtod(text.c_str() + at + 13, nullptr);
}

TEST_F(AvWriterTest, MutesSpansAndStaysInSync) {
  const Kind kinds[] = {
      {"aac.mp4", "-c:v libx264 -preset ultrafast -c:a aac"},
      {"aac.ts", "-c:v libx264 -preset ultrafast -c:a aac"},
      {"mp3.avi", "-c:v mpeg4 -c:a mp3"},
      {"pcm.mov", "-c:v mjpeg -pix_fmt yuvj420p -c:a pcm_s16le"},
      {"ac3.mkv", "-c:v libx264 -preset ultrafast -c:a ac3"},
      {"opus.webm", "-c:v libvpx -deadline realtime -threads 1 -c:a libopus"},
  };
  for (const Kind& kind : kinds) {
    SCOPED_TRACE(kind.name);
    const fs::path in = Make(kind.name, kind.arguments);
    ClipWriteOptions options;
    options.mute = {{0.4, 0.6}};
    const auto written = WriteAnew(in, Out(kind.name), options);
    ASSERT_TRUE(written.ok()) << written.status();
    EXPECT_GT(RemovedBytesOf(*written, "muted-sound"), 0);
    EXPECT_LT(Volume(Out(kind.name), 0.42, 0.16), -60);
    EXPECT_GT(Volume(Out(kind.name), 0.05, 0.15), -30);
    EXPECT_GT(Volume(Out(kind.name), 0.8, 0.15), -30);
    EXPECT_EQ(FrameTimesOf(Out(kind.name), "v"), FrameTimesOf(in, "v"));
    // What is not muted keeps its bytes and its time.
    const std::string before = SoundPackets(in, "pts_time,data_hash");
    std::istringstream after(SoundPackets(Out(kind.name), "pts_time,data_hash"));
    size_t same = 0;
    for (std::string line; std::getline(after, line);) {
      same += before.find(line) != std::string::npos ? 1 : 0;
    }
    EXPECT_GE(same, 10U);
  }
}

TEST_F(AvWriterTest, DropsSoundAndSubtitles) {
  const fs::path in = Make("drop.mkv", "-c:v libx264 -preset ultrafast -c:a aac");
  ClipWriteOptions options;
  options.sound = Sound::kDrop;
  const auto written = WriteAnew(in, Out("drop.mkv"), options);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_GT(RemovedBytesOf(*written, "sound"), 0);
  EXPECT_EQ(SoundPackets(Out("drop.mkv"), "pts_time"), "");
}

TEST_F(AvWriterTest, OtherCodecsByWish) {
  const fs::path in = Make("wish.mp4", "-c:v libx264 -preset ultrafast -pix_fmt yuvj420p -c:a aac");
  ClipWriteOptions options;
  options.codec = "mpeg4";
  options.quality = 50;
  const auto written = WriteAnew(in, Out("wish.mp4"), options);
  ASSERT_TRUE(written.ok()) << written.status();
  EXPECT_THAT(written->warnings, testing::ElementsAre(testing::HasSubstr("studio range")));
  EXPECT_THAT(Property(Out("wish.mp4"), "v", "codec_name"), testing::HasSubstr("mpeg4"));
  EXPECT_EQ(FrameTimesOf(Out("wish.mp4"), "v"), FrameTimesOf(in, "v"));

  options.codec = "prores";
  EXPECT_EQ(WriteAnew(in, Out("wish.mp4"), options).status().code(),
            absl::StatusCode::kInvalidArgument);
  options.codec = "nonsense";
  EXPECT_EQ(WriteAnew(in, Out("wish.mp4"), options).status().code(),
            absl::StatusCode::kInvalidArgument);
  options.codec = "";
  options.preset = "soon";
  EXPECT_EQ(WriteAnew(in, Out("wish.mp4"), options).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(AvWriterTest, QualityAndThreadsMatter) {
  const fs::path in = Make("quality.mp4", "-c:v libx264 -preset ultrafast -crf 10 -c:a aac");
  ClipWriteOptions low, high;
  low.quality = 30;
  high.quality = 90;
  ASSERT_TRUE(WriteAnew(in, Out("low.mp4"), low).ok());
  ASSERT_TRUE(WriteAnew(in, Out("high.mp4"), high).ok());
  EXPECT_LT(fs::file_size(Out("low.mp4")) * 2, fs::file_size(Out("high.mp4")));
}

TEST_F(AvWriterTest, SaysThatTheDiskIsFull) {
  const fs::path in = Make("full.mp4", "-c:v libx264 -preset ultrafast -c:a pcm_s16le -f mov");
  // A limit on the size of files stands for a full disk.
  rlimit before;
  getrlimit(RLIMIT_FSIZE, &before);
  const auto old = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{20'000, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const auto written = WriteAnew(in, Out("full.mp4"), {});
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old);
  EXPECT_EQ(written.status().code(), absl::StatusCode::kResourceExhausted) << written.status();
}

TEST_F(AvWriterTest, RealClips) {
  struct Case {
    const char* name;
    int tracks;
    const char* removed;
  };
  const Case cases[] = {{"rotated_gps.mov", 1, "location"},
                        {"two_video_tracks.mp4", 2, "subtitles"},
                        {"stage_faces.mp4", 1, "metadata"},
                        {"carphone_176x144.mp4", 1, "user-data"}};
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    const fs::path in = Data(one.name);
    if (in.empty()) GTEST_SKIP() << "the evaluation data (EFFACE_TEST_DATA) is missing";
    const auto written = WriteAnew(in, Out(one.name), {});
    ASSERT_TRUE(written.ok()) << written.status();
    EXPECT_GE(RemovedBytesOf(*written, one.removed), 1);
    ExpectSame(in, Out(one.name), one.tracks);
    const std::string side = Property(in, "v:0", "side_data_list:stream_side_data=rotation");
    EXPECT_EQ(Property(Out(one.name), "v:0", "side_data_list:stream_side_data=rotation"), side);
  }
}

}  // namespace
}  // namespace efface
