// Decodes ahead in a thread of its own.
#ifndef EFFACE_JOB_PREFETCH_H_
#define EFFACE_JOB_PREFETCH_H_

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "efface/job/timings.h"
#include "efface/media/clip.h"

namespace efface {

// Gives a reader's items in their order, read up to kAhead of them ahead. The reader must outlive
// it, and is not to be used until it has given the end or an error, or is gone. Next is used by one
// thread at a time.
class Prefetch {
 public:
  // `stage`: of `timings`, for the reader's own time; static text.
  Prefetch(ClipReader& reader, Timings& timings, std::string_view stage)
      : reader_(reader), timings_(timings), stage_(stage), thread_([this] { Read(); }) {}
  ~Prefetch() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
  }
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  // As ClipReader::Next. Not to be called again after the end or an error.
  absl::StatusOr<ClipReader::Item> Next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !items_.empty(); });
    absl::StatusOr<ClipReader::Item> item = std::move(items_.front());
    items_.pop_front();
    changed_.notify_all();
    return item;
  }

 private:
  static constexpr size_t kAhead = 4;

  void Read() {
    for (bool more = true; more;) {
      absl::StatusOr<ClipReader::Item> item = [&] {
        const Timings::Lap lap(timings_, stage_);
        return reader_.Next();
      }();
      more = item.ok() && !std::holds_alternative<std::monostate>(*item);
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] { return ending_ || items_.size() < kAhead; });
      if (ending_) return;
      items_.push_back(std::move(item));
      changed_.notify_all();
    }
  }

  ClipReader& reader_;
  Timings& timings_;
  std::string_view stage_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<absl::StatusOr<ClipReader::Item>> items_;
  bool ending_ = false;
  std::jthread thread_;  // last, so that it ends before what it uses goes
};

}  // namespace efface

#endif  // EFFACE_JOB_PREFETCH_H_
