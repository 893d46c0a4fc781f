// What the commands that measure share: options, progress, files that appear whole, exit codes.
#ifndef EFFACE_LINEUP_COMMAND_H_
#define EFFACE_LINEUP_COMMAND_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/bytes.h"
#include "lineup/study.h"

namespace CLI {
class App;
}

namespace lineup {

// Exit codes.
inline constexpr int kDone = 0, kFailed = 1, kUsage = 2;

// Where results go; empty: nowhere.
struct Outputs {
  std::string html, json;
  bool overwrite = false;
};

// --html, --json, --overwrite.
void AddOutputs(CLI::App& command, Outputs& outputs);
// All of Settings, but for the targets.
void AddSettings(CLI::App& command, Settings& settings);

// A line on stderr that replaces itself; nothing where that is no terminal.
class ProgressLine {
 public:
  explicit ProgressLine(bool quiet);
  ~ProgressLine();
  Progress Of(const std::string& what);

 private:
  bool shown_;
  int last_ = -1;
};

std::string JsonText(const nlohmann::ordered_json& json);

// Compares all with all and makes the figures of a report. study.embeddings is set, and outlives
// it; study.tally is set meanwhile. threads 0: all cores.
absl::StatusOr<nlohmann::ordered_json> FiguresOfEmbeddings(Study study, int threads,
                                                           const std::vector<std::string>& notes,
                                                           ProgressLine& line);

// The page and the JSON of a report; its summary, and what was left out, to stdout.
absl::Status WriteReport(const nlohmann::ordered_json& figures, const std::string& page,
                         const Outputs& outputs);

// The exit code, and on stderr the sentence of an error after the program's name.
int ExitCode(const char* program, const absl::Status& status);

}  // namespace lineup

#endif  // EFFACE_LINEUP_COMMAND_H_
