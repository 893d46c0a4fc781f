#include "efface/job/batch.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/sha256.h"
#include "base/status.h"
#include "efface/job/budget.h"
#include "efface/job/journal.h"
#include "efface/media/format.h"

namespace efface {
namespace {

namespace fs = std::filesystem;

// Enough to tell every format but an animation from a still.
constexpr size_t kHeadBytes = 4096;
// Photos of a scrub, a millisecond each, that the journal is told of ahead.
constexpr size_t kAhead = 64;

std::string Sentence(const absl::Status& status) { return std::string(status.message()); }

bool LooksLikePicture(const std::string& ending) {
  static const std::set<std::string> kEndings = {
      "jpg",  "jpeg", "jpe", "jfif", "png", "tif",  "tiff", "bmp", "gif", "webp", "heic", "heif",
      "avif", "mp4",  "mov", "mkv",  "avi", "webm", "dng",  "cr2", "nef", "arw",  "mpo",  "apng"};
  return kEndings.contains(ending);
}

absl::Status MakeFolder(const fs::path& folder) {
  std::error_code error;
  if (!folder.empty()) fs::create_directories(folder, error);
  if (!error) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("cannot make the folder ", DisplayName(folder), ": ", error.message()));
}

void AddSidecars(const std::vector<fs::path>& sidecars, Record& record) {
  for (const fs::path& sidecar : sidecars) {
    std::error_code error;
    const auto size = fs::file_size(sidecar, error);
    record.removed.push_back({SidecarKind(sidecar), error ? 0 : static_cast<int64_t>(size)});
  }
}

// Notes all settings in a record whose kind is known. `precision`: the detector's, if there is one.
void NoteAll(const BatchOptions& options, std::string_view precision, Record& record) {
  if (options.scrub) {
    NoteScrub(record);
  } else {
    NoteSettings(record, options.analyse, precision);
  }
  NoteSettings(record, options.render);
}

// All that changes results, in few bytes.
std::string DigestOf(const BatchOptions& options) {
  std::string text = absl::StrCat(EFFACE_VERSION, options.write_records ? " records" : "",
                                  options.key != nullptr ? options.key->public_hex() : "",
                                  options.record_dir ? options.record_dir->string() : "");
  for (const char* kind : {"photo", "clip"}) {
    Record record;
    record.input.kind = kind;
    NoteAll(options, std::to_string(static_cast<int>(options.detector.precision)), record);
    record.place = options.place;
    absl::StrAppend(&text, WriteRecord(record));
  }
  for (const Region& region : options.analyse.regions) absl::StrAppend(&text, "+", TextOf(region));
  for (const Region& region : options.analyse.exceptions)
    absl::StrAppend(&text, "-", TextOf(region));
  for (const Span& span : options.analyse.blanks) absl::StrAppend(&text, "b", TextOf(span));
  return Sha256Hex(AsBytes(text));
}

// The journal of a batch of several files; null where none is kept. A batch that doesn't resume
// goes on without one where it can't be kept.
absl::StatusOr<std::unique_ptr<Journal>> OpenJournal(const std::vector<Input>& files,
                                                     const BatchOptions& options) {
  if (!options.write || !options.journal_folder) return nullptr;
  if (files.size() < 2 && !options.resume) return nullptr;
  if (const absl::Status status = MakeFolder(*options.journal_folder); !status.ok()) {
    if (options.resume) return status;
    return nullptr;
  }
  auto journal = Journal::Open(*options.journal_folder, DigestOf(options), options.resume);
  if (!journal.ok() && !options.resume) return nullptr;
  return journal;
}

// The whole process's processor time so far, in seconds.
double CpuSeconds() { return Timings::Now(CLOCK_PROCESS_CPUTIME_ID); }

class Batch {
 public:
  // `detector`: null for a scrub.
  Batch(const std::vector<Input>& files, const BatchOptions& options, Detector* detector,
        Journal* journal, const std::atomic<bool>& stop, std::mutex& report_mutex)
      : options_(options),
        detector_(detector),
        journal_(journal),
        stop_(stop),
        report_mutex_(report_mutex),
        budget_(std::max<int64_t>(options.memory - kOwnMemory, 1)) {
    for (const Input& input : files) {
      inputs_.insert(Resolved(input.path));
      ++record_uses_[RecordPath(input)];
    }
  }

