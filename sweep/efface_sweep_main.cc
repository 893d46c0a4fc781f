// The command efface-sweep.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <condition_variable>
#include <cstdio>
#include <iostream>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/sha256.h"
#include "base/status.h"
#include "sweep/baseline.h"
#include "sweep/options.h"
#include "sweep/results.h"
#include "sweep/walk.h"

namespace sweep {
namespace {

constexpr int kClean = 0, kFound = 1, kFailed = 2;
constexpr int64_t kMaxText = int64_t{64} << 20;             // bytes of a rules file or a baseline
constexpr int64_t kMemoryForContents = int64_t{128} << 20;  // bytes
constexpr int kMaxThreads = 16;  // by default; each takes some 10 MB, and disks don't serve more

// A line that replaces itself on a terminal, written by a thread of its own.
class ProgressLine {
 public:
  ProgressLine(const Tally& tally, bool quiet) : tally_(tally) {
    if (!quiet && isatty(STDERR_FILENO) == 1) thread_ = std::thread([this] { Run(); });
  }
  ~ProgressLine() {
    if (!thread_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      done_ = true;
    }
    wake_.notify_all();
    thread_.join();
    std::fprintf(stderr, "\r\033[K");
  }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, std::chrono::milliseconds(250), [this] { return done_; }))
      std::fprintf(stderr, "\r\033[K%lld files, %lld MB swept",
                   static_cast<long long>(tally_.files),
                   static_cast<long long>(tally_.bytes >> 20));
  }
  const Tally& tally_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

absl::StatusOr<std::string> ReadText(const std::string& path) {
  const auto bytes = efface::ReadFile(path, kMaxText);
  if (!bytes.ok())
    return absl::Status(bytes.status().code(), absl::StrCat(path, ": ", bytes.status().message()));
  return std::string(bytes->begin(), bytes->end());
}

// Classes that are asked for, and whether what they find is flagged.
struct Classes {
  bool wanted[kRuleClasses] = {true, true, true, false, true};
  bool flagged[kRuleClasses] = {true, true, true, false, true};
};

absl::StatusOr<Classes> ClassesOf(const Options& options) {
  Classes classes;
  if (!options.classes.empty() && !options.no_classes.empty())
    return absl::InvalidArgumentError("give --class or --no-class, not both");
  if (!options.classes.empty()) classes = {{}, {}};
  for (const std::string& name : options.classes) {
    ASSIGN_OR_RETURN(const RuleClass one, RuleClassNamed(name));
    classes.wanted[static_cast<int>(one)] = classes.flagged[static_cast<int>(one)] = true;
  }
  if (options.all && options.classes.empty())
    classes.wanted[static_cast<int>(RuleClass::kDetection)] = true;
  for (const std::string& name : options.no_classes) {
    ASSIGN_OR_RETURN(const RuleClass one, RuleClassNamed(name));
    classes.wanted[static_cast<int>(one)] = classes.flagged[static_cast<int>(one)] = false;
  }
  return classes;
}

absl::StatusOr<std::vector<Rule>> LoadRules(const Options& options, const Classes& classes,
                                            absl::flat_hash_set<std::string>& own) {
  std::vector<Rule> all;
  if (!options.no_built_in) {
    ASSIGN_OR_RETURN(all, BuiltInRules());
    for (const std::string& text : BuiltInRuleTexts())
      own.insert(efface::Sha256Hex(efface::AsBytes(text)));
  }
  for (const std::string& path : options.rules) {
    ASSIGN_OR_RETURN(const std::string text, ReadText(path));
    ASSIGN_OR_RETURN(auto more, ParseRules(text, path));
    own.insert(efface::Sha256Hex(efface::AsBytes(text)));
    std::move(more.begin(), more.end(), std::back_inserter(all));
  }
  RETURN_IF_ERROR(CheckUnique(all));
  std::erase_if(
      all, [&](const Rule& rule) { return !classes.wanted[static_cast<int>(rule.rule_class)]; });
  if (all.empty()) return absl::InvalidArgumentError("no rule is left to look for");
  return all;
}

void ListRules(const std::vector<Rule>& rules) {
  for (const Rule& rule : rules)
    std::printf("%-40s %-17s %-8s %-7s %s\n", rule.id.c_str(),
                std::string(RuleClassName(rule.rule_class)).c_str(),
                std::string(SeverityName(rule.severity)).c_str(),
                std::string(ConfidenceName(rule.confidence)).c_str(), rule.title.c_str());
}

void PrintLiterals(const std::vector<Rule>& rules) {
  std::set<std::string> literals;
  for (const Rule& rule : rules)
    for (const Pattern& pattern : rule.patterns)
      if (!pattern.regex) literals.insert(pattern.text);
  for (const std::string& literal : literals) std::printf("%s\n", literal.c_str());
}

Confidence ConfidenceNamed(const std::string& name) {
  return name == "low"      ? Confidence::kLow
         : name == "medium" ? Confidence::kMedium
                            : Confidence::kHigh;
}

