"""Which rows differ significantly: intervals, tests with Holm's correction, and ranks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from scipy.special import stdtrit

from discern.ranking import bootstrap
from discern.ranking.comparisons import Pair

# The confidence level of all intervals.
LEVEL = 0.95


def interval_over_seeds(values: Sequence[float]) -> tuple[float, float] | None:
    """Student's t interval of the mean of several seeds' ``values``; None for fewer than two.

    It covers other seeds on the same images, and assumes that values are normally distributed.
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

    The k-th smallest is multiplied by M + 1 − k, and none is below a smaller one's; at most 1
    (Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of
    Statistics, 1979).
    """
    order = np.argsort(p_values, kind="stable")
    steps = np.arange(len(p_values), 0, -1) * p_values[order]
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def pairs(labels: Sequence[str], means: np.ndarray, resampled: np.ndarray) -> list[Pair]:
    """All pairs of rows, from their ``means`` (K,) and ``resampled`` means (resamples, K).

    In each resample, both rows of a pair are evaluated on the same images and seeds, so that the
    variation they share does not widen the interval of their difference.
    """
    places = list(combinations(range(len(means)), 2))
    differences = [resampled[:, first] - resampled[:, second] for first, second in places]
    p_values = np.array([bootstrap.p_value(values) for values in differences])
    return [
        Pair(
            labels[first],
            labels[second],
            float(means[first] - means[second]),
            *bootstrap.interval(values, LEVEL),
            p=float(p),
            adjusted_p=float(adjusted),
        )
        for (first, second), values, p, adjusted in zip(
            places, differences, p_values, holm(p_values), strict=True
        )
    ]


def ranks(labels: Sequence[str], pairs: Sequence[Pair]) -> dict[str, int]:
    """The rank of each row: 1 + the number of rows that are significantly better."""
    worse = [
        pair.second if pair.better == pair.first else pair.first
        for pair in pairs
        if pair.is_significant
    ]
    return {label: 1 + worse.count(label) for label in labels}
