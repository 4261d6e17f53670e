"""Means over seeds and images, and their standard errors with Student's t.

An outcome is an image's contribution to a measure of one training, such as 1 for right and 0 for
wrong. It has its seed's effect, its image's effect and a rest. Two means are asked for: that over
all seeds on these images, and that over all seeds and all such images. docs/statistics.md has the
intervals' coverage as measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

# Means that differ by less are equal up to rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class StandardError:
    """The standard error of a mean.

    Attributes:
        value: the estimated standard deviation of the mean.
        degrees: the degrees of freedom of Student's t.
    """

    value: float
    degrees: int

    def interval(self, mean: float, level: float) -> tuple[float, float]:
        """The interval of ``mean`` at the confidence ``level``."""
        half = float(stdtrit(self.degrees, (1 + level) / 2)) * self.value
        return mean - half, mean + half

    def p_value(self, mean: float) -> float:
        """Two-sided p of the hypothesis that the true mean is 0."""
        if abs(mean) <= _ROUNDING:
            return 1.0
        if self.value <= _ROUNDING:
            return 0.0
        return 2 * float(stdtr(self.degrees, -abs(mean) / self.value))


@dataclass(frozen=True)
class Mean:
    """A mean over seeds and images, or the difference of two.

    Attributes:
        value: the mean over seeds of the means over images.
        seeds: how many.
        over_seeds: the error for other seeds on the same images; None for a single seed.
        over_images: the error for other images and other seeds; for a single seed, for other images
            and this training.
    """

    value: float
    seeds: int
    over_seeds: StandardError | None
    over_images: StandardError


def mean_over(outcomes: Sequence[np.ndarray], classes: Sequence[np.ndarray]) -> Mean:
    """The mean of ``outcomes``, floating (N,) for each seed.

    Args:
        outcomes: what each image contributes; NaN for an image that is left out.
        classes: the classes of each seed's images (N,). Where they differ, each seed has images of
            its own. Then other seeds are other images, and both errors are the same.
    """
    if any(not np.array_equal(each, classes[0]) for each in classes):
        means = np.array([np.nanmean(each, dtype=np.float64) for each in outcomes])
        error = StandardError(_error(means), len(means) - 1)
        return Mean(float(means.mean()), len(means), error, error)
    table = np.stack(outcomes).astype(np.float64)
    table = table[:, ~np.isnan(table).any(axis=0)]
    means = table.mean(axis=1)
    return Mean(float(means.mean()), len(means), over_seeds(means), _over_images(table))


def over_seeds(means: np.ndarray) -> StandardError | None:
    """The error of the mean of ``means`` (S,), one per seed, for other seeds; None for one seed."""
    return StandardError(_error(means), len(means) - 1) if len(means) > 1 else None


def _over_images(outcomes: np.ndarray) -> StandardError:
    """The error of the mean of ``outcomes`` (S, N) for other images and, if S > 1, other seeds.

    The variances of the mean over seeds and over images add up. What varies with both counts twice,
    so the sum is too large rather than too small. The degrees of freedom are the seeds': with the
    fewest of all parts, no interval is too narrow (Mickey and Brown, Bounds on the Distribution
    Functions of the Behrens-Fisher Statistic, Annals of Mathematical Statistics, 1966).
    """
    of_images, of_seeds = _error(outcomes.mean(axis=0)), over_seeds(outcomes.mean(axis=1))
    if of_seeds is None:
        return StandardError(of_images, outcomes.shape[1] - 1)
    return StandardError(float(np.hypot(of_seeds.value, of_images)), of_seeds.degrees)


def _error(values: np.ndarray) -> float:
    return float(values.std(ddof=1) / np.sqrt(len(values)))
