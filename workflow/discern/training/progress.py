"""The log lines that report a training's progress."""

from __future__ import annotations

import logging
import time

log = logging.getLogger("discern")


class Progress:
    """Logs a line per epoch, and a line every ``interval`` seconds within a long epoch.

    Args:
        name: the training's name, as several trainings may run at the same time.
        epochs: the maximum number of epochs.
        batch: images per step.
        interval: seconds between lines within an epoch.
    """

    def __init__(self, name: str, epochs: int, batch: int, interval: float = 20.0) -> None:
        self.name = name
        self.epochs = epochs
        self.batch = batch
        self.interval = interval
        self.epoch = 0
        self._begin = self._last = time.monotonic()

    def start(self, epoch: int) -> None:
        """Begin ``epoch``, counted from 1."""
        self.epoch = epoch
        self._begin = self._last = time.monotonic()

    def step(self, done: int, steps: int, loss: float) -> None:
        """Report that ``done`` of the epoch's ``steps`` are done."""
        now = time.monotonic()
        if now - self._last >= self.interval:
            self._last = now
            rate = done * self.batch / (now - self._begin)
            where = f"epoch {self.epoch}/{self.epochs}  step {done}/{steps}"
            log.info("%s  %s  loss %.4f  %.0f images/s", self.name, where, loss, rate)

    def end(self, row: dict[str, float], steps_per_second: float, best: bool) -> None:
        """Report the end of the epoch in the history's ``row``; ``best``: the best epoch so far."""
        seconds = (self.epochs - self.epoch) * row["seconds"]
        left = f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
        mark = " (best)" if best else ""
        log.info(
            f"{self.name}  epoch {self.epoch}/{self.epochs}  loss {row['loss']:.4f}  "
            f"validation loss {row['validation_loss']:.4f}{mark}  "
            f"learning rate {row['learning_rate']:.2g}  "
            f"{steps_per_second * self.batch:.0f} images/s  at most {left} left"
        )
