#include "efface/cli/options.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/file.h"
#include "base/signing.h"
#include "efface/cli/install.h"
#include "efface/cli/keys.h"
#include "efface/cli/place.h"
#include "efface/cli/verify.h"
#include "efface/detect/network.h"
#include "efface/media/libraries.h"

namespace efface {
namespace {

constexpr char kAbout[] =
    "Hides faces in photos and clips. Finds where faces are, and nothing else of them.\n"
    "Inputs are never touched; an output appears whole or not at all.";

constexpr char kExitCodes[] =
    "Exit codes: 0 all done; 1 some files failed (each named on stderr); 2 usage; 3 cannot start; "
    "130 interrupted.";

// "x,y,w,h" in pixels of the upright picture.
std::optional<Rect> ParseRect(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ',');
  double values[4];
  if (parts.size() != 4) return std::nullopt;
  for (int i = 0; i < 4; ++i) {
    const char* end = parts[i].data() + parts[i].size();
    const auto [stopped, error] = std::from_chars(parts[i].data(), end, values[i]);
    if (error != std::errc() || stopped != end || !std::isfinite(values[i]) ||
        std::abs(values[i]) > 1e6)
      return std::nullopt;
  }
  if (values[2] <= 0 || values[3] <= 0) return std::nullopt;
  return Rect{values[0], values[1], values[2], values[3]};
}

// Seconds, or [h:]m:s with decimals.
std::optional<double> ParseSeconds(std::string_view text) {
  double seconds = 0;
  int parts = 0;
  for (const absl::string_view part :
       absl::StrSplit(absl::string_view(text.data(), text.size()), ':')) {
    double value = 0;
    const auto [stopped, error] =
        std::from_chars(part.data(), part.data() + part.size(), value, std::chars_format::fixed);
    if (error != std::errc() || stopped != part.data() + part.size() || !std::isfinite(value) ||
        value < 0 || (parts > 0 && value >= 60) || ++parts > 3)
      return std::nullopt;
    seconds = 60 * seconds + value;
  }
  return seconds;
}

// "FROM-TO"; either may be left out.
std::optional<Span> ParseSpan(std::string_view text) {
  const size_t dash = text.find('-');
  if (dash == std::string_view::npos || text.size() < 2) return std::nullopt;
  Span span;
  if (dash > 0) {
    const auto from = ParseSeconds(text.substr(0, dash));
    if (!from) return std::nullopt;
    span.from = *from;
  }
  if (dash + 1 < text.size()) {
    const auto to = ParseSeconds(text.substr(dash + 1));
    if (!to || *to < span.from) return std::nullopt;
    span.to = *to;
  }
  return span;
}

// "x,y,w,h", "x,y,w,h@FROM-TO", "x,y,w,h@FROM-TO,follow".
std::optional<Region> ParseRegion(const std::string& text) {
  Region region;
  std::string_view rest = text;
  const size_t at = rest.find('@');
  const auto rect = ParseRect(std::string(rest.substr(0, at)));
  if (!rect) return std::nullopt;
  region.rect = *rect;
  if (at == std::string_view::npos) return region;
  rest.remove_prefix(at + 1);
  constexpr std::string_view kFollow = ",follow";
  if (rest.ends_with(kFollow)) {
    region.follow = true;
    rest.remove_suffix(kFollow.size());
  }
  region.span = ParseSpan(rest);
  return region.span ? std::optional(region) : std::nullopt;
}

// CLI::Range lets NaN pass.
CLI::Validator NumberCheck(double least, double most) {
  return CLI::Validator(
      [least, most](std::string& text) {
        double value = 0;
        const char* end = text.data() + text.size();
        const auto [stopped, error] = std::from_chars(text.data(), end, value);
        const bool fits = error == std::errc() && stopped == end && value >= least && value <= most;
        return fits ? std::string()
                    : absl::StrCat("'", text, "' is not a number from ", least, " to ", most);
      },
      absl::StrCat(least, " to ", most));
}

CLI::Validator RegionCheck(bool may_follow) {
  return CLI::Validator(
      [may_follow](std::string& text) {
        const auto region = ParseRegion(text);
        if (region && (may_follow || !region->follow)) return std::string();
        return "'" + text + "' is not x,y,w,h in pixels, with w and h above 0, or x,y,w,h@FROM-TO" +
               (may_follow ? "[,follow]" : "") + " with times as seconds or h:mm:ss";
      },
      "x,y,w,h");
}

CLI::Validator SpanCheck() {
  return CLI::Validator(
      [](std::string& text) {
        return ParseSpan(text) ? std::string()
                               : "'" + text + "' is not FROM-TO, with times as seconds or h:mm:ss";
      },
      "FROM-TO");
}

CLI::Validator KeepCheck() {
  return CLI::Validator(
      [](std::string& text) { return std::string(ParseKeep({text}).status().message()); }, "WHAT");
}

CLI::Validator ColorCheck() {
  return CLI::Validator(
      [](std::string& text) {
        return ParseColor(text)
                   ? std::string()
                   : "'" + text + "' is not a colour: give #rrggbb, black, white or grey";
      },
      "COLOR");
}

std::string VersionText() {
  DetectorOptions options;
  options.model = ModelPath();
  std::string precision = "model not found";
  if (const auto network = Network::Load(options); network.ok())
    precision = (*network)->precision();
  std::string text =
      absl::StrCat("efface ", EFFACE_VERSION, "\nmodel ", kModelName, ", sha256 ", kModelSha256,
                   ", ", precision, " on this processor\nOpenVINO ", RuntimeVersion());
  for (const LibraryVersion& library : MediaLibraries())
    absl::StrAppend(&text, "\n", library.name, " ", library.version);
  return text;
}

// Groups of options.
constexpr char kOutput[] = "Output", kRecords[] = "Records";

// What the option parser fills, before it becomes Options.
struct Raw {
  std::vector<std::string> paths, regions, exceptions, keep, blanks, mutes;
  std::string output, effort = "balanced", cover = "face", precision = "auto", fill = "membrane",
                      color = "black";
  std::string place, record, record_dir, preview, sign, preset = "veryfast", codec, audio = "copy";
  double threshold = 0, min_face = 0, mask_margin = kDefaultMaskMargin;
  int threads = 0, quality = 0;
  int64_t memory = 1500;
  bool overwrite = false, resume = false, no_record = false, any_input = false;
};

void AddSearchOptions(CLI::App& app, Raw& raw) {
  const std::string group = "Finding faces";
  app.add_option("--effort", raw.effort,
                 "fast, balanced or thorough: how hard to look (default balanced)")
      ->check(CLI::IsMember({"fast", "balanced", "thorough"}))
      ->group(group)
      ->type_name("EFFORT");
  app.add_option(
         "--precision", raw.precision,
         "auto, f32 or bf16: of the detector (default auto: bf16 where the processor has it)")
      ->check(CLI::IsMember({"auto", "f32", "bf16"}))
      ->group(group)
      ->type_name("P");
  app.add_option("--threshold", raw.threshold,
                 "least score of a face, 0.01 to 1 (default 0.155; fast 0.17, thorough 0.13)")
      ->check(NumberCheck(0.01, 1))
      ->group(group)
      ->type_name("SCORE");
  app.add_option("--min-face", raw.min_face,
                 "least height of a face in pixels (default 6; fast 8, thorough 4)")
      ->check(NumberCheck(1, 10000))
      ->group(group)
      ->type_name("PIXELS");
  app.add_option("--mask-margin", raw.mask_margin,
                 "size of the mask in times the face (default 1.3), to which 5 pixels are added")
      ->check(NumberCheck(1, 5))
      ->group(group)
      ->type_name("FACTOR");
  app.add_option("--cover", raw.cover, "face, or head with hair and ears (default face)")
      ->check(CLI::IsMember({"face", "head"}))
      ->group(group)
      ->type_name("WHAT");
  app.add_option("--region", raw.regions,
                 "hide this area too, in pixels of the upright picture; in a clip from FROM to TO, "
                 "follow: carried on by the picture's motion (may be repeated)")
      ->check(RegionCheck(true))
      ->group(group)
      ->type_name("X,Y,W,H[@FROM-TO[,follow]]")
      ->allow_extra_args(false);
  app.add_option("--except", raw.exceptions,
                 "leave the one face in this area visible; in a clip from FROM to TO, or for as "
                 "long as it is "
                 "followed (may be repeated)")
      ->check(RegionCheck(false))
      ->group(group)
      ->type_name("X,Y,W,H[@FROM-TO]")
      ->allow_extra_args(false);
  app.add_option("--blank", raw.blanks, "hide whole frames of a clip (may be repeated)")
      ->check(SpanCheck())
      ->group(group)
      ->type_name("FROM-TO")
      ->allow_extra_args(false);
}

void AddPlaceOption(CLI::App& command, Raw& raw) {
  command
      .add_option("--place", raw.place,
                  "note in the record what the law of this place says of redaction software, as "
                  "efface-places has it; no legal advice")
      ->group(kRecords)
      ->type_name("ID");
}

// What the commands that write results share. `ending`: of the default name of results.
void AddOutputOptions(CLI::App& command, Raw& raw, Options& options, const std::string& ending) {
  command.add_option("PATH", raw.paths, "photos, clips, and folders with all below them")
      ->required()
      ->type_name("");
  const std::string out = kOutput;
  command
      .add_option("-o,--output", raw.output,
                  "folder for the results (default: NAME" + ending + " beside the input)")
      ->group(out)
      ->type_name("DIR");
  command
      .add_flag("--overwrite", raw.overwrite,
                "replace results that exist; inputs are never replaced")
      ->group(out);
  command
      .add_flag("--resume", raw.resume,
                "go on with a batch that was stopped: what its journal has as done is left")
      ->group(out);
  command
      .add_option("--quality", raw.quality,
                  "1 to 100, where a lossy picture must be encoded anew (default: WebP 90, HEIC "
                  "65, AVIF 80; clips: visually lossless)")
      ->check(CLI::Range(1, 100))
      ->group(out)
      ->type_name("Q");
  command
      .add_option("--preset", raw.preset,
                  "speed of a clip's encoder, ultrafast to veryslow (default veryfast)")
      ->check(CLI::IsMember({"ultrafast", "superfast", "veryfast", "faster", "fast", "medium",
                             "slow", "slower", "veryslow"}))
      ->group(out)
      ->type_name("PRESET");
  command
      .add_option(
          "--codec", raw.codec,
          "of a clip: h264, hevc, vp8, vp9, av1, mpeg4, mpeg2, mjpeg or prores (default: the "
          "input's)")
      ->check(
          CLI::IsMember({"h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "mpeg2", "mjpeg", "prores"}))
      ->group(out)
      ->type_name("CODEC");
  command.add_option("--audio", raw.audio, "copy or drop: a clip's sound (default copy)")
      ->check(CLI::IsMember({"copy", "drop"}))
      ->group(out)
      ->type_name("WHAT");
  command.add_option("--mute", raw.mutes, "silence a clip's sound in this span (may be repeated)")
      ->check(SpanCheck())
      ->group(out)
      ->type_name("FROM-TO")
      ->allow_extra_args(false);
  command
      .add_flag("--timings", options.timings,
                "print where the time went, stage by stage, for each clip")
      ->group(out);
  command
      .add_option("--keep", raw.keep,
                  "metadata to keep beside icc, orientation and resolution: date, gps; none: "
                  "orientation alone, and what is named")
      ->check(KeepCheck())
      ->delimiter(',')
      ->group(out)
      ->type_name("WHAT");
  command.add_flag("--json", options.json, "print one JSON line an input")->group(out);
  const std::string records = kRecords;
  command
      .add_option("--record-dir", raw.record_dir,
                  "folder for the records (default: beside each result)")
      ->group(records)
      ->type_name("DIR");
  command.add_flag("--no-record", raw.no_record, "write no records")->group(records);
  AddPlaceOption(command, raw);
  command
      .add_option("--sign", raw.sign, "sign each record with this private key (efface keys new)")
      ->group(records)
      ->type_name("KEY");
}

void AddRunOptions(CLI::App& app, Raw& raw, Options& options) {
  const std::string group = "Running";
  app.add_option("--threads", raw.threads,
                 "photos worked on at once (default: the number of cores)")
      ->check(CLI::Range(1, 256))
      ->group(group)
      ->type_name("N");
  app.add_option("--memory", raw.memory, "memory to stay within, in MiB (default 1500)")
      ->check(CLI::Range(int64_t{400}, int64_t{1} << 30))
      ->group(group)
      ->type_name("MB");
  app.add_flag("--quiet", options.quiet, "print errors only")->group(group);
}

BatchOptions ToBatch(const Raw& raw) {
  BatchOptions batch;
  SearchOptions& search = batch.analyse.search;
  search.effort = EffortOf(raw.effort);
  search.threshold = raw.threshold;
  search.min_face = raw.min_face;
  batch.analyse.mask_margin = raw.mask_margin;
  batch.analyse.cover = raw.cover == "head" ? Cover::kHead : Cover::kFace;
  for (const std::string& text : raw.regions) batch.analyse.regions.push_back(*ParseRegion(text));
  for (const std::string& text : raw.exceptions)
    batch.analyse.exceptions.push_back(*ParseRegion(text));
  for (const std::string& text : raw.blanks) batch.analyse.blanks.push_back(*ParseSpan(text));
  for (const std::string& text : raw.mutes) batch.render.mute.push_back(*ParseSpan(text));
  batch.render.preset = raw.preset;
  batch.render.codec = raw.codec;
  batch.render.sound = raw.audio == "drop" ? Sound::kDrop : Sound::kCopy;
  batch.render.fill = ParseFillKind(raw.fill).value_or(FillKind::kMembrane);
  batch.render.color = ParseColor(raw.color).value_or(Color{});
  batch.render.quality = raw.quality;
  batch.render.keep = ParseKeep(raw.keep).value_or(Keep{});
  batch.overwrite = raw.overwrite;
  batch.resume = raw.resume;
  batch.write_records = !raw.no_record;
  batch.any_input = raw.any_input;
  if (!raw.record_dir.empty()) batch.record_dir = raw.record_dir;
  batch.threads = raw.threads > 0
                      ? raw.threads
                      : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  batch.memory = raw.memory << 20;
  batch.limits.max_memory = batch.memory;
  batch.detector.model = ModelPath();
  batch.detector.cache_dir = CachePath();
  batch.detector.threads = batch.threads;
  batch.detector.precision = raw.precision == "f32"    ? Precision::kF32
                             : raw.precision == "bf16" ? Precision::kBf16
                                                       : Precision::kAuto;
  return batch;
}

}  // namespace

ParseResult ParseCommandLine(int argc, char** argv) {
  Raw raw;
  Options options;
  CLI::App app(kAbout, "efface");
  app.footer(kExitCodes);
  app.require_subcommand(1);
  bool version = false;
  app.add_flag("--version", version,
               "print the versions of Efface, its model, the precision and its libraries");

  CLI::App& redact =
      *app.add_subcommand("redact", "Write photos and clips anew with every face hidden");
  redact.footer(kExitCodes);
  AddOutputOptions(redact, raw, options, "_redacted");
  const std::string hiding = "Hiding faces";
  redact
      .add_option(
          "--fill", raw.fill,
          "membrane (smooth, keeps nothing of the face), solid, or the weaker pixelate and blur, "
          "which keep traces of what they hide (default membrane)")
      ->check(CLI::IsMember({"membrane", "solid", "pixelate", "blur"}))
      ->group(hiding)
      ->type_name("FILL");
  redact
      .add_option("--color", raw.color,
                  "of the fill solid: #rrggbb, black, white or grey (default black)")
      ->check(ColorCheck())
      ->group(hiding)
      ->type_name("COLOR");
  AddSearchOptions(redact, raw);
  redact
      .add_option("--record", raw.record,
                  "obey this record instead of searching; for one input, of the same SHA-256")
      ->group(kRecords)
      ->type_name("FILE");
  redact
      .add_flag("--record-any-input", raw.any_input,
                "obey the record though it was made for another file")
      ->group(kRecords);
  AddRunOptions(redact, raw, options);

  CLI::App& scrub = *app.add_subcommand(
      "scrub", "Write photos and clips anew without hidden copies and metadata; faces stay");
  scrub.footer(kExitCodes);
  AddOutputOptions(scrub, raw, options, "_scrubbed");
  AddRunOptions(scrub, raw, options);

  CLI::App& inspect =
      *app.add_subcommand("inspect", "Print what would be hidden, and write nothing else");
  inspect.footer(kExitCodes);
  inspect.add_option("PATH", raw.paths, "photos, clips, and folders with all below them")
      ->required()
      ->type_name("");
  inspect.add_flag("--json", options.json, "print one JSON line an input, with its record")
      ->group(kOutput);
  inspect.add_flag("--csv", options.csv, "print a line of comma-separated values a mask")
      ->group(kOutput);
  inspect
      .add_option("--preview", raw.preview, "write a PNG with the masks outlined; for one input")
      ->group(kOutput)
      ->type_name("FILE");
  inspect.add_option("--record", raw.record, "write the record; for one input")
      ->group(kOutput)
      ->type_name("FILE");
  inspect.add_flag("--overwrite", raw.overwrite, "replace the preview and record if they exist")
      ->group(kOutput);
  AddPlaceOption(inspect, raw);
  AddSearchOptions(inspect, raw);
  AddRunOptions(inspect, raw, options);

  KeyCommands keys;
  AddKeyCommands(app, keys);
  VerifyCommand verify;
  AddVerifyCommand(app, verify);

  // --version alone needs no subcommand.
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    std::printf("%s\n", VersionText().c_str());
    return {std::nullopt, std::fflush(stdout) == 0 ? kExitDone : kExitSomeFailed};
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return {std::nullopt, app.exit(help)};
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "efface: %s (efface --help shows the usage)\n", error.what());
    return {std::nullopt, kExitUsage};
  }

  if (const std::optional<int> code = RunKeyCommands(keys)) return {std::nullopt, *code};
  if (const std::optional<int> code = RunVerifyCommand(verify)) return {std::nullopt, *code};

  const auto usage = [](const char* sentence) -> ParseResult {
    std::fprintf(stderr, "efface: %s (efface --help shows the usage)\n", sentence);
    return {std::nullopt, kExitUsage};
  };
  for (const char* option :
       {"--output", "--record", "--record-dir", "--preview", "--sign", "--place"}) {
    const CLI::App& command = redact.parsed() ? redact : scrub.parsed() ? scrub : inspect;
    const CLI::Option* given = command.get_option_no_throw(option);
    if (given != nullptr && given->count() > 0 && given->as<std::string>().empty()) {
      return usage("an option that names a file, folder or place is empty");
    }
  }
  options.batch = ToBatch(raw);
  if (!raw.place.empty()) {
    if (raw.no_record) return usage("--no-record and --place exclude each other");
    auto place = PlaceForRecord(raw.place);
    if (!place.ok()) return usage(absl::StrCat("--place: ", place.status().message()).c_str());
    options.batch.place = *std::move(place);
  }
  options.batch.write = !inspect.parsed();
  options.batch.scrub = scrub.parsed();
  options.paths.assign(raw.paths.begin(), raw.paths.end());
  if (!raw.output.empty()) options.output_dir = raw.output;
  if (redact.parsed()) {
    options.fill_given = redact.count("--fill") > 0;
    options.color_given = redact.count("--color") > 0;
    options.quality_given = redact.count("--quality") > 0;
    options.keep_given = redact.count("--keep") > 0;
    options.preset_given = redact.count("--preset") > 0;
    options.codec_given = redact.count("--codec") > 0;
    options.audio_given = redact.count("--audio") > 0;
    options.mute_given = redact.count("--mute") > 0;
    if (!raw.record.empty()) options.record_in = raw.record;
    if (raw.any_input && !options.record_in) return usage("--record-any-input goes with --record");
  }
  if (options.batch.write) {
    if (!raw.sign.empty()) {
      if (raw.no_record) return usage("--no-record and --sign exclude each other");
      auto key = SigningKey::Read(raw.sign);
      if (!key.ok()) {
        return usage(absl::StrCat(DisplayName(raw.sign), ": ", key.status().message()).c_str());
      }
      options.batch.key = std::make_shared<SigningKey>(*std::move(key));
    }
    if (raw.no_record && !raw.record_dir.empty())
      return usage("--no-record and --record-dir exclude each other");
  }
  if (redact.parsed()) {
    if (options.record_in &&
        (!raw.regions.empty() || !raw.exceptions.empty() || !raw.blanks.empty())) {
      return usage(
          "--region, --except and --blank change a search, and --record replaces it: edit the "
          "record "
          "instead");
    }
    if (options.record_in) {
      for (const char* search :
           {"--effort", "--threshold", "--min-face", "--mask-margin", "--cover"}) {
        if (redact.count(search) > 0)
          return usage(
              "--effort, --threshold, --min-face, --mask-margin and --cover change a search, and "
              "--record replaces it");
      }
    }
    if (options.color_given && raw.fill != "solid" && !options.record_in)
      return usage("--color goes with --fill solid");
  } else if (inspect.parsed()) {
    if (!raw.record.empty()) options.record_out = raw.record;
    if (!raw.preview.empty()) options.preview = raw.preview;
    options.batch.preview = options.preview.has_value();
    if (options.json && options.csv) return usage("--json and --csv exclude each other");
  }
  return {std::move(options), kExitDone};
}

}  // namespace efface
