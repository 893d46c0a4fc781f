// A clip, frame by frame: both files are read in step, once for each video track, so that memory
// does not grow with their length.
#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status.h"
#include "efface/job/prefetch.h"
#include "efface/job/upright.h"
#include "efface/job/verify_parts.h"
#include "efface/job/verify_sound.h"
#include "efface/track/schedule.h"

namespace efface {
namespace {

// In dB: measured, docs/verify.md. Low: where the record says a quality below kLowQuality.
constexpr double kLeastPsnr = 30, kLeastCellPsnr = 20;
constexpr double kLeastPsnrLow = 18, kLeastCellPsnrLow = 9;
constexpr int kLowQuality = 75;
constexpr int kLossyReach = 16;  // pixels beyond a mask that encoding anew may change with it
constexpr double kLossyRim = 3;  // pixels along a mask's border that take on what lies outside
constexpr double kTick = 0.002;  // seconds: containers round time stamps
constexpr double kResidualScore = 0.3;  // least score of a find in one frame that is told

// One file's frames of one track, and its sound.
class Frames {
 public:
  // `sound`: null where it is not asked for.
  static absl::StatusOr<std::unique_ptr<Frames>> Open(const VerifiedFile& file, int track,
                                                      const VerifyOptions& options,
                                                      SoundSide* sound) {
    ASSIGN_OR_RETURN(auto reader, OpenClip(file.file.get(), {.limits = options.clip_limits,
                                                             .threads = options.threads,
                                                             .sound = sound != nullptr}));
    return std::unique_ptr<Frames>(new Frames(std::move(reader), track, sound));
  }

  const ClipInfo& info() const { return reader_->info(); }

  // Null at the end.
  absl::StatusOr<std::unique_ptr<ClipFrame>> Next() {
    while (!ended_) {
      ASSIGN_OR_RETURN(ClipReader::Item item, items_.Next());
      if (std::holds_alternative<std::monostate>(item)) {
        ended_ = true;
      } else if (auto* packet = std::get_if<std::unique_ptr<SoundPacket>>(&item)) {
        if (sound_ != nullptr) sound_->Add(**packet);
      } else {
        auto& frame = std::get<std::unique_ptr<ClipFrame>>(item);
        if (frame->track == track_) return std::move(frame);
      }
    }
    return nullptr;
  }

 private:
  Frames(std::unique_ptr<ClipReader> reader, int track, SoundSide* sound)
      : reader_(std::move(reader)),
        track_(track),
        sound_(sound),
        items_(*reader_, timings_, "decode") {}

  std::unique_ptr<ClipReader> reader_;
  int track_;
  SoundSide* sound_;
  bool ended_ = false;
  Timings timings_;
  Prefetch items_;
};

std::string UnlikeIn(const ClipInfo& before, const ClipInfo& after) {
  if (before.tracks.size() != after.tracks.size()) {
    return absl::StrCat("the original has ",
                        CountOf(before.tracks.size(), "video track", "video tracks"),
                        " and the output ", after.tracks.size());
  }
  for (size_t i = 0; i < before.tracks.size(); ++i) {
    const ClipTrack &a = before.tracks[i], &b = after.tracks[i];
    if (a.width != b.width || a.height != b.height) {
      return absl::StrFormat("video track %d of the original is %d x %d, and of the output %d x %d",
                             i + 1, a.width, a.height, b.width, b.height);
    }
    if (a.orientation != b.orientation) {
      return absl::StrFormat(
          "video track %d of the output is turned in another way than the original's", i + 1);
    }
  }
  return "";
}

PictureChecks::Limits LimitsOf(Format format, int quality) {
  PictureChecks::Limits limits;
  limits.exact = format == Format::kAnimatedPng;
  const bool low = quality > 0 && quality < kLowQuality;
  limits.least_psnr = low ? kLeastPsnrLow : kLeastPsnr;
  limits.least_cell = low ? kLeastCellPsnrLow : kLeastCellPsnr;
  if (format == Format::kAnimatedPng || format == Format::kAnimatedGif) return limits;
  limits.reach = {2, 2, 1, kLossyReach};
  limits.rim = kLossyRim;
  return limits;
}

RgbPicture Whole(const ClipFrame& frame) {
  const FramePart all{0, 0, static_cast<double>(frame.width()),
                      static_cast<double>(frame.height())};
  return frame.Rgb(all, frame.width(), frame.height());
}

// The two files' times, frame by frame.
struct Timing {
  Places off;
  int64_t frames = 0;
  double offset = 0;   // by which the output's clock is behind: files may count from another start
  std::string unlike;  // of counts and lengths

