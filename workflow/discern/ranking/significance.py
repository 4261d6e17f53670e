"""Which rows differ significantly: the differences of all pairs, with Holm's correction."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from discern.errors import DiscernError
from discern.ranking.comparisons import LEVEL, Evidence, Pair
from discern.ranking.standard_error import Mean, StandardError, mean_over


@dataclass(frozen=True)
class Trainings:
    """A row's trainings, evaluated in one measure.

    Attributes:
        label: of the row.
        seeds: of its trainings; one that was not trained may have one that stands for all.
        outcomes: for each seed, what each image contributes, floating (N,); NaN for an image that
            is left out of the mean.
        classes: for each seed, the classes of its images (N,).
        trained: whether the row was trained, here or elsewhere.
    """

    label: str
    seeds: Sequence[int]
    outcomes: Sequence[np.ndarray]
    classes: Sequence[np.ndarray]
    trained: bool

    @property
    def is_constant(self) -> bool:
        """Whether the row is the same for every seed."""
        return not self.trained and len(self.seeds) == 1

    def place(self, seed: int) -> int:
        """The place of the training that stands for ``seed``."""
        return 0 if self.is_constant else self.seeds.index(seed)

    @property
    def mean(self) -> Mean:
        """The mean over all seeds."""
        return mean_over(self.outcomes, self.classes)


def pairs(
    rows: Sequence[Trainings], tested: Container[tuple[str, ...]] | None = None
) -> list[Pair]:
    """The difference of every two of ``rows``: the first's mean minus the second's.

    Args:
        rows: in their order.
        tested: the labels of the pairs to be tested, in the order of ``rows``; None: all.

    Raises:
        DiscernError: when two rows share no seed, or were evaluated on different images.
    """
    compared = list(combinations(rows, 2))
    means = [difference(first, second) for first, second in compared]
    to_test = [
        tested is None or (first.label, second.label) in tested for first, second in compared
    ]
    over_seeds = _p_values(means, [mean.over_seeds for mean in means], to_test)
    over_images = _p_values(means, [mean.over_images for mean in means], to_test)
    return [
        Pair(
            first.label,
            second.label,
            mean.seeds,
            mean.value,
            Evidence(*mean.over_seeds.interval(mean.value, LEVEL), *of_seeds)
            if mean.over_seeds
            else None,
            Evidence(*mean.over_images.interval(mean.value, LEVEL), *of_images),
        )
        for (first, second), mean, of_seeds, of_images in zip(
            compared, means, over_seeds, over_images, strict=True
        )
    ]


def difference(first: Trainings, second: Trainings) -> Mean:
    """The mean difference of two rows over the seeds that both have, image by image.

    Raises:
        DiscernError: when they share no seed, or were evaluated on different images.
    """
    outcomes, classes = [], []
    for seed in _common_seeds(first, second):
        here, there = first.place(seed), second.place(seed)
        if not np.array_equal(first.classes[here], second.classes[there]):
            raise DiscernError(
                f"{second.label} was evaluated on other images than {first.label}; measure both "
                "again"
            )
        outcomes.append(first.outcomes[here].astype(np.float64) - second.outcomes[there])
        classes.append(first.classes[here])
    return mean_over(outcomes, classes)


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


def _common_seeds(first: Trainings, second: Trainings) -> list[int]:
    if first.is_constant or second.is_constant:
        return sorted(second.seeds if first.is_constant else first.seeds)
    seeds = sorted(set(first.seeds) & set(second.seeds))
    if not seeds:
        raise DiscernError(
            f"{first.label} and {second.label} share no seed, so they can't be compared; train "
            "both with the same seeds"
        )
    return seeds


def _p_values(
    means: Sequence[Mean], errors: Sequence[StandardError | None], to_test: Sequence[bool]
) -> list[tuple[float, ...]]:
    """The p value of each mean that is tested, and that after Holm's correction for all of these.

    Empty for the others, among them all single trainings.
    """
    known = {
        place: error.p_value(mean.value)
        for place, (mean, error, chosen) in enumerate(zip(means, errors, to_test, strict=True))
        if chosen and error and mean.seeds > 1
    }
    adjusted = holm(np.array(list(known.values()))).tolist()
    both = dict(zip(known, zip(known.values(), adjusted, strict=True), strict=True))
    return [both.get(place, ()) for place in range(len(means))]
