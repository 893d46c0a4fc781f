// The command efface.
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <utility>

#include "base/file.h"
#include "efface/cli/options.h"
#include "efface/cli/report.h"
#include "efface/detect/detector.h"
#include "efface/job/batch.h"
#include "efface/job/inputs.h"
#include "efface/job/journal.h"
#include "efface/record/record.h"
#include "efface/record/signature.h"

namespace efface {
namespace {

std::atomic<bool> stop = false;

// The first Ctrl-C lets the photos in work end and begins no other; the second ends at once, and
// leaves nothing behind either, since an output has no name before it is whole.
void OnInterrupt(int signal_number) {
  stop = true;
  signal(signal_number, SIG_DFL);
}

int Fail(const std::filesystem::path& path, const absl::Status& status, int code) {
  std::fprintf(stderr, "efface: %s: %s\n", DisplayName(path).c_str(),
               std::string(status.message()).c_str());
  return code;
}

// Reads the record to obey; settings given on the command line go before the record's.
absl::Status LoadRecord(Options& options) {
  const auto file = OpenRegularFile(*options.record_in);
  if (!file.ok()) return file.status();
  auto record = StreamRecord(file->get(), [](size_t, const Mask&) { return absl::OkStatus(); });
  if (!record.ok()) return record.status();
  if (record->has_signature && !options.quiet) {
    const auto signature = CheckSignature(file->get());
    if (!signature.ok()) return signature.status();
    if (!signature->valid) {
      std::fprintf(stderr, "efface: %s: was changed after it was signed\n",
                   DisplayName(*options.record_in).c_str());
    }
  }
  const RenderSettings given = options.batch.render;
  RenderSettings& render = options.batch.render;
  render = SettingsOf(*record);
  if (options.fill_given) render.fill = given.fill;
  if (options.color_given) render.color = given.color;
  if (options.quality_given) render.quality = given.quality;
  if (options.keep_given) render.keep = given.keep;
  if (options.preset_given) render.preset = given.preset;
  if (options.codec_given) render.codec = given.codec;
  if (options.audio_given) render.sound = given.sound;
  if (options.mute_given) render.mute = given.mute;
  if (record->input.kind == "clip") {  // too long for memory: read again, in pieces
    options.batch.clip_record = options.record_in;
    return absl::OkStatus();
  }
  const auto bytes = ReadFile(*options.record_in, kMaxFileBytes);
  if (!bytes.ok()) return bytes.status();
  record = ReadRecord({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  if (!record.ok()) return record.status();
  record->output.reset();
  record->removed.clear();
  options.batch.record = *std::move(record);
  return absl::OkStatus();
}

// Descriptors 0 to 2 that the caller closed would be given to the next files opened, and messages
// would end up in them.
bool HoldStandardStreams() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY) != fd)
      return false;
  }
  return true;
}

// True where `path` is one of the inputs, under whatever name.
bool IsInput(const std::filesystem::path& path, const Inputs& inputs) {
  std::error_code error;
  return std::any_of(inputs.files.begin(), inputs.files.end(), [&](const Input& input) {
    return std::filesystem::equivalent(path, input.path, error);
  });
}

absl::Status WriteRecordOf(ClipRecord& clip, const std::filesystem::path& path, Existing existing) {
  auto file = WholeFile::Create(path);
  if (!file.ok()) return file.status();
  const absl::Status status =
      WriteClipRecord(clip, [&](ByteView bytes) { return WriteAll(file->fd(), bytes); });
  return status.ok() ? file->Commit(existing) : status;
}

