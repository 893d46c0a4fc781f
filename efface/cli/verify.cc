#include "efface/cli/verify.h"

#include <signal.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/file.h"
#include "base/signing.h"
#include "efface/cli/install.h"
#include "efface/cli/options.h"
#include "efface/job/inputs.h"
#include "efface/job/verify.h"

namespace efface {
namespace {

constexpr size_t kPlacesPrinted = 10;

const char* WordOf(Check::Result result) {
  switch (result) {
    case Check::Result::kPass:
      return "pass";
    case Check::Result::kFail:
      return "fail";
    case Check::Result::kSkipped:
      return "skipped";
  }
  return "";
}

nlohmann::ordered_json JsonOf(const std::vector<Place>& places, bool clip) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Place& place : places) {
    nlohmann::ordered_json each;
    if (clip) each["track"] = place.track;
    if (place.frame >= 0) each["frame"] = place.frame;
    if (clip) each["seconds"] = std::round(place.seconds * 1000) / 1000;
    if (place.width > 0) {
      each["x"] = std::round(place.x * 100) / 100, each["y"] = std::round(place.y * 100) / 100;
      each["width"] = std::round(place.width * 100) / 100;
      each["height"] = std::round(place.height * 100) / 100;
    }
    if (place.score > 0) each["score"] = std::round(place.score * 10000) / 10000;
    list.push_back(std::move(each));
  }
  return list;
}

