"""The curves of one training: losses and learning rate by epoch."""

from __future__ import annotations

from matplotlib.figure import Figure

from discern.figures.loss_panel import draw_losses, scale_logarithmically
from discern.figures.style import COLUMN, DARK, FAINT, new_figure, set_title, styled
from discern.training.history import History
from discern.training.schedule import best_epoch


def training_curves_figure(history: History, title: str) -> Figure:
    """Losses above, learning rate below; a line marks the selected epoch in both."""
    with styled():
        figure = new_figure(COLUMN, 3.0)
        losses, rates = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
        set_title(losses, title)
        draw_losses(losses, history)
        losses.set_ylabel("loss (log scale)")
        losses.legend()
        epochs = history.column("epoch")
        rates.step(epochs, history.column("learning_rate"), where="mid", color=DARK)
        rates.set_ylabel("learning rate\n(log scale)")
        rates.set_xlabel("epoch")
        scale_logarithmically(rates)
        best = best_epoch(history.validation_losses)
        for axes in (losses, rates):
            axes.axvline(best, color=FAINT, linewidth=0.6, linestyle=":", zorder=0)
        figure.align_ylabels()
    return figure
