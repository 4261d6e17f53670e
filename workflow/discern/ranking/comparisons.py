"""The content of ``comparisons.json``: each row's intervals, and the differences between rows.

It is read without NumPy, because the environment that compares two versions has none.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from discern.errors import Damaged
from discern.files import read_json, write_json
from discern.results import Version

# The confidence level of all intervals.
LEVEL = 0.95
# An adjusted p below it is significant.
SIGNIFICANCE = 0.05

Interval = tuple[float, float]

Relation = Literal["better", "worse", "alike", "untested"]
"""How another row compares: significantly better or worse, or neither, or never tested."""

QUESTIONS = {
    "over_seeds": "These images, other seeds. The null hypothesis of a test: over all seeds, both "
    "rows have the same mean on these images.",
    "over_images": "Other images and other seeds. The null hypothesis of a test: over all seeds "
    "and all such images, both rows have the same mean. With a single seed, the interval is that "
    "of these trained networks on other images, and nothing is tested.",
}
"""What each interval and each test answers."""


@dataclass(frozen=True)
class Estimate:
    """A measure of a row.

    Attributes:
        mean: over the seeds.
        sd: standard deviation between seeds; None for one seed.
        over_seeds: the interval for other seeds on these images; None for one seed.
        over_images: the interval for other images and, if there are several, other seeds; None if
            the measure is no mean over images.
    """

    mean: float
    sd: float | None = None
    over_seeds: Interval | None = None
    over_images: Interval | None = None


@dataclass(frozen=True)
class Evidence:
    """The evidence for a difference: its interval and its test.

    Attributes:
        low: lower end of its interval.
        high: upper end of its interval.
        p: two-sided p value; None if the pair is not tested: it was not chosen, or shares only one
            seed.
        adjusted_p: the p value after Holm's correction for all tested pairs in this measure.
    """

    low: float
    high: float
    p: float | None = None
    adjusted_p: float | None = None

    @property
    def interval(self) -> Interval:
        """Both ends of its interval."""
        return self.low, self.high

    @property
    def is_significant(self) -> bool:
        """Whether the rows differ significantly."""
        return self.adjusted_p is not None and self.adjusted_p < SIGNIFICANCE

    @property
    def reversed(self) -> Evidence:
        """The evidence for the opposite difference."""
        return Evidence(-self.high, -self.low, self.p, self.adjusted_p)


@dataclass(frozen=True)
class Pair:
    """The difference of two rows in one measure.

    Attributes:
        first: the label of one row.
        second: the label of the other.
        seeds: how many seeds both have.
        difference: the first's mean minus the second's.
        over_seeds: for other seeds on these images; None for one seed.
        over_images: for other images and other seeds; this decides.
    """

    first: str
    second: str
    seeds: int
    difference: float
    over_seeds: Evidence | None
    over_images: Evidence

    @property
    def higher(self) -> str | None:
        """The label of the row with the higher mean; None if the difference is not significant."""
        if not self.over_images.is_significant:
            return None
        return self.first if self.difference > 0 else self.second

    @property
    def reversed(self) -> Pair:
        """The same pair in the other order."""
        tests = (self.over_seeds and self.over_seeds.reversed, self.over_images.reversed)
        return Pair(self.second, self.first, self.seeds, -self.difference, *tests)


@dataclass(frozen=True)
class Comparisons:
    """The results of the significance stage.

    Attributes:
        headline: the name of the measure that orders the rows.
        higher_is_better: whether the headline measure is better if it is higher.
        rows: by label, the row's measures by name.
        pairs: by the name of each tested measure, all pairs of rows that have it, in their order.
    """

    headline: str
    higher_is_better: bool
    rows: Mapping[str, Mapping[str, Estimate]]
    pairs: Mapping[str, Sequence[Pair]]

    def pair(self, first: str, second: str, measure: str | None = None) -> Pair:
        """A pair in a ``measure``, by default the headline; :class:`KeyError` if there is none."""
        return self._by_labels[measure or self.headline][first, second]

    def among(self, labels: Container[str], measure: str) -> list[Pair]:
        """The pairs in a tested ``measure`` whose rows are both among ``labels``."""
        pairs = self.pairs[measure]
        return [pair for pair in pairs if pair.first in labels and pair.second in labels]

    def beaten_by(self, label: str) -> list[str] | None:
        """The labels of the rows that are significantly better in the headline measure.

        None if no difference of the row was tested, as with a single seed.
        """
        tested = self.tested_against(label)
        better = [other for other in tested if self.relation(label, other) == "better"]
        return better if tested else None

    def tested_against(self, label: str) -> list[str]:
        """The labels of the rows from which its difference was tested in the headline measure."""
        return [
            other
            for first, other in self._by_labels[self.headline]
            if first == label and self.relation(label, other) != "untested"
        ]

    @cached_property
    def are_chosen(self) -> bool:
        """Whether only chosen pairs were tested, and not all that have several seeds."""
        return any(
            pair.seeds > 1 and pair.over_images.p is None for pair in self.pairs[self.headline]
        )

    def relation(self, label: str, other: str) -> Relation:
        """How the row ``other`` compares with the row ``label`` in the headline measure."""
        pair = self.pair(label, other)
        if pair.over_images.p is None:
            return "untested"
        if pair.higher is None:
            return "alike"
        return "better" if (pair.higher == other) == self.higher_is_better else "worse"

    @cached_property
    def _by_labels(self) -> dict[str, dict[tuple[str, str], Pair]]:
        return {
            measure: {
                (pair.first, pair.second): pair
                for one_way in pairs
                for pair in (one_way, one_way.reversed)
            }
            for measure, pairs in self.pairs.items()
        }


def write_comparisons(path: Path, comparisons: Comparisons) -> None:
    """Write the comparisons as JSON, with the questions that intervals and tests answer."""
    write_json(path, {"level": LEVEL, "questions": QUESTIONS, **asdict(comparisons)})


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
            str(content["headline"]),
            bool(content["higher_is_better"]),
            {
                label: {name: _estimate(measure) for name, measure in row.items()}
                for label, row in content["rows"].items()
            },
            {name: [_pair(pair) for pair in pairs] for name, pairs in content["pairs"].items()},
        )
        for first in labels:
            comparisons.rows[first]
            for second in labels:
                if first != second:
                    comparisons.pair(first, second)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise Damaged(
            path, f"does not hold the intervals and pairs of every row ({error})"
        ) from None
    return comparisons


def _estimate(content: Mapping[str, Any]) -> Estimate:
    sd = content["sd"]
    return Estimate(
        float(content["mean"]),
        None if sd is None else float(sd),
        _interval(content["over_seeds"]),
        _interval(content["over_images"]),
    )


def _interval(content: Sequence[Any] | None) -> Interval | None:
    if content is None:
        return None
    low, high = map(float, content)
    return low, high


def _pair(content: Mapping[str, Any]) -> Pair:
    over_seeds = content["over_seeds"]
    return Pair(
        content["first"],
        content["second"],
        int(content["seeds"]),
        float(content["difference"]),
        None if over_seeds is None else _evidence(over_seeds),
        _evidence(content["over_images"]),
    )


def _evidence(content: Mapping[str, Any]) -> Evidence:
    low, high = float(content["low"]), float(content["high"])
    p, adjusted_p = content["p"], content["adjusted_p"]
    return Evidence(low, high) if p is None else Evidence(low, high, float(p), float(adjusted_p))