void PrintLine(const nlohmann::ordered_json& told) {
  std::printf("%s\n", told.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

void PrintJson(const VerifyOptions& options, const Verification& result) {
  nlohmann::ordered_json told;
  told["output"] = DisplayName(options.output);
  told["against"] = options.input ? nlohmann::ordered_json(DisplayName(*options.input))
                                  : nlohmann::ordered_json();
  told["record"] = result.record.empty() ? nlohmann::ordered_json()
                                         : nlohmann::ordered_json(DisplayName(result.record));
  told["public_key"] = result.public_key.empty() ? nlohmann::ordered_json()
                                                 : nlohmann::ordered_json(result.public_key);
  told["result"] = result.holds() ? "pass" : "fail";
  told["checks"] = nlohmann::ordered_json::array();
  for (const Check& check : result.checks) {
    told["checks"].push_back({{"check", check.name},
                              {"result", WordOf(check.result)},
                              {"sentence", check.sentence},
                              {"places", JsonOf(check.places, result.clip)},
                              {"all_places", check.all_places}});
  }
  told["faces"] = JsonOf(result.faces, result.clip);
  told["all_faces"] = result.all_faces;
  PrintLine(told);
}

void PrintError(const VerifyOptions& options, const std::string& sentence) {
  PrintLine({{"output", DisplayName(options.output)}, {"result", "error"}, {"error", sentence}});
}

void PrintPlaces(const std::vector<Place>& places, int64_t all, bool clip) {
  const size_t count = std::min(places.size(), kPlacesPrinted);
  for (size_t i = 0; i < count; ++i) {
    const Place& place = places[i];
    std::string line = "    ";
    if (clip) {
      absl::StrAppendFormat(&line, "%9.3f s", place.seconds);
      if (place.frame >= 0) absl::StrAppend(&line, "  frame ", place.frame);
      if (place.track > 0) absl::StrAppend(&line, " of track ", place.track + 1);
    } else {
      absl::StrAppend(&line, "page ", place.frame + 1);
    }
    if (place.width > 0) {
      absl::StrAppendFormat(&line, "  at %.0f, %.0f  %.0f x %.0f", place.x, place.y, place.width,
                            place.height);
    }
    if (place.score > 0) absl::StrAppendFormat(&line, "  score %.2f", place.score);
    std::printf("%s\n", line.c_str());
  }
  if (all > static_cast<int64_t>(count)) {
    std::printf("    and %lld more\n", static_cast<long long>(all) - static_cast<long long>(count));
  }
}

void PrintText(const VerifyOptions& options, const Verification& result) {
  std::printf("%s\n", DisplayName(options.output).c_str());
  int passed = 0, failed = 0, skipped = 0;
  for (const Check& check : result.checks) {
    const bool fails = check.result == Check::Result::kFail;
    ++(fails ? failed : check.result == Check::Result::kPass ? passed : skipped);
    const char* word = fails                                  ? "FAILED"
                       : check.result == Check::Result::kPass ? "holds"
                                                              : "skipped";
    std::printf("  %-8s%-14s%s\n", word, check.name.c_str(), check.sentence.c_str());
    if (fails) PrintPlaces(check.places, check.all_places, result.clip);
    if (!fails && check.name == "faces" && result.all_faces > 0)
      PrintPlaces(result.faces, result.all_faces, result.clip);
  }
  std::printf("%s: %d %s, %d failed, %d skipped\n", failed > 0 ? "NOT VERIFIED" : "Verified",
              passed, passed == 1 ? "check holds" : "checks hold", failed, skipped);
}

// An output, and where below the folder of originals its own is.
struct Output {
  std::filesystem::path path, inside;
};

// What `path` names: itself, or the files below a folder, but records and what a batch keeps there.
std::vector<Output> OutputsOf(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(path, error)) return {{path, path.filename()}};
  std::vector<Output> outputs;
  for (fs::recursive_directory_iterator it(path, error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename().native();
    if (it->is_directory(error) || absl::EndsWith(name, kRecordEnding) ||
        absl::StartsWith(name, ".efface-")) {
      continue;
    }
    outputs.push_back({it->path(), it->path().lexically_relative(path)});
  }
  if (error) outputs.push_back({path, path.filename()});  // which then says why
  std::sort(outputs.begin(), outputs.end(),
            [](const Output& a, const Output& b) { return a.path < b.path; });
  return outputs;
}

int Fail(const std::string& sentence, int code) {
  std::fprintf(stderr, "efface: %s\n", sentence.c_str());
  return code;
}

}  // namespace

void AddVerifyCommand(CLI::App& app, VerifyCommand& command) {
  CLI::App& verify = *app.add_subcommand(
      "verify",
      "Hold a result against its original and its record, and look what it still carries");
  command.app = &verify;
  verify.footer(
      "Exit codes: 0 all that was checked holds; 1 a check failed, or a file can't be read; 2 "
      "usage; 3 cannot start.");
  verify.add_option("OUTPUT", command.outputs, "redacted photos and clips, and folders of them")
      ->required()
      ->type_name("");
  verify
      .add_option("--against", command.against,
                  "the original, or the folder of originals that was redacted: for each output it "
                  "holds one of the same name")
      ->type_name("INPUT");
  verify
      .add_option("--record", command.record,
                  "the record of one output (default: OUTPUT.efface.json, if it is there)")
      ->type_name("FILE");
  verify.add_option("--key", command.key, "fail unless the record was signed with this public key")
      ->type_name("FILE");
  verify
      .add_option("--effort", command.effort,
                  "fast, balanced or thorough: how hard to look for faces (default balanced)")
      ->check(CLI::IsMember({"fast", "balanced", "thorough"}))
      ->type_name("EFFORT");
  verify.add_option("--threads", command.threads, "to work with (default: the number of cores)")
      ->check(CLI::Range(1, 256))
      ->type_name("N");
  verify
      .add_option("--memory", command.memory, "memory that a photo may take, in MiB (default 1500)")
      ->check(CLI::Range(int64_t{400}, int64_t{1} << 30))
      ->type_name("MB");
  verify.add_flag("--json", command.json, "print one JSON line an output");
}

std::optional<int> RunVerifyCommand(const VerifyCommand& command) {
  if (!command.app->parsed()) return std::nullopt;
  for (const char* option : {"--against", "--record", "--key"}) {
    const CLI::Option* given = command.app->get_option(option);
    if (given->count() > 0 && given->as<std::string>().empty()) {
      return Fail("an option that names a file is empty (efface --help shows the usage)",
                  kExitUsage);
    }
  }
  // Nothing is written that would have to be ended well.
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  std::error_code error;
  const bool folder = std::filesystem::is_directory(command.against, error);
  std::vector<Output> outputs;
  for (const std::string& named : command.outputs) {
    std::vector<Output> more = OutputsOf(named);
    if (more.empty()) {
      return Fail(absl::StrCat(DisplayName(named), ": there is no file in this folder"),
                  kExitSomeFailed);
    }
    outputs.insert(outputs.end(), more.begin(), more.end());
  }
  if (outputs.size() > 1 && (!command.record.empty() || (!command.against.empty() && !folder))) {
    return Fail("--record is for one output, and so is --against unless it names a folder",
                kExitUsage);
  }
  VerifyOptions options;
  if (!command.record.empty()) options.record = command.record;
  if (!command.key.empty()) {
    auto key = ReadPublicKey(command.key);
    if (!key.ok()) {
      return Fail(
          absl::StrCat(DisplayName(command.key), ": ", absl::string_view(key.status().message())),
          kExitUsage);
    }
    options.public_key = *std::move(key);
  }
  options.effort = EffortOf(command.effort);
  options.threads = command.threads > 0
                        ? command.threads
                        : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  options.limits.max_memory = command.memory << 20;
  DetectorOptions detector_options;
  detector_options.model = ModelPath();
  detector_options.cache_dir = CachePath();
  detector_options.threads = options.threads;
  const auto detector = Detector::Create(detector_options);
  if (!detector.ok()) return Fail(std::string(detector.status().message()), kExitCannotStart);

  bool all = true;
  for (const Output& output : outputs) {
    options.output = output.path;
    if (!command.against.empty())
      options.input = folder ? std::filesystem::path(command.against) / output.inside
                             : std::filesystem::path(command.against);
    const auto result = Verify(options, **detector);
    all = all && result.ok() && result->holds();
    if (!result.ok()) {
      const std::string sentence(result.status().message());
      Fail(sentence, kExitSomeFailed);
      if (command.json) PrintError(options, sentence);
    } else {
      command.json ? PrintJson(options, *result) : PrintText(options, *result);
    }
    std::fflush(stdout);
  }
  if (std::ferror(stdout) != 0) return Fail("cannot write to the standard output", kExitSomeFailed);
  return all ? kExitDone : kExitSomeFailed;
}

}  // namespace efface
