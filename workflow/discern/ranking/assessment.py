"""Intervals of each measure of each row, and which rows differ significantly.

Every measure of a row with several seeds has Student's t interval for other seeds on the same
images. A measure that is a mean over images also has an interval for other images. Pairs of rows
are tested for both questions in each measure of short tables, on the same seeds and images, with
Holm's correction for all tested pairs in that measure. Rows with a single seed are not tested: the
difference of two trained networks says little about their losses.
"""

from __future__ import annotations

import statistics
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from discern.configuration.row import Row
from discern.errors import Damaged
from discern.measures.catalogue import MEASURES, Measure, compared_in, read_measures
from discern.ranking.comparisons import LEVEL, Comparisons, Estimate
from discern.ranking.outcomes import Outcomes, read_outcomes, rounding_of_mean
from discern.ranking.significance import Trainings, pairs
from discern.ranking.standard_error import over_seeds
from discern.results import Seed, Version

# Outcomes are float32, measures are not.
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
    return [
        [_read_evaluation(row.home(version, seed), row.label, seed) for seed in row.seeds]
        for row in rows
    ]


def assess(
    rows: Sequence[Row],
    evaluations: Sequence[Sequence[Evaluation]],
    headline: Measure,
    tested: Container[tuple[str, ...]] | None = None,
) -> Comparisons:
    """Intervals and pairs of ``rows``.

    Args:
        rows: in their order.
        evaluations: for each row, one per seed.
        headline: the measure that orders the rows.
        tested: the labels of the pairs to be tested, in the order of ``rows``; None: all.

    Raises:
        DiscernError: when two rows share no seed, or were evaluated on different images.
    """
    return Comparisons(
        headline.name,
        headline.better == "higher",
        {row.label: _estimates(row, of_row) for row, of_row in zip(rows, evaluations, strict=True)},
        {
            measure.name: pairs(_trainings(rows, evaluations, measure), tested)
            for measure in compared_in(headline)
        },
    )


def _read_evaluation(version: Version, label: str, seed: Seed) -> Evaluation:
    path = version.outcomes(label, seed)
    measures, outcomes = read_measures(version.measures(label, seed)), read_outcomes(path)
    for measure in MEASURES:
        if measure.name in outcomes.measures:
            values = outcomes.measures[measure.name]
            mean, value = np.nanmean(values, dtype=np.float64), measure.value(measures)
            if value is None or abs(mean - value) > _ROUNDING + rounding_of_mean(values):
                why = f"has the mean {mean:g} of {measure.name}, but the measures say {value}"
                raise Damaged(path, why)
    return Evaluation(measures, outcomes)


def _trainings(
    rows: Sequence[Row], evaluations: Sequence[Sequence[Evaluation]], measure: Measure
) -> list[Trainings]:
    """The outcomes in a ``measure`` of the rows that have it for each seed."""
    return [
        trainings_of(row, of_row, measure)
        for row, of_row in zip(rows, evaluations, strict=True)
        if _have(of_row, measure)
    ]


def _have(evaluations: Sequence[Evaluation], measure: Measure) -> bool:
    """Whether each of a row's seeds has a ``measure`` image by image."""
    return all(measure.name in each.outcomes.measures for each in evaluations)


def trainings_of(row: Row, evaluations: Sequence[Evaluation], measure: Measure) -> Trainings:
    """A row's outcomes in a ``measure``, which each of its seeds must have."""
    return Trainings(
        row.label,
        row.seeds,
        [each.outcomes.measures[measure.name] for each in evaluations],
        [each.outcomes.labels for each in evaluations],
        row.varies_with_seed,
    )


def _estimates(row: Row, evaluations: Sequence[Evaluation]) -> dict[str, Estimate]:
    """Mean and intervals of each measure that a row has."""
    estimates = {}
    for measure in MEASURES:
        measured = [measure.value(each.measures) for each in evaluations]
        values = [value for value in measured if value is not None]
        if not values:
            continue
        mean, error = statistics.fmean(values), over_seeds(np.array(values))
        over_images = None
        if _have(evaluations, measure):
            over_images = trainings_of(row, evaluations, measure).mean.over_images
        estimates[measure.name] = Estimate(
            mean,
            statistics.stdev(values) if error else None,
            error.interval(mean, LEVEL) if error else None,
            over_images.interval(mean, LEVEL) if over_images else None,
        )
    return estimates