absl::StatusOr<int> Run(const Options& options) {
  ASSIGN_OR_RETURN(const Classes classes, ClassesOf(options));
  ExamineOptions examining{
      .literal = options.literal, .mentions = options.all, .limits = options.limits};
  ASSIGN_OR_RETURN(std::vector<Rule> rules, LoadRules(options, classes, examining.own_rules));
  if (options.list_rules || options.print_literals) {
    options.list_rules ? ListRules(rules) : PrintLiterals(rules);
    return kClean;
  }
  if (options.paths.empty())
    return absl::InvalidArgumentError(
        "say what to sweep: folders, files, archives (--help lists all options)");
  if (!options.reason.empty() && options.write_baseline.empty())
    return absl::InvalidArgumentError("--reason goes with --write-baseline");
  std::vector<Accepted> baseline;
  if (!options.baseline.empty()) {
    ASSIGN_OR_RETURN(const std::string text, ReadText(options.baseline));
    auto parsed = ParseBaseline(text);
    if (!parsed.ok())
      return absl::InvalidArgumentError(
          absl::StrCat(options.baseline, ": ", parsed.status().message()));
    baseline = std::move(*parsed);
  }
  const char* temporary = std::getenv("TMPDIR");
  examining.scratch = !options.temp.empty()                     ? options.temp
                      : temporary != nullptr && *temporary != 0 ? temporary
                                                                : "/var/tmp";
  ASSIGN_OR_RETURN(const Matcher matcher,
                   Matcher::Build(std::move(rules), {options.literal, options.all}));

  MemoryBudget budget(kMemoryForContents);
  Collector collector;
  Images images;
  Tally tally;
  const int cores =
      std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxThreads);
  {
    const ProgressLine line(tally, options.quiet);
    WalkPaths(
        options.paths, {options.threads > 0 ? options.threads : cores, options.exclude},
        [&] { return Examiner(matcher, examining, budget, collector, images); }, collector, tally);
  }

  Results results{
      matcher.rules(), options.paths, collector.TakeFindings(), {}, collector.TakeNotes(),
      tally.files,     tally.bytes};
  const Confidence least = ConfidenceNamed(options.min_confidence);
  if (!options.all)
    std::erase_if(results.findings,
                  [&](const Finding& finding) { return finding.confidence < least; });
  images.Place(results.findings);
  Accept(baseline, matcher.rules(), results.findings);
  for (const Finding& finding : results.findings)
    results.flagged.push_back(!finding.mention && finding.accepted.empty() &&
                              finding.confidence >= least &&
                              classes.flagged[static_cast<int>(
                                  matcher.rules()[static_cast<size_t>(finding.rule)].rule_class)]);

  for (const Note& note : results.notes)
    std::fprintf(stderr, "efface-sweep: %s: %s\n", note.path.c_str(), note.sentence.c_str());
  for (const Accepted& accepted : baseline)
    if (!accepted.met)
      std::fprintf(stderr,
                   "efface-sweep: %s: %s in %s was not found any more, and can be taken out\n",
                   options.baseline.c_str(), accepted.rule.c_str(), accepted.path.c_str());
  std::printf("%s", Table(results).c_str());
  RETURN_IF_ERROR(
      efface::WriteResult(options.json, efface::AsBytes(JsonText(results)), options.overwrite));
  RETURN_IF_ERROR(
      efface::WriteResult(options.sarif, efface::AsBytes(SarifText(results)), options.overwrite));
  if (!options.write_baseline.empty()) {
    std::vector<bool> wanted = results.flagged;
    for (size_t i = 0; i < wanted.size(); ++i)
      wanted[i] = wanted[i] || !results.findings[i].accepted.empty();
    const std::string baseline_text =
        BaselineText(matcher.rules(), results.findings, wanted, options.reason);
    RETURN_IF_ERROR(efface::WriteResult(options.write_baseline, efface::AsBytes(baseline_text),
                                        options.overwrite));
  }
  if (results.Flagged() > 0) return kFound;
  return results.Incomplete() ? kFailed : kClean;
}

int Main(int argc, char** argv) {
  CLI::App app(
      "Finds face-recognition technology in folders, archives and container images, by rules that "
      "are data.\nOpens no network connection.",
      "efface-sweep");
  app.set_version_flag("--version", std::string("efface-sweep ") + EFFACE_VERSION);
  app.footer(
      "Exit codes: 0 nothing found; 1 something found; 2 bad use, or nothing found but something "
      "could not be read.");
  Options options;
  AddOptions(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    std::fprintf(stderr, "efface-sweep: %s\n", error.what());
    return kFailed;
  }
  absl::StatusOr<int> code = Run(options);
  if (code.ok() && (std::fflush(stdout) != 0 || std::ferror(stdout) != 0))
    code = absl::UnavailableError("cannot write to the standard output");
  if (code.ok()) return *code;
  std::fprintf(stderr, "efface-sweep: %s\n", std::string(code.status().message()).c_str());
  return kFailed;
}

}  // namespace
}  // namespace sweep

int main(int argc, char** argv) { return sweep::Main(argc, argv); }
