// The first pass: decode, detect, follow.
#include <algorithm>
#include <cmath>
#include <deque>
#include <future>
#include <memory>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/file.h"
#include "base/sha256.h"
#include "base/status.h"
#include "efface/detect/resample.h"
#include "efface/job/clip.h"
#include "efface/job/hidden.h"
#include "efface/job/prefetch.h"
#include "efface/job/upright.h"
#include "efface/job/workers.h"
#include "efface/mask/mask.h"
#include "efface/track/carrier.h"
#include "efface/track/follower.h"

namespace efface {
namespace {

// Searches that may run ahead of the linking, for each thread that searches.
constexpr size_t kAhead = 2;

GreyPicture UprightGrey(const ClipFrame& frame, Orientation orientation, int width, int height) {
  if (orientation <= 1) return frame.Grey(width, height);
  const GreyPicture stored =
      orientation >= 5 ? frame.Grey(height, width) : frame.Grey(width, height);
  GreyPicture upright{width, height, std::vector<uint8_t>(stored.samples.size())};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const int across = orientation >= 5 ? y : x, down = orientation >= 5 ? x : y;
      const bool flip_x =
          orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
      const bool flip_y =
          orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
      const int sx = flip_x ? stored.width - 1 - across : across;
      const int sy = flip_y ? stored.height - 1 - down : down;
      upright.samples[static_cast<size_t>(y) * width + x] =
          stored.samples[static_cast<size_t>(sy) * stored.width + sx];
    }
  }
  return upright;
}

MaskSource SourceOf(RowSource source) {
  switch (source) {
    case RowSource::kDetected:
      return MaskSource::kDetected;
    case RowSource::kFollowed:
      return MaskSource::kFollowed;
    case RowSource::kFilled:
      return MaskSource::kFilled;
  }
  return MaskSource::kDetected;
}

std::string_view WhyOf(DoubtKind kind) {
  switch (kind) {
    case DoubtKind::kWeak:
      return "weak";
    case DoubtKind::kShort:
      return "short";
    case DoubtKind::kFilled:
      return "filled";
    case DoubtKind::kLost:
      return "lost";
    case DoubtKind::kResidual:
      return "residual";
  }
  return "";
}

double Overlap(const Mask& mask, const Rect& rect) {
  const double width =
      std::min(mask.x + mask.width, rect.x + rect.width) - std::max(mask.x, rect.x);
  const double height =
      std::min(mask.y + mask.height, rect.y + rect.height) - std::max(mask.y, rect.y);
  if (width <= 0 || height <= 0) return 0;
  return width * height / (mask.width * mask.height + rect.width * rect.height - width * height);
}

// Moments of no face that are of one kind and lie close together are one moment to look at.
constexpr double kSameMoment = 1;  // seconds between them

void Merge(std::vector<Doubt>& moments) {
  std::stable_sort(moments.begin(), moments.end(), [](const Doubt& a, const Doubt& b) {
    return std::tie(a.face, a.why, a.from) < std::tie(b.face, b.why, b.from);
  });
  std::vector<Doubt> merged;
  for (Doubt& moment : moments) {
    if (!merged.empty() && moment.face == 0 && merged.back().face == 0 &&
        merged.back().why == moment.why && moment.from <= merged.back().to + kSameMoment) {
      merged.back().to = std::max(merged.back().to, moment.to);
    } else {
      merged.push_back(std::move(moment));
    }
  }
  std::stable_sort(merged.begin(), merged.end(),
                   [](const Doubt& a, const Doubt& b) { return a.from < b.from; });
  moments = std::move(merged);
}

using SearchResult = absl::StatusOr<std::vector<Detection>>;

class Analysis {
 public:
  Analysis(const AnalyseSettings& settings, Detector& detector, const ClipRun& run,
           const ClipInfo& info, RowSpool rows)
      : settings_(settings),
        detector_(detector),
        run_(run),
        timings_(run.timings != nullptr ? *run.timings : own_timings_),
        clip_{Record(), std::move(rows), {}},
        best_(settings.exceptions.size()),
        workers_(run.threads) {
    for (const ClipTrack& track : info.tracks) tracks_.emplace_back(track, settings);
  }

