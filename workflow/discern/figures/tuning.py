"""The figure of tuning: the value to be expected of the best of so many trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from discern.figures.mean import axis_label
from discern.figures.style import KEY_LINE, PAGE, line_looks, new_figure, styled
from discern.measures.shared.measure import Measure

# Inches.
_PANEL = 3.2


def tuning_figure(expected_bests: Mapping[str, Sequence[float]], headline: Measure) -> Figure:
    """The expected best by the number of trials, a line per loss.

    Args:
        expected_bests: for each loss's name, the expected best of one, two, … random trials.
        headline: the measure by which trials are compared.
    """
    higher = headline.better == "higher"
    ranking = sorted(expected_bests, key=lambda loss: expected_bests[loss][-1], reverse=higher)
    factor = 100 if headline.percent else 1
    with styled():
        figure = new_figure(PAGE, max(_PANEL, KEY_LINE * len(ranking) + 0.4))
        axes = figure.subplots()
        for loss, (colour, style) in zip(ranking, line_looks(len(ranking)), strict=True):
            values = factor * np.array(expected_bests[loss])
            trials = np.arange(1, len(values) + 1)
            axes.plot(trials, values, style, color=colour, marker=".", label=loss)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
        axes.set_xlabel("random trials")
        axes.set_ylabel(f"expected best {axis_label(headline)}")
        legend = figure.legend(loc="outside right center", handlelength=2.6)
        legend.set_title("by the best of all trials")
    return figure
