// Whole galleries among the comparisons of a score file: every picture searched was compared with
// every enrolled one, so the searches can be run again in sub-galleries. Two shapes are known: all
// pictures with all (either order), and every id_a (searched) with every id_b (enrolled). The
// gallery holds the first enrolled picture of each person.
#ifndef EFFACE_LINEUP_GALLERIES_H_
#define EFFACE_LINEUP_GALLERIES_H_

#include <string>
#include <vector>

#include "lineup/population.h"

namespace lineup {

struct Galleries {
  std::string why_not;             // a sentence; empty: there are galleries, and the rest is valid
  std::vector<uint32_t> enrolled;  // pictures, one a person
  std::vector<uint32_t> probes;    // pictures that are searched
  // [probe * enrolled + place]. NaN: a picture with itself; -infinity: the recogniser failed, so it
  // isn't returned.
  std::vector<float> scores;
};

class GalleryCollector {
 public:
  static constexpr size_t kMaxScores = 100'000'000;  // above it, fewer pictures are searched
  enum Role : uint8_t { kSearched = 1, kEnrolled = 2 };

  // `roles`: by picture, where it stands in the file's rows. Takes at most `searches` pictures to
  // search for, drawn by `seed`.
  GalleryCollector(const Population& population, const std::vector<uint8_t>& roles, uint64_t rows,
                   uint32_t searches, uint64_t seed);

  void Add(uint32_t a, uint32_t b, float score);
  Galleries Finish();  // once, after the last row

 private:
  void Put(uint32_t probe, uint32_t enrolled, float score);

  const Population& population_;
  Galleries galleries_;
  std::vector<uint32_t> row_of_, column_of_;  // by picture; kNone: none
};

}  // namespace lineup

#endif  // EFFACE_LINEUP_GALLERIES_H_