  absl::Status Add(std::shared_ptr<ClipFrame> frame);
  absl::StatusOr<ClipRecord> Finish(const ClipInfo& info);
  Timings& timings() { return timings_; }
  int64_t frames() const { return frames_; }

 private:
  // A region that is carried on by motion.
  struct Carried {
    Carrier carrier;
    int64_t face;                      // index
    std::optional<int64_t> lost_from;  // the frame at which a shot cut was met
  };
  struct Track {
    Track(const ClipTrack& clip_track, const AnalyseSettings& settings)
        : info(clip_track),
          follower(std::make_unique<Follower>(SettingsOf(clip_track, settings))),
          carried(settings.regions.size()) {}
    static FollowSettings SettingsOf(const ClipTrack& track, const AnalyseSettings& settings) {
      const auto [width, height] = UprightSize(track);
      return {.width = width,
              .height = height,
              .frames_a_second = track.frames_a_second,
              .effort = settings.search.effort,
              .threshold = settings.search.threshold,
              .head = settings.cover == Cover::kHead,
              .mask_margin = settings.mask_margin,
              .min_face = settings.search.min_face};
    }

    ClipTrack info;
    std::unique_ptr<Follower> follower;
    GreyPicture last_grey;                         // of the last frame that was not damaged
    std::vector<double> shown;                     // when each frame is shown, seconds
    double last_duration = 0;                      // of the last frame
    std::unordered_map<int64_t, int64_t> indices;  // from the follower's face to record.faces
    std::vector<int64_t> damaged, unsearched;      // frames
    std::vector<std::optional<Carried>> carried;  // one a region; none: not begun, or not to follow
    // When frame `index` ends.
    double EndOf(int64_t index) const {
      return index + 1 < static_cast<int64_t>(shown.size()) ? shown[index + 1]
                                                            : shown[index] + last_duration;
    }
  };
  struct Pending {
    int track;
    int64_t frame;
    std::future<SearchResult> result;
  };

  absl::Status Carry(int track, const ClipFrame& frame, const GreyPicture& grey);
  absl::Status Answer();  // hands the oldest search's result to its track
  absl::Status Take(int track);
  int64_t NewFace(int track, FaceOrigin origin, std::optional<std::string> reason);
  absl::Status AddRow(int64_t index, Mask mask);
  absl::Status Draw(int track, const Rect& rect, const std::optional<Span>& span,
                    const std::string& reason, bool& drawn);
  absl::Status AddWholeFrames(int track, const std::vector<int64_t>& frames,
                              const std::string& reason);
  // Makes a face of its own, left visible, of the masks that a face has in a span.
  absl::Status Split(int64_t index, const Span& span, const std::string& reason);
  void AddDoubt(const Track& track, int64_t face, int64_t from, int64_t to, std::string_view why);

  const AnalyseSettings& settings_;
  Detector& detector_;
  const ClipRun& run_;
  Timings own_timings_;
  Timings& timings_;
  std::vector<Track> tracks_;
  ClipRecord clip_;
  std::vector<std::unordered_map<int64_t, double>> best_;  // for each exception: overlap by face
  int64_t frames_ = 0;
  std::deque<Pending> pending_;
  Workers workers_;
};

int64_t Analysis::NewFace(int track, FaceOrigin origin, std::optional<std::string> reason) {
  const auto index = static_cast<int64_t>(clip_.record.faces.size());
  clip_.record.faces.push_back(
      {.face = index + 1, .track = track, .origin = origin, .reason = std::move(reason)});
  clip_.summaries.emplace_back();
  return index;
}

