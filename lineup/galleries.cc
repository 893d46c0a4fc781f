#include "lineup/galleries.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "absl/strings/str_cat.h"
#include "lineup/odds.h"

namespace lineup {
namespace {

constexpr uint32_t kNone = UINT32_MAX;
constexpr uint8_t kAny = GalleryCollector::kSearched | GalleryCollector::kEnrolled;

std::string Number(uint64_t value) { return Count(static_cast<double>(value)); }

}  // namespace

GalleryCollector::GalleryCollector(const Population& population, const std::vector<uint8_t>& roles,
                                   uint64_t rows, uint32_t searches, uint64_t seed)
    : population_(population), row_of_(roles.size(), kNone), column_of_(roles.size(), kNone) {
  const auto count = [&](uint8_t role) {
    return static_cast<uint64_t>(std::count_if(roles.begin(), roles.end(),
                                               [role](uint8_t r) { return (r & role) == role; }));
  };
  const uint64_t pictures = roles.size(), searched = count(kSearched), enrolled = count(kEnrolled);
  const uint64_t all = pictures * (pictures - 1) / 2, grid = searched * enrolled - count(kAny);
  const bool with_all = rows >= all;
  if (!with_all && rows < grid) {
    galleries_.why_not =
        absl::StrCat("The file's pairs form no galleries: to search for its ", Number(searched),
                     " pictures in id_a among its ", Number(enrolled), " in id_b takes ",
                     Number(grid), " comparisons, and it holds ", Number(rows), ".");
    return;
  }
  std::vector<char> is_in(population.persons.size());
  for (uint32_t picture = 0; picture < pictures; ++picture) {
    if (with_all || (roles[picture] & kSearched)) galleries_.probes.push_back(picture);
    char& in = is_in[population.person_of[picture]];
    if (in || !(with_all || (roles[picture] & kEnrolled))) continue;
    in = 1;
    column_of_[picture] = static_cast<uint32_t>(galleries_.enrolled.size());
    galleries_.enrolled.push_back(picture);
  }
  std::mt19937_64 random(seed);
  std::vector<uint32_t>& probes = galleries_.probes;
  std::shuffle(probes.begin(), probes.end(), random);
  probes.resize(std::min<size_t>(
      {probes.size(), searches, std::max<size_t>(1, kMaxScores / galleries_.enrolled.size())}));
  for (uint32_t i = 0; i < probes.size(); ++i) row_of_[probes[i]] = i;
  galleries_.scores.assign(probes.size() * galleries_.enrolled.size(), std::nanf(""));
}

void GalleryCollector::Add(uint32_t a, uint32_t b, float score) {
  if (!galleries_.why_not.empty()) return;
  Put(a, b, score);
  Put(b, a, score);
}

void GalleryCollector::Put(uint32_t probe, uint32_t enrolled, float score) {
  if (row_of_[probe] != kNone && column_of_[enrolled] != kNone)
    galleries_.scores[row_of_[probe] * galleries_.enrolled.size() + column_of_[enrolled]] = score;
}

Galleries GalleryCollector::Finish() {
  uint64_t missing = 0;
  std::string first;
  for (size_t i = 0; i < galleries_.scores.size(); ++i) {
    const uint32_t probe = galleries_.probes[i / galleries_.enrolled.size()],
                   enrolled = galleries_.enrolled[i % galleries_.enrolled.size()];
    if (!std::isnan(galleries_.scores[i]) || probe == enrolled) continue;
    if (missing++ == 0)
      first = absl::StrCat(population_.pictures[probe], " with ", population_.pictures[enrolled]);
  }
  if (missing > 0)
    galleries_.why_not =
        absl::StrCat("The file's pairs form no whole galleries: ", Number(missing), " of the ",
                     Number(galleries_.scores.size()),
                     " comparisons that searches need are missing, the first of ", first, ".");
  return std::move(galleries_);
}

}  // namespace lineup
