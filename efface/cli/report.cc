#include "efface/cli/report.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/file.h"
#include "efface/record/names.h"
#include "efface/record/record.h"

namespace efface {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kProgressInterval(100);
// Failures are printed again at the end of a run that printed more lines than a screen holds.
constexpr int64_t kLongRun = 20;

std::string Count(int64_t count, const char* one, const char* many) {
  return absl::StrCat(count, " ", count == 1 ? one : many);
}

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
  }
  return "";
}

std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

}  // namespace

Reporter::Reporter(const Options& options, size_t files)
    : options_(options),
      files_(files),
      terminal_(isatty(STDERR_FILENO) != 0 && !options.quiet &&
                options.command == Options::Command::kRedact),
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
  const auto processed = static_cast<size_t>(done_ + skipped_) + failed_.size();
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
    case FileReport::Status::kDone:
      break;
  }
  ++done_;
  const int64_t hidden = HiddenFaces(*report.record);
  for (const Face& face : report.record->faces) {
    if (!face.redact) ++visible_;
  }
  const int64_t doubtful = DoubtfulFaces(*report.record);
  faces_ += hidden;
  doubtful_ += doubtful;
  records_ += report.record_path.empty() ? 0 : 1;
  sidecars_ += static_cast<int64_t>(report.sidecars.size());
  for (const std::string& warning : report.warnings) Notice(report.input, warning);

  if (options_.json) {
    PrintJson(report);
  } else if (options_.csv) {
    PrintCsv(report);
  } else if (options_.command == Options::Command::kInspect) {
    PrintTable(report);
  } else if (!options_.quiet && !(terminal_ && files_ > 1)) {
    std::printf("%s -> %s: %s%s\n", DisplayName(report.input).c_str(),
                DisplayName(report.output).c_str(), Count(hidden, "face", "faces").c_str(),
                doubtful > 0 ? absl::StrCat(", ", doubtful, " doubtful").c_str() : "");
    std::fflush(stdout);
  }
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
  if (options_.command == Options::Command::kRedact) {
    line["output"] = report.output.empty() ? nlohmann::ordered_json()
                                           : nlohmann::ordered_json(DisplayName(report.output));
    line["record"] = report.record_path.empty()
                         ? nlohmann::ordered_json()
                         : nlohmann::ordered_json(DisplayName(report.record_path));
    if (report.record) {
      line["faces"] = HiddenFaces(*report.record);
      line["doubtful"] = DoubtfulFaces(*report.record);
      line["warnings"] = report.warnings;
      line["removed"] = nlohmann::ordered_json::array();
      for (const Removed& removed : report.record->removed)
        line["removed"].push_back({{"what", removed.what}, {"bytes", removed.bytes}});
    }
  } else if (report.record) {
    line["record"] = nlohmann::ordered_json::parse(WriteRecord(*report.record));
  }
  std::printf("%s\n",
              line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
  std::fflush(stdout);
}

void Reporter::PrintTable(const FileReport& report) const {
  std::printf("%s: %s\n", DisplayName(report.input).c_str(),
              Count(static_cast<int64_t>(report.record->faces.size()), "face", "faces").c_str());
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
  for (const Face& face : report.record->faces) {
    for (const Mask& mask : face.masks) {
      std::printf("%s,%d,%d,%.2f,%.2f,%.2f,%.2f,%.4f,%s,%d\n",
                  CsvField(DisplayName(report.input)).c_str(), static_cast<int>(face.face),
                  static_cast<int>(mask.frame), mask.x, mask.y, mask.width, mask.height, mask.score,
                  NameOf(mask.source).data(), face.redact ? 1 : 0);
    }
  }
}

void Reporter::Summary(bool interrupted) {
  ClearProgress();
  if (options_.quiet) return;
  if (failures_ > 0 && done_ + failures_ > kLongRun) {
    Line("These failed:");
    for (const std::string& failure : failed_) Line(absl::StrCat("  ", failure));
  }
  const bool redact = options_.command == Options::Command::kRedact;
  std::string text =
      absl::StrCat(redact ? "Redacted " : "Inspected ", Count(done_, "photo", "photos"), " in ",
                   Duration(std::chrono::duration<double>(Clock::now() - start_).count()), ": ",
                   Count(faces_, "face", "faces"), redact ? " hidden" : " to hide");
  if (doubtful_ > 0) absl::StrAppend(&text, ", ", doubtful_, " of them doubtful: look at those");
  if (visible_ > 0) absl::StrAppend(&text, ", ", visible_, " left visible");
  absl::StrAppend(&text,
                  failures_ > 0 ? absl::StrCat("; ", failures_, " failed") : "; none failed");
  if (skipped_ > 0)
    absl::StrAppend(&text, "; ", skipped_,
                    skipped_ == 1 ? " is not a picture" : " are not pictures");
  if (sidecars_ > 0)
    absl::StrAppend(&text, "; ", Count(sidecars_, "sidecar", "sidecars"), " not copied");
  Line(text + ".");
  if (records_ > 0)
    Line("Each record (*.efface.json) names its original: do not publish records with the photos.");
  if (interrupted) Line("Interrupted: the other files were not begun.");
}

}  // namespace efface