absl::Status Analysis::AddRow(int64_t index, Mask mask) {
  const Face& face = clip_.record.faces[index];
  mask = Rounded(mask);
  const Track& track = tracks_[face.track];
  FaceSummary& summary = clip_.summaries[index];
  if (summary.masks++ == 0) {
    summary.first = mask.frame;
    summary.first_second = track.shown[mask.frame];
  }
  summary.last = mask.frame;
  summary.last_second = track.shown[mask.frame];
  summary.best_score = std::max(summary.best_score, mask.score);
  return clip_.rows.Add({.face = index,
                         .frame = mask.frame,
                         .x = mask.x,
                         .y = mask.y,
                         .width = mask.width,
                         .height = mask.height,
                         .score = static_cast<float>(mask.score),
                         .source = mask.source});
}

absl::Status Analysis::Take(int track_index) {
  Track& track = tracks_[track_index];
  for (const TrackedMask& row : track.follower->Take()) {
    const auto [found, is_new] = track.indices.try_emplace(row.face, 0);
    if (is_new) found->second = NewFace(track_index, FaceOrigin::kDetected, std::nullopt);
    const Mask mask{row.frame,           row.x, row.y, row.width, row.height, row.score,
                    SourceOf(row.source)};
    RETURN_IF_ERROR(AddRow(found->second, mask));
    for (size_t i = 0; i < settings_.exceptions.size(); ++i) {
      const Region& exception = settings_.exceptions[i];
      const double seconds = track.shown[row.frame];
      if (exception.span && (seconds < exception.span->from || seconds > exception.span->to))
        continue;
      const double overlap = Overlap(mask, exception.rect);
      if (overlap > 0) best_[i][found->second] += overlap;
    }
  }
  for (const TrackDoubt& doubt : track.follower->TakeDoubts()) {
    const auto face = track.indices.find(doubt.face);
    if (doubt.face != 0 && face == track.indices.end()) continue;  // of a face without masks
    AddDoubt(track, doubt.face == 0 ? 0 : clip_.record.faces[face->second].face, doubt.from,
             doubt.to, WhyOf(doubt.kind));
  }
  return absl::OkStatus();
}

void Analysis::AddDoubt(const Track& track, int64_t face, int64_t from, int64_t to,
                        std::string_view why) {
  const auto last = static_cast<int64_t>(track.shown.size()) - 1;
  from = std::clamp<int64_t>(from, 0, last);
  to = std::clamp<int64_t>(to, from, last);
  const double start = std::max(track.shown[from], 0.0);
  clip_.record.doubtful.push_back(
      {face, start, std::max(track.EndOf(to), start), std::string(why)});
}

absl::Status Analysis::Answer() {
  Pending oldest = std::move(pending_.front());
  pending_.pop_front();
  SearchResult faces = oldest.result.get();
  Track& track = tracks_[oldest.track];
  const Timings::Lap lap(timings_, "follow");
  if (faces.ok()) {
    track.follower->Found(oldest.frame, *std::move(faces));
  } else {
    track.follower->Failed(oldest.frame);
    track.unsearched.push_back(oldest.frame);
  }
  return Take(oldest.track);
}

absl::Status Analysis::Carry(int track_index, const ClipFrame& frame, const GreyPicture& grey) {
  Track& track = tracks_[track_index];
  const auto index = static_cast<int64_t>(track.shown.size()) - 1;
  for (size_t i = 0; i < settings_.regions.size(); ++i) {
    const Region& region = settings_.regions[i];
    if (!region.follow || !region.span || frame.seconds > region.span->to ||
        frame.seconds + frame.duration <= region.span->from)
      continue;
    std::optional<Carried>& carried = track.carried[i];
    if (!carried) {
      const Rect& rect = region.rect;
      carried.emplace(Carried{
          Carrier({rect.x + rect.width / 2, rect.y + rect.height / 2, rect.width, rect.height},
                  UprightSize(track.info).first),
          NewFace(track_index, FaceOrigin::kDrawn, "drawn by --region, and followed"),
          {}});
    }
    const Box box = carried->carrier.Next(grey);
    if (carried->carrier.lost() && !carried->lost_from) carried->lost_from = index;
    RETURN_IF_ERROR(AddRow(carried->face, {index, box.x - box.width / 2, box.y - box.height / 2,
                                           box.width, box.height, 1, MaskSource::kDrawn}));
  }
  return absl::OkStatus();
}

