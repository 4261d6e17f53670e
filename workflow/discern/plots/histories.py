"""Figures of trainings: losses and learning rate by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from discern.history import History
from discern.plots.style import COLUMN, DARK, FAINT, new_figure, panels, set_title, styled
from discern.schedule import best_epoch

# A range of losses in which 1, 2 and 5 of each decade are enough numbers.
_WIDE = 8.0


def training_curves_figure(history: History, title: str) -> Figure:
    """One training: losses above, the learning rate below; the best epoch is marked in both."""
    with styled():
        figure = new_figure(COLUMN, 3.0)
        losses, rates = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
        set_title(losses, title)
        _draw_losses(losses, history)
        losses.set_ylabel("loss")
        losses.legend()
        epochs = history.column("epoch")
        rates.step(epochs, history.column("learning_rate"), where="mid", color=DARK)
        rates.set_ylabel("learning rate")
        rates.set_xlabel("epoch")
        _logarithmic(rates)
        for axes in (losses, rates):
            best = best_epoch(history.validation_losses)
            axes.axvline(best, color=FAINT, linewidth=0.6, linestyle=":", zorder=0)
        figure.align_ylabels()
    return figure


def curves_figure(histories: Mapping[str, Sequence[History]]) -> Figure:
    """Loss and validation loss by epoch, a panel per row; the best epoch of each is marked.

    Args:
        histories: for each row's title, a history per seed.
    """
    with styled():
        figure, places = panels(len(histories), 0.75, extra=0.35)
        for axes, (title, runs) in zip(places, histories.items(), strict=True):
            for run in runs:
                _draw_losses(axes, run)
            set_title(axes, title)
        handles, names = places[0].get_legend_handles_labels()
        figure.legend(handles[:3], names[:3], loc="outside upper center", ncols=3)
        figure.supxlabel("epoch")
        figure.supylabel("loss")
    return figure


def _draw_losses(axes: Axes, history: History) -> None:
    epochs, losses = history.column("epoch"), history.validation_losses
    axes.plot(epochs, history.column("loss"), color=FAINT, label="training")
    axes.plot(epochs, losses, color=DARK, label="validation")
    best = best_epoch(losses)
    axes.plot(best, losses[best - 1], "o", color=DARK, label="selected")
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    _logarithmic(axes)


def _logarithmic(axes: Axes) -> None:
    """A logarithmic scale with plain numbers: 1, 2 and 5 of each decade, more in a narrow range."""
    axes.set_yscale("log")
    low, high = axes.get_ylim()
    wide = high / low > _WIDE
    ticks = LogLocator(subs=(1, 2, 5), numticks=5) if wide else MaxNLocator(3, steps=[1, 2, 5, 10])
    axes.yaxis.set_major_locator(ticks)
    axes.yaxis.set_major_formatter("{x:g}")
    axes.yaxis.set_minor_locator(NullLocator())
