// The parts of a report, as figures: JSON, from which the page is made too, so that both say the
// same.
#ifndef EFFACE_LINEUP_SECTIONS_H_
#define EFFACE_LINEUP_SECTIONS_H_

#include <nlohmann/json_fwd.hpp>

#include "lineup/resample.h"
#include "lineup/study.h"

namespace lineup {

// Persons and pictures, in all and by group.
nlohmann::ordered_json PopulationFigures(const Study& study);

// 1:1, in the terms of ISO/IEC 19795-1: FMR and FNMR at thresholds, failures, DET, histograms, EER.
nlohmann::ordered_json VerificationFigures(const Study& study,
                                           const std::vector<OperatingPoint>& points,
                                           const Resampler& resampler);

// 1:N: rank-k, FPIR and FNIR by gallery size, by searches in real sub-galleries. {"measured":
// false, "why"} where the input doesn't allow them.
nlohmann::ordered_json IdentificationFigures(const Study& study,
                                             const std::vector<OperatingPoint>& points,
                                             const Resampler& resampler, const Progress& progress);

// Differences between groups at the common threshold, in the terms of ISO/IEC 19795-10.
nlohmann::ordered_json DifferentialFigures(const Study& study, const OperatingPoint* common,
                                           const Resampler& resampler);

// The share of searches, in the measured gallery nearest in size, whose person wasn't among the
// first `candidates`. NotFound where that rank wasn't measured.
absl::StatusOr<double> MissedByList(const nlohmann::ordered_json& identification, double gallery,
                                    double candidates);

// FPIR at `gallery` persons from the figures of IdentificationFigures, for the threshold of the
// false match rate nearest to `fmr`: between measured sizes by interpolation. NotFound where it was
// not measured; OutOfRange where `gallery` lies beyond and `extrapolate` is false.
struct MeasuredOdds {
  double fpir = 0, fmr = 0, fnir = 0, threshold = 0;
  bool extrapolated = false;
  double largest = 0;  // gallery that was measured
};
absl::StatusOr<MeasuredOdds> MeasuredAt(const nlohmann::ordered_json& identification,
                                        double gallery, double fmr, bool extrapolate);

}  // namespace lineup

#endif  // EFFACE_LINEUP_SECTIONS_H_
