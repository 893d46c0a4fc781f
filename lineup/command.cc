#include "lineup/command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "lineup/report.h"

namespace lineup {

using Json = nlohmann::ordered_json;

void AddOutputs(CLI::App& command, Outputs& outputs) {
  command.add_option("--html", outputs.html, "Write the report as a page")->type_name("FILE");
  command.add_option("--json", outputs.json, "Write the figures")->type_name("FILE");
  command.add_flag("--overwrite", outputs.overwrite, "Replace files that are there");
}

void AddSettings(CLI::App& command, Settings& settings) {
  command.add_option("--threshold", settings.fixed, "Measure at this threshold too");
  command
      .add_option("--common-fmr", settings.common_fmr,
                  "Compare groups at the threshold of this FMR")
      ->capture_default_str()
      ->check(CLI::Range(1e-9, 1.0));
  command.add_option("--alpha", settings.alpha, "Weight of false matches in GARBE, FDR and IR")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1.0));
  command.add_option("--gallery", settings.galleries, "Search in galleries of these sizes")
      ->delimiter(',');
  command.add_option("--searches", settings.searches, "Search for so many pictures at most")
      ->capture_default_str()
      ->check(CLI::Range(1u, 10'000'000u));
  command
      .add_option("--extrapolate", settings.extrapolate,
                  "Go on to these gallery sizes, marked as such")
      ->delimiter(',');
  command.add_option("--replicates", settings.replicates, "Draws of the bootstrap")
      ->capture_default_str()
      ->check(CLI::Range(100, 100'000));
  command.add_option("--seed", settings.seed, "Of all random draws")->capture_default_str();
}

ProgressLine::ProgressLine(bool quiet) : shown_(!quiet && isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (shown_ && last_ >= 0) std::fprintf(stderr, "\r\033[K");
}

Progress ProgressLine::Of(const std::string& what) {
  return [this, what](double share) {
    const int percent = static_cast<int>(100 * share);
    if (!shown_ || percent == last_) return;
    last_ = percent;
    std::fprintf(stderr, "\r\033[K%s %d %%", what.c_str(), percent);
  };
}

std::string JsonText(const Json& json) {
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<Json> FiguresOfEmbeddings(Study study, int threads,
                                         const std::vector<std::string>& notes,
                                         ProgressLine& line) {
  const Embeddings& embeddings = *study.embeddings;
  const unsigned cores = std::max(1u, std::thread::hardware_concurrency());
  AllPairsOptions comparing{.threads = threads > 0 ? threads : static_cast<int>(cores),
                            .targets = study.settings.targets,
                            .progress = line.Of("comparing")};
  for (const double fixed : study.settings.fixed)
    comparing.thresholds.push_back(study.Similarity(fixed));
  ASSIGN_OR_RETURN(const std::unique_ptr<Tally> tally, CompareAll(embeddings, comparing));
  study.tally = tally.get();
  CountFailedPairs(embeddings.population, study);
  return Figures(study, embeddings.left_out, notes, line.Of("searching"));
}

absl::Status WriteReport(const Json& figures, const std::string& page, const Outputs& outputs) {
  RETURN_IF_ERROR(
      efface::WriteResult(outputs.json, efface::AsBytes(JsonText(figures)), outputs.overwrite));
  RETURN_IF_ERROR(efface::WriteResult(outputs.html, efface::AsBytes(page), outputs.overwrite));
  for (const Json& sentence : figures["summary"])
    std::printf("%s\n", sentence.get<std::string>().c_str());
  for (const Json& left : figures["left_out"])
    std::printf("Left out: %s (%lld; the first: %s).\n", left["what"].get<std::string>().c_str(),
                static_cast<long long>(left["count"].get<int64_t>()),
                left["first"].get<std::string>().c_str());
  return absl::OkStatus();
}

int ExitCode(const char* program, const absl::Status& status) {
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    std::fprintf(stderr, "%s: cannot write to the standard output\n", program);
    return kFailed;
  }
  if (status.ok()) return kDone;
  std::fprintf(stderr, "%s: %s\n", program, std::string(status.message()).c_str());
  return kFailed;
}

}  // namespace lineup
