"""Which rows are better than others, beyond what chance would do: intervals, tests and ranks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import stdtrit

from discern import bootstrap

# The part of intervals that holds the truth, and what is called a difference: adjusted p < 0.05.
LEVEL = 0.95
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Pair:
    """Two rows side by side.

    Attributes:
        first: the place of one row, from 0.
        second: that of the other, a later one.
        difference: the first's mean less the second's.
        low: where the difference's interval begins.
        high: where it ends.
        p: two-sided, of no difference.
        adjusted_p: the same after Holm's correction for all pairs.
    """

    first: int
    second: int
    difference: float
    low: float
    high: float
    p: float
    adjusted_p: float

    @property
    def better(self) -> int | None:
        """The place of the row that is better, None where they can't be told apart."""
        if not beyond_chance(self.adjusted_p):
            return None
        return self.first if self.difference > 0 else self.second


def beyond_chance(adjusted_p: float) -> bool:
    """Whether a difference with this p, corrected for all that were compared, is called one."""
    return adjusted_p < SIGNIFICANCE


def interval_over_seeds(values: Sequence[float]) -> tuple[float, float] | None:
    """Student's t interval of the mean of several seeds' ``values``, None for fewer than two.

    It speaks of other seeds on the same images, and takes seeds' values to be normal.
    """
    count = len(values)
    if count < 2:
        return None
    mean = math.fsum(values) / count
    deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1))
    half = float(stdtrit(count - 1, (1 + LEVEL) / 2)) * deviation / math.sqrt(count)
    return mean - half, mean + half


def holm(p_values: np.ndarray) -> np.ndarray:
    """The p values (M,) after Holm's step-down correction for M tests, in their order.

    The k-th smallest is multiplied with M + 1 − k, and none is below a smaller one's; at most 1
    (Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of
    Statistics, 1979).
    """
    order = np.argsort(p_values, kind="stable")
    steps = np.arange(len(p_values), 0, -1) * p_values[order]
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def pairs(means: np.ndarray, resampled: np.ndarray) -> list[Pair]:
    """All pairs of rows with ``means`` (K,), which became ``resampled`` (resamples, K).

    Both rows of a pair have been judged on the same images and seeds in each resample, so that what
    they share does not blur their difference.
    """
    places = list(combinations(range(len(means)), 2))
    differences = [resampled[:, first] - resampled[:, second] for first, second in places]
    p_values = np.array([bootstrap.p_value(values) for values in differences])
    return [
        Pair(
            first,
            second,
            float(means[first] - means[second]),
            *bootstrap.interval(values, LEVEL),
            p=float(p),
            adjusted_p=float(adjusted),
        )
        for (first, second), values, p, adjusted in zip(
            places, differences, p_values, holm(p_values), strict=True
        )
    ]


def ranks(rows: int, compared: Sequence[Pair]) -> list[int]:
    """The rank of each of so many ``rows``: 1 + the number of those that are better."""
    worse = [pair.first + pair.second - pair.better for pair in compared if pair.better is not None]
    return [1 + worse.count(place) for place in range(rows)]
