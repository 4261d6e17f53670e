"""Mini-batches as a pure function of (seed, epoch, step).

Nothing is kept between epochs, so a training that was stopped continues with the batches it would
have seen, and every loss sees the same ones.
"""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np

from discern.errors import DiscernError


class Sampler(Protocol):
    """What gives an epoch's batches, ``steps`` of them."""

    steps: int

    def epoch(self, epoch: int) -> np.ndarray:
        """Positions int64 (steps, B) into the labels that the sampler was made with."""


def create(
    kind: Literal["grouped", "shuffled"], labels: np.ndarray, size: int, samples: int, seed: int
) -> Sampler:
    """The sampler ``kind`` with batches of ``size``; ``samples`` of each class if grouped."""
    if kind == "grouped":
        return GroupedSampler(labels, size // samples, samples, seed)
    return ShuffledSampler(len(labels), size, seed)


class GroupedSampler:
    """P×K batches: exactly K samples of each of P classes.

    Within an epoch each class is drawn as often as any other, and each sample of a class as often
    as any other of it, up to one time more or less. Whoever is drawn once more in one epoch stands
    back in the next. No sample is twice in a batch unless its class has fewer than K.

    Args:
        labels: integer (N,).
        classes: P, at most the number of classes among ``labels``.
        samples: K.
        seed: decides the order.

    Raises:
        DiscernError: when there are fewer than P classes or not enough samples for one batch.
    """

    def __init__(self, labels: np.ndarray, classes: int, samples: int, seed: int) -> None:
        self.members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        if classes > len(self.members):
            raise DiscernError(
                f"batches of {classes} classes can't be drawn from {len(self.members)} classes; "
                "lower batches.size or raise batches.samples"
            )
        self.classes = classes
        self.samples = samples
        self.seed = seed
        self.steps = _steps(len(labels), classes * samples)

    def epoch(self, epoch: int) -> np.ndarray:
        """Positions int64 (steps, P·K); the samples of a class stand next to each other."""
        chosen = draw_evenly(
            len(self.members), self.steps * self.classes, self.classes, [self.seed, epoch, 0]
        ).reshape(self.steps, self.classes)
        batches = np.empty((self.steps, self.classes, self.samples), np.int64)
        for label, members in enumerate(self.members):
            slots = chosen == label
            drawn = draw_evenly(
                len(members),
                slots.sum() * self.samples,
                self.samples,
                [self.seed, epoch, 1 + label],
            )
            batches[slots] = members[drawn].reshape(-1, self.samples)
        return batches.reshape(self.steps, -1)


class ShuffledSampler:
    """Plainly shuffled batches, for losses that need no groups.

    Args:
        count: the number of samples N.
        batch: the batch size B; what is left over after the last full batch waits an epoch.
        seed: decides the order.
    """

    def __init__(self, count: int, batch: int, seed: int) -> None:
        self.count = count
        self.batch = batch
        self.seed = seed
        self.steps = _steps(count, batch)

    def epoch(self, epoch: int) -> np.ndarray:
        """Positions int64 (steps, B)."""
        drawn = draw_evenly(self.count, self.steps * self.batch, self.batch, [self.seed, epoch])
        return drawn.reshape(self.steps, self.batch)


def _steps(count: int, batch: int) -> int:
    if count < batch:
        raise DiscernError(f"{count} images do not fill one batch of {batch}; lower batches.size")
    return count // batch


def draw_evenly(count: int, slots: int, group: int, key: list[int]) -> np.ndarray:
    """``slots`` numbers out of 0 … ``count`` − 1, each as often as any other, up to one.

    Every run of ``group`` numbers from the start holds no number twice, if ``count`` allows. Which
    numbers come once more than others rotates with the epoch, the second item of ``key``.

    Args:
        count: how many numbers there are.
        slots: how many to draw.
        group: the length of the runs without repetition.
        key: [seed, epoch, …]: decides the result, together with the other arguments.
    """
    seed, epoch, *rest = key
    rounds, extra = divmod(slots, count)
    rotation = np.random.default_rng([seed, *rest]).permutation(count)
    first = np.roll(rotation, -epoch * extra)[:extra]
    random = np.random.default_rng([seed, *rest, 1 + epoch])
    drawn = np.empty(slots, np.int64)
    filled = 0
    for part in [first, *[np.arange(count)] * rounds]:
        shuffled = random.permutation(part)
        # Those that the unfinished group holds already go behind, so that none is in it twice.
        unfinished = drawn[filled - filled % group : filled]
        again = np.isin(shuffled, unfinished)
        drawn[filled : filled + len(part)] = np.concatenate([shuffled[~again], shuffled[again]])
        filled += len(part)
    return drawn
