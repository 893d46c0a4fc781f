#include "efface/cli/report.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/file.h"
#include "base/words.h"
#include "efface/record/names.h"
#include "efface/record/record.h"

namespace efface {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kProgressInterval(100);
// Failures are printed again at the end of a run that printed more lines than a screen holds.
constexpr int64_t kLongRun = 20;

std::string Duration(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  if (whole >= 3600)
    return absl::StrFormat("%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  return absl::StrFormat("%d:%02d", whole / 60, whole % 60);
}

const char* StatusName(FileReport::Status status) {
  switch (status) {
    case FileReport::Status::kDone:
      return "ok";
    case FileReport::Status::kFailed:
      return "failed";
    case FileReport::Status::kSkipped:
      return "skipped";
    case FileReport::Status::kResumed:
      return "done before";
  }
  return "";
}

std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

// Moments that redact prints of each clip; inspect prints all.
constexpr size_t kMostMoments = 10;

const Record& RecordOf(const FileReport& report) {
  return report.clip ? report.clip->record : *report.record;
}

// "2 photos and 1 clip"
std::string Done(int64_t photos, int64_t clips) {
  if (clips == 0) return CountOf(photos, "photo", "photos");
  if (photos == 0) return CountOf(clips, "clip", "clips");
  return absl::StrCat(CountOf(photos, "photo", "photos"), " and ", CountOf(clips, "clip", "clips"));
}

// The moments of a clip that a person should look at, by time.
void PrintMoments(const Record& record, size_t most) {
  std::vector<Doubt> moments = record.doubtful;
  std::stable_sort(moments.begin(), moments.end(),
                   [](const Doubt& a, const Doubt& b) { return a.from < b.from; });
  if (!moments.empty()) std::printf("  look at     from s     to s  face\n");
  for (size_t i = 0; i < std::min(moments.size(), most); ++i) {
    const Doubt& moment = moments[i];
    std::printf("  %-10s%8.2f%9.2f  %s\n", moment.why.c_str(), moment.from, moment.to,
                moment.face > 0 ? absl::StrCat(moment.face).c_str() : "");
  }
  if (moments.size() > most) std::printf("  and %zu more, in the record\n", moments.size() - most);
}

}  // namespace

Reporter::Reporter(const Options& options, size_t files)
    : options_(options),
      files_(files),
      terminal_(isatty(STDERR_FILENO) != 0 && !options.quiet && options.batch.write),
      start_(Clock::now()),
      last_progress_(start_ - kProgressInterval) {
  if (options_.csv) std::printf("input,face,frame,x,y,width,height,score,source,redact\n");
}

void Reporter::Line(const std::string& text) {
  ClearProgress();
  std::fprintf(stderr, "%s\n", text.c_str());
}

void Reporter::ClearProgress() {
  if (progress_shown_) std::fputs("\r\x1b[K", stderr);
  progress_shown_ = false;
}

void Reporter::Progress() {
  if (!terminal_ || files_ < 2) return;
  const auto now = Clock::now();
  const auto processed = static_cast<size_t>(done_ + skipped_ + resumed_) + failed_.size();
  if (now - last_progress_ < kProgressInterval && processed < files_) return;
  last_progress_ = now;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = processed / std::max(seconds, 1e-3);
  const int width = 24;
  const int filled = static_cast<int>(width * std::min(processed, files_) / files_);
  std::string bar(filled, '#');
  bar.append(width - filled, '.');
  std::fprintf(stderr, "\r\x1b[K[%s] %zu of %zu, %.1f a second, %s left", bar.c_str(), processed,
               files_, rate,
               Duration((files_ - std::min(processed, files_)) / std::max(rate, 1e-3)).c_str());
  std::fflush(stderr);
  progress_shown_ = true;
}

void Reporter::Failure(const std::filesystem::path& path, const std::string& sentence) {
  ++failures_;
  failed_.push_back(absl::StrCat(DisplayName(path), ": ", sentence));
  Line(absl::StrCat("efface: ", failed_.back()));
  if (options_.json) {
    FileReport report;
    report.input = path;
    report.sentence = sentence;
    PrintJson(report);
  }
}

void Reporter::Notice(const std::filesystem::path& path, const std::string& sentence) {
  if (!options_.quiet) Line(absl::StrCat(DisplayName(path), ": ", sentence));
}

void Reporter::File(const FileReport& report) {
  switch (report.status) {
    case FileReport::Status::kFailed:
      Failure(report.input, report.sentence);
      Progress();
      return;
    case FileReport::Status::kSkipped:
      ++skipped_;
      Notice(report.input, report.sentence);
      if (options_.json) PrintJson(report);
      Progress();
      return;
    case FileReport::Status::kResumed:
      ++resumed_;
      if (options_.json) PrintJson(report);
      Progress();
      return;
    case FileReport::Status::kDone:
      break;
  }
  ++done_;
  ++(report.clip ? clips_ : photos_);
  const Record& record = RecordOf(report);
  const int64_t hidden = HiddenFaces(record);
  for (const Face& face : record.faces) {
    if (!face.redact) ++visible_;
  }
  const int64_t doubtful =
      report.clip ? static_cast<int64_t>(record.doubtful.size()) : DoubtfulFaces(*report.record);
  faces_ += hidden;
  (report.clip ? moments_ : doubtful_) += doubtful;
  records_ += report.record_path.empty() ? 0 : 1;
  sidecars_ += static_cast<int64_t>(report.sidecars.size());
  for (const std::string& warning : report.warnings) {
    if (warning == kSoundWarning) {
      ++sounds_;
    } else if (warning != kScrubWarning || !options_.batch.scrub) {  // the summary says it once
      Notice(report.input, warning);
    }
  }

  if (options_.json) {
    PrintJson(report);
  } else if (options_.csv) {
    PrintCsv(report);
  } else if (!options_.batch.write) {
    PrintTable(report);
  } else if (!options_.quiet && !(terminal_ && files_ > 1)) {
    std::printf(
        "%s -> %s: %s%s\n", DisplayName(report.input).c_str(), DisplayName(report.output).c_str(),
        options_.batch.scrub
            ? CountOf(static_cast<int64_t>(record.removed.size()), "kind removed", "kinds removed")
                  .c_str()
            : CountOf(hidden, "face", "faces").c_str(),
        doubtful == 0 ? ""
        : report.clip
            ? absl::StrCat(", ", CountOf(doubtful, "moment", "moments"), " to look at").c_str()
            : absl::StrCat(", ", doubtful, " doubtful").c_str());
    if (report.clip) PrintMoments(record, kMostMoments);
    std::fflush(stdout);
  }
  if (options_.timings && report.clip) PrintTimings(report);
  for (const auto& sidecar : report.sidecars) {
    if (std::find(options_.paths.begin(), options_.paths.end(), report.input) !=
        options_.paths.end()) {
      Notice(sidecar, "belongs to a photo and is not copied");
    }
  }
  Progress();
}

void Reporter::PrintJson(const FileReport& report) const {
  nlohmann::ordered_json line;
  line["input"] = DisplayName(report.input);
  line["status"] = StatusName(report.status);
  line["error"] =
      report.sentence.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(report.sentence);
  const bool writes = options_.batch.write;
  if (writes) {
    line["output"] = report.output.empty() ? nlohmann::ordered_json()
                                           : nlohmann::ordered_json(DisplayName(report.output));
    line["record"] = report.record_path.empty()
                         ? nlohmann::ordered_json()
                         : nlohmann::ordered_json(DisplayName(report.record_path));
    if (report.record || report.clip) {
      const Record& record = RecordOf(report);
      line["faces"] = HiddenFaces(record);
      line["doubtful"] = report.clip ? static_cast<int64_t>(record.doubtful.size())
                                     : DoubtfulFaces(*report.record);
      line["warnings"] = report.warnings;
      line["removed"] = nlohmann::ordered_json::array();
      for (const Removed& removed : record.removed)
        line["removed"].push_back({{"what", removed.what}, {"bytes", removed.bytes}});
      line["kept"] = record.kept;
    }
    if (options_.timings && report.clip) {
      line["timings"] = {{"wall", report.seconds}, {"cpu", report.cpu_seconds}};
      for (const StageTime& stage : report.timings)
        line["timings"]["stages"][stage.stage] = {{"wall", stage.wall}, {"cpu", stage.cpu}};
    }
  } else if (report.record) {
    line["record"] = nlohmann::ordered_json::parse(WriteRecord(*report.record));
  }
  std::string text = line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  if (report.clip && !writes) {  // its record is too long for a tree: put in before the last brace
    text.pop_back();
    std::printf("%s,\"record\":", text.c_str());
    const absl::Status status = WriteClipRecord(*report.clip, [](ByteView bytes) {
      for (const uint8_t byte : bytes) {  // one line: line breaks stand between tokens only
        if (byte != '\n') std::putchar(byte);
      }
      return absl::OkStatus();
    });
    text = status.ok() ? "}" : "null}";
  }
  std::printf("%s\n", text.c_str());
  std::fflush(stdout);
}

void Reporter::PrintTimings(const FileReport& report) {
  std::string text = absl::StrFormat("%-14s%10s%10s\n", "  stage", "wall s", "cpu s");
  for (const StageTime& stage : report.timings)
    absl::StrAppendFormat(&text, "  %-12s%10.2f%10.2f\n", stage.stage, stage.wall, stage.cpu);
  absl::StrAppendFormat(&text, "  %-12s%10.2f%10.2f", "all", report.seconds, report.cpu_seconds);
  Line(text);
}

void Reporter::PrintClipTable(const FileReport& report) const {
  const Record& record = report.clip->record;
  std::printf("%s: %s\n", DisplayName(report.input).c_str(),
              CountOf(static_cast<int64_t>(record.faces.size()), "face", "faces").c_str());
  if (!record.faces.empty()) std::printf("  face  track   from s     to s  frames  score  \n");
  for (size_t i = 0; i < record.faces.size(); ++i) {
    const Face& face = record.faces[i];
    const FaceSummary& summary = report.clip->summaries[i];
    std::printf("%6d%7d%9.2f%9.2f%8d%7.2f  %s%s\n", static_cast<int>(face.face), face.track,
                summary.first_second, summary.last_second, static_cast<int>(summary.masks),
                summary.best_score, face.reason.value_or("").c_str(),
                !face.redact ? ", left visible" : "");
  }
  PrintMoments(record, SIZE_MAX);
  std::fflush(stdout);
}

void Reporter::PrintTable(const FileReport& report) const {
  if (report.clip) return PrintClipTable(report);
  std::printf("%s: %s\n", DisplayName(report.input).c_str(),
              CountOf(static_cast<int64_t>(report.record->faces.size()), "face", "faces").c_str());
  if (!report.record->faces.empty())
    std::printf("  face  page         x         y     width    height  score  source\n");
  for (const Face& face : report.record->faces) {
    for (const Mask& mask : face.masks) {
      std::printf("%6d%6d%10.1f%10.1f%10.1f%10.1f%7.2f  %s%s%s\n", static_cast<int>(face.face),
                  static_cast<int>(mask.frame), mask.x, mask.y, mask.width, mask.height, mask.score,
                  NameOf(mask.source).data(), !face.redact ? ", left visible" : "",
                  face.redact && mask.score < kDoubtfulScore ? ", doubtful" : "");
    }
  }
  std::fflush(stdout);
}

void Reporter::PrintCsv(const FileReport& report) const {
  const std::string input = CsvField(DisplayName(report.input));
  const auto print = [&](const Face& face, const Mask& mask) {
    std::printf("%s,%d,%d,%.2f,%.2f,%.2f,%.2f,%.4f,%s,%d\n", input.c_str(),
                static_cast<int>(face.face), static_cast<int>(mask.frame), mask.x, mask.y,
                mask.width, mask.height, mask.score, NameOf(mask.source).data(),
                face.redact ? 1 : 0);
  };
  if (!report.clip) {
    for (const Face& face : report.record->faces) {
      for (const Mask& mask : face.masks) print(face, mask);
    }
    return;
  }
  auto cursor = report.clip->rows.Sorted(RowOrder::kByFace);
  while (cursor.ok()) {
    const auto row = cursor->Next();
    if (!row.ok() || *row == nullptr) break;
    print(report.clip->record.faces[(*row)->face],
          {(*row)->frame, (*row)->x, (*row)->y, (*row)->width, (*row)->height, (*row)->score,
           (*row)->source});
  }
}

void Reporter::Clip(const std::filesystem::path& path, const ClipProgress& progress) {
  if (!terminal_) return;
  const auto now = Clock::now();
  if (path != clip_ || progress.pass != clip_pass_) {
    clip_ = path;
    clip_pass_ = progress.pass;
    clip_start_ = now;
  }
  if (now - last_progress_ < kProgressInterval) return;
  last_progress_ = now;
  const double spent = std::max(std::chrono::duration<double>(now - clip_start_).count(), 1e-3);
  std::string text = absl::StrFormat(
      "%s: %s, %d", DisplayName(path.filename()),
      progress.pass == ClipProgress::Pass::kAnalyse ? "searching" : "hiding", progress.frames);
  if (progress.all_frames > 0) absl::StrAppendFormat(&text, " of %d", progress.all_frames);
  absl::StrAppendFormat(&text, " frames, %.0f frames a second, %.1f x real time",
                        progress.frames / spent, progress.seconds / spent);
  const double share = progress.all_frames > 0
                           ? static_cast<double>(progress.frames) / progress.all_frames
                       : progress.all_seconds > 0 ? progress.seconds / progress.all_seconds
                                                  : 0;
  if (share > 0 && share < 1)
    absl::StrAppend(&text, ", ", Duration(spent / share - spent), " left of this pass");
  if (files_ > 1)
    absl::StrAppendFormat(&text, "; file %d of %d",
                          done_ + skipped_ + resumed_ + static_cast<int64_t>(failed_.size()) + 1,
                          files_);
  std::fprintf(stderr, "\r\x1b[K%s", text.c_str());
  std::fflush(stderr);
  progress_shown_ = true;
}

void Reporter::Summary(bool interrupted) {
  ClearProgress();
  if (options_.quiet) return;
  if (failures_ > 0 && done_ + failures_ > kLongRun) {
    Line("These failed:");
    for (const std::string& failure : failed_) Line(absl::StrCat("  ", failure));
  }
  const bool writes = options_.batch.write;
  const bool scrub = options_.batch.scrub;
  std::string text = absl::StrCat(
      scrub    ? "Scrubbed "
      : writes ? "Redacted "
               : "Inspected ",
      Done(photos_, clips_), " in ",
      Duration(std::chrono::duration<double>(Clock::now() - start_).count()), ": ",
      scrub ? std::string("faces are not hidden")
            : absl::StrCat(CountOf(faces_, "face", "faces"), writes ? " hidden" : " to hide"));
  if (doubtful_ > 0) absl::StrAppend(&text, ", ", doubtful_, " of them doubtful: look at those");
  if (moments_ > 0)
    absl::StrAppend(&text, ", ", CountOf(moments_, "moment", "moments"), " of clips to look at");
  if (visible_ > 0) absl::StrAppend(&text, ", ", visible_, " left visible");
  absl::StrAppend(&text,
                  failures_ > 0 ? absl::StrCat("; ", failures_, " failed") : "; none failed");
  if (skipped_ > 0)
    absl::StrAppend(&text, "; ", skipped_,
                    skipped_ == 1 ? " is not a picture" : " are not pictures");
  if (resumed_ > 0) absl::StrAppend(&text, "; ", resumed_, " done before or by another process");
  if (sidecars_ > 0)
    absl::StrAppend(&text, "; ", CountOf(sidecars_, "sidecar", "sidecars"), " not copied");
  Line(text + ".");
  if (records_ > 0)
    Line(
        "Each record (*.efface.json) names its original: do not publish records with the results.");
  if (clips_ > 0 && writes && sounds_ > 0)
    Line("The sound of clips was copied and not reviewed: --audio drop or --mute silences it.");
  if (interrupted) Line("Interrupted: the other files were not begun.");
}

}  // namespace efface