  void Compare(const ClipFrame& before, const ClipFrame& after, const Place& where) {
    if (std::abs(before.seconds - after.seconds - offset) > kTick) off.Add(where);
  }
  Check Finish() const {
    if (!unlike.empty()) return Failed("timing", unlike, off);
    if (off.count > 0) {
      return Failed("timing",
                    absl::StrCat(CountOf(off.count, "frame is", "frames are"),
                                 " not shown at the time at which the original shows ",
                                 off.count == 1 ? "it" : "them"),
                    off);
    }
    return Passed("timing", absl::StrCat("all ", CountOf(frames, "frame", "frames"),
                                         " are shown at the original's times"));
  }
};

}  // namespace

absl::Status VerifyClip(VerifyJob& job) {
  std::vector<Check>& checks = job.result.checks;
  const auto unread = [&](const absl::Status& status) {
    checks.push_back(Failed("picture", absl::StrCat("the output can't be read: ",
                                                    absl::string_view(status.message()))));
    for (const char* name : {"masks", "outside", "timing", "sound", "faces"})
      checks.push_back(Skipped(name, "the output can't be read"));
    return absl::OkStatus();
  };
  const Record* record = job.record ? &job.record->record : nullptr;
  SoundCheck sound(record);
  PictureChecks pictures(LimitsOf(job.output.format, job.settings().quality), job.settings().fill);
  FaceCheck faces(job.settings().fill);
  Timing timing;
  Places damaged;
  std::string unlike, size;

  int tracks = 1;
  for (int track = 0; track < tracks; ++track) {
    auto after =
        Frames::Open(job.output, track, job.options, track == 0 ? &sound.after() : nullptr);
    if (!after.ok()) return unread(after.status());
    const ClipInfo& info = (*after)->info();
    tracks = static_cast<int>(info.tracks.size());
    const Orientation orientation = info.tracks[track].orientation;
    std::unique_ptr<Frames> before;
    if (job.input) {
      auto opened =
          Frames::Open(*job.input, track, job.options, track == 0 ? &sound.before() : nullptr);
      if (!opened.ok()) return Named(*job.options.input, opened.status());
      before = *std::move(opened);
      unlike = UnlikeIn(before->info(), info);
      if (!unlike.empty()) before.reset();
    }
    if (track == 0) {
      const auto [width, height] = UprightSize(info.tracks[0]);
      size = absl::StrFormat(
          "%s, %d x %d",
          CountOf(static_cast<int64_t>(info.tracks.size()), "video track", "video tracks"), width,
          height);
    }
    std::optional<MaskFeed> feed;
    if (job.record) {
      ASSIGN_OR_RETURN(RowCursor cursor, job.record->rows.Sorted(RowOrder::kByFrame));
      feed.emplace(std::move(cursor), track, *record);
    }
    const auto [width, height] = UprightSize(info.tracks[track]);
    const Schedule schedule(width, height, info.tracks[track].frames_a_second, job.options.effort,
                            0);

    Place where;
    where.track = track;
    double end = 0, original_end = 0, step = 0;
    int64_t more = 0;  // frames that only one of them has: negative the output
    for (int64_t index = 0;; ++index) {
      auto frame = (*after)->Next();
      if (!frame.ok()) return unread(frame.status());
      std::unique_ptr<ClipFrame> original;
      if (before != nullptr) {
        auto next = before->Next();
        if (!next.ok()) return Named(*job.options.input, next.status());
        original = *std::move(next);
        if ((original == nullptr) != (*frame == nullptr)) more += original == nullptr ? -1 : 1;
      }
      if (*frame == nullptr && original == nullptr) break;
      if (original != nullptr) {
        step = original->duration > 0 ? original->duration : original->seconds - where.seconds;
        original_end = original->seconds + original->duration;
      }
      if (*frame == nullptr) continue;
      where.frame = index, where.seconds = (*frame)->seconds;
      end = where.seconds + (*frame)->duration;
      ++timing.frames;
      if ((*frame)->damaged) damaged.Add(where);
      PageMasks masks;
      if (feed) {
        ASSIGN_OR_RETURN(masks, feed->Of(index));
      }
      if (original != nullptr && more == 0) {
        if (track == 0 && index == 0) {
          timing.offset = original->seconds - where.seconds;
          sound.SetOffset(timing.offset);
        }
        timing.Compare(*original, **frame, where);
        if (record != nullptr && original->width() == (*frame)->width() &&
            original->height() == (*frame)->height()) {
          pictures.Add(Whole(*original), Whole(**frame), orientation, masks, where);
        }
      }
      original.reset();
      const std::vector<LookPass> passes = schedule.At(index);
      if (passes.empty()) continue;
      ASSIGN_OR_RETURN(const std::vector<Detection> found,
                       job.detector.Look(
                           width, height,
                           [&](double x, double y, double w, double h, int out_w, int out_h) {
                             return UprightPart(**frame, orientation, x, y, w, h, out_w, out_h);
                           },
                           passes, kResidualScore));
      faces.Add(found, masks, where);
    }
    if (feed) {
      ASSIGN_OR_RETURN(const std::optional<int64_t> rest, feed->Rest());
      if (rest) pictures.BadRow(*rest);
    }
    if (before == nullptr) continue;
    if (more != 0) {
      timing.unlike =
          absl::StrFormat("the output has %s %s than the original%s",
                          CountOf(std::abs(more), "frame", "frames"), more < 0 ? "more" : "fewer",
                          tracks > 1 ? absl::StrCat(" on video track ", track + 1) : "");
    } else if (std::abs(end + timing.offset - original_end) > step + kTick) {
      timing.unlike = absl::StrFormat("the output lasts %.3f seconds, and the original %.3f", end,
                                      original_end);
    }
  }

  if (damaged.count > 0) {
    checks.push_back(
        Failed("picture",
               absl::StrCat(CountOf(damaged.count, "frame", "frames"), " of it can't be decoded"),
               damaged));
  } else if (!job.input) {
    checks.push_back(Passed("picture", absl::StrCat("it can be read whole: ", size)));
  } else if (!unlike.empty()) {
    checks.push_back(Failed("picture", unlike));
  } else {
    checks.push_back(Passed("picture", absl::StrCat("as the original: ", size)));
  }
  const char* why = !job.input        ? "no original was given (--against)"
                    : !unlike.empty() ? "the pictures can't be compared"
                                      : nullptr;
  const char* no_masks = why != nullptr      ? why
                         : record == nullptr ? "there is no record, so the masks are not known"
                                             : nullptr;
  checks.push_back(no_masks != nullptr ? Skipped("masks", no_masks) : pictures.Masks(true));
  checks.push_back(no_masks != nullptr ? Skipped("outside", no_masks) : pictures.Outside(true));
  checks.push_back(why != nullptr ? Skipped("timing", why) : timing.Finish());
  checks.push_back(why != nullptr ? Skipped("sound", why) : sound.Finish());
  checks.push_back(faces.Finish(record != nullptr, job.result));
  return absl::OkStatus();
}

}  // namespace efface
