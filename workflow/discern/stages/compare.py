"""Compare the rows: how well each measure is known, and which rows are better beyond chance.

A row with several seeds has Student's t interval over them; one with a single seed that of the
bootstrap over the images, where the measure is a mean over images. Pairs of rows are compared in
the measure that ranks them, by the bootstrap over the same seeds and images for both, with Holm's
correction. With a single seed, the trained networks are compared and not their losses.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from discern import bootstrap, comparison
from discern.columns import COLUMNS, RANKED_BY, read_measures
from discern.comparison import Pair
from discern.errors import DiscernError
from discern.files import read_arrays, write_json
from discern.stage import StageParser, run_stage
from discern.trainings import one_each

log = logging.getLogger("discern")

# What one training says of each image, by the column that is its mean; labels are one more.
Outcomes = Mapping[str, np.ndarray]
Item = TypeVar("Item")
# Outcomes are rounded to float32, measures are not.
_ROUNDING = 1e-5


def compare(arguments: argparse.Namespace) -> None:
    """Write intervals, differences and ranks as one JSON object."""
    rows, draws = arguments.rows, (arguments.resamples, arguments.seed)
    labels = [row["label"] for row in rows]
    measures = _by_row(rows, "measures", arguments.measures, read_measures)
    outcomes = _by_row(rows, "outcomes", arguments.outcomes, read_outcomes)
    _check_agreement(measures, outcomes, arguments.outcomes)
    seeds = in_seeds(rows, outcomes)
    over_images = intervals_over_images(outcomes, *draws)
    pairs = compared(seeds, *draws)
    content = {
        "level": comparison.LEVEL,
        "resamples": arguments.resamples,
        "ranked_by": RANKED_BY.name,
        "rows": {
            label: {"rank": rank, "measures": described(values, ends)}
            for label, rank, values, ends in zip(
                labels, comparison.ranks(len(rows), pairs), measures, over_images, strict=True
            )
        },
        "pairs": [
            {**asdict(pair), "first": labels[pair.first], "second": labels[pair.second]}
            for pair in pairs
        ],
    }
    write_json(arguments.comparisons, content)
    apart = sum(pair.better is not None for pair in pairs)
    log.info("compare: %d of %d pairs of rows can be told apart", apart, len(pairs))


def read_outcomes(path: Path) -> Outcomes:
    """The outcomes of a training; raises :class:`DiscernError` where they are none."""
    arrays = read_arrays(path, "labels", RANKED_BY.name)
    images = arrays["labels"].shape
    found = {"labels": arrays["labels"]}
    for column in COLUMNS:
        values = arrays.get(column.name)
        if values is None:
            continue
        if values.shape != images or values.dtype != np.float32:
            fault = f"is {values.dtype} {values.shape} and not float32 {images} as the labels"
        elif np.isinf(values).any() or np.isnan(values).all():
            fault = "is infinite somewhere, or says nothing of any image"
        else:
            found[column.name] = values
            continue
        raise DiscernError(f"{path}: {column.name} {fault}; delete it to have it made again")
    return found


def in_seeds(
    rows: Sequence[Mapping[str, Any]], outcomes: Sequence[Sequence[Outcomes]]
) -> list[list[Outcomes]]:
    """The outcomes of all rows for each seed, in ascending order of the seeds.

    A row with a single seed stands beside every seed of the others as it is.

    Raises:
        DiscernError: when rows with several seeds have different ones, or rows beside each other
            were judged on different images.
    """
    several = {tuple(sorted(row["seeds"])) for row in rows if len(row["seeds"]) > 1}
    if len(several) > 1:
        raise DiscernError(
            f"rows with the seeds {sorted(several)} can't be paired; give all the same"
        )
    seeds = next(iter(several), (None,))
    tables = []
    for seed in seeds:
        table = [
            found[row["seeds"].index(seed) if len(found) > 1 else 0]
            for row, found in zip(rows, outcomes, strict=True)
        ]
        for row, found in zip(rows, table, strict=True):
            if not np.array_equal(found["labels"], table[0]["labels"]):
                raise DiscernError(
                    f"{row['label']} was judged on other images than {rows[0]['label']}; measure "
                    "both again"
                )
        tables.append(table)
    return tables


def intervals_over_images(
    outcomes: Sequence[Sequence[Outcomes]], resamples: int, seed: int
) -> list[dict[str, tuple[float, float]]]:
    """For each row, the intervals of its columns; none for a row with several seeds."""
    places = [
        (place, name)
        for place, found in enumerate(outcomes)
        for name in found[0]
        if len(found) == 1 and name != "labels"
    ]
    intervals: list[dict[str, tuple[float, float]]] = [{} for _ in outcomes]
    if places:
        table = np.stack([outcomes[place][0][name] for place, name in places])
        resampled = bootstrap.crossed_means(table[None], resamples, seed)
        for (place, name), values in zip(places, resampled.T, strict=True):
            intervals[place][name] = bootstrap.interval(values, comparison.LEVEL)
    return intervals


def compared(seeds: Sequence[Sequence[Outcomes]], resamples: int, seed: int) -> list[Pair]:
    """All pairs of rows in the measure that ranks them, from the outcomes of all rows by seed."""
    tables = [bootstrap.paired(np.stack([row[RANKED_BY.name] for row in rows])) for rows in seeds]
    labels = [rows[0]["labels"] for rows in seeds]
    if all(np.array_equal(each, labels[0]) for each in labels):
        resampled = bootstrap.crossed_means(np.stack(tables), resamples, seed)
    else:
        resampled = bootstrap.nested_means(tables, resamples, seed)
    return comparison.pairs(bootstrap.means(tables), resampled)


def described(
    measures: Sequence[Mapping[str, Any]], over_images: Mapping[str, tuple[float, float]]
) -> dict[str, dict[str, Any]]:
    """Mean and interval of each column that a row has."""
    found: dict[str, dict[str, Any]] = {}
    for column in COLUMNS:
        known = [value for each in measures if (value := column.value(each)) is not None]
        if not known:
            continue
        over_seeds = comparison.interval_over_seeds(known)
        low, high = over_seeds or over_images.get(column.name) or (None, None)
        over = "seeds" if over_seeds else "images" if low is not None else None
        mean = statistics.fmean(known)
        found[column.name] = {"mean": mean, "low": low, "high": high, "interval": over}
    return found


def _by_row(
    rows: Sequence[Mapping[str, Any]],
    option: str,
    files: Sequence[Path],
    read: Callable[[Path], Item],
) -> list[list[Item]]:
    """What is read of each row's each seed."""
    waiting = one_each(option, files, rows)
    return [[read(next(waiting)) for _ in row["seeds"]] for row in rows]


