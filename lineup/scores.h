// Score files: a CSV with a row for each comparison that a recogniser made.
#ifndef EFFACE_LINEUP_SCORES_H_
#define EFFACE_LINEUP_SCORES_H_

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lineup/galleries.h"
#include "lineup/population.h"
#include "lineup/tally.h"

namespace lineup {

enum class Direction { kHigherIsSame, kDistance };

struct ScoreFileOptions {
  Direction direction = Direction::kHigherIsSame;
  Flaws flaws = Flaws::kRefuse;
  std::vector<float> thresholds;  // as similarities
  std::vector<double> targets;    // false match rates
  size_t tail_limit = Plan::kTail;
  uint32_t searches = 5000;              // pictures that are searched, at most
  uint64_t seed = 1;                     // of the draw of these
  size_t duplicates_limit = 50'000'000;  // rows among which duplicates are looked for
  std::function<void(double)> progress;
};

// What a score file held.
struct ScoreFile {
  Population population;
  std::unique_ptr<Tally> tally;  // of `population`
  Galleries galleries;
  std::vector<LeftOut> left_out;
  std::vector<std::string> notes;  // how the file was understood, in sentences
  uint64_t failed_genuine = 0;     // rows without a score: the recogniser failed
  uint64_t failed_impostor = 0;
  std::vector<uint64_t> failed_genuine_of;  // by person
  // An impostor row counts with both its persons.
  std::vector<uint64_t> failed_impostor_of;
};

// Reads the file twice, in memory that doesn't grow with its rows but for the tail, genuine scores
// and, up to a limit, what duplicates are found by. Columns: id_a, id_b, score, same (1/0,
// true/false, yes/no), and optionally person_a, person_b, group_a, group_b. An empty score is a
// failure of the recogniser. Without person columns the ids are persons where every row with same=1
// has equal ids, and pictures otherwise, which rows with same=1 join to persons. InvalidArgument
// for all that doesn't fit. The result stays where it is: the tally points at its population.
absl::StatusOr<std::unique_ptr<ScoreFile>> ReadScores(const std::filesystem::path& path,
                                                      const ScoreFileOptions& options);

}  // namespace lineup

#endif  // EFFACE_LINEUP_SCORES_H_
