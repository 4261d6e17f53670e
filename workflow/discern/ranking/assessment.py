"""Intervals of each measure of each row, and which rows differ significantly.

A row with several seeds has Student's t interval over the seeds. A row with a single seed has the
bootstrap interval over the images, if the measure is a mean over images. Pairs of rows are tested
in the measure that ranks them, by a bootstrap over the same seeds and images for both, with Holm's
correction. With a single seed, the test compares the trained networks, not their losses.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from discern.configuration.row import Row
from discern.errors import Damaged, DiscernError
from discern.measures.catalogue import MEASURES, RANKED_BY, read_measures
from discern.ranking import bootstrap, significance
from discern.ranking.comparisons import Comparisons, Estimate, Pair, RankedRow
from discern.ranking.outcomes import Outcomes, read_outcomes
from discern.results import Seed, Version

# Outcomes are rounded to float32, measures are not.
_ROUNDING = 1e-5


@dataclass(frozen=True)
class Evaluation:
    """The evaluation of one training.

    Attributes:
        measures: the measure file's content.
        outcomes: each image's contribution to the measures.
    """

    measures: Mapping[str, Any]
    outcomes: Outcomes


def read_evaluations(version: Version, rows: Sequence[Row]) -> list[list[Evaluation]]:
    """The evaluations of all seeds of each row.

    Raises:
        DiscernError: when a file is missing.
        Damaged: when one is damaged, or the outcomes and measures are of different trainings.
    """
    return [[_read_evaluation(version, row.label, seed) for seed in row.seeds] for row in rows]


def assess(
    rows: Sequence[Row], evaluations: Sequence[Sequence[Evaluation]], resamples: int, seed: int
) -> Comparisons:
    """Intervals, ranks and pairs of ``rows``.

    Args:
        rows: in their order.
        evaluations: for each row, one per seed.
        resamples: how often seeds and images are resampled.
        seed: for the resampling.

    Raises:
        DiscernError: when rows have several seeds that differ, or different images.
    """
    labels = [row.label for row in rows]
    outcomes = [[each.outcomes for each in of_row] for of_row in evaluations]
    over_images = _intervals_over_images(outcomes, resamples, seed)
    pairs = _pairs(labels, _by_seed(rows, outcomes), resamples, seed)
    ranks = significance.ranks(labels, pairs)
    estimates = [
        _estimates([each.measures for each in of_row], intervals)
        for of_row, intervals in zip(evaluations, over_images, strict=True)
    ]
    ranked_rows = {
        label: RankedRow(ranks[label], of_row)
        for label, of_row in zip(labels, estimates, strict=True)
    }
    return Comparisons(significance.LEVEL, resamples, RANKED_BY.name, ranked_rows, pairs)


def _read_evaluation(version: Version, label: str, seed: Seed) -> Evaluation:
    path = version.outcomes(label, seed)
    measures, outcomes = read_measures(version.measures(label, seed)), read_outcomes(path)
    for measure in MEASURES:
        if measure.name in outcomes.measures:
            mean = np.nanmean(outcomes.measures[measure.name], dtype=np.float64)
            value = measure.value(measures)
            if value is None or abs(mean - value) > _ROUNDING:
                why = f"has the mean {mean:g} of {measure.name}, but the measures say {value}"
                raise Damaged(path, why)
    return Evaluation(measures, outcomes)


def _by_seed(rows: Sequence[Row], outcomes: Sequence[Sequence[Outcomes]]) -> list[list[Outcomes]]:
    """The outcomes of all rows for each seed, in ascending order of the seeds.

    A row with a single seed is paired with every seed of the others.
    """
    several = {tuple(sorted(row.seeds)) for row in rows if len(row.seeds) > 1}
    if len(several) > 1:
        raise DiscernError(f"rows have different seeds, {sorted(several)}; give all the same")
    seeds: tuple[int | None, ...] = next(iter(several), (None,))
    by_seed = []
    for seed in seeds:
        beside = [
            of_row[row.seeds.index(seed) if seed is not None and len(of_row) > 1 else 0]
            for row, of_row in zip(rows, outcomes, strict=True)
        ]
        for row, each in zip(rows, beside, strict=True):
            if not np.array_equal(each.labels, beside[0].labels):
                raise DiscernError(
                    f"{row.label} was evaluated on other images than {rows[0].label}; measure "
                    "both again"
                )
        by_seed.append(beside)
    return by_seed


def _intervals_over_images(
    outcomes: Sequence[Sequence[Outcomes]], resamples: int, seed: int
) -> list[dict[str, tuple[float, float]]]:
    """For each row, the intervals of its measures; empty for a row with several seeds."""
    places = [
        (place, name)
        for place, of_row in enumerate(outcomes)
        for name in of_row[0].measures
        if len(of_row) == 1
    ]
    intervals: list[dict[str, tuple[float, float]]] = [{} for _ in outcomes]
    if places:
        table = np.stack([outcomes[place][0].measures[name] for place, name in places])
        resampled = bootstrap.crossed_means(table[None], resamples, seed)
        for (place, name), values in zip(places, resampled.T, strict=True):
            intervals[place][name] = bootstrap.interval(values, significance.LEVEL)
    return intervals


def _pairs(
    labels: Sequence[str], by_seed: Sequence[Sequence[Outcomes]], resamples: int, seed: int
) -> list[Pair]:
    """All pairs of rows in the ranking measure, from the outcomes of all rows by seed."""
    tables = [
        bootstrap.paired(np.stack([row.measures[RANKED_BY.name] for row in rows]))
        for rows in by_seed
    ]
    images = [rows[0].labels for rows in by_seed]
    if all(np.array_equal(each, images[0]) for each in images):
        resampled = bootstrap.crossed_means(np.stack(tables), resamples, seed)
    else:
        resampled = bootstrap.nested_means(tables, resamples, seed)
    return significance.pairs(labels, bootstrap.means(tables), resampled)


def _estimates(
    measured: Sequence[Mapping[str, Any]], over_images: Mapping[str, tuple[float, float]]
) -> dict[str, Estimate]:
    """Mean and interval of each measure that a row has."""
    estimates = {}
    for measure in MEASURES:
        values = [value for each in measured if (value := measure.value(each)) is not None]
        if not values:
            continue
        mean, name = statistics.fmean(values), measure.name
        if over_seeds := significance.interval_over_seeds(values):
            estimates[name] = Estimate(mean, *over_seeds, "seeds")
        elif name in over_images:
            estimates[name] = Estimate(mean, *over_images[name], "images")
        else:
            estimates[name] = Estimate(mean)
    return estimates
