"""Losses by epoch: the panel in the figures of one and of all trainings, and its data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from discern.figures.style import DARK
from discern.training.history import History
from discern.training.schedule import best_epoch

# From this ratio of largest to smallest value on, 1, 2 and 5 of each decade are enough ticks.
_WIDE = 8.0

EPOCH_COLUMNS = ("epoch", "training_loss", "validation_loss", "learning_rate", "is_selected")


def epoch_rows(history: History) -> Iterator[tuple[float, ...]]:
    """A history as a table of :data:`EPOCH_COLUMNS`."""
    best = best_epoch(history.validation_losses)
    for row in history.rows:
        yield (
            row["epoch"],
            row["loss"],
            row["validation_loss"],
            row["learning_rate"],
            int(row["epoch"] == best),
        )


def draw_losses(axes: Axes, history: History, colour: Any = DARK) -> None:
    """Draw training (dashed) and validation loss by epoch, with a dot at the selected epoch.

    All are in the colour of the training. The axis starts at the first epoch and reaches the last
    one of all trainings drawn so far.
    """
    epochs, losses = history.column("epoch"), history.validation_losses
    axes.plot(epochs, history.column("loss"), "--", color=colour, label="training")
    axes.plot(epochs, losses, color=colour, label="validation")
    best = best_epoch(losses)
    axes.plot(best, losses[best - 1], "o", color=colour, label="selected", clip_on=False)
    last = max(float(axes.dataLim.x1), 2.0)
    round_epochs = MaxNLocator(nbins=4, integer=True).tick_values(1, last)
    axes.set_xticks([1, *(epoch for epoch in round_epochs if 1 < epoch <= last)])
    axes.set_xlim(1, last)
    scale_logarithmically(axes)


def scale_logarithmically(axes: Axes) -> None:
    """Make the y axis logarithmic, with ticks at 1, 2 and 5 of each decade as plain numbers.

    A narrow range has ticks at round numbers in equal steps.
    """
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    wide = high / low > _WIDE
    ticks = LogLocator(subs=(1, 2, 5), numticks=5) if wide else MaxNLocator(3, steps=[1, 2, 5, 10])
    axes.yaxis.set_major_locator(ticks)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())
