// The command efface-lineup.
#include <CLI/CLI.hpp>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "lineup/command.h"
#include "lineup/odds.h"
#include "lineup/report.h"

namespace lineup {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kMaxReport = int64_t{1} << 28;  // bytes

struct Options {
  std::string scores, embeddings, persons, metric, name;
  std::vector<std::string> compare;
  bool higher_is_same = false, distance = false, leave_out_bad = false, quiet = false;
  int threads = 0;
  Outputs outputs;
  Settings settings;
};

struct OddsOptions {
  OddsInput input;
  std::string report;
  bool extrapolate = false, json = false;
};

absl::StatusOr<Json> ReadReport(const std::string& path) {
  const auto bytes = efface::ReadFile(path, kMaxReport);
  if (!bytes.ok())
    return absl::Status(bytes.status().code(), absl::StrCat(path, ": ", bytes.status().message()));
  Json json = Json::parse(bytes->begin(), bytes->end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object())
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": is no report of efface-lineup report --json"));
  return json;
}

absl::Status RunCompare(const Options& options) {
  ASSIGN_OR_RETURN(const Json a, ReadReport(options.compare[0]));
  ASSIGN_OR_RETURN(const Json b, ReadReport(options.compare[1]));
  ASSIGN_OR_RETURN(const Json comparison, Compare(a, b));
  const Outputs& outputs = options.outputs;
  RETURN_IF_ERROR(
      efface::WriteResult(outputs.json, efface::AsBytes(JsonText(comparison)), outputs.overwrite));
  RETURN_IF_ERROR(efface::WriteResult(
      outputs.html, efface::AsBytes(ComparisonPage(comparison, a, b)), outputs.overwrite));
  std::printf("%s\n", comparison["how"].get<std::string>().c_str());
  for (const Json& row : comparison["rows"])
    if (row.contains("in_words")) std::printf("%s\n", row["in_words"].get<std::string>().c_str());
  return absl::OkStatus();
}

absl::Status RunReport(const Options& options) {
  if (!options.compare.empty()) return RunCompare(options);
  if (options.scores.empty() == options.embeddings.empty())
    return absl::InvalidArgumentError(
        "give either --scores, or --embeddings with --persons, or --compare");
  ProgressLine line(options.quiet);
  Study study;
  study.settings = options.settings;
  study.name =
      !options.name.empty()
          ? options.name
          : efface::DisplayName(
                std::filesystem::path(options.scores.empty() ? options.embeddings : options.scores)
                    .filename());
  const Flaws flaws = options.leave_out_bad ? Flaws::kLeaveOut : Flaws::kRefuse;
  std::unique_ptr<ScoreFile> scores;
  Embeddings embeddings;
  Json figures;
  if (!options.scores.empty()) {
    if (options.higher_is_same == options.distance)
      return absl::InvalidArgumentError(
          "say what the scores mean: --higher-is-same, or --distance (lower is same)");
    study.direction = options.distance ? Direction::kDistance : Direction::kHigherIsSame;
    ScoreFileOptions reading{.direction = study.direction,
                             .flaws = flaws,
                             .targets = study.settings.targets,
                             .searches = study.settings.searches,
                             .seed = study.settings.seed,
                             .progress = line.Of("reading")};
    for (const double fixed : study.settings.fixed)
      reading.thresholds.push_back(study.Similarity(fixed));
    ASSIGN_OR_RETURN(scores, ReadScores(options.scores, reading));
    study.tally = scores->tally.get();
    study.galleries = &scores->galleries;
    study.failed_genuine = scores->failed_genuine;
    study.failed_impostor = scores->failed_impostor;
    study.failed_genuine_of = scores->failed_genuine_of;
    study.failed_impostor_of = scores->failed_impostor_of;
    if (study.tally->impostor_pairs == 0)
      return absl::InvalidArgumentError(
          absl::StrCat(options.scores, ": holds no comparison of two different people"));
    figures = Figures(study, scores->left_out, scores->notes, nullptr);
  } else {
    if (options.persons.empty())
      return absl::InvalidArgumentError(
          "--embeddings needs --persons, the table of who is on each picture");
    if (options.metric.empty())
      return absl::InvalidArgumentError("--embeddings needs --metric cosine or --metric euclidean");
    const Metric metric = options.metric == "cosine" ? Metric::kCosine : Metric::kEuclidean;
    study.direction = metric == Metric::kCosine ? Direction::kHigherIsSame : Direction::kDistance;
    ASSIGN_OR_RETURN(embeddings,
                     ReadEmbeddings(options.embeddings, options.persons, metric, flaws));
    study.embeddings = &embeddings;
    ASSIGN_OR_RETURN(figures, FiguresOfEmbeddings(study, options.threads, {}, line));
  }
  return WriteReport(figures, Page(figures), options.outputs);
}

