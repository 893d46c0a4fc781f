#include "efface/cli/keys.h"

#include <cstdio>
#include <filesystem>

#include "base/file.h"
#include "base/signing.h"
#include "base/status.h"
#include "efface/cli/options.h"
#include "efface/cli/place.h"
#include "efface/job/clip.h"
#include "efface/record/publish.h"
#include "efface/record/signature.h"

namespace efface {
namespace {

absl::Status MakeKeys(const KeyCommands& commands) {
  const SigningKey key = SigningKey::New();
  RETURN_IF_ERROR(key.Write(commands.file));
  std::printf("%s\n", key.public_hex().c_str());
  std::fprintf(stderr,
               "Keep %s to yourself, and give %s.pub to those who are to check your records.\n",
               DisplayName(commands.file).c_str(), DisplayName(commands.file).c_str());
  return absl::OkStatus();
}

absl::Status ShowKey(const KeyCommands& commands) {
  ASSIGN_OR_RETURN(const std::string key, ReadPublicKey(commands.file));
  std::printf("%s\n", key.c_str());
  return absl::OkStatus();
}

absl::Status Publish(const KeyCommands& commands) {
  std::error_code error;
  if (std::filesystem::equivalent(commands.file, commands.output, error)) {
    return absl::InvalidArgumentError("would be replaced by its own public version");
  }
  std::optional<SigningKey> key;
  if (!commands.sign.empty()) {
    ASSIGN_OR_RETURN(SigningKey read, SigningKey::Read(commands.sign));
    key.emplace(std::move(read));
  }
  ASSIGN_OR_RETURN(const Descriptor file, OpenRegularFile(commands.file));
  const std::filesystem::path folder = std::filesystem::path(commands.output).parent_path();
  ASSIGN_OR_RETURN(ClipRecord record, ReadClipRecord(file.get(), folder.empty() ? "." : folder));
  const std::string place = record.record.place ? record.record.place->id : "";
  MakePublic(record.record);
  // Told anew in the register's words, whatever a person may have written into the record.
  if (auto known = PlaceForRecord(place); known.ok()) record.record.place = *std::move(known);
  ASSIGN_OR_RETURN(WholeFile output, WholeFile::Create(commands.output));
  RETURN_IF_ERROR(WriteClipRecord(
      record, [&](ByteView bytes) { return WriteAll(output.fd(), bytes); }, key ? &*key : nullptr));
  return output.Commit(commands.overwrite ? Existing::kReplace : Existing::kRefuse);
}

absl::Status Check(const KeyCommands& commands) {
  std::string wanted;
  if (!commands.key.empty()) {
    ASSIGN_OR_RETURN(wanted, ReadPublicKey(commands.key));
  }
  ASSIGN_OR_RETURN(const Descriptor file, OpenRegularFile(commands.file));
  RETURN_IF_ERROR(
      StreamRecord(file.get(), [](size_t, const Mask&) { return absl::OkStatus(); }).status());
  ASSIGN_OR_RETURN(const RecordSignature signature, CheckSignature(file.get()));
  if (!signature.present) {
    if (!wanted.empty()) return absl::FailedPreconditionError("is not signed");
    std::printf("a record, not signed\n");
    return absl::OkStatus();
  }
  if (!signature.valid) {
    return absl::FailedPreconditionError("was changed after it was signed, or by no means signed");
  }
  if (!wanted.empty() && wanted != signature.public_key) {
    return absl::FailedPreconditionError("was signed with another key");
  }
  std::printf("a record, signed with the key %s\n", signature.public_key.c_str());
  return absl::OkStatus();
}

}  // namespace

void AddKeyCommands(CLI::App& app, KeyCommands& commands) {
  CLI::App& keys = *app.add_subcommand("keys", "Make and show keys that records are signed with");
  keys.require_subcommand(1);
  commands.make = keys.add_subcommand("new", "Make a pair of keys: FILE, private, and FILE.pub");
  commands.make->add_option("FILE", commands.file, "where to write them; nothing is replaced")
      ->required()
      ->type_name("");
  commands.show = keys.add_subcommand("show", "Print the public key of a key file of either kind");
  commands.show->add_option("FILE", commands.file, "the key file")->required()->type_name("");

  CLI::App& record = *app.add_subcommand("record", "Publish and check records");
  record.require_subcommand(1);
  commands.publish = record.add_subcommand(
      "publish", "Write the version of a record that may be released with the result");
  commands.publish->add_option("FILE", commands.file, "the record")->required()->type_name("");
  commands.publish->add_option("-o,--output", commands.output, "where to write it")
      ->required()
      ->type_name("FILE");
  commands.publish->add_option("--sign", commands.sign, "sign it with this private key")
      ->type_name("KEY");
  commands.publish->add_flag("--overwrite", commands.overwrite, "replace the file if it exists");
  commands.check = record.add_subcommand("check", "Say whether a record is one, and who signed it");
  commands.check->add_option("FILE", commands.file, "the record")->required()->type_name("");
  commands.check
      ->add_option("--key", commands.key, "fail unless it was signed with this public key")
      ->type_name("FILE");
}

std::optional<int> RunKeyCommands(const KeyCommands& commands) {
  const auto run = [&]() -> std::optional<absl::Status> {
    if (commands.make->parsed()) return MakeKeys(commands);
    if (commands.show->parsed()) return ShowKey(commands);
    if (commands.publish->parsed()) return Publish(commands);
    if (commands.check->parsed()) return Check(commands);
    return std::nullopt;
  };
  const std::optional<absl::Status> status = run();
  if (!status) return std::nullopt;
  if (!status->ok()) {
    std::fprintf(stderr, "efface: %s: %s\n", DisplayName(commands.file).c_str(),
                 std::string(status->message()).c_str());
    return kExitSomeFailed;
  }
  return std::fflush(stdout) == 0 ? kExitDone : kExitSomeFailed;
}

}  // namespace efface