  FileReport Process(const Input& input);

  // Tells the journal of files that are soon processed.
  void Expect(std::span<const Input> inputs);

 private:
  // Fills in the report of a file that was redacted or inspected.
  absl::Status Redact(const Input& input, Existing existing, FileReport& report);
  absl::Status RedactClip(const Input& input, Existing existing, FileReport& report);
  absl::Status RedactAny(const Input& input, Format format, FileReport& report);
  // Whether the result stands there, by its record: of this input, with these settings. For a batch
  // whose journal is gone since all was done.
  bool WasDone(const Input& input) const;
  absl::Status CheckOutputs(const Input& input, Existing existing) const;
  absl::Status CheckOutput(const fs::path& output, Existing existing) const;
  fs::path RecordPath(const Input& input) const;
  // The path without links, as weakly_canonical; a folder is looked up once.
  fs::path Resolved(const fs::path& path) const;

  const BatchOptions& options_;
  Detector* detector_;
  Journal* journal_;  // may be null
  const std::atomic<bool>& stop_;
  std::mutex& report_mutex_;
  std::mutex clip_mutex_;
  MemoryBudget budget_;
  mutable std::mutex folders_mutex_;
  mutable std::map<std::string, fs::path> folders_;  // resolved
  std::set<fs::path> inputs_;
  std::map<fs::path, int> record_uses_;  // how many inputs would write their record there
};

void Batch::Expect(std::span<const Input> inputs) {
  std::vector<Journal::Work> works;
  for (const Input& input : inputs) {
    works.push_back(
        {input.path, input.output, options_.write_records ? RecordPath(input) : fs::path()});
  }
  journal_->Expect(works);
}

FileReport Batch::Process(const Input& input) {
  FileReport report;
  report.input = input.path;
  const auto head = ReadFileHead(input.path, kHeadBytes);
  if (!head.ok()) {
    report.sentence = Sentence(head.status());
    return report;
  }
  if (!input.named && SniffFormat(*head) == Format::kUnknown &&
      !LooksLikePicture(LowerEnding(input.path))) {
    report.status = FileReport::Status::kSkipped;
    report.sentence = "is not a picture and was left out";
    return report;
  }
  const absl::Status status = RedactAny(input, SniffFormat(*head), report);
  if (report.status == FileReport::Status::kResumed) return report;
  if (!status.ok()) {
    report.sentence = Sentence(status);
    report.record.reset();
    report.clip.reset();
    report.output.clear();
    return report;
  }
  report.status = FileReport::Status::kDone;
  return report;
}

absl::Status Batch::RedactAny(const Input& input, Format format, FileReport& report) {
  Existing existing = options_.overwrite ? Existing::kReplace : Existing::kRefuse;
  if (journal_ != nullptr) {
    const fs::path record = options_.write_records ? RecordPath(input) : fs::path();
    ASSIGN_OR_RETURN(const Journal::Claim claim, journal_->Begin(input.path, input.output, record));
    if (claim.turn != Journal::Turn::kMine) {
      report.status = FileReport::Status::kResumed;
      report.sentence = claim.turn == Journal::Turn::kDone ? "was done by an earlier run"
                                                           : "another process is at it";
      return absl::OkStatus();
    }
    if (claim.replace) existing = Existing::kReplace;
    if (options_.resume && existing == Existing::kRefuse && WasDone(input)) {
      journal_->GiveUp(input.output).IgnoreError();
      report.status = FileReport::Status::kResumed;
      report.sentence = "was done by an earlier run";
      return absl::OkStatus();
    }
  }
  absl::Status status =
      IsClip(format) ? RedactClip(input, existing, report) : Redact(input, existing, report);
  if (journal_ != nullptr) {
    if (status.ok()) {
      const Record& record = report.clip ? report.clip->record : *report.record;
      status = journal_->Done(
          input.output, record.output->sha256,
          options_.scrub && !report.clip ? Journal::When::kSoon : Journal::When::kNow);
    } else {
      journal_->GiveUp(input.output).IgnoreError();  // the failure itself is what counts
    }
  }
  return status;
}

bool Batch::WasDone(const Input& input) const {
  if (!options_.write_records || !options_.analyse.regions.empty() ||
      !options_.analyse.exceptions.empty() || !options_.analyse.blanks.empty())
    return false;
  const auto record_file = OpenRegularFile(RecordPath(input));
  const auto file = OpenRegularFile(input.path), output = OpenRegularFile(input.output);
  if (!record_file.ok() || !file.ok() || !output.ok()) return false;
  const auto record =
      StreamRecord(record_file->get(), [](size_t, const Mask&) { return absl::OkStatus(); });
  if (!record.ok() || !record->output) return false;
  Record wanted;
  wanted.input.kind = record->input.kind;
  NoteAll(options_, detector_ != nullptr ? detector_->precision() : "", wanted);
  for (const auto& setting : wanted.settings) {
    if (std::find(record->settings.begin(), record->settings.end(), setting) ==
        record->settings.end())
      return false;
  }
  if (options_.place && record->place != options_.place) return false;
  const auto input_hash = Sha256OfFile(file->get()), output_hash = Sha256OfFile(output->get());
  return input_hash.ok() && *input_hash == record->input.sha256 && output_hash.ok() &&
         *output_hash == record->output->sha256;
}

fs::path Batch::Resolved(const fs::path& path) const {
  std::error_code error;
  if (fs::is_symlink(fs::symlink_status(path, error))) return fs::weakly_canonical(path, error);
  const std::lock_guard lock(folders_mutex_);
  fs::path& folder = folders_[path.parent_path().native()];
  if (!folder.is_absolute()) {
    folder = fs::weakly_canonical(path.has_parent_path() ? path.parent_path() : ".", error);
  }
  return folder / path.filename();
}

absl::Status Batch::CheckOutput(const fs::path& output, Existing existing) const {
  std::error_code error;
  if (inputs_.contains(Resolved(output))) {
    return absl::AlreadyExistsError(
        absl::StrCat("its result would replace an input, ", DisplayName(output)));
  }
  if (existing == Existing::kRefuse && fs::exists(fs::symlink_status(output, error))) {
    return absl::AlreadyExistsError(
        absl::StrCat(DisplayName(output), " exists already: --overwrite replaces it"));
  }
  return absl::OkStatus();
}

fs::path Batch::RecordPath(const Input& input) const {
  const fs::path name = fs::path(input.output.filename()).concat(kRecordEnding);
  return (options_.record_dir ? *options_.record_dir / input.record_folder
                              : input.output.parent_path()) /
         name;
}

absl::Status Batch::CheckOutputs(const Input& input, Existing existing) const {
  if (!options_.write) return absl::OkStatus();
  RETURN_IF_ERROR(CheckOutput(input.output, existing));
  if (!options_.write_records) return absl::OkStatus();
  const fs::path record_path = RecordPath(input);
  RETURN_IF_ERROR(CheckOutput(record_path, existing));
  if (record_uses_.at(record_path) > 1) {
    return absl::AlreadyExistsError(
        absl::StrCat("its record would have the same name as another's, ", DisplayName(record_path),
                     ": leave out --record-dir, or redact them apart"));
  }
  return absl::OkStatus();
}

absl::Status Batch::Redact(const Input& input, Existing existing, FileReport& report) {
  RETURN_IF_ERROR(CheckOutputs(input, existing));
  ASSIGN_OR_RETURN(Bytes file, ReadFile(input.path, kMaxFileBytes));
  if (IsClip(SniffFormat(file))) {  // an animation, which its head alone does not tell
    file = Bytes();
    return RedactClip(input, existing, report);
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Still> still, OpenStill(file, options_.limits));
  const int64_t needed = still->memory() + static_cast<int64_t>(file.size());
  if (needed + kOwnMemory > options_.memory) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the photo needs about ", (needed + kOwnMemory) >> 20,
                     " MB of memory, and --memory allows ", options_.memory >> 20));
  }
  const MemoryBudget::Share share(budget_, needed);

  Record record;
  if (options_.clip_record)
    return absl::FailedPreconditionError("the record is of a clip, and this is a photo");
  if (options_.record) {
    record = *options_.record;
    const Record::Input input_block = InputOf(*still, file, DisplayName(input.path.filename()));
    if (!options_.any_input && record.input.sha256 != input_block.sha256) {
      return absl::FailedPreconditionError(
          "the record was made for another file: its SHA-256 is not this one's");
    }
    record.input = input_block;
  } else if (options_.scrub) {
    record = ScrubRecord(*still, file, DisplayName(input.path.filename()));
  } else {
    ASSIGN_OR_RETURN(record, Analyse(*still, file, DisplayName(input.path.filename()),
                                     options_.analyse, *detector_));
  }
  if (options_.place) record.place = options_.place;
  const Format format = SniffFormat(file);
  if (!IsUsualEnding(format, LowerEnding(input.path))) {
    record.warnings.push_back(absl::StrCat(
        "the file is ", absl::string_view(FormatName(format).data(), FormatName(format).size()),
        " in spite of its name's ending, and is written as such"));
  }
  if (input.sidecars) report.sidecars = SidecarsOf(input.path);

  if (options_.write) {
    ASSIGN_OR_RETURN(const Bytes written, Render(*still, file, options_.render, record));
    record.output->file = DisplayName(input.output.filename());
    AddSidecars(report.sidecars, record);

    RETURN_IF_ERROR(MakeFolder(input.output.parent_path()));
    const fs::path record_path = RecordPath(input);
    if (options_.write_records) RETURN_IF_ERROR(MakeFolder(record_path.parent_path()));
    RETURN_IF_ERROR(WriteFileWhole(input.output, written, existing));
    report.output = input.output;
    if (options_.write_records) {
      if (absl::Status status = WriteFileWhole(
              record_path, AsBytes(WriteRecord(record, options_.key.get())), existing);
          !status.ok()) {
        std::error_code error;
        fs::remove(input.output, error);  // no output without its record
        return status;
      }
      report.record_path = record_path;
    }
  } else if (options_.preview) {
    ASSIGN_OR_RETURN(report.preview, Preview(*still, record));
  }
  report.warnings = record.warnings;
  report.record = std::move(record);
  return absl::OkStatus();
}

