// What a false match rate means for a search in a gallery: the odds that an innocent person is
// returned. Pure arithmetic, on rates that somebody claims or measured.
#ifndef EFFACE_LINEUP_ODDS_H_
#define EFFACE_LINEUP_ODDS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace lineup {

struct OddsInput {
  double fmr = 0;               // false match rate of one comparison, 0..1
  double gallery = 0;           // persons in the gallery, 1..1e12
  std::optional<double> fpir;   // measured share of searches that return an innocent: overrides fmr
  std::optional<double> fnir;   // share of searches that miss a person who is in the gallery
  std::optional<double> prior;  // share of searches whose person is in the gallery
  // Candidate list mode: the so many most similar are returned whatever their scores, 1..gallery;
  // fnir is then the share of searches that don't list a person who is in the gallery. 0: threshold
  // mode.
  double candidates = 0;
};

struct Odds {
  // Chance that a search for someone who isn't in the gallery returns at least one innocent person:
  // FPIR = 1 - (1 - FMR)^N, which assumes that comparisons err independently, unless measured.
  double some_innocent = 0;
  // How many innocent persons such a search returns in the mean: N * FMR (independent or not).
  double innocents = 0;
  // Of all searches that return someone, the share in which nobody returned is the person sought:
  // misses and innocents taken as independent, (W) / (W + prior (1 - FNIR)) with
  // W = (1 - prior) FPIR(N) + prior FNIR FPIR(N - 1). Needs fnir and prior.
  // In candidate list mode every search returns someone, innocents = candidates, and this is 1 -
  // prior (1 - FNIR).
  std::optional<double> wrong_hits;
};

// InvalidArgument, in a sentence, for what is out of range.
absl::StatusOr<Odds> OddsOf(const OddsInput& input);

// "1 of every 7,200 searches", "99.3 % of the searches": for a reader who isn't used to small
// numbers.
std::string InWords(double share, std::string_view things);
// 6.5 as "6.5", 650000 as "650,000", 0.00012 as "0.00012": three digits.
std::string Count(double value);

// Three digits, in powers of ten only beyond 1e-9 and 1e9: 0.0000994.
std::string Digits(double value);

// The sentences that say what the odds mean, a line each.
std::string OddsInWords(const OddsInput& input, const Odds& odds);

}  // namespace lineup

#endif  // EFFACE_LINEUP_ODDS_H_
