// Where the time of a clip goes, stage by stage.
#ifndef EFFACE_JOB_TIMINGS_H_
#define EFFACE_JOB_TIMINGS_H_

#include <time.h>

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace efface {

// Seconds of one stage: on the clock, and of the processor in the thread that ran it. What FFmpeg's
// and OpenVINO's own threads take is in no stage; it is in the whole process's time.
struct StageTime {
  std::string stage;
  double wall = 0, cpu = 0;
};

// Safe for use by several threads.
class Timings {
 public:
  void Add(std::string_view stage, double wall, double cpu) {
    const std::lock_guard lock(mutex_);
    for (StageTime& time : stages_) {
      if (time.stage != stage) continue;
      time.wall += wall;
      time.cpu += cpu;
      return;
    }
    stages_.push_back({std::string(stage), wall, cpu});
  }
  // In the order in which stages were first added.
  std::vector<StageTime> stages() const {
    const std::lock_guard lock(mutex_);
    return stages_;
  }

  // Adds the time between its making and its end to a stage.
  class Lap {
   public:
    Lap(Timings& timings, std::string_view stage)
        : timings_(timings),
          stage_(stage),
          wall_(Now(CLOCK_MONOTONIC)),
          cpu_(Now(CLOCK_THREAD_CPUTIME_ID)) {}
    ~Lap() {
      timings_.Add(stage_, Now(CLOCK_MONOTONIC) - wall_, Now(CLOCK_THREAD_CPUTIME_ID) - cpu_);
    }
    Lap(const Lap&) = delete;
    Lap& operator=(const Lap&) = delete;

   private:
    Timings& timings_;
    std::string_view stage_;
    double wall_, cpu_;
  };

  // Seconds of a clock of clock_gettime(2).
  static double Now(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<StageTime> stages_;
};

}  // namespace efface

#endif  // EFFACE_JOB_TIMINGS_H_
