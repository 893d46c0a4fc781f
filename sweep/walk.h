// Goes through folders with all cores, and opens each regular file once.
#ifndef EFFACE_SWEEP_WALK_H_
#define EFFACE_SWEEP_WALK_H_

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "sweep/examine.h"

namespace sweep {

struct WalkOptions {
  int threads = 1;
  std::vector<std::string> exclude;  // globs of names, or of the end of paths where they hold a /
};

// How far it is; read by another thread meanwhile.
struct Tally {
  std::atomic<int64_t> files = 0, bytes = 0;
};

// Examines `paths` and all below them. Symbolic links are not followed, except those among `paths`
// themselves; what is no regular file or folder is passed over, and so are the kernel's file
// systems (/proc, /sys) below a path. What can't be read becomes a note.
void WalkPaths(const std::vector<std::string>& paths, const WalkOptions& options,
               const std::function<Examiner()>& make_examiner, Collector& collector, Tally& tally);

}  // namespace sweep

#endif  // EFFACE_SWEEP_WALK_H_