absl::Status Analysis::Add(std::shared_ptr<ClipFrame> frame) {
  const int track_index = frame->track;
  Track& track = tracks_[track_index];
  const auto index = static_cast<int64_t>(track.shown.size());
  track.shown.push_back(frame->seconds);
  track.last_duration = frame->duration;
  ++frames_;

  GreyPicture grey;
  if (frame->damaged && !track.last_grey.samples.empty()) {
    grey = track.last_grey;  // so that faces are carried on over it
  } else {
    const Timings::Lap lap(timings_, "grey");
    grey = UprightGrey(*frame, track.info.orientation, track.follower->grey_width(),
                       track.follower->grey_height());
    track.last_grey = grey;
  }
  RETURN_IF_ERROR(Carry(track_index, *frame, grey));
  Search search;
  {
    const Timings::Lap lap(timings_, "follow");
    search = track.follower->Push(frame->seconds, std::move(grey));
  }
  if (frame->damaged) track.damaged.push_back(index);
  if (!search.passes.empty()) {
    const bool damaged = frame->damaged;
    const auto task = std::make_shared<std::packaged_task<SearchResult()>>(
        [this, frame, search, damaged, orientation = track.info.orientation,
         size = UprightSize(track.info)]() -> SearchResult {
          if (damaged) return std::vector<Detection>();
          const Timings::Lap lap(timings_, "detect");
          bool pixels = true;
          SearchResult faces = detector_.Look(
              size.first, size.second,
              [&](double x, double y, double width, double height, int out_width, int out_height) {
                RgbPicture part =
                    UprightPart(*frame, orientation, x, y, width, height, out_width, out_height);
                if (part.samples.empty()) {
                  pixels = false;
                  part = {out_width, out_height,
                          std::vector<uint8_t>(3 * static_cast<size_t>(out_width) * out_height)};
                }
                return part;
              },
              search.passes, search.threshold);
          if (!pixels) return absl::InternalError("the frame's pixels can't be had");
          return faces;
        });
    pending_.push_back({track_index, index, task->get_future()});
    frame.reset();
    workers_.Add([task] { (*task)(); });
  }
  const size_t most = kAhead * run_.threads;
  while (pending_.size() > most ||
         (!pending_.empty() &&
          pending_.front().result.wait_for(std::chrono::seconds(0)) == std::future_status::ready)) {
    RETURN_IF_ERROR(Answer());
  }
  return absl::OkStatus();
}

absl::Status Analysis::Draw(int track_index, const Rect& rect, const std::optional<Span>& span,
                            const std::string& reason, bool& drawn) {
  const Track& track = tracks_[track_index];
  std::optional<int64_t> face;
  for (int64_t i = 0; i < static_cast<int64_t>(track.shown.size()); ++i) {
    if (span && (track.EndOf(i) <= span->from || track.shown[i] > span->to)) continue;
    if (!face) face = NewFace(track_index, FaceOrigin::kDrawn, reason);
    RETURN_IF_ERROR(
        AddRow(*face, {i, rect.x, rect.y, rect.width, rect.height, 1, MaskSource::kDrawn}));
    drawn = true;
  }
  return absl::OkStatus();
}

absl::Status Analysis::AddWholeFrames(int track_index, const std::vector<int64_t>& frames,
                                      const std::string& reason) {
  if (frames.empty()) return absl::OkStatus();
  const auto [width, height] = UprightSize(tracks_[track_index].info);
  const int64_t face = NewFace(track_index, FaceOrigin::kDrawn, reason);
  for (const int64_t frame : frames) {
    RETURN_IF_ERROR(AddRow(face, {frame, 0, 0, static_cast<double>(width),
                                  static_cast<double>(height), 1, MaskSource::kDrawn}));
  }
  return absl::OkStatus();
}