absl::Status RunOdds(OddsOptions options) {
  std::string measured;
  if (!options.report.empty()) {
    ASSIGN_OR_RETURN(const Json report, ReadReport(options.report));
    if (!report.contains("identification"))
      return absl::InvalidArgumentError(
          absl::StrCat(options.report, ": is no report of efface-lineup report --json"));
    if (options.input.candidates > 0) {
      ASSIGN_OR_RETURN(
          const double missed,
          MissedByList(report["identification"], options.input.gallery, options.input.candidates));
      options.input.fnir = options.input.fnir.value_or(missed);
      measured = absl::StrCat("From ", report.value("name", ""),
                              ", searches in the measured gallery nearest in size.");
    } else {
      ASSIGN_OR_RETURN(const MeasuredOdds at,
                       MeasuredAt(report["identification"], options.input.gallery,
                                  options.input.fmr, options.extrapolate));
      options.input.fmr = at.fmr;
      options.input.fpir = at.fpir;
      if (!options.input.fnir) options.input.fnir = at.fnir;
      measured = absl::StrCat(
          "From ", report.value("name", ""), " at threshold ", Count(at.threshold),
          " (measured FMR ", Count(at.fmr), ")",
          at.extrapolated
              ? absl::StrCat(
                    ": EXTRAPOLATED, not measured, since the largest gallery measured holds ",
                    Count(at.largest), " persons.")
              : ", measured in real sub-galleries.");
    }
  }
  ASSIGN_OR_RETURN(const Odds odds, OddsOf(options.input));
  if (options.json) {
    Json json = {{"fmr", options.input.fmr},
                 {"gallery", options.input.gallery},
                 {"candidates", options.input.candidates},
                 {"fpir", odds.some_innocent},
                 {"fpir_is_measured", options.input.fpir.has_value()},
                 {"innocents_per_search", odds.innocents},
                 {"fnir", options.input.fnir ? Json(*options.input.fnir) : Json(nullptr)},
                 {"prior", options.input.prior ? Json(*options.input.prior) : Json(nullptr)},
                 {"wrong_share_of_hits", odds.wrong_hits ? Json(*odds.wrong_hits) : Json(nullptr)}};
    if (!measured.empty()) json["source"] = measured;
    std::printf("%s", JsonText(json).c_str());
    return absl::OkStatus();
  }
  if (!measured.empty()) std::printf("%s\n", measured.c_str());
  std::printf("%s", OddsInWords(options.input, odds).c_str());
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  std::signal(SIGXFSZ,
              SIG_IGN);  // a file that grows too long, and a closed pipe, are errors to be told
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app(
      "Measures how often a face recogniser is wrong, and whom it fails, from its scores or "
      "embeddings.\n"
      "Holds no recogniser itself.",
      "efface-lineup");
  app.set_version_flag("--version", std::string("efface-lineup ") + EFFACE_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done; 1 the input can't be measured or a file not be written (a sentence says "
      "why); 2 usage.");

  Options options;
  CLI::App* report = app.add_subcommand("report", "Measure, and write a report");
  report->add_option("--scores", options.scores, "Comparisons: CSV with id_a, id_b, score, same")
      ->type_name("CSV");
  report->add_flag("--higher-is-same", options.higher_is_same, "Scores are similarities");
  report->add_flag("--distance", options.distance, "Scores are distances");
  report->add_option("--embeddings", options.embeddings, ".npy, .npz or CSV")->type_name("FILE");
  report
      ->add_option("--persons", options.persons,
                   "Who is on each picture: CSV with person, and id, group, status")
      ->type_name("CSV");
  report->add_option("--metric", options.metric, "How embeddings are compared")
      ->check(CLI::IsMember({"cosine", "euclidean"}));
  report->add_option("--compare", options.compare, "Hold two reports (JSON) against each other")
      ->expected(2)
      ->type_name("JSON");
  AddOutputs(*report, options.outputs);
  report->add_option("--name", options.name, "What is measured, for the report's title");
  AddSettings(*report, options.settings);
  report->add_flag("--leave-out-bad", options.leave_out_bad,
                   "Leave out and count what is refused else");
  report->add_option("--threads", options.threads, "Default: all cores")
      ->check(CLI::Range(1, 1024));
  report->add_flag("--quiet", options.quiet, "No progress");

  OddsOptions odds_options;
  CLI::App* odds = app.add_subcommand("odds", "What a false match rate means for a search");
  CLI::App* mode = odds->add_option_group("Mode", "One of")->require_option(1);
  mode->add_option("--fmr", odds_options.input.fmr,
                   "Threshold mode: false match rate of one comparison");
  mode->add_option("--candidates", odds_options.input.candidates,
                   "Candidate list mode: how many are listed");
  odds->add_option("--gallery", odds_options.input.gallery, "Persons in the gallery")->required();
  odds->add_option("--fpir", odds_options.input.fpir, "Measured FPIR, which overrides --fmr");
  odds->add_option("--fnir", odds_options.input.fnir,
                   "Share of searches that miss (don't list) a person in the gallery");
  odds->add_option("--prior", odds_options.input.prior,
                   "Share of searches whose person is in the gallery");
  odds->add_option("--report", odds_options.report, "Take FPIR and FNIR from this report (JSON)")
      ->type_name("JSON");
  odds->add_flag("--extrapolate", odds_options.extrapolate,
                 "Beyond the measured gallery sizes too, marked as such");
  odds->add_flag("--json", odds_options.json, "Figures instead of sentences");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr) == 0 ? kDone : kUsage;
  }
  return ExitCode("efface-lineup", *report ? RunReport(options) : RunOdds(odds_options));
}

}  // namespace
}  // namespace lineup

int main(int argc, char** argv) { return lineup::Main(argc, argv); }
