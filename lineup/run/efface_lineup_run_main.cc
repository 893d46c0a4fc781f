// The command efface-lineup-run.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/status.h"
#include "lineup/command.h"
#include "lineup/report.h"
#include "lineup/run/attack.h"
#include "lineup/run/pairs.h"
#include "lineup/run/recogniser.h"

namespace lineup {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string pictures, pairs, name, export_embeddings, export_persons;
  std::vector<std::string> group_by;
  bool leave_out_bad = false, quiet = false;
  RecogniserOptions recogniser;
  Outputs outputs;
  Settings settings;
};

absl::Status RunReport(const Options& options) {
  ProgressLine line(options.quiet);
  const Flaws flaws = options.leave_out_bad ? Flaws::kLeaveOut : Flaws::kRefuse;
  if (options.export_embeddings.empty() != options.export_persons.empty())
    return absl::InvalidArgumentError(
        "give both --export-embeddings and --export-persons, or neither: one says who is on the "
        "pictures of the other");
  ASSIGN_OR_RETURN(const PictureSet set, ReadPictureSet(options.pictures, options.group_by, flaws));
  std::vector<Pair> pairs;
  if (!options.pairs.empty()) {
    ASSIGN_OR_RETURN(pairs, ReadPairs(options.pairs));
  }
  ASSIGN_OR_RETURN(const auto recogniser, Recogniser::Load(options.recogniser));
  ASSIGN_OR_RETURN(Embedded embedded, EmbedSet(*recogniser, set, flaws, line.Of("embedding")));
  Json protocol;
  if (!pairs.empty()) {
    ASSIGN_OR_RETURN(protocol, PairsFigures(pairs, embedded, recogniser->metric(),
                                            recogniser->jitters(), flaws));
  }
  RETURN_IF_ERROR(efface::WriteResult(options.export_embeddings, efface::AsBytes(NpyOf(embedded)),
                                      options.outputs.overwrite));
  RETURN_IF_ERROR(efface::WriteResult(options.export_persons, efface::AsBytes(TableOf(embedded)),
                                      options.outputs.overwrite));
  ASSIGN_OR_RETURN(Embeddings embeddings,
                   JoinEmbeddings(embedded.numbers, embedded.table, recogniser->metric(), flaws));
  embeddings.left_out.insert(embeddings.left_out.begin(), embedded.left_out.begin(),
                             embedded.left_out.end());
  Study study{.name = options.name.empty() ? recogniser->name() : options.name,
              .settings = options.settings,
              .direction = recogniser->metric() == Metric::kCosine ? Direction::kHigherIsSame
                                                                   : Direction::kDistance,
              .embeddings = &embeddings};
  std::vector<std::string> notes = recogniser->notes();
  if (set.one_each)
    notes.push_back(
        "The table names no persons, so each picture is taken to be of another person: only false "
        "matches can be measured. A person who is on two pictures would count as a false match: "
        "look at "
        "the most similar pairs.");
  ASSIGN_OR_RETURN(Json figures,
                   FiguresOfEmbeddings(study, options.recogniser.threads, notes, line));
  figures["recogniser"] = {{"name", recogniser->name()},
                           {"sha256", recogniser->sha256()},
                           {"jitters", recogniser->jitters()}};
  if (!protocol.is_null()) {
    figures["lfw_protocol"] = protocol;
    figures["summary"].push_back(protocol["in_words"]);
  }
  return WriteReport(figures, Page(figures), options.outputs);
}

struct AttackCommand {
  AttackOptions attack;
  std::vector<std::string> redacted;  // NAME=DIR
  bool leave_out_bad = false, quiet = false;
  RecogniserOptions recogniser;
  Outputs outputs;
};

absl::Status RunAttack(AttackCommand command) {
  AttackOptions& options = command.attack;
  options.flaws = command.leave_out_bad ? Flaws::kLeaveOut : Flaws::kRefuse;
  std::set<std::string> names;
  for (const std::string& text : command.redacted) {
    const size_t at = text.find('=');
    if (at == 0 || at == std::string::npos || at + 1 == text.size())
      return absl::InvalidArgumentError(
          absl::StrCat("--redacted is NAME=DIR, a name for the report and a folder, not ", text));
    options.redacted.push_back({text.substr(0, at), text.substr(at + 1)});
    if (!names.insert(options.redacted.back().name).second)
      return absl::InvalidArgumentError(
          absl::StrCat("two redactions have the name ", options.redacted.back().name));
  }
  ProgressLine line(command.quiet);
  ASSIGN_OR_RETURN(const auto recogniser, Recogniser::Load(command.recogniser));
  ASSIGN_OR_RETURN(const Json figures, Attack(*recogniser, options, [&](const std::string& what) {
                     return line.Of(what);
                   }));
  return WriteReport(figures, AttackPage(figures), command.outputs);
}

