#include "efface/job/journal.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/file.h"
#include "base/sha256.h"
#include "base/status.h"

namespace efface {
namespace {

namespace fs = std::filesystem;

constexpr int kApplication = 0x45666a31;  // "Efj1", of SQLite's application_id
constexpr int kBusyMilliseconds = 10'000;

// Works that are done are noted together, so many, or after so long.
constexpr size_t kMostPending = 64;
constexpr std::chrono::milliseconds kLongestPending(200);

// Bytes of the file of locks. None of them is ever written; its size counts those that opened it.
constexpr int64_t kGateByte = 0;      // held while the journal is opened or closed
constexpr int64_t kPresenceByte = 1;  // held, shared, by all that have it open
constexpr int64_t kFirstWorkByte = 2;

// The byte that stands for an output: 61 bits of its name's SHA-256.
int64_t WorkByte(std::string_view key) {
  const std::string hash = Sha256Hex(AsBytes(key));
  return kFirstWorkByte + static_cast<int64_t>(std::stoull(hash.substr(0, 15), nullptr, 16));
}

// Locks (F_WRLCK, F_RDLCK) or frees (F_UNLCK) one byte. 0, or the system's error: EAGAIN or EACCES
// where another holds it and `wait` is false.
int SetLock(int fd, int64_t byte, short type, bool wait) {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  while (fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

bool IsHeld(int error) { return error == EAGAIN || error == EACCES; }

absl::Status LockError(int error) {
  return absl::UnavailableError(
      absl::StrCat("cannot lock the journal in the output folder: ", std::strerror(error)));
}

// Held until it goes.
class Gate {
 public:
  explicit Gate(int fd) : fd_(fd), error_(SetLock(fd, kGateByte, F_WRLCK, true)) {}
  ~Gate() { SetLock(fd_, kGateByte, F_UNLCK, false); }
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;
  int error() const { return error_; }

 private:
  int fd_;
  int error_;
};

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;

absl::Status DatabaseError(sqlite3* database, int code) {
  switch (code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(absl::StrCat("the journal ", kJournalName,
                                              " in the output folder is damaged: remove it to "
                                              "start anew"));
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(
          "the disk of the output folder has no room for the journal");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return absl::PermissionDeniedError("cannot write the journal in the output folder");
    case SQLITE_BUSY:
      return absl::UnavailableError("another process holds the journal in the output folder");
    default:
      return absl::UnavailableError(
          absl::StrCat("the journal in the output folder fails: ",
                       database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code)));
  }
}

// One statement, its parameters and its rows.
class Statement {
 public:
  static absl::StatusOr<Statement> Prepare(sqlite3* database, const char* sql) {
    Statement made(database);
    const int code = sqlite3_prepare_v2(database, sql, -1, &made.statement_, nullptr);
    if (code != SQLITE_OK) return DatabaseError(database, code);
    return made;
  }
  Statement(Statement&& other) noexcept
      : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}
  Statement& operator=(Statement&&) = delete;
  ~Statement() { sqlite3_finalize(statement_); }

  Statement& Bind(std::string_view bytes) {
    sqlite3_bind_blob64(statement_, ++bound_, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
    return *this;
  }
  Statement& Bind(int64_t number) {
    sqlite3_bind_int64(statement_, ++bound_, number);
    return *this;
  }

  // False: no further row.
  absl::StatusOr<bool> Step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return DatabaseError(database_, code);
  }

  int64_t Number(int column) const { return sqlite3_column_int64(statement_, column); }
  std::string Text(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    const int size = sqlite3_column_bytes(statement_, column);
    return bytes == nullptr ? "" : std::string(bytes, static_cast<size_t>(size));
  }

 private:
  explicit Statement(sqlite3* database) : database_(database) {}
  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

absl::Status Run(sqlite3* database, const char* sql) {
  const int code = sqlite3_exec(database, sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : DatabaseError(database, code);
}

// Undone at its end, unless it was committed.
class Transaction {
 public:
  static absl::StatusOr<Transaction> Begin(sqlite3* database) {
    RETURN_IF_ERROR(Run(database, "BEGIN IMMEDIATE"));
    return Transaction(database);
  }
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction() {
    if (database_ != nullptr) Run(database_, "ROLLBACK").IgnoreError();
  }
  absl::Status Commit() {
    RETURN_IF_ERROR(Run(database_, "COMMIT"));
    database_ = nullptr;
    return absl::OkStatus();
  }

 private:
  explicit Transaction(sqlite3* database) : database_(database) {}
  sqlite3* database_;
};

absl::StatusOr<int64_t> NumberOf(sqlite3* database, const char* sql) {
  ASSIGN_OR_RETURN(Statement statement, Statement::Prepare(database, sql));
  RETURN_IF_ERROR(statement.Step().status());
  return statement.Number(0);
}

absl::StatusOr<Database> OpenDatabase(const fs::path& path) {
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &opened,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, nullptr);
  Database database(opened);
  if (code != SQLITE_OK) return DatabaseError(opened, code);
  sqlite3_busy_timeout(opened, kBusyMilliseconds);

  ASSIGN_OR_RETURN(const int64_t pages, NumberOf(opened, "PRAGMA page_count"));
  if (pages == 0) {
    RETURN_IF_ERROR(
        Run(opened,
            absl::StrCat("BEGIN IMMEDIATE; PRAGMA application_id=", kApplication,
                         "; CREATE TABLE work(output BLOB PRIMARY KEY, input BLOB NOT NULL,"
                         " bytes INTEGER NOT NULL, time INTEGER NOT NULL, settings BLOB NOT NULL,"
                         " existed INTEGER NOT NULL, done INTEGER NOT NULL DEFAULT 0,"
                         " output_bytes INTEGER, output_time INTEGER, output_sha256 BLOB)"
                         " WITHOUT ROWID; COMMIT")
                .c_str()));
  }
  ASSIGN_OR_RETURN(const int64_t application, NumberOf(opened, "PRAGMA application_id"));
  if (application != kApplication) {
    return absl::FailedPreconditionError(
        absl::StrCat("the file ", kJournalName,
                     " in the output folder is no journal of this version of Efface: remove it to "
                     "start anew"));
  }
  ASSIGN_OR_RETURN(Statement check, Statement::Prepare(opened, "PRAGMA quick_check(1)"));
  RETURN_IF_ERROR(check.Step().status());
  if (check.Text(0) != "ok") return DatabaseError(opened, SQLITE_CORRUPT);
  // What was handed to the system survives the process, however it ends. Waiting for the disk would
  // take longer (46 ms a file, measured) than many a photo, and guard against a power failure only;
  // after one, a journal that did not stay whole says so.
  RETURN_IF_ERROR(Run(opened, "PRAGMA synchronous=OFF"));
  // Two transactions a file: a journal of SQLite's own that is made and removed for each would cost
  // more than all else here. Close removes it.
  ASSIGN_OR_RETURN(Statement mode, Statement::Prepare(opened, "PRAGMA journal_mode=PERSIST"));
  RETURN_IF_ERROR(mode.Step().status());
  return database;
}

// Size and time (nanoseconds) of a file that exists.
struct Stamp {
  int64_t bytes = 0, time = 0;
  bool operator==(const Stamp&) const = default;
};

std::optional<Stamp> StampOf(const fs::path& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return std::nullopt;
  return Stamp{info.st_size, info.st_mtim.tv_sec * int64_t{1'000'000'000} + info.st_mtim.tv_nsec};
}

bool Exists(const fs::path& path) {
  struct stat info;
  return !path.empty() && lstat(path.c_str(), &info) == 0;
}

// What the database says of a work.
struct Row {
  std::string input, settings;
  Stamp stamp;           // of the input when it was begun
  bool existed = false;  // something that no run had written stood at the output or the record
  bool done = false;
  Stamp output;
  std::string sha256;
};

// True where the output is still as it was written. A copy with another time is compared by hash.
bool Unchanged(const Row& row, const fs::path& output) {
  const std::optional<Stamp> now = StampOf(output);
  if (!now || now->bytes != row.output.bytes) return false;
  if (*now == row.output) return true;
  const absl::StatusOr<Descriptor> file = OpenRegularFile(output);
  if (!file.ok()) return false;
  const absl::StatusOr<std::string> hash = Sha256OfFile(file->get());
  return hash.ok() && *hash == row.sha256;
}

}  // namespace

struct Journal::State {
  fs::path folder;  // absolute
  std::string settings;
  bool resume = false;
  Descriptor locks;
  int64_t alone = -1;  // the size of the file of locks while nobody else has the journal open
  std::mutex mutex;    // of all below
  Database database;
  std::map<std::string, Row> begun_again;  // works in hand that were done, as they were
  std::map<std::string, Stamp> expected;   // noted and not begun, with the input's stamp
  struct Finished {
    std::string key;
    Stamp output;
    std::string sha256;
  };
  std::vector<Finished> pending;  // done and not noted yet
  std::chrono::steady_clock::time_point first_pending;

  // Nobody else has opened the journal since this object did, or was there before.
  bool IsAlone() const {
    struct stat info;
    return fstat(locks.get(), &info) == 0 && info.st_size == alone;
  }

  std::string NameOf(const fs::path& path) const {
    return fs::absolute(path).lexically_normal().lexically_proximate(folder).native();
  }

  absl::StatusOr<std::optional<Row>> Find(const std::string& key) {
    ASSIGN_OR_RETURN(Statement select,
                     Statement::Prepare(database.get(),
                                        "SELECT input, settings, bytes, time, existed, done,"
                                        " output_bytes, output_time, output_sha256"
                                        " FROM work WHERE output=?"));
    ASSIGN_OR_RETURN(const bool found, select.Bind(key).Step());
    if (!found) return std::nullopt;
    return Row{select.Text(0),        select.Text(1),        {select.Number(2), select.Number(3)},
               select.Number(4) != 0, select.Number(5) != 0, {select.Number(6), select.Number(7)},
               select.Text(8)};
  }

  absl::Status Put(const std::string& key, const Row& row) {
    ASSIGN_OR_RETURN(
        Statement insert,
        Statement::Prepare(database.get(),
                           "INSERT OR REPLACE INTO work(output, input, settings, bytes, time,"
                           " existed, done, output_bytes, output_time, output_sha256)"
                           " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    insert.Bind(key).Bind(row.input).Bind(row.settings).Bind(row.stamp.bytes).Bind(row.stamp.time);
    insert.Bind(int64_t{row.existed}).Bind(int64_t{row.done});
    insert.Bind(row.output.bytes).Bind(row.output.time).Bind(row.sha256);
    return insert.Step().status();
  }

  absl::Status Free(const std::string& key) {
    const int error = SetLock(locks.get(), WorkByte(key), F_UNLCK, false);
    return error == 0 ? absl::OkStatus() : LockError(error);
  }

  // Looks up and notes a work whose lock is held. `own_note`: this object has noted it before.
  absl::StatusOr<Claim> Take(const std::string& key, const fs::path& input, const fs::path& output,
                             const fs::path& record, bool own_note);
  absl::Status Expect(std::span<const Work> works);
  absl::Status Flush();
  absl::Status FlushIfLate() {
    return pending.size() >= kMostPending ||
                   (!pending.empty() &&
                    std::chrono::steady_clock::now() - first_pending >= kLongestPending)
               ? Flush()
               : absl::OkStatus();
  }
  absl::Status Remove(const std::string& key) {
    ASSIGN_OR_RETURN(Statement remove,
                     Statement::Prepare(database.get(), "DELETE FROM work WHERE output=?"));
    return remove.Bind(key).Step().status();
  }
  // Takes back the notes of what was not begun.
  absl::Status Forget();
  // Ends the use of the journal; removes its database too where `finished`. Nothing is removed
  // while another process has it open.
  absl::Status Close(bool finished);
};

Journal::Journal(std::unique_ptr<State> state) : state_(std::move(state)) {}

Journal::~Journal() { state_->Close(false).IgnoreError(); }

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(const fs::path& folder, std::string settings,
                                                       bool resume) {
  auto state = std::make_unique<State>();
  state->folder = fs::absolute(folder.empty() ? "." : folder).lexically_normal();
  if (!state->folder.has_filename()) state->folder = state->folder.parent_path();  // "out/"
  state->settings = std::move(settings);
  state->resume = resume;

  const fs::path lock_path = state->folder / kJournalLockName;
  while (true) {
    state->locks =
        Descriptor(open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
    if (!state->locks.ok()) {
      const std::string sentence = absl::StrCat("cannot write to the output folder ",
                                                DisplayName(folder), ": ", std::strerror(errno));
      if (errno == EACCES || errno == EPERM || errno == EROFS) {
        return absl::PermissionDeniedError(sentence);
      }
      return absl::UnavailableError(sentence);
    }
    const Gate gate(state->locks.get());
    if (gate.error() != 0) return LockError(gate.error());
    // The last to leave removes the file, so it may be another's by now.
    struct stat opened, there;
    if (fstat(state->locks.get(), &opened) != 0 || stat(lock_path.c_str(), &there) != 0 ||
        opened.st_ino != there.st_ino || opened.st_dev != there.st_dev) {
      continue;
    }
    const bool alone = SetLock(state->locks.get(), kPresenceByte, F_WRLCK, false) == 0;
    if (const int error = SetLock(state->locks.get(), kPresenceByte, F_RDLCK, false); error != 0) {
      return LockError(error);
    }
    const int64_t size = opened.st_size + 1;
    if (ftruncate(state->locks.get(), size) == 0 && alone) state->alone = size;
    absl::StatusOr<Database> database = OpenDatabase(state->folder / kJournalName);
    if (!database.ok()) {
      // As if it had never been opened.
      if (SetLock(state->locks.get(), kPresenceByte, F_WRLCK, false) == 0) {
        unlink(lock_path.c_str());
      }
      return database.status();
    }
    state->database = std::move(*database);
    return std::unique_ptr<Journal>(new Journal(std::move(state)));
  }
}

absl::StatusOr<Journal::Claim> Journal::Begin(const fs::path& input, const fs::path& output,
                                              const fs::path& record) {
  const std::string key = state_->NameOf(output);
  const int error = SetLock(state_->locks.get(), WorkByte(key), F_WRLCK, false);
  if (IsHeld(error)) return Claim{Turn::kBusy, false};
  if (error != 0) return LockError(error);
  const std::lock_guard lock(state_->mutex);
  const auto noted = state_->expected.extract(key);
  if (noted && state_->IsAlone() && StampOf(input) == noted.mapped() && !Exists(output) &&
      !Exists(record)) {
    return Claim{Turn::kMine, false};
  }
  absl::StatusOr<Claim> claim = state_->Take(key, input, output, record, !noted.empty());
  if (!claim.ok() || claim->turn != Turn::kMine) state_->Free(key).IgnoreError();
  return claim;
}

void Journal::Expect(std::span<const Work> works) {
  const std::lock_guard lock(state_->mutex);
  if (state_->IsAlone()) state_->Expect(works).IgnoreError();
}

absl::Status Journal::State::Expect(std::span<const Work> works) {
  std::map<std::string, Stamp> noted;
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database.get()));
  for (const Work& work : works) {
    const std::optional<Stamp> stamp = StampOf(work.input);
    if (!stamp || Exists(work.output) || Exists(work.record)) continue;
    const std::string key = NameOf(work.output);
    ASSIGN_OR_RETURN(const std::optional<Row> row, Find(key));
    if (row) continue;
    RETURN_IF_ERROR(Put(key, {NameOf(work.input), settings, *stamp}));
    noted.emplace(key, *stamp);
  }
  RETURN_IF_ERROR(transaction.Commit());
  expected.merge(noted);
  return absl::OkStatus();
}

absl::Status Journal::State::Forget() {
  if (expected.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database.get()));
  for (const auto& [key, stamp] : expected) {
    // Another process may have begun it, or done it, since.
    if (SetLock(locks.get(), WorkByte(key), F_WRLCK, false) != 0) continue;
    ASSIGN_OR_RETURN(const std::optional<Row> row, Find(key));
    if (row && !row->done) RETURN_IF_ERROR(Remove(key));
    RETURN_IF_ERROR(Free(key));
  }
  expected.clear();
  return transaction.Commit();
}

absl::StatusOr<Journal::Claim> Journal::State::Take(const std::string& key, const fs::path& input,
                                                    const fs::path& output, const fs::path& record,
                                                    bool own_note) {
  const std::optional<Stamp> stamp = StampOf(input);
  if (!stamp) {
    return absl::NotFoundError(
        absl::StrCat("cannot read ", DisplayName(input), ": ", std::strerror(errno)));
  }
  const std::string input_name = NameOf(input);
  RETURN_IF_ERROR(Flush());
  ASSIGN_OR_RETURN(std::optional<Row> row, Find(key));
  // Nothing stood there when it was noted, and what stands there now may be anybody's.
  if (own_note && row && !row->done) row.reset();
  const bool unchanged = row && row->done && Unchanged(*row, output);
  if (resume && unchanged && row->input == input_name && row->stamp == *stamp &&
      row->settings == settings && (record.empty() || Exists(record))) {
    return Claim{Turn::kDone, false};
  }
  // What stands there is an earlier run's: it wrote it all, or it died over it.
  const bool ours = row && (row->done ? unchanged : !row->existed);
  const bool exists = Exists(output) || Exists(record);
  if (unchanged) begun_again[key] = *row;
  RETURN_IF_ERROR(Put(key, {input_name, settings, *stamp, exists && !ours}));
  return Claim{Turn::kMine, resume && ours};
}

absl::Status Journal::Done(const fs::path& output, const std::string& sha256, When when) {
  const std::string key = state_->NameOf(output);
  const std::optional<Stamp> stamp = StampOf(output);
  if (!stamp) {
    return absl::NotFoundError(
        absl::StrCat("cannot read ", DisplayName(output), ": ", std::strerror(errno)));
  }
  const std::lock_guard lock(state_->mutex);
  state_->begun_again.erase(key);
  if (state_->pending.empty()) state_->first_pending = std::chrono::steady_clock::now();
  state_->pending.push_back({key, *stamp, sha256});
  return when == When::kNow ? state_->Flush() : state_->FlushIfLate();
}

absl::Status Journal::Flush() {
  const std::lock_guard lock(state_->mutex);
  return state_->Flush();
}

absl::Status Journal::State::Flush() {
  if (pending.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database.get()));
  for (const Finished& work : pending) {
    ASSIGN_OR_RETURN(Statement update,
                     Statement::Prepare(database.get(),
                                        "UPDATE work SET done=1, output_bytes=?, output_time=?,"
                                        " output_sha256=? WHERE output=?"));
    update.Bind(work.output.bytes).Bind(work.output.time).Bind(work.sha256).Bind(work.key);
    RETURN_IF_ERROR(update.Step().status());
  }
  RETURN_IF_ERROR(transaction.Commit());
  for (const Finished& work : std::exchange(pending, {})) RETURN_IF_ERROR(Free(work.key));
  return absl::OkStatus();
}

absl::Status Journal::GiveUp(const fs::path& output) {
  const std::string key = state_->NameOf(output);
  const std::lock_guard lock(state_->mutex);
  const auto before = state_->begun_again.extract(key);
  if (before && Unchanged(before.mapped(), output)) {
    RETURN_IF_ERROR(state_->Put(key, before.mapped()));
  } else if (!Exists(output)) {  // else what was left there stays an earlier run's
    RETURN_IF_ERROR(state_->Remove(key));
  }
  return state_->Free(key);
}

absl::Status Journal::Finish() { return state_->Close(true); }

absl::Status Journal::State::Close(bool finished) {
  if (!locks.ok()) return absl::OkStatus();
  const std::lock_guard lock(mutex);
  absl::Status status;
  {
    const Gate gate(locks.get());
    if (gate.error() != 0) return LockError(gate.error());
    const bool last = SetLock(locks.get(), kPresenceByte, F_WRLCK, false) == 0;
    if (database && !(finished && last)) {
      Flush().IgnoreError();  // what is not noted is done again
      Forget().IgnoreError();
      Run(database.get(), "PRAGMA journal_mode=DELETE").IgnoreError();
    }
    database.reset();
    if (last) {
      for (const std::string& name : {std::string(kJournalName) + "-journal",
                                      std::string(kJournalName), std::string(kJournalLockName)}) {
        if (!finished && name != kJournalLockName) continue;
        if (unlink((folder / name).c_str()) != 0 && errno != ENOENT) {
          status = absl::UnavailableError(absl::StrCat(
              "cannot remove the journal ", name, " in the output folder: ", std::strerror(errno)));
        }
      }
    }
  }
  locks = Descriptor();
  return status;
}

}  // namespace efface
