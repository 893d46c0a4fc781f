// The second pass: decode, mask, fill, encode, as the record says; and records of clips as files.
#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/sha256.h"
#include "base/status.h"
#include "efface/job/clip.h"
#include "efface/job/hidden.h"
#include "efface/job/hider.h"
#include "efface/job/mask_feed.h"
#include "efface/job/prefetch.h"
#include "efface/job/upright.h"
#include "efface/mask/mask.h"

namespace efface {
absl::StatusOr<ClipRecord> ScrubClipRecord(int fd, std::string name, const ClipRun& run) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ClipReader> reader,
                   OpenClip(fd, {.limits = run.limits, .threads = 1}));
  RETURN_IF_ERROR(HiddenInClip(fd).status());
  if (run.prepare) RETURN_IF_ERROR(run.prepare());
  ASSIGN_OR_RETURN(RowSpool rows, RowSpool::Create(run.scratch));
  ClipRecord clip{{}, std::move(rows), {}};
  Record& record = clip.record;
  const auto [width, height] = UprightSize(reader->info().tracks.front());
  record.tool = {"efface", EFFACE_VERSION};
  record.input.kind = "clip";
  record.input.file = std::move(name);
  record.input.width = width;
  record.input.height = height;
  ASSIGN_OR_RETURN(record.input.bytes, FileSize(fd));
  ASSIGN_OR_RETURN(record.input.sha256, Sha256OfFile(fd));
  NoteScrub(record);
  return clip;
}

absl::StatusOr<ClipRecord> ReadClipRecord(int fd, const std::filesystem::path& scratch) {
  ASSIGN_OR_RETURN(RowSpool rows, RowSpool::Create(scratch));
  std::vector<FaceSummary> summaries;
  const auto add = [&](size_t index, const Mask& mask) {
    if (summaries.size() <= index) summaries.resize(index + 1);
    FaceSummary& summary = summaries[index];
    summary.first = summary.masks == 0 ? mask.frame : std::min(summary.first, mask.frame);
    summary.last = std::max(summary.last, mask.frame);
    summary.best_score = std::max(summary.best_score, mask.score);
    ++summary.masks;
    return rows.Add({.face = static_cast<int64_t>(index),
                     .frame = mask.frame,
                     .x = mask.x,
                     .y = mask.y,
                     .width = mask.width,
                     .height = mask.height,
                     .score = static_cast<float>(mask.score),
                     .source = mask.source});
  };
  ASSIGN_OR_RETURN(Record record, StreamRecord(fd, add));
  summaries.resize(record.faces.size());
  return ClipRecord{std::move(record), std::move(rows), std::move(summaries)};
}

absl::Status WriteClipRecord(ClipRecord& clip, const RecordWriter::Put& put,
                             const SigningKey* key) {
  ASSIGN_OR_RETURN(RowCursor cursor, clip.rows.Sorted(RowOrder::kByFace));
  RecordWriter writer(clip.record, put, key);
  ASSIGN_OR_RETURN(const MaskRow* row, cursor.Next());
  for (size_t index = 0; index < clip.record.faces.size(); ++index) {
    writer.AddFace(clip.record.faces[index]);
    while (row != nullptr && row->face == static_cast<int64_t>(index)) {
      writer.AddMask(
          Rounded({row->frame, row->x, row->y, row->width, row->height, row->score, row->source}));
      ASSIGN_OR_RETURN(row, cursor.Next());
    }
  }
  return writer.End(clip.record);
}

