"""The content of ``comparisons.json``: ranks, intervals, and the differences between rows.

It is read without NumPy, because the environment that compares two versions has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import permutations
from pathlib import Path
from typing import Any, Literal

from discern.errors import Damaged
from discern.files import read_json, write_json
from discern.results import Version

# An adjusted p below it is significant.
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Estimate:
    """A measure of a row.

    Attributes:
        mean: over the seeds.
        low: lower end of the interval; None if there is none.
        high: upper end of the interval; None if there is none.
        interval: whether the interval is over seeds or images; None if there is none.
    """

    mean: float
    low: float | None = None
    high: float | None = None
    interval: Literal["seeds", "images"] | None = None

    @property
    def ends(self) -> tuple[float, float] | None:
        """Both ends of the interval; None if there is none."""
        return None if self.low is None or self.high is None else (self.low, self.high)


@dataclass(frozen=True)
class RankedRow:
    """The rank of a row, and its measures with their intervals.

    Attributes:
        rank: 1 + the number of rows that are significantly better.
        measures: by name, those that the row has.
    """

    rank: int
    measures: Mapping[str, Estimate]


@dataclass(frozen=True)
class Pair:
    """The difference of two rows in the measure that ranks them.

    Attributes:
        first: the label of one row.
        second: the label of the other.
        difference: the first's mean minus the second's.
        low: lower end of the difference's interval.
        high: upper end of the difference's interval.
        p: the two-sided p value.
        adjusted_p: the p value after Holm's correction for all pairs.
    """

    first: str
    second: str
    difference: float
    low: float
    high: float
    p: float
    adjusted_p: float

    @property
    def is_significant(self) -> bool:
        """Whether the rows differ significantly."""
        return self.adjusted_p < SIGNIFICANCE

    @property
    def better(self) -> str | None:
        """The label of the better row; None if the difference is not significant."""
        if not self.is_significant:
            return None
        return self.first if self.difference > 0 else self.second

    @property
    def reversed(self) -> Pair:
        """The same pair in the other order."""
        turned = (-self.difference, -self.high, -self.low)
        return Pair(self.second, self.first, *turned, self.p, self.adjusted_p)


@dataclass(frozen=True)
class Comparisons:
    """The results of the significance stage.

    Attributes:
        level: the confidence level of the intervals.
        resamples: how often seeds and images were drawn.
        ranked_by: the name of the measure that ranks the rows and tests the pairs.
        rows: by label.
        pairs: all pairs of rows, in the rows' order.
    """

    level: float
    resamples: int
    ranked_by: str
    rows: Mapping[str, RankedRow]
    pairs: Sequence[Pair]

    def pair(self, first: str, second: str) -> Pair:
        """The pair of the rows with these labels; :class:`KeyError` if there is none."""
        return self._by_labels[first, second]

    @cached_property
    def _by_labels(self) -> dict[tuple[str, str], Pair]:
        both_ways = (each for pair in self.pairs for each in (pair, pair.reversed))
        return {(pair.first, pair.second): pair for pair in both_ways}


def write_comparisons(path: Path, comparisons: Comparisons) -> None:
    """Write the comparisons as JSON."""
    write_json(path, asdict(comparisons))


def read_comparisons(version: Version, labels: Sequence[str] = ()) -> Comparisons:
    """Read the comparisons, which must contain the rows ``labels`` and all pairs of them.

    Raises:
        DiscernError: when there is no such file.
        Damaged: when it lacks something.
    """
    path = version.comparisons
    content = read_json(path)
    try:
        comparisons = Comparisons(
            float(content["level"]),
            int(content["resamples"]),
            content["ranked_by"],
            {label: _ranked_row(row) for label, row in content["rows"].items()},
            [_pair(pair) for pair in content["pairs"]],
        )
        for label in labels:
            comparisons.rows[label]
        for first, second in permutations(labels, 2):
            comparisons.pair(first, second)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Damaged(
            path, f"does not hold the rank, intervals and pairs of every row ({error})"
        ) from None
    return comparisons


def _ranked_row(content: Mapping[str, Any]) -> RankedRow:
    measures = {name: _estimate(measure) for name, measure in content["measures"].items()}
    return RankedRow(int(content["rank"]), measures)


def _estimate(content: Mapping[str, Any]) -> Estimate:
    mean, interval = float(content["mean"]), content["interval"]
    if interval is None:
        return Estimate(mean)
    return Estimate(mean, float(content["low"]), float(content["high"]), interval)


def _pair(content: Mapping[str, Any]) -> Pair:
    numbers = ("difference", "low", "high", "p", "adjusted_p")
    return Pair(content["first"], content["second"], *(float(content[name]) for name in numbers))