// dlib's models: beside the program, built or installed, unless the environment names another
// folder.
std::filesystem::path ModelsPath() {
  if (const char* given = std::getenv("EFFACE_LINEUP_MODELS"); given != nullptr && *given != '\0')
    return given;
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  return program.parent_path().parent_path() / "share/efface-lineup-run";
}

void AddRecogniser(CLI::App& command, RecogniserOptions& options) {
  options.models = ModelsPath();
  command
      .add_option("--onnx", options.description,
                  "Run the ONNX embedding model that this YAML file describes, instead of dlib's")
      ->type_name("YAML");
  command
      .add_option("--jitters", options.jitters,
                  "dlib's: mean over so many jittered copies; 0 or 1: none")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000));
  command
      .add_option("--doublings", options.doublings,
                  "Double pictures in size so often before faces are sought")
      ->capture_default_str()
      ->check(CLI::Range(0, 2));
  command.add_option("--models", options.models, "Where dlib's models lie")->type_name("DIR");
  command.add_option("--threads", options.threads, "Default: all cores")
      ->check(CLI::Range(1, 1024));
}

int Main(int argc, char** argv) {
  CLI::App app(
      "Runs a face recogniser on pictures, to measure it, and to attack redacted ones.\n"
      "Some bans on face recognition forbid even to possess this program.",
      "efface-lineup-run");
  app.set_version_flag("--version", std::string("efface-lineup-run ") + EFFACE_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done; 1 the input can't be measured or a file not be written (a sentence says "
      "why); 2 usage.");

  Options options;
  CLI::App* report =
      app.add_subcommand("report", "Run a recogniser on pictures, and write a report");
  report
      ->add_option("--pictures", options.pictures,
                   "A folder for each person, LFW's folder, or a CSV with file, person, group")
      ->type_name("DIR|CSV")
      ->required();
  report->add_option("--group-by", options.group_by, "Columns of the CSV that make up the group")
      ->delimiter(',')
      ->type_name("COLUMN");
  report->add_option("--pairs", options.pairs, "Accuracy over these pairs too, by LFW's protocol")
      ->type_name("TXT");
  report->add_option("--export-embeddings", options.export_embeddings, "Write the embeddings")
      ->type_name("NPY");
  report->add_option("--export-persons", options.export_persons, "Write who they are of")
      ->type_name("CSV");
  AddOutputs(*report, options.outputs);
  report->add_option("--name", options.name, "What is measured, for the report's title");
  AddRecogniser(*report, options.recogniser);
  AddSettings(*report, options.settings);
  report->add_flag("--leave-out-bad", options.leave_out_bad,
                   "Leave out and count what is refused else");
  report->add_flag("--quiet", options.quiet, "No progress");

  AttackCommand command;
  CLI::App* attack =
      app.add_subcommand("attack", "Try to find people in redacted pictures with a recogniser");
  attack
      ->add_option("--gallery", command.attack.gallery,
                   "Clear pictures, laid out as report takes them")
      ->type_name("DIR|CSV")
      ->required();
  attack->add_option("--probes", command.attack.probes, "Other clear pictures of the same people")
      ->type_name("DIR|CSV")
      ->required();
  attack
      ->add_option("--redacted", command.redacted,
                   "Both redacted, as DIR/gallery and DIR/probes with the same paths below; may be "
                   "repeated")
      ->type_name("NAME=DIR")
      ->required();
  attack
      ->add_option("--control-masks", command.attack.control_masks,
                   "Ellipses that the control paints out: CSV with file, x, y, width, height")
      ->type_name("CSV");
  attack
      ->add_option("--control-scale", command.attack.control_scale,
                   "Size of the control's ellipse in times the face, where no masks are given")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 10.0));
  attack
      ->add_option("--margin", command.attack.margin,
                   "Equivalent within so much of rank 1; set it beforehand")
      ->capture_default_str()
      ->check(CLI::Range(0.0001, 0.5));
  AddOutputs(*attack, command.outputs);
  AddRecogniser(*attack, command.recogniser);
  attack->add_option("--replicates", command.attack.replicates, "Draws of the bootstrap")
      ->capture_default_str()
      ->check(CLI::Range(100, 100'000));
  attack->add_option("--seed", command.attack.seed, "Of all random draws")->capture_default_str();
  attack->add_flag("--leave-out-bad", command.leave_out_bad,
                   "Leave out and count what is refused else");
  attack->add_flag("--quiet", command.quiet, "No progress");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr) == 0 ? kDone : kUsage;
  }
  return ExitCode("efface-lineup-run", *report ? RunReport(options) : RunAttack(command));
}

}  // namespace
}  // namespace lineup

int main(int argc, char** argv) { return lineup::Main(argc, argv); }
