// Opens what is to be held against each other, and checks all but the pictures: the record, its
// signature, hidden copies, and the bytes of hidden pictures.
#include "efface/job/verify.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/sha256.h"
#include "base/status.h"
#include "efface/job/batch.h"
#include "efface/job/inputs.h"
#include "efface/job/settings.h"
#include "efface/job/verify_bytes.h"
#include "efface/job/verify_parts.h"
#include "efface/record/signature.h"
#include "efface/scrub/scan.h"

namespace efface {
namespace {

namespace fs = std::filesystem;

absl::StatusOr<VerifiedFile> OpenFile(const fs::path& path) {
  VerifiedFile opened;
  auto file = OpenRegularFile(path);
  if (!file.ok()) return Named(path, file.status());
  opened.file = *std::move(file);
  auto head = ReadFileHead(path, 4096);
  if (!head.ok()) return Named(path, head.status());
  opened.format = SniffFormat(*head);
  if (IsStill(opened.format)) {
    auto bytes = ReadFile(path, kMaxFileBytes);
    if (!bytes.ok()) return Named(path, bytes.status());
    opened.bytes = *std::move(bytes);
    opened.format = SniffFormat(opened.bytes);  // whether it moves, the head alone doesn't tell
    if (!IsStill(opened.format)) opened.bytes = Bytes();
  }
  if (!IsStill(opened.format) && !IsClip(opened.format)) {
    return Named(path,
                 absl::InvalidArgumentError("is no picture and no clip that Efface can verify"));
  }
  return opened;
}

absl::StatusOr<std::vector<HiddenThing>> HiddenIn(const VerifiedFile& file, const Keep& keep) {
  const ScanOptions options{.keep = keep};
  if (IsStill(file.format)) return FindInStill(file.bytes, file.format, options);
  return FindInClip(file.file.get(), options);
}

// What may stay in an output of all that the scan knows, by its record: the one place where that is
// decided.
Keep Allowance(const Record* record) {
  return record != nullptr ? SettingsOf(*record).keep : kKeepNothing;
}

// Whether the file is the one that the record names, by its size and hash.
absl::StatusOr<bool> IsNamed(const VerifiedFile& file, int64_t bytes, const std::string& sha256) {
  ASSIGN_OR_RETURN(const int64_t size, FileSize(file.file.get()));
  if (size != bytes) return false;
  ASSIGN_OR_RETURN(const std::string hash, Sha256OfFile(file.file.get()));
  return hash == sha256;
}

absl::Status CheckRecord(VerifyJob& job) {
  const Record& record = job.record->record;
  std::vector<std::string> wrong;
  if (!record.output) {
    wrong.push_back("the record is of no output: it was only inspected");
  } else {
    ASSIGN_OR_RETURN(const bool same,
                     IsNamed(job.output, record.output->bytes, record.output->sha256));
    if (!same) wrong.push_back("the output is not the file that the record is of, or was changed");
  }
  if (job.input) {
    ASSIGN_OR_RETURN(const bool same, IsNamed(*job.input, record.input.bytes, record.input.sha256));
    if (!same) wrong.push_back("the original is not the file that the record was made from");
  }
  if ((record.input.kind == "clip") != job.result.clip) {
    wrong.push_back(job.result.clip ? "the record is of a photo" : "the record is of a clip");
  }
  if (!wrong.empty()) {
    job.result.checks.push_back(Failed("record", absl::StrJoin(wrong, "; ")));
  } else {
    job.result.checks.push_back(
        Passed("record", job.input ? "it names this output and this original, by size and SHA-256"
                                   : "it names this output, by size and SHA-256"));
  }
  return absl::OkStatus();
}

Check CheckSigned(const RecordSignature& signature, bool claimed, const std::string& wanted) {
  if (!signature.present && !claimed) {
    if (!wanted.empty()) return Failed("signature", "the record is not signed");
    return Skipped("signature", "the record is not signed");
  }
  if (!signature.valid) return Failed("signature", "the record was changed after it was signed");
  if (!wanted.empty() && wanted != signature.public_key)
    return Failed("signature", "the record was signed with another key");
  return Passed("signature", absl::StrCat("signed with the key ", signature.public_key));
}

// Reads the record, if there is one, and makes the checks of it.
absl::Status TakeRecord(VerifyJob& job) {
  std::vector<Check>& checks = job.result.checks;
  fs::path path = job.options.record.value_or(fs::path());
  std::error_code error;
  if (path.empty()) {
    path = fs::path(job.options.output).concat(kRecordEnding);
    if (!fs::exists(path, error)) {
      checks.push_back(
          Skipped("record", "there is none beside the output, and none was given (--record)"));
      checks.push_back(job.options.public_key.empty()
                           ? Skipped("signature", "there is no record")
                           : Failed("signature", "there is no record that could be signed"));
      return absl::OkStatus();
    }
  }
  job.result.record = path;
  const auto file = OpenRegularFile(path);
  if (!file.ok()) return Named(path, file.status());
  auto record = ReadClipRecord(file->get(), fs::temp_directory_path(error));
  if (!record.ok()) {
    if (record.status().code() != absl::StatusCode::kInvalidArgument)
      return Named(path, record.status());
    checks.push_back(Failed(
        "record", absl::StrCat("it is no record: ", absl::string_view(record.status().message()))));
    checks.push_back(Skipped("signature", "there is no record"));
    return absl::OkStatus();
  }
  job.record.emplace(*std::move(record));
  RETURN_IF_ERROR(CheckRecord(job));
  const auto signature = CheckSignature(file->get());
  if (!signature.ok()) return Named(path, signature.status());
  checks.push_back(
      CheckSigned(*signature, job.record->record.has_signature, job.options.public_key));
  if (signature->valid) job.result.public_key = signature->public_key;
  return absl::OkStatus();
}

absl::Status CheckHidden(VerifyJob& job) {
  const Record* record = job.record ? &job.record->record : nullptr;
  std::vector<Check>& checks = job.result.checks;
  const auto found = HiddenIn(job.output, Allowance(record));
  if (!found.ok()) {
    checks.push_back(Failed(
        "hidden-copies",
        absl::StrCat("they can't be looked for: ", absl::string_view(found.status().message()))));
    return absl::OkStatus();
  }
  std::vector<std::string> names;
  for (const HiddenThing& thing : *found) {
    names.push_back(absl::StrCat(thing.what, " (", thing.bytes, " bytes)"));
  }
  checks.push_back(names.empty()
                       ? Passed("hidden-copies", "no metadata and no hidden copy is in it")
                       : Failed("hidden-copies", absl::StrCat("it carries more than its picture: ",
                                                              absl::StrJoin(names, ", "))));
  return absl::OkStatus();
}

absl::Status CheckBytes(VerifyJob& job) {
  std::vector<Check>& checks = job.result.checks;
  if (!job.input) {
    checks.push_back(Skipped("input-bytes", "no original was given (--against)"));
    return absl::OkStatus();
  }
  const auto hidden = HiddenIn(*job.input, Allowance(job.record ? &job.record->record : nullptr));
  if (!hidden.ok()) return Named(*job.options.input, hidden.status());
  ASSIGN_OR_RETURN(const BytesFound found,
                   FindHiddenBytes(job.input->file.get(), *hidden, job.output.file.get()));
  if (found.any()) {
    checks.push_back(Failed("input-bytes",
                            absl::StrCat("bytes of what the original hides (", found.what,
                                         ") are in the output, the first at byte ", found.offset)));
  } else if (found.searched == 0) {
    checks.push_back(
        Passed("input-bytes", "the original hides no picture whose bytes could be left"));
  } else {
    checks.push_back(
        Passed("input-bytes", "no bytes of what the original hides are in the output"));
  }
  return absl::OkStatus();
}

}  // namespace

bool Verification::holds() const {
  return std::none_of(checks.begin(), checks.end(),
                      [](const Check& check) { return check.result == Check::Result::kFail; });
}

absl::StatusOr<Verification> Verify(const VerifyOptions& options, Detector& detector) {
  Verification result;
  ASSIGN_OR_RETURN(VerifiedFile output, OpenFile(options.output));
  std::optional<VerifiedFile> input;
  if (options.input) {
    ASSIGN_OR_RETURN(VerifiedFile opened, OpenFile(*options.input));
    input.emplace(std::move(opened));
    if (IsClip(input->format) != IsClip(output.format)) {
      return Named(*options.input,
                   absl::InvalidArgumentError(IsClip(output.format)
                                                  ? "is a photo, and the output is a clip"
                                                  : "is a clip, and the output is a photo"));
    }
  }
  result.clip = IsClip(output.format);
  VerifyJob job{options, std::move(output), std::move(input), std::nullopt, detector, result};
  RETURN_IF_ERROR(TakeRecord(job));
  RETURN_IF_ERROR(result.clip ? VerifyClip(job) : VerifyStill(job));
  RETURN_IF_ERROR(CheckHidden(job));
  RETURN_IF_ERROR(CheckBytes(job));
  return result;
}

}  // namespace efface
