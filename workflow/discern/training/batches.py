"""Mini-batches as a pure function of (seed, epoch, step).

No state is kept between epochs, so a resumed training continues with the batches it would have had,
and every loss gets the same batches.
"""

from __future__ import annotations

from typing import Literal, Protocol

import numpy as np

from discern.errors import DiscernError


class Sampler(Protocol):
    """A source of batches of ``batch`` samples, ``steps`` in each epoch."""

    steps: int

    @property
    def batch(self) -> int:
        """Samples in a batch."""

    def epoch(self, epoch: int) -> np.ndarray:
        """Positions int64 (steps, B) into the labels given to the sampler."""


def create(
    kind: Literal["grouped", "shuffled"],
    labels: np.ndarray,
    size: int,
    samples: int,
    seed: int,
    steps: int | None = None,
    part: Literal["training", "validation"] = "training",
) -> Sampler:
    """The sampler ``kind`` with batches of ``size``; ``samples`` of each class if grouped.

    An epoch has ``steps`` batches; None: as many as the labels' samples fill. ``part`` names the
    images in a refusal.

    Raises:
        DiscernError: when there are too few classes or samples for one batch.
    """
    if len(labels) < size:
        raise DiscernError(
            f"{len(labels)} {part} images do not fill one batch of {size}; lower batches.size"
            + (" or raise split.validation" if part == "validation" else "")
        )
    if kind == "grouped":
        return GroupedSampler(labels, size // samples, samples, seed, steps)
    return ShuffledSampler(len(labels), size, seed, steps)


class GroupedSampler:
    """P×K batches: exactly K samples of each of P classes.

    Within an epoch the numbers of draws of any two classes differ by at most one, and so do those
    of any two samples of a class. Those drawn once more than others in one epoch are the last to be
    drawn once more again.
    No sample is twice in a batch unless its class has fewer than K samples.

    Args:
        labels: integer (N,).
        classes: P, at most the number of classes among ``labels``.
        samples: K.
        seed: determines the order.
        steps: batches in an epoch; None: as many as the samples fill.

    Raises:
        DiscernError: when there are fewer than P classes or not enough samples for one batch.
    """

    def __init__(
        self,
        labels: np.ndarray,
        classes: int,
        samples: int,
        seed: int,
        steps: int | None = None,
    ) -> None:
        self.members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
        if classes > len(self.members):
            raise DiscernError(
                f"batches of {classes} classes can't be drawn from {len(self.members)} classes; "
                "lower batches.size or raise batches.samples"
            )
        self.classes = classes
        self.samples = samples
        self.seed = seed
        self.batch = classes * samples
        self.steps = steps or len(labels) // self.batch

    def epoch(self, epoch: int) -> np.ndarray:
        """Positions int64 (steps, P·K); the samples of a class are adjacent."""
        slots = self.steps * self.classes
        classes = Turns(len(self.members), [self.seed, 0])
        chosen = classes.draw(slots, self.classes, epoch * slots, epoch)
        chosen = chosen.reshape(self.steps, self.classes)
        earlier = classes.times(epoch * slots) * self.samples
        batches = np.empty((self.steps, self.classes, self.samples), np.int64)
        for label, members in enumerate(self.members):
            slots_of_class = chosen == label
            turns = Turns(len(members), [self.seed, 1 + label])
            wanted = slots_of_class.sum() * self.samples
            drawn = turns.draw(wanted, self.samples, earlier[label], epoch)
            batches[slots_of_class] = members[drawn].reshape(-1, self.samples)
        return batches.reshape(self.steps, -1)


class ShuffledSampler:
    """Shuffled batches, for losses that do not need several samples of each class.

    Args:
        count: the number of samples N.
        batch: the batch size B; samples left over after the last full batch come in the next epoch.
        seed: determines the order.
        steps: batches in an epoch; None: as many as the samples fill.
    """

    def __init__(self, count: int, batch: int, seed: int, steps: int | None = None) -> None:
        self.count = count
        self.batch = batch
        self.seed = seed
        self.steps = steps or count // batch

    def epoch(self, epoch: int) -> np.ndarray:
        """Positions int64 (steps, B)."""
        slots = self.steps * self.batch
        drawn = Turns(self.count, [self.seed]).draw(slots, self.batch, epoch * slots, epoch)
        return drawn.reshape(self.steps, self.batch)


class Turns:
    """Draws numbers evenly: at the end of any epoch, their counts differ by at most one.

    All draws together repeat one random order of the numbers. Those of one epoch are a section of
    it, shuffled.

    Args:
        count: the numbers are 0 … ``count`` − 1.
        key: determines the random order.
    """

    def __init__(self, count: int, key: list[int]) -> None:
        self.count = count
        self.key = key
        self.order = np.random.default_rng(key).permutation(count)

    def times(self, slots: int) -> np.ndarray:
        """The count of each number among the first ``slots`` draws, int64 (count,)."""
        rounds, extra = divmod(slots, self.count)
        times = np.full(self.count, rounds)
        times[self.order[:extra]] += 1
        return times

    def draw(self, slots: int, group: int, before: int, epoch: int) -> np.ndarray:
        """The next ``slots`` numbers after the first ``before``, int64, shuffled anew each epoch.

        No group of ``group`` consecutive numbers, counted from the start, holds a number twice, if
        ``count`` allows.
        """
        rounds, extra = divmod(slots, self.count)
        once_more = np.roll(self.order, -(before % self.count))[:extra]
        random = np.random.default_rng([*self.key, 1 + epoch])
        drawn = np.empty(slots, np.int64)
        filled = 0
        for part in [once_more, *[np.arange(self.count)] * rounds]:
            shuffled = random.permutation(part)
            # Numbers already in the unfinished group go last, so that it holds none twice.
            unfinished = drawn[filled - filled % group : filled]
            again = np.isin(shuffled, unfinished)
            drawn[filled : filled + len(part)] = np.concatenate([shuffled[~again], shuffled[again]])
            filled += len(part)
        return drawn
