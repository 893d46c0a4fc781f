// The command line of efface-sweep.
#ifndef EFFACE_SWEEP_OPTIONS_H_
#define EFFACE_SWEEP_OPTIONS_H_

#include <string>
#include <vector>

#include "sweep/archive.h"

namespace CLI {
class App;
}

namespace sweep {

struct Options {
  std::vector<std::string> paths, rules, classes, no_classes, exclude;
  std::string min_confidence = "medium", json, sarif, baseline, write_baseline, reason, temp;
  bool all = false, literal = false, list_rules = false, print_literals = false, overwrite = false,
       quiet = false, no_built_in = false;
  int threads = 0;  // 0: all cores
  ArchiveLimits limits;
};

void AddOptions(CLI::App& app, Options& options);

}  // namespace sweep

#endif  // EFFACE_SWEEP_OPTIONS_H_