absl::Status Batch::RedactClip(const Input& input, Existing existing, FileReport& report) {
  RETURN_IF_ERROR(CheckOutputs(input, existing));
  if (journal_ != nullptr) RETURN_IF_ERROR(journal_->Flush());  // before it takes its time
  if (options_.preview) {
    return absl::UnimplementedError(
        "is a clip, and --preview is for photos: redact it, or look at inspect's table");
  }
  if (options_.record)
    return absl::FailedPreconditionError("the record is of a photo, and this is a clip");
  ASSIGN_OR_RETURN(const Descriptor file, OpenRegularFile(input.path));

  // One clip at a time: each takes all cores, and much memory.
  const std::lock_guard lock(clip_mutex_);
  Timings timings;
  const double start = Timings::Now(CLOCK_MONOTONIC), cpu_start = CpuSeconds();
  const fs::path record_path = RecordPath(input);
  std::error_code error;
  ClipRun run{.limits = options_.clip_limits,
              .threads = options_.threads,
              .scratch = fs::temp_directory_path(error),
              .prepare = {},
              .stop = &stop_,
              .progress = {},
              .timings = &timings};
  if (options_.progress)
    run.progress = [&](const ClipProgress& progress) {
      const std::lock_guard report_lock(report_mutex_);
      options_.progress(input.path, progress);
    };
  if (options_.write) {
    run.prepare = [&]() -> absl::Status {
      RETURN_IF_ERROR(MakeFolder(input.output.parent_path()));
      return options_.write_records ? MakeFolder(record_path.parent_path()) : absl::OkStatus();
    };
    run.scratch = input.output.has_parent_path() ? input.output.parent_path() : ".";
  }

  std::optional<ClipRecord> made;
  const std::string name = DisplayName(input.path.filename());
  if (options_.clip_record) {
    ASSIGN_OR_RETURN(const Descriptor record_file, OpenRegularFile(*options_.clip_record));
    if (run.prepare) RETURN_IF_ERROR(run.prepare());
    ASSIGN_OR_RETURN(made, ReadClipRecord(record_file.get(), run.scratch));
    Record& record = made->record;
    ASSIGN_OR_RETURN(const std::string sha256, Sha256OfFile(file.get()));
    if (!options_.any_input && record.input.sha256 != sha256) {
      return absl::FailedPreconditionError(
          "the record was made for another file: its SHA-256 is not this one's");
    }
    record.input.file = name;
    record.input.sha256 = sha256;
    ASSIGN_OR_RETURN(record.input.bytes, FileSize(file.get()));
    record.output.reset();
    record.removed.clear();
  } else if (options_.scrub) {
    ASSIGN_OR_RETURN(made, ScrubClipRecord(file.get(), name, run));
  } else {
    ASSIGN_OR_RETURN(made, AnalyseClip(file.get(), name, options_.analyse, *detector_, run));
  }
  report.clip = std::make_shared<ClipRecord>(*std::move(made));
  Record& record = report.clip->record;
  if (options_.place) record.place = options_.place;
  if (input.sidecars) report.sidecars = SidecarsOf(input.path);

  if (options_.write) {
    ASSIGN_OR_RETURN(WholeFile output, WholeFile::Create(input.output));
    RETURN_IF_ERROR(RenderClip(file.get(), output.fd(), options_.render, *report.clip, run));
    record.output->file = DisplayName(input.output.filename());
    AddSidecars(report.sidecars, record);
    std::optional<WholeFile> record_file;
    if (options_.write_records) {
      ASSIGN_OR_RETURN(WholeFile empty, WholeFile::Create(record_path));
      record_file.emplace(std::move(empty));
      RETURN_IF_ERROR(WriteClipRecord(
          *report.clip, [&](ByteView bytes) { return WriteAll(record_file->fd(), bytes); },
          options_.key.get()));
    }
    RETURN_IF_ERROR(output.Commit(existing));
    report.output = input.output;
    if (record_file) {
      if (absl::Status status = record_file->Commit(existing); !status.ok()) {
        fs::remove(input.output, error);  // no output without its record
        return status;
      }
      report.record_path = record_path;
    }
  }
  report.warnings = record.warnings;
  report.timings = timings.stages();
  report.seconds = Timings::Now(CLOCK_MONOTONIC) - start;
  report.cpu_seconds = CpuSeconds() - cpu_start;
  return absl::OkStatus();
}

}  // namespace

