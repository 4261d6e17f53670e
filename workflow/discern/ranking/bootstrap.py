"""The bootstrap: how much means over images vary when images and seeds are resampled.

An outcome is an image's contribution to a measure of a row, such as 1 for right and 0 for wrong, or
NaN for an image that is left out of the mean. The outcomes of a seed are float (K, N): K rows, N
images, the same for all rows. So one draw of images serves all rows, and their differences are
paired. (Efron and Tibshirani, An Introduction to the Bootstrap, 1993.)
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

# The number of resamples drawn at once.
_BLOCK = 250
# Means that differ by less are equal up to rounding.
_ROUNDING = 1e-12


def paired(outcomes: np.ndarray) -> np.ndarray:
    """The outcomes (K, N), with NaN for all rows where one row has NaN."""
    return np.where(np.isnan(outcomes).any(axis=0), np.nan, outcomes)


def means(outcomes: Sequence[np.ndarray]) -> np.ndarray:
    """The mean over seeds of each row's mean over images, float64 (K,)."""
    return np.stack([_weighted(np.ones((1, each.shape[1])), each)[0] for each in outcomes]).mean(0)


def crossed_means(outcomes: np.ndarray, resamples: int, seed: int) -> np.ndarray:
    """The means in resamples of seeds and of images, where all seeds have the same images.

    Seeds and images are drawn independently, and a drawn image counts for every seed: the
    pigeonhole bootstrap (Owen, Annals of Applied Statistics, 2007). Where seeds differ mostly in
    which images they get wrong, it overstates the variance rather than understating it. With one
    seed it is the bootstrap over images, and does not cover other seeds.

    Args:
        outcomes: float (seeds, K, N).
        resamples: how often to draw.
        seed: for the draws.

    Returns:
        float64 (resamples, K); NaN where a resample has drawn no image that counts.
    """
    random = np.random.default_rng(seed)
    seeds, rows, images = outcomes.shape
    resampled = np.empty((resamples, rows))
    for block in _blocks(resamples):
        size = block.stop - block.start
        chosen = random.integers(seeds, size=(size, seeds))
        counts = _image_counts(random, size, images)
        each = np.stack([_weighted(counts, table) for table in outcomes], axis=1)
        resampled[block] = each[np.arange(size)[:, None], chosen].mean(axis=1)
    return resampled


def nested_means(outcomes: Sequence[np.ndarray], resamples: int, seed: int) -> np.ndarray:
    """The means in resamples of seeds, and of images within each, where each has its own images.

    Each time a seed is drawn, its images are drawn anew.

    Args:
        outcomes: float (K, N) for each seed, N its own.
        resamples: how often to draw.
        seed: for the draws.

    Returns:
        float64 (resamples, K); NaN where a resample has drawn no image that counts.
    """
    random = np.random.default_rng(seed)
    resampled = np.zeros((resamples, len(outcomes[0])))
    for block in _blocks(resamples):
        chosen = random.integers(len(outcomes), size=(block.stop - block.start, len(outcomes)))
        for place in range(len(outcomes)):
            for drawn, table in enumerate(outcomes):
                where = block.start + np.flatnonzero(chosen[:, place] == drawn)
                counts = _image_counts(random, len(where), table.shape[1])
                resampled[where] += _weighted(counts, table) / len(outcomes)
    return resampled


def interval(values: np.ndarray, level: float) -> tuple[float, float]:
    """The percentile interval that contains the fraction ``level`` of ``values`` (resamples,)."""
    low, high = np.nanquantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def p_value(differences: np.ndarray) -> float:
    """Two-sided p of no difference, from resampled ``differences`` (resamples,).

    Twice the fraction of resamples on the rarer side of zero, where zero counts for both sides. One
    is added to numerator and denominator so that p is never 0 (Davison and Hinkley, Bootstrap
    Methods and their Application, 1997, equation 4.11). At most 1.
    """
    rarer = min(np.sum(differences <= _ROUNDING), np.sum(differences >= -_ROUNDING))
    return min(1.0, 2 * float(1 + rarer) / (1 + len(differences)))


def _blocks(resamples: int) -> list[slice]:
    starts = range(0, resamples, _BLOCK)
    return [slice(first, min(first + _BLOCK, resamples)) for first in starts]


def _image_counts(random: np.random.Generator, resamples: int, images: int) -> np.ndarray:
    """How often each image is drawn in each resample, float64 (resamples, images)."""
    drawn = random.integers(images, size=(resamples, images))
    drawn += images * np.arange(resamples)[:, None]
    counts = np.bincount(drawn.ravel(), minlength=resamples * images)
    return counts.reshape(resamples, images).astype(np.float64)


def _weighted(counts: np.ndarray, outcomes: np.ndarray) -> np.ndarray:
    """The means of the rows (K, N) when images count ``counts`` (resamples, N) times."""
    known = ~np.isnan(outcomes)
    sums = counts @ np.where(known, outcomes, 0.0).T.astype(np.float64)
    totals = np.repeat(counts.sum(axis=1, keepdims=True), len(outcomes), axis=1)
    partly = ~known.all(axis=1)
    totals[:, partly] = counts @ known[partly].T.astype(np.float64)
    with np.errstate(invalid="ignore"):
        weighted: np.ndarray = sums / totals
    return weighted
