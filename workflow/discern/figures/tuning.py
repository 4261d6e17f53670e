"""The figure of tuning: the value to be expected of the best of so many trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator, StrMethodFormatter

from discern.figures.mean import axis_label
from discern.figures.style import KEY_LINE, PAGE, line_looks, new_figure, styled
from discern.measures.shared.measure import Measure

# Inches.
_PANEL = 3.2
# Per cent. What is missing to 100 is drawn logarithmically, so that the best can be told apart.
_TICKS = (0, 20, 40, 50, 60, 70, 80, 85, 90, 93, 95, 96, 97, 98, 98.5, 99, 99.5, 99.8, 99.9)


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
        highest = max(map(max, expected_bests.values()))
        if headline.percent and higher and highest < 1:
            _spread_the_highest(axes)
        legend = figure.legend(loc="outside right center", handlelength=2.6)
        legend.set_title("by the best of all trials")
    return figure


def _spread_the_highest(axes: Axes) -> None:
    """Make the vertical axis, in per cent, logarithmic in what is missing to 100."""
    limits = axes.get_ylim()
    axes.set_yscale(
        "function",
        functions=(
            lambda percent: -np.log10(np.maximum(100 - percent, 1e-9)),
            lambda place: 100 - 10**-place,
        ),
    )
    axes.set_ylim(limits[0], min(limits[1], 99.99))
    axes.yaxis.set_major_locator(FixedLocator(_TICKS))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
