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
        slots = self.steps * self.batch
        drawn = Turns(self.count, [self.seed]).draw(slots, self.batch, epoch * slots, epoch)
        return drawn.reshape(self.steps, self.batch)


def _steps(count: int, batch: int) -> int:
    if count < batch:
        raise DiscernError(f"{count} images do not fill one batch of {batch}; lower batches.size")
    return count // batch


class Turns:
    """Draws numbers so that each comes as often as any other, up to one, whenever one stops.

    All draws together go round and round one random order of the numbers. Those of one epoch are
    a stretch of it, shuffled.

    Args:
        count: the numbers are 0 … ``count`` − 1.
        key: decides the random order.
    """

    def __init__(self, count: int, key: list[int]) -> None:
        self.count = count
        self.key = key
        self.order = np.random.default_rng(key).permutation(count)

    def times(self, slots: int) -> np.ndarray:
        """How often each number is among the first ``slots`` draws, int64 (count,)."""
        rounds, extra = divmod(slots, self.count)
        times = np.full(self.count, rounds)
        times[self.order[:extra]] += 1
        return times

    def draw(self, slots: int, group: int, before: int, epoch: int) -> np.ndarray:
        """The next ``slots`` numbers after the first ``before``, int64, shuffled anew each epoch.

        Every run of ``group`` numbers from the start holds no number twice, if ``count`` allows.
        """
        rounds, extra = divmod(slots, self.count)
        once_more = np.roll(self.order, -(before % self.count))[:extra]
        random = np.random.default_rng([*self.key, 1 + epoch])
        drawn = np.empty(slots, np.int64)
        filled = 0
        for part in [once_more, *[np.arange(self.count)] * rounds]:
            shuffled = random.permutation(part)
            # Those that the unfinished group holds already go behind, so that none is in it twice.
            unfinished = drawn[filled - filled % group : filled]
            again = np.isin(shuffled, unfinished)
            drawn[filled : filled + len(part)] = np.concatenate([shuffled[~again], shuffled[again]])
            filled += len(part)
        return drawn
