// LFW's protocol: accuracy over pairs of pictures in folds, "image-restricted" as published. The
// threshold of a fold is the one that is most often right in all others.
#ifndef EFFACE_LINEUP_RUN_PAIRS_H_
#define EFFACE_LINEUP_RUN_PAIRS_H_

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lineup/population.h"
#include "lineup/run/recogniser.h"

namespace lineup {

struct Pair {
  std::string a, b;  // NAME_0001: stems of the pictures' files
  bool same = false;
  int fold = 0;
};

// A pairs file in LFW's form: "FOLDS N" in the first line (or "N": one fold), then for each fold N
// lines "NAME 1 2" and N lines "NAME 1 OTHER 3", separated by tabs or spaces. InvalidArgument, in a
// sentence that names the file, for what isn't so, or for fewer than two folds.
absl::StatusOr<std::vector<Pair>> ReadPairs(const std::filesystem::path& path);

// {"pairs", "folds": [{"pairs", "threshold", "accuracy"}], "accuracy", "standard_error",
// "accuracy_failures_as_errors", "failed_pairs", "in_words"}. A pair with a picture without a
// template is decided as two people; the last-named accuracy counts it as wrong. A pair with a
// picture that isn't in the set is refused or left out.
absl::StatusOr<nlohmann::ordered_json> PairsFigures(const std::vector<Pair>& pairs,
                                                    Embedded& embedded, Metric metric, int jitters,
                                                    Flaws flaws);

}  // namespace lineup

#endif  // EFFACE_LINEUP_RUN_PAIRS_H_
