// One number for how unequally a recogniser treats groups, in the forms that are in use. x_1..x_n
// are the error rates of n groups at one threshold. Each is nullopt where it is undefined.
//
// Sources: NIST IR 8429 (Grother 2022, "FRVT Part 8: Summarizing Demographic Differentials");
// GARBE: Howard, Laird, Sirotin, Rubin, Tipton and Vemury 2022, "Evaluating Proposed Fairness
// Models for Face Recognition Algorithms"; fairness discrepancy rate: de Freitas Pereira and Marcel
// 2021, "Fairness in Biometrics"; inequity rate: Grother 2021 (NIST), as cited by Howard et al. and
// IR 8429.
#ifndef EFFACE_LINEUP_DIFFERENTIALS_H_
#define EFFACE_LINEUP_DIFFERENTIALS_H_

#include <optional>
#include <vector>

namespace lineup {

using Rates = std::vector<double>;

// max x_i / (x_1 ... x_n)^(1/n). Undefined where a group has no error, or of fewer than two groups.
std::optional<double> MaxOverGeometricMean(const Rates& rates);

// max x_i / min x_i. Undefined as above.
std::optional<double> MaxOverMin(const Rates& rates);

// Gini coefficient with the correction for few groups: n / (n - 1) * sum_ij |x_i - x_j| / (2 n^2
// mean). 0: equal; 1: one group has all errors. Undefined where no group has an error.
std::optional<double> Gini(const Rates& rates);

// GARBE = alpha * Gini(FMR) + (1 - alpha) * Gini(FNMR). 0: equal.
std::optional<double> Garbe(const Rates& fmr, const Rates& fnmr, double alpha);

// Fairness discrepancy rate (not the false discovery rate, which is also written FDR):
// 1 - (alpha * max_ij |FMR_i - FMR_j| + (1 - alpha) * max_ij |FNMR_i - FNMR_j|). 1: equal.
std::optional<double> FairnessDiscrepancyRate(const Rates& fmr, const Rates& fnmr, double alpha);

// Inequity rate: (max FMR / min FMR)^alpha * (max FNMR / min FNMR)^(1 - alpha). 1: equal. Undefined
// where a group has no error of either kind.
std::optional<double> InequityRate(const Rates& fmr, const Rates& fnmr, double alpha);

// Holm's step-down correction (Holm 1979): p values that may each be held against the level for
// all.
std::vector<double> Holm(const std::vector<double>& p);

}  // namespace lineup

#endif  // EFFACE_LINEUP_DIFFERENTIALS_H_
