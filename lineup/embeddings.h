// Embeddings, the numbers that a recogniser makes of a picture, with the table that says who is on
// each picture; compared all with all, in blocks.
#ifndef EFFACE_LINEUP_EMBEDDINGS_H_
#define EFFACE_LINEUP_EMBEDDINGS_H_

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "lineup/npy.h"
#include "lineup/population.h"
#include "lineup/products.h"
#include "lineup/tally.h"

namespace lineup {

enum class Metric { kCosine, kEuclidean };

struct Embeddings {
  Population population;  // pictures are in the order of groups, then persons
  size_t dimensions = 0;
  std::vector<float> values;  // pictures * dimensions; of length 1 each for kCosine
  Metric metric = Metric::kCosine;
  std::vector<LeftOut> left_out;

  const float* row(size_t picture) const { return values.data() + picture * dimensions; }
  // The largest distance that there can be, or 1 for kCosine; and the least similarity.
  float high() const { return metric == Metric::kCosine ? 1.f : 0.f; }
  float low() const;
};

// One picture of a table of persons.
struct PictureRow {
  std::string id, person, group;  // group empty: none is given
  bool failed = false;            // the recogniser made no template of it
  int64_t line = 0;               // of the table's file; 0: it is of none
};

struct PersonsTable {
  std::vector<PictureRow> rows;
  bool has_ids = false, has_groups = false;
};

// Rows of numbers with the table of who they are of, matched by id where both have ids, else by
// order. InvalidArgument for all that doesn't fit, in sentences that name no file.
absl::StatusOr<Embeddings> JoinEmbeddings(const NumpyRows& numbers, const PersonsTable& table,
                                          Metric metric, Flaws flaws);

// Reads embeddings (.npy, .npz, or CSV with a column id and one column a number) and the table of
// persons, a CSV with the columns person, and optionally id, group, and status: "ok" or "failed"
// for a picture of which the recogniser made no template. Rows are matched by id where both files
// have ids, else by order. Sentences name the file. InvalidArgument for all that doesn't fit.
absl::StatusOr<Embeddings> ReadEmbeddings(const std::filesystem::path& embeddings,
                                          const std::filesystem::path& persons, Metric metric,
                                          Flaws flaws);

// Called now and then, by one thread at a time, with the share done (0..1).
using Progress = std::function<void(double)>;

struct AllPairsOptions {
  int threads = 1;
  std::vector<float> thresholds;  // counted by person, beside those that the targets need
  std::vector<double> targets;    // false match rates
  size_t tail_limit = Plan::kTail;
  Progress progress;
};

// Compares every picture with every other. Where there are more impostor pairs than the tail holds,
// a first pass over some of the pictures fixes the thresholds of the targets that the tail can't
// hold. ResourceExhausted above kMaxGenuine genuine pairs. `tally.plan().thresholds` says which
// were fixed so. The embeddings must outlive the tally.
constexpr uint64_t kMaxGenuine = 50'000'000;
absl::StatusOr<std::unique_ptr<Tally>> CompareAll(const Embeddings& embeddings,
                                                  const AllPairsOptions& options);

// Some of the pictures, made ready to be compared; `count` of them.
struct Ready {
  int count = 0;
  std::vector<float> packed;   // lineup/products.h
  std::vector<float> lengths;  // squared; empty for kCosine
};
Ready MakeReady(const Embeddings& embeddings, std::span<const uint32_t> pictures, Side side);

// out[i * WholeStrips(columns.count) + j]: similarity of the i-th row and the j-th column. The same
// whatever else is in the block, and with the sides exchanged. Room for whole strips of both.
void Similarities(const Embeddings& embeddings, const Ready& rows, const Ready& columns,
                  float* out);

}  // namespace lineup

#endif  // EFFACE_LINEUP_EMBEDDINGS_H_
