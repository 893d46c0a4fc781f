// The command efface-places.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "places/commands.h"
#include "places/register/names.h"
#include "places/site/site.h"

namespace places {
namespace {

struct Options {
  std::string data, state, kind, scope, standing, on, format = "json", folder;
  std::vector<std::string> names;
  bool json = false;
};

template <typename Value, size_t kCount>
std::vector<std::string> Words(const Names<Value, kCount>& names) {
  std::vector<std::string> words;
  for (const auto& [value, name] : names) words.emplace_back(name);
  return words;
}

template <typename Value, size_t kCount>
std::optional<Value> ValueOf(const Names<Value, kCount>& names, const std::string& word) {
  for (const auto& [value, name] : names)
    if (name == word) return value;
  return std::nullopt;
}

constexpr Names<Standing, 3> kStandings = {{{Standing::kInForce, "in-force"},
                                            {Standing::kNotInForce, "not-in-force"},
                                            {Standing::kUnconfirmed, "unconfirmed"}}};
constexpr Names<ExportFormat, 3> kFormats = {{{ExportFormat::kJson, "json"},
                                              {ExportFormat::kCsv, "csv"},
                                              {ExportFormat::kGeoJson, "geojson"}}};

CLI::Validator DayCheck() {
  return CLI::Validator(
      [](std::string& text) {
        return ParseDay(text) ? std::string()
                              : "'" + text + "' is not a day as YYYY-MM-DD, of 1900 to 2199";
      },
      "");
}

void AddDay(CLI::App& command, Options& options) {
  command
      .add_option("--on", options.on,
                  "the state of the law on this day (default: the day that the register was made)")
      ->check(DayCheck())
      ->type_name("YYYY-MM-DD");
}

void AddFilters(CLI::App& command, Options& options) {
  command.add_option("--state", options.state, "places of this state: its code or name")
      ->type_name("STATE");
  command.add_option("--kind", options.kind, "city, town, county or state")
      ->check(CLI::IsMember(Words(kKinds)))
      ->type_name("KIND");
  command
      .add_option("--scope", options.scope, "ban, moratorium, police-only, limits or private-too")
      ->check(CLI::IsMember(Words(kScopes)))
      ->type_name("SCOPE");
  command
      .add_option("--standing", options.standing,
                  "in-force, not-in-force or unconfirmed, on the day of --on")
      ->check(CLI::IsMember(Words(kStandings)))
      ->type_name("STANDING");
  AddDay(command, options);
}

absl::StatusOr<Register> ReadRegister(const Options& options) {
  if (options.data.empty()) return Register::Builtin();
  auto reg = Register::Load(options.data);
  if (!reg.ok())
    return absl::Status(reg.status().code(),
                        absl::StrCat(options.data, ": ", reg.status().message()));
  return reg;
}

absl::StatusOr<Output> Run(const CLI::App& app, const Options& options) {
  ASSIGN_OR_RETURN(const Register reg, ReadRegister(options));
  Filter filter;
  filter.on = options.on.empty() ? reg.as_of() : *ParseDay(options.on);
  filter.kind = ValueOf(kKinds, options.kind);
  filter.scope = ValueOf(kScopes, options.scope);
  filter.standing = ValueOf(kStandings, options.standing);
  if (!options.state.empty()) {
    const State* state = reg.FindState(options.state);
    if (state == nullptr)
      return absl::InvalidArgumentError(
          absl::StrCat("--state: '", options.state,
                       "' is no state of the United States: give its code or name, such as MA"));
    filter.state = state->code;
  }
  if (app.got_subcommand("show")) return Show(reg, options.names, filter.on, options.json);
  if (app.got_subcommand("check"))
    return Check(reg, absl::StrJoin(options.names, " "), filter.on, options.json);
  if (app.got_subcommand("count"))
    return CountResidents(reg, filter.state, filter.on, options.json);
  if (app.got_subcommand("export")) return Export(reg, filter, *ValueOf(kFormats, options.format));
  if (app.got_subcommand("site")) {
    RETURN_IF_ERROR(PublishSite(MakeSite(reg, filter.on), options.folder));
    return Output{};
  }
  return List(reg, filter);
}

int Finish(const absl::StatusOr<Output>& output) {
  if (!output.ok()) {
    std::fprintf(stderr, "efface-places: %s\n", std::string(output.status().message()).c_str());
    return kFailed;
  }
  std::fwrite(output->text.data(), 1, output->text.size(), stdout);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    std::fprintf(stderr, "efface-places: cannot write to the standard output\n");
    return kFailed;
  }
  for (const absl::string_view line : absl::StrSplit(output->complaint, '\n', absl::SkipEmpty()))
    std::fprintf(stderr, "efface-places: %s\n", std::string(line).c_str());
  return output->exit_code;
}

int Main(int argc, char** argv) {
  CLI::App app(
      "The register of places that ban or limit face recognition by their government.\n"
      "It is not complete, and it is not legal advice.",
      "efface-places");
  app.set_version_flag("--version", std::string("efface-places ") + EFFACE_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit codes: 0 done; of check: a ban or moratorium is in force; 1 of check: none is; 2 wrong "
      "usage, or a file can't be read or written; 3 of check: can't be told; 4 no such place.");
  Options options;
  app.add_option("--data", options.data, "a register to use in place of the one compiled in")
      ->type_name("FILE");
  app.fallthrough();

  AddFilters(*app.add_subcommand("list", "A line a place"), options);
  CLI::App* show = app.add_subcommand("show", "All that is known of places");
  show->add_option("PLACE", options.names, "a name or an id")->required()->type_name("");
  CLI::App* check = app.add_subcommand("check", "Is face recognition banned here?");
  check->add_option("PLACE", options.names, "a name or an id")->required()->type_name("");
  CLI::App* count = app.add_subcommand("count", "Residents whose own government is bound");
  count->add_option("--state", options.state, "of this state: its code or name")
      ->type_name("STATE");
  for (CLI::App* command : {show, check, count}) {
    AddDay(*command, options);
    command->add_flag("--json", options.json, "JSON instead of sentences");
  }
  CLI::App* exported = app.add_subcommand("export", "The register for other programs");
  AddFilters(*exported, options);
  exported->add_option("--format", options.format, "json, csv or geojson (default json)")
      ->check(CLI::IsMember(Words(kFormats)))
      ->type_name("FORMAT");
  CLI::App* site = app.add_subcommand("site", "The register as a static site, into a folder");
  site->add_option("DIR", options.folder, "a folder that is new, empty, or an earlier site")
      ->required()
      ->type_name("");
  site->add_option("--as-of,--on", options.on,
                   "the law on this day (default: the day that the register was made)")
      ->check(DayCheck())
      ->type_name("YYYY-MM-DD");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, std::cout, std::cerr) == 0 ? kDone : kFailed;
  }
  return Finish(Run(app, options));
}

}  // namespace
}  // namespace places

int main(int argc, char** argv) { return places::Main(argc, argv); }
