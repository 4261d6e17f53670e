"""The figure of all trainings' curves: losses by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from discern.figures.loss_panel import draw_losses
from discern.figures.panels import panels
from discern.figures.style import set_title, styled
from discern.training.history import History


def curves_figure(histories: Mapping[str, Sequence[History]]) -> Figure:
    """Training and validation loss by epoch, a panel per row and a colour per seed.

    Dots mark the selected epochs.

    Args:
        histories: for each row's title, a history per seed.
    """
    with styled():
        figure, places = panels(len(histories), 0.75, extra=0.45)
        for axes, (title, runs) in zip(places, histories.items(), strict=True):
            colours = colormaps["viridis"](np.linspace(0, 0.8, len(runs)))
            for run, colour in zip(runs, colours, strict=True):
                draw_losses(axes, run, colour)
            set_title(axes, title)
        handles, names = places[0].get_legend_handles_labels()
        legend = figure.legend(handles[:3], names[:3], loc="outside upper center", ncols=3)
        if any(len(runs) > 1 for runs in histories.values()):
            legend.set_title("a colour per seed")
        figure.supxlabel("epoch")
        figure.supylabel("loss (log scale)")
    return figure