absl::Status RunBatch(const std::vector<Input>& files, const BatchOptions& options,
                      const std::atomic<bool>& stop,
                      const std::function<void(FileReport)>& report) {
  // Many photos: each stream of the detector searches one on one core. One photo: all cores search
  // it. One more worker than streams reads and writes meanwhile, since a file that must be on the
  // disk is waited for.
  // A clip's frames are searched side by side, too.
  bool clip = false;
  if (files.size() == 1) {
    const auto head = ReadFileHead(files.front().path, kHeadBytes);
    clip = head.ok() && IsClip(SniffFormat(*head));
  }
  const int streams =
      clip ? options.threads : std::clamp<int>(static_cast<int>(files.size()), 1, options.threads);
  // A scrub waits for the disk more often, since it has less else to do; files that wait for it at
  // the same time wait about as long as one.
  const int workers =
      std::min<int>(static_cast<int>(files.size()), options.scrub ? 4 * streams : streams + 1);
  std::unique_ptr<Detector> detector;
  if (!options.scrub && !options.record && !options.clip_record) {
    DetectorOptions detector_options = options.detector;
    detector_options.streams = streams;
    ASSIGN_OR_RETURN(detector, Detector::Create(detector_options));
  }

  std::mutex report_mutex;
  ASSIGN_OR_RETURN(const std::unique_ptr<Journal> journal, OpenJournal(files, options));
  Batch batch(files, options, detector.get(), journal.get(), stop, report_mutex);
  std::atomic<bool> failed = false;
  std::mutex next_mutex;
  size_t next = 0;
  const auto take = [&] {
    const std::lock_guard lock(next_mutex);
    if (options.scrub && journal != nullptr && next % kAhead == 0 && next < files.size()) {
      batch.Expect(std::span(files).subspan(next, std::min(kAhead, files.size() - next)));
    }
    return next++;
  };
  const auto work = [&] {
    while (!stop) {
      const size_t index = take();
      if (index >= files.size()) return;
      FileReport done = batch.Process(files[index]);
      if (done.status == FileReport::Status::kFailed) failed = true;
      const std::lock_guard lock(report_mutex);
      report(std::move(done));
    }
  };
  std::vector<std::thread> threads;
  for (int i = 1; i < workers; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (options.used_detector != nullptr) *options.used_detector = std::move(detector);
  if (journal != nullptr && !failed && !stop) RETURN_IF_ERROR(journal->Finish());
  return absl::OkStatus();
}

}  // namespace efface