def _check_agreement(
    measures: Sequence[Sequence[Mapping[str, Any]]],
    outcomes: Sequence[Sequence[Outcomes]],
    files: Sequence[Path],
) -> None:
    """Whether outcomes have the measures for their means, that is, belong to the same training."""
    pairs = zip(chain(*measures), chain(*outcomes), files, strict=True)
    for numbers, found, path in pairs:
        for column in COLUMNS:
            if column.name not in found:
                continue
            mean, value = np.nanmean(found[column.name], dtype=np.float64), column.value(numbers)
            if value is None or abs(mean - value) > _ROUNDING:
                raise DiscernError(
                    f"{path}: the mean of {column.name} is {mean:g}, but the measures say {value}; "
                    "delete it to have it made again"
                )


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = StageParser("compare", __doc__)
    parser.input("--measures", nargs="+", help="JSON: of each row's each seed")
    parser.input("--outcomes", nargs="+", help="npz: of each image, for each row's each seed")
    parser.output("--comparisons", help="JSON: each row's rank and intervals, and all pairs")
    parser.parameter("--rows", type=json.loads, help="JSON: label and seeds of each row")
    parser.parameter("--resamples", type=int, help="how often seeds and images are drawn")
    parser.parameter("--seed", type=int, help="of the draws")
    return run_stage(parser, compare, argv)


if __name__ == "__main__":
    sys.exit(main())