absl::Status Analysis::Split(int64_t index, const Span& span, const std::string& reason) {
  const int track_index = clip_.record.faces[index].track;
  const std::vector<double>& shown = tracks_[track_index].shown;
  const int64_t visible = NewFace(track_index, FaceOrigin::kDetected, reason);
  clip_.record.faces[visible].redact = false;
  ASSIGN_OR_RETURN(RowSpool rows, RowSpool::Create(run_.scratch));
  ASSIGN_OR_RETURN(RowCursor cursor, clip_.rows.Sorted(RowOrder::kByFace));
  clip_.rows = std::move(rows);
  clip_.summaries[index] = {};
  for (;;) {
    ASSIGN_OR_RETURN(const MaskRow* row, cursor.Next());
    if (row == nullptr) return absl::OkStatus();
    if (row->face != index) {
      RETURN_IF_ERROR(clip_.rows.Add(*row));
      continue;
    }
    const double seconds = shown[row->frame];
    RETURN_IF_ERROR(
        AddRow(seconds >= span.from && seconds <= span.to ? visible : index,
               {row->frame, row->x, row->y, row->width, row->height, row->score, row->source}));
  }
}

absl::StatusOr<ClipRecord> Analysis::Finish(const ClipInfo& info) {
  while (!pending_.empty()) RETURN_IF_ERROR(Answer());
  Record& record = clip_.record;
  for (int t = 0; t < static_cast<int>(tracks_.size()); ++t) {
    {
      const Timings::Lap lap(timings_, "follow");
      tracks_[t].follower->Finish();
    }
    if (!tracks_[t].shown.empty()) RETURN_IF_ERROR(Take(t));
  }

  for (int t = 0; t < static_cast<int>(tracks_.size()); ++t) {
    const Track& track = tracks_[t];
    const auto [width, height] = UprightSize(track.info);
    const std::string of_track = t > 0 ? absl::StrCat(" of video track ", t + 1) : "";
    RETURN_IF_ERROR(AddWholeFrames(
        t, track.unsearched, "the detector failed on these frames, so they are hidden whole"));
    const auto note = [&](const std::vector<int64_t>& frames, std::string_view why,
                          absl::string_view what) {
      for (size_t i = 0; i < frames.size();) {  // one moment a run of frames
        size_t end = i + 1;
        while (end < frames.size() && frames[end] == frames[end - 1] + 1) ++end;
        AddDoubt(track, 0, frames[i], frames[end - 1], why);
        i = end;
      }
      if (!frames.empty() && !what.empty()) {
        AddWarning(record, absl::StrCat(frames.size(), frames.size() == 1 ? " frame" : " frames",
                                        of_track, " ", what));
      }
    };
    note(track.unsearched, "unsearched", "could not be searched for faces: hidden whole");
    if (!track.shown.empty()) {
      // What the header promises and the file has not.
      const double end = track.EndOf(static_cast<int64_t>(track.shown.size()) - 1);
      if (end + std::max(0.5, 0.1 * track.info.seconds) < track.info.seconds) {
        AddWarning(record,
                   absl::StrFormat("the file seems to be cut off: of the %.2f seconds that its "
                                   "header promises%s, %.2f could be read",
                                   track.info.seconds, of_track, end));
      }
    }
    note(track.damaged, "damaged", "");  // the reader has a warning of its own
    const Rect whole{0, 0, static_cast<double>(width), static_cast<double>(height)};
    for (const Span& blank : settings_.blanks) {
      bool drawn = false;
      RETURN_IF_ERROR(
          Draw(t, whole, blank, absl::StrCat("blanked by --blank ", TextOf(blank)), drawn));
      if (!drawn)
        AddWarning(record,
                   absl::StrCat("no frame", of_track, " is shown at --blank ", TextOf(blank)));
    }
    for (const Region& region : settings_.regions) {
      const Rect& rect = region.rect;
      if (rect.x >= width || rect.y >= height || rect.x + rect.width <= 0 ||
          rect.y + rect.height <= 0) {
        AddWarning(record, absl::StrCat("the region ", TextOf(region), " lies outside the picture",
                                        of_track));
        continue;
      }
      bool drawn = false;
      if (region.follow) {
        const std::optional<Carried>& carried = track.carried[&region - settings_.regions.data()];
        drawn = carried.has_value();
        if (drawn && carried->lost_from) {
          AddDoubt(track, record.faces[carried->face].face, *carried->lost_from,
                   clip_.summaries[carried->face].last, "lost");
        }
      } else {
        RETURN_IF_ERROR(Draw(t, rect, region.span, "drawn by --region", drawn));
      }
      if (!drawn)
        AddWarning(record,
                   absl::StrCat("no frame", of_track, " is shown at --region ", TextOf(region)));
    }
  }
  for (size_t i = 0; i < settings_.exceptions.size(); ++i) {
    const auto best =
        std::max_element(best_[i].begin(), best_[i].end(), [](const auto& a, const auto& b) {
          return std::pair(a.second, -a.first) < std::pair(b.second, -b.first);
        });
    const std::string text = TextOf(settings_.exceptions[i]);
    if (best == best_[i].end()) {
      AddWarning(record, absl::StrCat("no face was found at --except ", text));
      continue;
    }
    const std::string reason = absl::StrCat("left visible by --except ", text);
    if (!settings_.exceptions[i].span) {
      record.faces[best->first].redact = false;
      record.faces[best->first].reason = reason;
    } else {
      RETURN_IF_ERROR(Split(best->first, *settings_.exceptions[i].span, reason));
    }
  }

  Merge(record.doubtful);
  const auto [width, height] = UprightSize(info.tracks.front());
  record.input.kind = "clip";
  record.input.width = width;
  record.input.height = height;
  record.input.frames = 0;
  for (const Track& track : tracks_) {
    record.input.frames = std::max(record.input.frames, static_cast<int64_t>(track.shown.size()));
  }
  return std::move(clip_);
}

}  // namespace

