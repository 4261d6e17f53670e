"""The figure of transfer: separation of trained classes and retrieval of classes never seen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from discern.figures.mean import Mean, axis_label
from discern.figures.style import KEY_LINE, PAGE, RGBA, line_looks, new_figure, set_title, styled
from discern.measures.shared.measure import Measure

# Inches.
_PANEL = 3.4
_COLUMNS = 2
_MARKERS = "osD^vPX"

# For each row's title, its separation of trained classes, and its headline measure on classes that
# were never trained.
Transfer = Mapping[str, tuple[Mean, Mean]]


def transfer_figure(
    panels: Sequence[tuple[str, Transfer]], separation: Measure, headline: Measure
) -> Figure:
    """The headline measure on unseen classes by the separation of trained ones, a dot per row.

    Args:
        panels: the title and the rows of each panel; the key is in the order of the first.
        separation: the measure on the horizontal axes, which are logarithmic.
        headline: the measure on the vertical axes.
    """
    sign = -1 if headline.better == "higher" else 1
    ordered = [sorted(rows, key=lambda title: sign * rows[title][1].value) for _, rows in panels]
    titles = list(dict.fromkeys(title for of_panel in ordered for title in of_panel))
    looks = {
        title: (colour, _MARKERS[place % len(_MARKERS)])
        for place, (title, (colour, _)) in enumerate(
            zip(titles, line_looks(len(titles)), strict=True)
        )
    }
    several = len(panels) > 1
    columns = min(_COLUMNS, len(panels))
    lines = math.ceil(len(panels) / columns)
    with styled():
        figure = new_figure(PAGE, max(_PANEL * lines, KEY_LINE * len(titles) + 0.4))
        grid = list(figure.subplots(lines, columns, squeeze=False).flat)
        for axes, (name, rows) in zip(grid, panels, strict=False):
            _draw(axes, rows, looks, separation, headline)
            if several:
                set_title(axes, name)
        for axes in grid[len(panels) :]:
            axes.remove()
        figure.supxlabel(f"{axis_label(separation)} of trained classes (logarithmic)")
        figure.supylabel(f"{axis_label(headline)}, classes never trained")
        drawn = {
            title: handle
            for axes in figure.axes
            for handle, title in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        dots = [drawn[title] for title in titles]
        legend = figure.legend(dots, titles, loc="outside right center")
        legend.set_title(
            "best first in the first panel" if several else "best first on unseen classes"
        )
    return figure


def _draw(
    axes: Axes,
    rows: Transfer,
    looks: Mapping[str, tuple[RGBA, str]],
    separation: Measure,
    headline: Measure,
) -> None:
    for title, (seen, unseen) in rows.items():
        colour, marker = looks[title]
        axes.errorbar(
            seen.shown(separation),
            unseen.shown(headline),
            xerr=seen.bars(separation),
            yerr=unseen.bars(headline),
            linewidth=0.8,
            color=colour,
            fmt=marker,
            label=title,
        )
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
