// The command line of efface.
#ifndef EFFACE_CLI_OPTIONS_H_
#define EFFACE_CLI_OPTIONS_H_

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "efface/job/batch.h"

namespace efface {

// Documented in docs/efface.1 and the README.
enum ExitCode {
  kExitDone = 0,
  kExitSomeFailed = 1,
  kExitUsage = 2,
  kExitCannotStart = 3,
  kExitInterrupted = 130
};

struct Options {
  std::vector<std::filesystem::path> paths;
  std::optional<std::filesystem::path> output_dir;
  bool quiet = false;
  bool json = false;
  bool csv = false;                                 // inspect
  std::optional<std::filesystem::path> preview;     // inspect: where to write it
  std::optional<std::filesystem::path> record_out;  // inspect: where to write the record
  std::optional<std::filesystem::path> record_in;   // redact: the record to obey
  bool timings = false;                             // redact: print stages of clips
  bool preset_given = false, codec_given = false, audio_given = false, mute_given = false;
  bool fill_given = false, color_given = false, quality_given = false,
       keep_given = false;  // override the record's
  BatchOptions batch;
};

// Options, or the exit code to end with: --help and --version print to stdout, errors of usage one
// sentence to stderr.
struct ParseResult {
  std::optional<Options> options;
  int exit_code = 0;
};
ParseResult ParseCommandLine(int argc, char** argv);

}  // namespace efface

#endif  // EFFACE_CLI_OPTIONS_H_