absl::StatusOr<ClipRecord> AnalyseClip(int fd, std::string name, const AnalyseSettings& settings,
                                       Detector& detector, const ClipRun& run) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ClipReader> reader,
                   OpenClip(fd, {.limits = run.limits, .threads = run.threads, .sound = false}));
  RETURN_IF_ERROR(HiddenInClip(fd).status());
  if (run.prepare) RETURN_IF_ERROR(run.prepare());
  auto hash = std::async(std::launch::async, [fd] { return Sha256OfFile(fd); });
  const ClipInfo& info = reader->info();
  ASSIGN_OR_RETURN(RowSpool spool, RowSpool::Create(run.scratch));
  Analysis analysis(settings, detector, run, info, std::move(spool));

  ClipProgress progress{.pass = ClipProgress::Pass::kAnalyse};
  for (const ClipTrack& track : info.tracks) {
    progress.all_frames += track.frames;
    progress.all_seconds = std::max(progress.all_seconds, track.seconds);
  }
  Prefetch items(*reader, analysis.timings(), "decode");
  for (;;) {
    if (run.stop != nullptr && *run.stop) return absl::CancelledError("was interrupted");
    ASSIGN_OR_RETURN(ClipReader::Item item, items.Next());
    if (std::holds_alternative<std::monostate>(item)) break;
    auto* frame = std::get_if<std::unique_ptr<ClipFrame>>(&item);
    if (frame == nullptr) continue;
    progress.seconds = (*frame)->seconds;
    RETURN_IF_ERROR(analysis.Add(std::move(*frame)));
    progress.frames = analysis.frames();
    if (run.progress) run.progress(progress);
  }
  if (analysis.frames() == 0) return absl::FailedPreconditionError("no frame in it can be shown");
  ASSIGN_OR_RETURN(ClipRecord clip, analysis.Finish(info));
  Record& record = clip.record;
  record.tool = {"efface", EFFACE_VERSION};
  record.model = {kModelName, kModelSha256};
  record.input.file = std::move(name);
  ASSIGN_OR_RETURN(record.input.bytes, FileSize(fd));
  ASSIGN_OR_RETURN(record.input.sha256, hash.get());
  NoteSettings(record, settings, detector.precision());
  for (const std::string& warning : reader->warnings()) AddWarning(record, warning);
  return clip;
}

}  // namespace efface
