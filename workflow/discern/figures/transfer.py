"""The figure of transfer: separation of trained classes and retrieval of classes never seen."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from discern.figures.mean import Mean, axis_label
from discern.figures.style import KEY_LINE, PAGE, line_looks, new_figure, styled
from discern.measures.shared.measure import Measure

# Inches.
_PANEL = 3.4
_MARKERS = "osD^vPX"


def transfer_figure(
    rows: Mapping[str, tuple[Mean, Mean]], separation: Measure, headline: Measure
) -> Figure:
    """The headline measure on unseen classes by the separation of trained ones, a dot per row.

    Args:
        rows: for each row's title, its separation of trained classes, and its headline measure on
            classes that were never trained.
        separation: the measure on the horizontal axis, which is logarithmic.
        headline: the measure on the vertical axis.
    """
    sign = -1 if headline.better == "higher" else 1
    titles = sorted(rows, key=lambda title: sign * rows[title][1].value)
    with styled():
        figure = new_figure(PAGE, max(_PANEL, KEY_LINE * len(titles) + 0.4))
        axes = figure.subplots()
        for place, (title, look) in enumerate(zip(titles, line_looks(len(titles)), strict=True)):
            colour, _ = look
            seen, unseen = rows[title]
            axes.errorbar(
                seen.shown(separation),
                unseen.shown(headline),
                xerr=seen.bars(separation),
                yerr=unseen.bars(headline),
                fmt=_MARKERS[place % len(_MARKERS)],
                color=colour,
                linewidth=0.8,
                label=title,
            )
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel(f"{axis_label(separation)} of trained classes (logarithmic)")
        axes.set_ylabel(f"{axis_label(headline)}, classes never trained")
        legend = figure.legend(loc="outside right center")
        legend.set_title("best first on unseen classes")
    return figure
