// Keeps the photos that are worked on at once within a number of bytes.
#ifndef EFFACE_JOB_BUDGET_H_
#define EFFACE_JOB_BUDGET_H_

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace efface {

// Safe for use by several threads.
class MemoryBudget {
 public:
  explicit MemoryBudget(int64_t bytes) : limit_(bytes) {}

  // A share of the budget, given back when it goes out of scope. A share is given at once where it
  // fits or nobody else has one; else the caller waits.
  class Share {
   public:
    Share(MemoryBudget& budget, int64_t bytes) : budget_(budget), bytes_(bytes) {
      std::unique_lock lock(budget_.mutex_);
      budget_.freed_.wait(
          lock, [&] { return budget_.used_ == 0 || budget_.used_ + bytes_ <= budget_.limit_; });
      budget_.used_ += bytes_;
    }
    ~Share() {
      const std::lock_guard lock(budget_.mutex_);
      budget_.used_ -= bytes_;
      budget_.freed_.notify_all();
    }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

   private:
    MemoryBudget& budget_;
    const int64_t bytes_;
  };

 private:
  const int64_t limit_;
  int64_t used_ = 0;
  std::mutex mutex_;
  std::condition_variable freed_;
};

}  // namespace efface

#endif  // EFFACE_JOB_BUDGET_H_