absl::Status RenderClip(int fd, int out, const RenderSettings& settings, ClipRecord& clip,
                        const ClipRun& run) {
  Record& record = clip.record;
  Timings own_timings;
  Timings& timings = run.timings != nullptr ? *run.timings : own_timings;
  ASSIGN_OR_RETURN(const std::unique_ptr<ClipReader> reader,
                   OpenClip(fd, {.limits = run.limits,
                                 .threads = run.threads,
                                 .sound = settings.sound == Sound::kCopy}));
  ASSIGN_OR_RETURN(const std::vector<HiddenThing> hidden, HiddenInClip(fd));
  const ClipInfo& info = reader->info();
  NoteSettings(record, settings);
  Set(record, "encoder_threads", absl::StrCat(kEncoderThreads));
  ClipWriteOptions options{.quality = settings.quality,
                           .preset = settings.preset,
                           .codec = settings.codec,
                           .threads = kEncoderThreads,
                           .sound = settings.sound,
                           .keep = settings.keep};
  for (const Span& span : settings.mute) options.mute.emplace_back(span.from, span.to);
  ASSIGN_OR_RETURN(const std::unique_ptr<ClipWriter> writer, reader->NewWriter(out, options));

  std::vector<MaskFeed> feeds;
  for (int track = 0; track < static_cast<int>(info.tracks.size()); ++track) {
    ASSIGN_OR_RETURN(RowCursor cursor, clip.rows.Sorted(RowOrder::kByFrame));
    feeds.emplace_back(std::move(cursor), track, record);
  }
  for (const Face& face : record.faces) {
    if (face.track >= static_cast<int>(info.tracks.size())) {
      return absl::InvalidArgumentError(absl::StrCat("the record has a face on video track ",
                                                     face.track + 1, ", but the clip has ",
                                                     info.tracks.size(), " of them"));
    }
  }

  ClipProgress progress{.pass = ClipProgress::Pass::kRender};
  for (const ClipTrack& track : info.tracks) {
    progress.all_frames += track.frames;
    progress.all_seconds = std::max(progress.all_seconds, track.seconds);
  }
  std::vector<int64_t> frames(info.tracks.size(), 0);
  bool hides = false, sound = false;
  Prefetch items(*reader, timings, "decode again");
  for (;;) {
    if (run.stop != nullptr && *run.stop) return absl::CancelledError("was interrupted");
    ASSIGN_OR_RETURN(ClipReader::Item item, items.Next());
    if (std::holds_alternative<std::monostate>(item)) break;
    if (auto* packet = std::get_if<std::unique_ptr<SoundPacket>>(&item)) {
      sound = true;
      const Timings::Lap lap(timings, "encode");
      RETURN_IF_ERROR(writer->Write(std::move(*packet)));
      continue;
    }
    std::unique_ptr<ClipFrame> frame = std::get<std::unique_ptr<ClipFrame>>(std::move(item));
    const int track = frame->track;
    {
      const Timings::Lap lap(timings, "fill");
      ASSIGN_OR_RETURN(const PageMasks masks, feeds[track].Of(frames[track]++));
      if (!masks.hidden.empty()) {
        hides = true;
        std::vector<Shape> shapes;
        for (const MaskRow& row : masks.hidden) {
          shapes.push_back(ToStored(ShapeOf(row), info.tracks[track].orientation, frame->width(),
                                    frame->height()));
        }
        const ShapesHider hider(std::move(shapes), settings.fill, settings.color, Accuracy::kFast);
        RETURN_IF_ERROR(frame->Hide(hider));
      }
    }
    progress.seconds = frame->seconds;
    ++progress.frames;
    {
      const Timings::Lap lap(timings, "encode");
      RETURN_IF_ERROR(writer->Write(std::move(frame)));
    }
    if (run.progress) run.progress(progress);
  }
  for (size_t track = 0; track < feeds.size(); ++track) {
    ASSIGN_OR_RETURN(const std::optional<int64_t> rest, feeds[track].Rest());
    if (!rest) continue;
    return absl::InvalidArgumentError(absl::StrCat("the record has a mask on frame ", *rest,
                                                   ", but the clip has ", frames[track],
                                                   " frames, counted from 0"));
  }
  if (progress.frames == 0) return absl::FailedPreconditionError("no frame in it can be shown");
  if (IsScrub(record)) record.input.frames = *std::max_element(frames.begin(), frames.end());
  WrittenClip written;
  {
    const Timings::Lap lap(timings, "encode");
    ASSIGN_OR_RETURN(written, writer->Finish());
  }

  if (hides && !Weakness(settings.fill).empty()) AddWarning(record, Weakness(settings.fill));
  if (sound) AddWarning(record, kSoundWarning);
  for (const std::string& warning : reader->warnings()) AddWarning(record, warning);
  for (const std::string& warning : written.warnings) AddWarning(record, warning);
  record.kept = NamesOf(written.kept);
  if ((settings.keep.date && !written.kept.date) || (settings.keep.gps && !written.kept.gps)) {
    AddWarning(record,
               "the clip says no date or position that could be kept, or has no place for it");
  }
  record.removed = std::move(written.removed);
  AddRemoved(hidden, record.removed);
  std::erase_if(record.removed, [&](const Removed& each) {
    return (each.what == "date" && written.kept.date) ||
           (each.what == "location" && written.kept.gps);
  });
  ASSIGN_OR_RETURN(const int64_t bytes, FileSize(out));
  ASSIGN_OR_RETURN(std::string sha256, Sha256OfFile(out));
  record.output = Record::Output{"", bytes, std::move(sha256)};
  return absl::OkStatus();
}

}  // namespace efface
