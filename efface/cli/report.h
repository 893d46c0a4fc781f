// What efface prints: lines, the progress bar, JSON, CSV, the table of inspect, the summary.
#ifndef EFFACE_CLI_REPORT_H_
#define EFFACE_CLI_REPORT_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "efface/cli/options.h"
#include "efface/job/batch.h"
#include "efface/job/inputs.h"

namespace efface {

// Results go to stdout, everything else to stderr. Not safe for use by two threads at once.
class Reporter {
 public:
  Reporter(const Options& options, size_t files);

  void Failure(const std::filesystem::path& path, const std::string& sentence);
  void Notice(const std::filesystem::path& path, const std::string& sentence);
  void File(const FileReport& report);

  // A clip in work.
  void Clip(const std::filesystem::path& path, const ClipProgress& progress);

  // The last lines. `interrupted`: the run was stopped before its end.
  void Summary(bool interrupted);

  int64_t failures() const { return failures_; }

 private:
  void Line(const std::string& text);  // on stderr, above the progress bar
  void Progress();
  void ClearProgress();
  void PrintJson(const FileReport& report) const;
  void PrintTable(const FileReport& report) const;
  void PrintCsv(const FileReport& report) const;
  void PrintClipTable(const FileReport& report) const;
  void PrintTimings(const FileReport& report);

  const Options& options_;
  const size_t files_;  // to work through
  const bool terminal_;
  const std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point last_progress_;
  bool progress_shown_ = false;
  std::filesystem::path clip_;  // the one in work last
  ClipProgress::Pass clip_pass_ = ClipProgress::Pass::kAnalyse;
  std::chrono::steady_clock::time_point clip_start_;
  int64_t photos_ = 0, clips_ = 0, moments_ = 0, sounds_ = 0, resumed_ = 0;
  int64_t done_ = 0, failures_ = 0, skipped_ = 0, faces_ = 0, doubtful_ = 0, visible_ = 0,
          records_ = 0, sidecars_ = 0;
  std::vector<std::string> failed_;  // one sentence each, repeated in the summary of a long run
};

}  // namespace efface

#endif  // EFFACE_CLI_REPORT_H_
