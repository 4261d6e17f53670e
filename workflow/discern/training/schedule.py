"""Best epoch, learning rate and end of a training, from the validation losses so far.

Pure functions of the history, so that a resumed training decides as an uninterrupted one does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class LearningRate:
    """A learning rate, multiplied by ``factor`` after ``patience`` epochs without improvement.

    Attributes:
        initial: the learning rate of the first epoch.
        factor: the multiplier, in (0, 1].
        patience: epochs without a lower validation loss, counted anew after each reduction.
        minimum: the learning rate is not reduced below this.
    """

    initial: float
    factor: float
    patience: int
    minimum: float

    def after(self, validation_losses: Sequence[float]) -> float:
        """The learning rate of the epoch after those of ``validation_losses``."""
        rate, best, waited = self.initial, math.inf, 0
        for value in validation_losses:
            if value < best:
                best, waited = value, 0
                continue
            waited += 1
            if waited == self.patience:
                rate, waited = max(rate * self.factor, min(rate, self.minimum)), 0
        return rate


def best_epoch(validation_losses: Sequence[float]) -> int:
    """The first epoch, counted from 1, with the lowest validation loss; 0 without any epoch."""
    if not validation_losses:
        return 0
    return min(range(len(validation_losses)), key=validation_losses.__getitem__) + 1


@dataclass(frozen=True)
class Schedule:
    """The learning rate of each epoch, and the last epoch.

    Attributes:
        learning_rate: of each epoch.
        epochs: the maximum number of epochs.
        patience: epochs without a lower validation loss before the end; None: no early stopping.
    """

    learning_rate: LearningRate
    epochs: int
    patience: int | None

    def is_over(self, validation_losses: Sequence[float]) -> bool:
        """Whether ``epochs`` are done, or ``patience`` epochs have passed since the best one."""
        done = len(validation_losses)
        waited = done - best_epoch(validation_losses)
        return done >= self.epochs or (self.patience is not None and waited >= self.patience)
