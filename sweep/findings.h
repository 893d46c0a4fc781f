// What a sweep finds, collected from all threads.
#ifndef EFFACE_SWEEP_FINDINGS_H_
#define EFFACE_SWEEP_FINDINGS_H_

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sweep/rules.h"

namespace sweep {

// Where in a container image a file lies.
struct LayerPlace {
  int index = 0, count = 0;  // from 1, the lowest
  std::string layer;         // its path in the image
  int deleted_by = 0;        // index of the lowest layer above that deletes the file; 0: none
};

// One rule that one file meets.
struct Finding {
  int rule = 0;      // index in the rules
  std::string path;  // outer!inner
  int64_t offset = -1,
          line =
              0;  // of the first match: bytes from 0 and lines from 1; -1 and 0: of the whole file
  std::string evidence;  // a few words: the line, the package, the model's kind and why
  int64_t count = 1;     // matches
  Confidence confidence = Confidence::kMedium;
  bool mention = false;  // only in a comment, or in documentation
  std::optional<LayerPlace> layer;
  std::string accepted;  // the baseline's reason; empty: not accepted
};

struct Note {
  std::string path, sentence;
  bool incomplete = true;  // something was not read
};

// Threads may add at once.
class Collector {
 public:
  void Add(Finding finding) {
    const std::lock_guard lock(mutex_);
    findings_.push_back(std::move(finding));
  }
  void Add(Note note) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(std::move(note));
  }
  // Sorted by path, rule and place, so that results don't depend on threads. Once no thread adds
  // any more.
  std::vector<Finding> TakeFindings();
  std::vector<Note> TakeNotes();

 private:
  std::mutex mutex_;
  std::vector<Finding> findings_;
  std::vector<Note> notes_;
};

}  // namespace sweep

#endif  // EFFACE_SWEEP_FINDINGS_H_
