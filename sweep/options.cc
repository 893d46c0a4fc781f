#include "sweep/options.h"

#include <CLI/CLI.hpp>

namespace sweep {

void AddOptions(CLI::App& app, Options& options) {
  app.add_option("path", options.paths, "Folders, files, archives and container images")
      ->type_name("PATH");
  app.add_option("--rules", options.rules,
                 "Rules of your own, beside the built-in ones (docs/sweep-rules.md)")
      ->type_name("FILE");
  app.add_flag("--no-built-in", options.no_built_in, "Only the rules that --rules names");
  app.add_option(
         "--class", options.classes,
         "Only these classes: recognition, attributes, device-unlock, detection, camera-analytics")
      ->delimiter(',');
  app.add_option("--no-class", options.no_classes, "All but these classes")->delimiter(',');
  app.add_flag("--all", options.all,
               "List also what only detects, what is of low confidence, and what comments and "
               "documentation mention");
  app.add_option("--min-confidence", options.min_confidence, "Least confidence that is a finding")
      ->check(CLI::IsMember({"low", "medium", "high"}))
      ->capture_default_str();
  app.add_option("--exclude", options.exclude,
                 "Leave out files and folders of this name; * and ? as in a shell")
      ->type_name("GLOB");
  app.add_option("--json", options.json, "Write the results as JSON")->type_name("FILE");
  app.add_option("--sarif", options.sarif, "Write the results as SARIF 2.1.0")->type_name("FILE");
  app.add_flag("--overwrite", options.overwrite, "Replace files that are there");
  app.add_option("--baseline", options.baseline, "Findings that are accepted, each with its reason")
      ->type_name("FILE");
  app.add_option("--write-baseline", options.write_baseline,
                 "Write what was found as a baseline; each entry needs a reason before it is read")
      ->type_name("FILE");
  app.add_option("--reason", options.reason, "The reason for all new entries of --write-baseline")
      ->type_name("TEXT");
  app.add_flag("--literal", options.literal,
               "Only search for the rules' literals: no archives, models, hashes, names");
  app.add_option("--max-depth", options.limits.depth, "Archives within archives")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  app.add_option("--max-unpacked", options.limits.unpacked,
                 "Bytes that one file may unpack to, with a suffix like MB or GB")
      ->transform(CLI::AsSizeValue(true))
      ->default_str("64 GB");
  app.add_option("--max-ratio", options.limits.ratio,
                 "Times its size that one file may unpack to, beyond 256 MB")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--max-entries", options.limits.entries, "Entries in one file, at all depths")
      ->check(CLI::Range(int64_t{1}, int64_t{1} << 40))
      ->capture_default_str();
  app.add_option("--temp", options.temp,
                 "Folder for large entries of archives, in files without a name (default: TMPDIR, "
                 "or /var/tmp)")
      ->type_name("DIR");
  app.add_option("--threads", options.threads, "Default: all cores")->check(CLI::Range(1, 256));
  app.add_flag("--list-rules", options.list_rules, "Say which rules there are, and end");
  app.add_flag("--print-literals", options.print_literals,
               "Print what --literal searches for, a line each, and end");
  app.add_flag("--quiet", options.quiet, "No progress");
  // One value each time, so that a path may follow.
  for (const char* list : {"--rules", "--class", "--no-class", "--exclude"})
    app.get_option(list)->allow_extra_args(false);
}

}  // namespace sweep
