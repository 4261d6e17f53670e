"""How many seeds a difference between two rows needs to be found."""

from __future__ import annotations

import math

from scipy.stats import ncf, t

from discern.ranking.comparisons import SIGNIFICANCE

# More seeds are not tried.
_MOST = 100_000
# The power that is asked for, and the numbers of seeds for which the text gives the power.
_WANTED = 0.8
_SEEDS = (3, 5, 10, 20)


def power(gap: float, sd: float, seeds: int, alpha: float) -> float:
    """The probability that Student's paired test over ``seeds`` finds a ``gap``, in [0, 1].

    Args:
        gap: the true difference of the two rows' means, not 0.
        sd: the standard deviation between seeds of either row, in the unit of ``gap``. The rows'
            seeds are taken as independent, so that of their difference is √2 times as large.
        seeds: of each row, two or more.
        alpha: the two-sided level of the test.
    """
    shift = abs(gap) / (math.sqrt(2) * sd) * math.sqrt(seeds)
    critical = t.isf(alpha / 2, seeds - 1)
    # The square of Student's t has the F distribution.
    return float(ncf.sf(critical**2, 1, seeds - 1, shift**2))


def seeds_needed(gap: float, sd: float, alpha: float, wanted: float) -> int | None:
    """The fewest seeds with a power of ``wanted``; None if that takes more than 100,000."""
    low, high = 1, 2
    while power(gap, sd, high, alpha) < wanted:
        low, high = high, 2 * high
        if high > _MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if power(gap, sd, middle, alpha) >= wanted else (middle, high)
    return high


def as_text(gap: float, sd: float, rows: int) -> str:
    """The seeds that a ``gap`` needs, for one pair and for all pairs of ``rows``, in sentences."""
    pairs = rows * (rows - 1) // 2
    levels = {"one pair": SIGNIFICANCE}
    if pairs > 1:
        levels[f"any of {pairs} pairs of {rows} rows"] = SIGNIFICANCE / pairs
    lines = [f"gap {gap:g}, standard deviation between a row's seeds {sd:g}"]
    for what, alpha in levels.items():
        needed = seeds_needed(gap, sd, alpha, _WANTED)
        count = f"more than {_MOST:,}" if needed is None else f"{needed:,}"
        powers = ", ".join(f"{seeds}: {power(gap, sd, seeds, alpha):.2f}" for seeds in _SEEDS)
        lines += [
            f"{what}: {count} seeds find it with a probability of {_WANTED:g}",
            f"  probability by number of seeds: {powers}",
        ]
    return "\n".join(lines) + "\n"