int Run(Options options) {
  if (options.record_in) {
    if (const absl::Status status = LoadRecord(options); !status.ok())
      return Fail(*options.record_in, status, kExitUsage);
  }
  const Inputs inputs = ListInputs(options.paths, options.output_dir,
                                   options.batch.scrub ? "_scrubbed" : "_redacted");
  const bool for_one = options.record_in || options.record_out || options.preview;
  if (for_one && inputs.files.size() + inputs.failures.size() != 1) {
    std::fprintf(stderr, "efface: --record and --preview are for one input, and %zu are given\n",
                 inputs.files.size());
    return kExitUsage;
  }

  for (const auto& path : {options.preview, options.record_out}) {
    if (path && IsInput(*path, inputs)) {
      std::fprintf(stderr, "efface: %s is an input, and inputs are never replaced\n",
                   DisplayName(*path).c_str());
      return kExitUsage;
    }
  }

  Reporter reporter(options, inputs.files.size());
  for (const Refusal& notice : inputs.notices) reporter.Notice(notice.path, notice.sentence);
  for (const Refusal& failure : inputs.failures) reporter.Failure(failure.path, failure.sentence);
  const auto report = [&](FileReport file) {
    const Existing existing = options.batch.overwrite ? Existing::kReplace : Existing::kRefuse;
    const auto write = [&](const std::optional<std::filesystem::path>& path, ByteView bytes) {
      if (!path || file.status != FileReport::Status::kDone) return;
      if (const absl::Status status = WriteFileWhole(*path, bytes, existing); !status.ok()) {
        file.status = FileReport::Status::kFailed;
        file.sentence = std::string(status.message());
      }
    };
    write(options.preview, file.preview);
    if (options.record_out && file.record)
      write(options.record_out, AsBytes(WriteRecord(*file.record)));
    if (options.record_out && file.clip && file.status == FileReport::Status::kDone) {
      if (const absl::Status status = WriteRecordOf(*file.clip, *options.record_out, existing);
          !status.ok()) {
        file.status = FileReport::Status::kFailed;
        file.sentence = std::string(status.message());
      }
    }
    reporter.File(file);
  };
  options.batch.journal_folder = inputs.root;
  if (options.batch.resume && !inputs.root) {
    std::fprintf(stderr, "efface: --resume needs one folder for all results: give -o\n");
    return kExitUsage;
  }
  options.batch.progress = [&](const std::filesystem::path& path, const ClipProgress& progress) {
    reporter.Clip(path, progress);
  };
  std::unique_ptr<Detector> detector;
  options.batch.used_detector = &detector;
  if (!inputs.files.empty()) {
    if (const absl::Status status = RunBatch(inputs.files, options.batch, stop, report);
        !status.ok()) {
      std::fprintf(stderr, "efface: %s\n", std::string(status.message()).c_str());
      return kExitCannotStart;
    }
  }
  reporter.Summary(stop);
  std::error_code error;
  if (inputs.root && std::filesystem::exists(*inputs.root / kJournalName, error)) {
    reporter.Notice(*inputs.root / kJournalName,
                    "is left, so that --resume can go on; it names the files");
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    std::fprintf(stderr, "efface: cannot write to the standard output\n");
    return kExitSomeFailed;
  }
  const int code = stop ? kExitInterrupted : reporter.failures() > 0 ? kExitSomeFailed : kExitDone;
#ifdef __SANITIZE_ADDRESS__
  return code;
#else
  // All is written and closed. The system takes down the detector's memory faster than its own
  // library does.
  std::fflush(nullptr);
  _exit(code);
#endif
}

}  // namespace
}  // namespace efface

int main(int argc, char** argv) {
  // OpenVINO's hwloc complains on stderr where /sys is not mounted, as in some containers; it does
  // without.
  setenv("HWLOC_HIDE_ERRORS", "2", /*overwrite=*/0);
  if (!efface::HoldStandardStreams()) return efface::kExitCannotStart;
  // Pictures of all sizes come and go on several threads: few arenas, and large blocks returned at
  // once, keep the peak low. Blocks of up to 4 MiB stay, since a clip takes the same anew for every
  // frame, and the system would clear them each time.
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
  mallopt(M_TRIM_THRESHOLD, 8 << 20);
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is an error of writing
  signal(SIGINT, efface::OnInterrupt);
  signal(SIGTERM, efface::OnInterrupt);
  try {
    efface::ParseResult parsed = efface::ParseCommandLine(argc, argv);
    if (!parsed.options) return parsed.exit_code;
    return efface::Run(*std::move(parsed.options));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "efface: cannot go on: %s\n", error.what());
    return efface::kExitCannotStart;
  }
}
