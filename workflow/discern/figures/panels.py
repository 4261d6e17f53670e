"""The layout of the panels of all rows."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from discern.figures.style import COLUMN, PAGE, new_figure

# Inches: the height of a journal's page, and the height of the title above each panel.
_HIGHEST = 9.5
_TITLE = 0.25


def panels(count: int, proportion: float, extra: float = 0.0) -> tuple[Figure, list[Axes]]:
    """A figure of ``count`` panels of equal size, in reading order; unused places are blank.

    Args:
        count: the number of panels.
        proportion: a panel's height divided by its width.
        extra: height in inches for what all panels share.
    """
    columns = _columns(count, proportion)
    lines = -(-count // columns)
    width = PAGE if columns > 2 else COLUMN * columns
    figure = new_figure(width, lines * (proportion * width / columns + _TITLE) + extra)
    places = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes in places[count:]:
        axes.set_axis_off()
    return figure, list(places[:count])


def _columns(count: int, proportion: float) -> int:
    """The number of columns: on one page if possible, with few unused places."""
    if count <= 4:
        return count

    def cost(columns: int) -> tuple[bool, int, int]:
        lines = -(-count // columns)
        too_high = lines * (proportion * PAGE / columns + _TITLE) > _HIGHEST
        return too_high, lines * columns - count, -columns

    return min((3, 4, 5), key=cost)
