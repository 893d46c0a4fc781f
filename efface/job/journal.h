// The journal of a batch: which files are done, so that a batch that was killed goes on where it
// stopped, and so that two processes that work on one output folder share its files out. It lies in
// the output folder and goes when all is done.
#ifndef EFFACE_JOB_JOURNAL_H_
#define EFFACE_JOB_JOURNAL_H_

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace efface {

// In the output folder: a database of SQLite (in its rollback mode, not WAL, which network file
// systems can't do), and, while a process works there, a file of locks. The database holds paths
// relative to the folder, sizes, times and hashes, and nothing else.
inline constexpr char kJournalName[] = ".efface-journal.sqlite";
inline constexpr char kJournalLockName[] = ".efface-journal.lock";

// A file that is being worked on is locked by the kernel (an open file description lock on one byte
// of the file of locks), so a process that dies, however it dies, lets go of it. Safe for several
// threads at once; each output may be begun once at a time by them.
class Journal {
 public:
  // `settings`: a digest of all that changes the results; what was done with others is done anew.
  // `resume`: whether what an earlier run did counts. DataLoss where the journal is damaged (it
  // stays as it is); FailedPrecondition where it is none of this version; PermissionDenied,
  // ResourceExhausted or Unavailable (also where the file system can't lock) as the system says.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(const std::filesystem::path& folder,
                                                       std::string settings, bool resume);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  enum class Turn {
    kMine,  // work on it, then call Done or GiveUp
    kDone,  // an earlier run has done it: the input, its result and the settings are unchanged
    kBusy,  // another process is at it
  };
  struct Claim {
    Turn turn = Turn::kMine;
    bool replace = false;  // what stands at the output or record is what an earlier run left there
  };

  // What reads `input` and writes `output` and `record` (empty: none).
  struct Work {
    std::filesystem::path input, output, record;
  };

  // Notes works that are soon begun, those that are new and whose place is free, in one
  // transaction: while no other process joins in, Begin then has nothing to write. May be left out;
  // where it fails, Begin says so.
  void Expect(std::span<const Work> works);

  // Claims the work that reads `input` and writes `output` and `record` (empty: none). Only where
  // nothing stood there when it was first claimed, or what an earlier run wrote is unchanged, does
  // Claim::replace allow to replace it. Errors as Open, and as the system says of the input.
  absl::StatusOr<Claim> Begin(const std::filesystem::path& input,
                              const std::filesystem::path& output,
                              const std::filesystem::path& record);

  // Both files of the work stand in place; `sha256`: the output's. kSoon: it may be noted together
  // with others, and the work stays claimed until then: at the latest by the first Done after a
  // fifth of a second, by Flush, or at the end. What a kill keeps from being noted is done again.
  enum class When { kNow, kSoon };
  absl::Status Done(const std::filesystem::path& output, const std::string& sha256,
                    When when = When::kNow);

  // Notes what is done and not noted yet.
  absl::Status Flush();

  // The work failed.
  absl::Status GiveUp(const std::filesystem::path& output);

  // Everything is done: removes the journal, unless another process still works with it. The last
  // call.
  absl::Status Finish();

 private:
  struct State;
  explicit Journal(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace efface

#endif  // EFFACE_JOB_JOURNAL_H_
