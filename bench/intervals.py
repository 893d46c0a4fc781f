"""Intervals of shares and of their differences: by faces as if each were drawn alone, and by photos (bootstrap).

Faces of one photo share its light, blur and crowd, so an interval by faces is too narrow; the bootstrap draws whole photos.
"""

import math

import numpy as np

Z95 = 1.959963984540054  # two-sided 5 %
Z80 = 0.8416212335729143  # power 80 %
RESAMPLES = 4000
SEED = 20240917


def wilson(hits, count):
    """Wilson score interval of hits / count at 95 %, or (0, 1) of nothing. Wilson 1927, J. Am. Stat. Assoc. 22."""
    if count == 0:
        return 0.0, 1.0
    share, z2 = hits / count, Z95 ** 2
    middle = share + z2 / (2 * count)
    half = Z95 * math.sqrt(share * (1 - share) / count + z2 / (4 * count ** 2))
    return max(0.0, (middle - half) / (1 + z2 / count)), min(1.0, (middle + half) / (1 + z2 / count))


def newcombe(hits1, count1, hits2, count2):
    """Difference of two shares (first minus second) and its 95 % interval: Newcombe 1998, Stat. Med. 17, method 10."""
    share1, share2 = hits1 / count1, hits2 / count2
    (low1, high1), (low2, high2) = wilson(hits1, count1), wilson(hits2, count2)
    difference = share1 - share2
    return (difference, difference - math.hypot(share1 - low1, high2 - share2),
            difference + math.hypot(high1 - share1, share2 - low2))


def smallest_difference(share, count1, count2):
    """The least drop below `share` (true share of the first group) that a two-sided two-proportion z test at 5 % would
    find with 80 % power; None where even a drop to nothing would not do."""
    def found(drop):
        other = share - drop
        pooled = (share * count1 + other * count2) / (count1 + count2)
        by_chance = math.sqrt(pooled * (1 - pooled) * (1 / count1 + 1 / count2))
        spread = math.sqrt(share * (1 - share) / count1 + other * (1 - other) / count2)
        return drop >= Z95 * by_chance + Z80 * spread

    if not found(share):
        return None
    low, high = 0.0, share
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (low, middle) if found(middle) else (middle, high)
    return high


def bootstrap(counts, statistic):
    """95 % percentile interval and standard error of statistic(sums) when whole photos are drawn with replacement.

    counts: (photos, k); statistic takes (resamples, k) sums and gives (resamples,), nan where it has no value.
    Returns (low, high, error), all None where it never has one."""
    counts = np.asarray(counts, dtype=float)
    photos = len(counts)
    draws = np.random.default_rng(SEED).multinomial(photos, np.full(photos, 1 / photos), size=RESAMPLES)
    with np.errstate(divide="ignore", invalid="ignore"):
        values = statistic(draws @ counts)
    values = values[np.isfinite(values)]
    if not len(values):
        return None, None, None
    return (*(float(v) for v in np.quantile(values, (0.025, 0.975))), float(values.std()))
