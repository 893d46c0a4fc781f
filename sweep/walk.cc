#include "sweep/walk.h"

#include <absl/strings/str_cat.h>
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>

namespace sweep {
namespace {

constexpr size_t kBatch = 64;  // files of one folder that one thread takes at once
constexpr int64_t kReadWhole = int64_t{4} << 20;  // bytes; longer files are read in parts

// A folder to list, or files of one folder.
struct Task {
  std::string folder;
  std::vector<std::string> files;  // paths; empty: list the folder
  bool root = false;               // named by the user
};

// Tasks that threads take, last in first out, so that few folders are open at once.
class Queue {
 public:
  void Push(Task task) {
    {
      const std::lock_guard lock(mutex_);
      tasks_.push_back(std::move(task));
      ++unfinished_;
    }
    ready_.notify_one();
  }
  // False once all tasks are finished.
  bool Take(Task& task) {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return !tasks_.empty() || unfinished_ == 0; });
    if (tasks_.empty()) return false;
    task = std::move(tasks_.back());
    tasks_.pop_back();
    return true;
  }
  void Finish() {
    const std::lock_guard lock(mutex_);
    if (--unfinished_ == 0) ready_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Task> tasks_;
  int64_t unfinished_ = 0;
};

std::string Reason(int error) {
  if (error == EACCES || error == EPERM) return "can't be read: permission denied";
  if (error == ENOENT) return "is not there";
  return absl::StrCat("can't be read: ", std::strerror(error));
}

bool IsKernels(int fd) {
  struct statfs info {};
  return fstatfs(fd, &info) == 0 && (info.f_type == PROC_SUPER_MAGIC || info.f_type == SYSFS_MAGIC);
}

class Walker {
 public:
  Walker(const WalkOptions& options, Queue& queue, Collector& collector, Tally& tally,
         Examiner examiner)
      : options_(options),
        queue_(queue),
        collector_(collector),
        tally_(tally),
        examiner_(std::move(examiner)) {}

  void Run() {
    for (Task task; queue_.Take(task); queue_.Finish()) {
      if (task.files.empty()) {
        List(task);
      } else {
        for (const std::string& file : task.files) File(file, false);
      }
    }
  }

 private:
  void Unread(const std::string& path, int error) {
    collector_.Add(Note{efface::DisplayName(path), Reason(error)});
  }

  bool Excluded(const std::string& path, const char* name) const {
    for (const std::string& glob : options_.exclude) {
      const bool whole = glob.find('/') != std::string::npos;
      if (fnmatch(whole ? absl::StrCat("*/", glob).c_str() : glob.c_str(),
                  whole ? absl::StrCat("/", path).c_str() : name, 0) == 0)
        return true;
    }
    return false;
  }

  void List(const Task& task) {
    const int fd = open(task.folder.c_str(),
                        O_RDONLY | O_DIRECTORY | O_CLOEXEC | (task.root ? 0 : O_NOFOLLOW));
    if (fd < 0) {
      if (task.root && errno == ENOTDIR) return File(task.folder, true);
      return Unread(task.folder, errno);
    }
    if (!task.root && IsKernels(fd)) {
      close(fd);
      return;
    }
    DIR* folder = fdopendir(fd);
    if (folder == nullptr) {
      close(fd);
      return Unread(task.folder, errno);
    }
    std::vector<std::string> files;
    const std::string prefix = task.folder == "."           ? ""
                               : task.folder.ends_with('/') ? task.folder
                                                            : task.folder + "/";
    errno = 0;
    while (const dirent* entry = readdir(folder)) {
      const char* name = entry->d_name;
      if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) continue;
      unsigned char type = entry->d_type;
      if (type == DT_UNKNOWN) {
        struct stat info {};
        if (fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0)
          type = S_ISDIR(info.st_mode) ? DT_DIR : S_ISREG(info.st_mode) ? DT_REG : DT_LNK;
      }
      if (type != DT_DIR && type != DT_REG) continue;
      std::string path = prefix + name;
      if (!options_.exclude.empty() && Excluded(path, name)) continue;
      if (type == DT_DIR) {
        queue_.Push({std::move(path), {}, false});
        continue;
      }
      files.push_back(std::move(path));
      if (files.size() == kBatch) {
        queue_.Push({{}, std::move(files), false});
        files.clear();
      }
    }
    if (errno != 0) Unread(task.folder, errno);
    closedir(folder);
    for (const std::string& file : files) File(file, false);
  }

  void File(const std::string& path, bool root) {
    efface::Descriptor file(
        open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (root ? 0 : O_NOFOLLOW)));
    if (!file.ok()) {
      if (errno != ELOOP) Unread(path, errno);
      return;
    }
    struct stat info {};
    if (fstat(file.get(), &info) != 0) return Unread(path, errno);
    if (!S_ISREG(info.st_mode)) return;
    const int64_t size = info.st_size;
    if (size <= kReadWhole) {
      if (buffer_.size() < static_cast<size_t>(size))
        buffer_.resize(std::max<size_t>(static_cast<size_t>(size), size_t{1} << 18));
      const auto count =
          efface::ReadAt(file.get(), 0, std::span(buffer_).first(static_cast<size_t>(size)));
      if (!count.ok()) {
        collector_.Add(Note{efface::DisplayName(path), std::string(count.status().message())});
        return;
      }
      examiner_.Examine(path, Content::OfView(std::span(buffer_).first(*count)));
    } else {
      examiner_.Examine(path, Content::OfFile(std::move(file), size));
    }
    ++tally_.files;
    tally_.bytes += size;
  }

  const WalkOptions& options_;
  Queue& queue_;
  Collector& collector_;
  Tally& tally_;
  Examiner examiner_;
  efface::Bytes buffer_;
};

}  // namespace

void WalkPaths(const std::vector<std::string>& paths, const WalkOptions& options,
               const std::function<Examiner()>& make_examiner, Collector& collector, Tally& tally) {
  Queue queue;
  for (const std::string& path : paths) queue.Push({path, {}, true});
  std::vector<std::thread> threads;
  for (int i = 0; i < options.threads; ++i)
    threads.emplace_back([&] { Walker(options, queue, collector, tally, make_examiner()).Run(); });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace sweep
