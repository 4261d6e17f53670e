"""What follows from the validation losses so far: the best epoch, the learning rate, the end.

Pure functions of the history, so that a training that was stopped decides as one that was not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class LearningRate:
    """Multiplied by ``factor`` after ``patience`` epochs without a lower validation loss.

    Attributes:
        initial: the first epoch's.
        factor: in (0, 1].
        patience: epochs without improvement, counted anew after each reduction.
        minimum: it never falls below.
    """

    initial: float
    factor: float
    patience: int
    minimum: float

    def after(self, validation_losses: Sequence[float]) -> float:
        """The learning rate of the epoch that follows those of ``validation_losses``."""
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
    """The first epoch, counted from 1, with the lowest validation loss; 0 before any."""
    if not validation_losses:
        return 0
    return min(range(len(validation_losses)), key=validation_losses.__getitem__) + 1


def is_over(validation_losses: Sequence[float], epochs: int, patience: int | None) -> bool:
    """Whether ``epochs`` are done, or ``patience`` epochs have passed since the best one."""
    done = len(validation_losses)
    stale = patience is not None and done - best_epoch(validation_losses) >= patience
    return done >= epochs or stale
