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

// Collects what both files' tracks say.
class ClipChecks {
 public:
  explicit ClipChecks(VerifyJob& job)
      : job_(job),
        record_(job.record ? &job.record->record : nullptr),
        sound_(record_),
        pictures_(LimitsOf(job.output.format, job.settings().quality), job.settings().fill),
        faces_(job.settings().fill) {}

  // False after the last track.
  bool more() const { return unread_.ok() && track_ < tracks_; }

  // Reads the next track of both files in step. Errors: as VerifyClip; where the output can't be
  // read, nothing more is.
  absl::Status ReadTrack() {
    SoundSide* const sides[] = {track_ == 0 ? &sound_.before() : nullptr,
                                track_ == 0 ? &sound_.after() : nullptr};
    auto after = Frames::Open(job_.output, track_, job_.options, sides[1]);
    if (!after.ok()) return Unread(after.status());
    std::unique_ptr<Frames> before;
    if (job_.input) {
      auto opened = Frames::Open(*job_.input, track_, job_.options, sides[0]);
      if (!opened.ok()) return Named(*job_.options.input, opened.status());
      before = *std::move(opened);
      unlike_ = UnlikeIn(before->info(), (*after)->info());
      if (!unlike_.empty()) before.reset();
    }
    RETURN_IF_ERROR(ReadFrames(**after, before.get()));
    ++track_;
    return absl::OkStatus();
  }

  void Finish() {
    std::vector<Check>& checks = job_.result.checks;
    if (!unread_.ok()) {
      AddUnread(unread_, {"masks", "outside", "timing", "sound", "faces"}, checks);
      return;
    }
    if (damaged_.count > 0) {
      checks.push_back(Failed(
          "picture",
          absl::StrCat(CountOf(damaged_.count, "frame", "frames"), " of it can't be decoded"),
          damaged_));
    } else {
      checks.push_back(PictureCheck(job_, unlike_, size_));
    }
    const char* why = !job_.input        ? "no original was given (--against)"
                      : !unlike_.empty() ? "the pictures can't be compared"
                                         : nullptr;
    const char* no_masks = why != nullptr       ? why
                           : record_ == nullptr ? "there is no record, so the masks are not known"
                                                : nullptr;
    checks.push_back(no_masks != nullptr ? Skipped("masks", no_masks) : pictures_.Masks(true));
    checks.push_back(no_masks != nullptr ? Skipped("outside", no_masks) : pictures_.Outside(true));
    checks.push_back(why != nullptr ? Skipped("timing", why) : timing_.Finish());
    checks.push_back(why != nullptr ? Skipped("sound", why) : sound_.Finish());
    checks.push_back(faces_.Finish(record_ != nullptr, job_.result));
  }

 private:
  absl::Status Unread(const absl::Status& status) {
    unread_ = status;
    return absl::OkStatus();
  }

  // `before`: null where there is nothing to compare with.
  absl::Status ReadFrames(Frames& after, Frames* before) {
    const ClipInfo& info = after.info();
    tracks_ = static_cast<int>(info.tracks.size());
    const ClipTrack& shown = info.tracks[track_];
    const auto [width, height] = UprightSize(shown);
    if (track_ == 0) {
      size_ = absl::StrFormat("%s, %d x %d", CountOf(tracks_, "video track", "video tracks"), width,
                              height);
    }
    std::optional<MaskFeed> feed;
    if (job_.record) {
      ASSIGN_OR_RETURN(RowCursor cursor, job_.record->rows.Sorted(RowOrder::kByFrame));
      feed.emplace(std::move(cursor), track_, *record_);
    }
    const Schedule schedule(width, height, shown.frames_a_second, job_.options.effort, 0);

    Place where;
    where.track = track_;
    double end = 0, original_end = 0, step = 0;
    int64_t more = 0;  // frames that only one of them has: negative the output
    for (int64_t index = 0;; ++index) {
      auto frame = after.Next();
      if (!frame.ok()) return Unread(frame.status());
      std::unique_ptr<ClipFrame> original;
      if (before != nullptr) {
        auto next = before->Next();
        if (!next.ok()) return Named(*job_.options.input, next.status());
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
      ++timing_.frames;
      if ((*frame)->damaged) damaged_.Add(where);
      PageMasks masks;
      if (feed) {
        ASSIGN_OR_RETURN(masks, feed->Of(index));
      }
      if (original != nullptr && more == 0) {
        Compare(*original, **frame, shown.orientation, masks, where);
      }
      original.reset();
      RETURN_IF_ERROR(Look(**frame, shown, schedule.At(index), masks, where));
    }
    if (feed) {
      ASSIGN_OR_RETURN(const std::optional<int64_t> rest, feed->Rest());
      if (rest) pictures_.BadRow(*rest);
    }
    if (before == nullptr) return absl::OkStatus();
    if (more != 0) {
      timing_.unlike =
          absl::StrFormat("the output has %s %s than the original%s",
                          CountOf(std::abs(more), "frame", "frames"), more < 0 ? "more" : "fewer",
                          tracks_ > 1 ? absl::StrCat(" on video track ", track_ + 1) : "");
    } else if (std::abs(end + timing_.offset - original_end) > step + kTick) {
      timing_.unlike = absl::StrFormat("the output lasts %.3f seconds, and the original %.3f", end,
                                       original_end);
    }
    return absl::OkStatus();
  }

  void Compare(const ClipFrame& original, const ClipFrame& frame, Orientation orientation,
               const PageMasks& masks, const Place& where) {
    if (track_ == 0 && where.frame == 0) {
      timing_.offset = original.seconds - where.seconds;
      sound_.SetOffset(timing_.offset);
    }
    timing_.Compare(original, frame, where);
    if (record_ == nullptr || original.width() != frame.width() ||
        original.height() != frame.height()) {
      return;
    }
    pictures_.Add(Whole(original), Whole(frame), orientation, masks, where);
  }

  // Searches the frame for faces, where the schedule wants it.
  absl::Status Look(const ClipFrame& frame, const ClipTrack& track,
                    const std::vector<LookPass>& passes, const PageMasks& masks,
                    const Place& where) {
    if (passes.empty()) return absl::OkStatus();
    const auto [width, height] = UprightSize(track);
    ASSIGN_OR_RETURN(const std::vector<Detection> found,
                     job_.detector.Look(
                         width, height,
                         [&](double x, double y, double w, double h, int out_w, int out_h) {
                           return UprightPart(frame, track.orientation, x, y, w, h, out_w, out_h);
                         },
                         passes, kResidualScore));
    faces_.Add(found, masks, where);
    return absl::OkStatus();
  }

  VerifyJob& job_;
  const Record* record_;  // null: there is none
  SoundCheck sound_;
  PictureChecks pictures_;
  FaceCheck faces_;
  Timing timing_;
  Places damaged_;
  std::string unlike_, size_;
  absl::Status unread_;
  int track_ = 0, tracks_ = 1;
};

}  // namespace

absl::Status VerifyClip(VerifyJob& job) {
  ClipChecks checks(job);
  while (checks.more()) RETURN_IF_ERROR(checks.ReadTrack());
  checks.Finish();
  return absl::OkStatus();
}

}  // namespace efface
