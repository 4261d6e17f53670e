"""What all figures look like, how panels share a sheet, and how a figure becomes a file."""

from __future__ import annotations

import textwrap
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from discern.files import replacing

# Inches: one column of a journal's page (89 mm), and both (183 mm); none is higher than a page.
COLUMN = 3.5
PAGE = 7.2
_HIGHEST = 9.5

# Points, at the size in which the figure is printed.
TEXT = 8.0
SMALL = 7.0
LINE = 1.0

_INK = "0.15"
_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # comes with Matplotlib: the same glyphs on every machine
    "font.size": TEXT,
    "axes.titlesize": TEXT,
    "axes.labelsize": TEXT,
    "figure.labelsize": TEXT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "lines.linewidth": LINE,
    "lines.markersize": 3.5,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "text.color": _INK,
    "axes.edgecolor": _INK,
    "axes.labelcolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "figure.constrained_layout.w_pad": 0.03,
    "figure.constrained_layout.h_pad": 0.03,
    "pdf.fonttype": 42,  # whole fonts; journals refuse the outlines of type 3
    "svg.hashsalt": "discern",  # identifiers in SVG files are random without it
}
FORMATS = (".png", ".svg", ".pdf")
"""The endings that a figure's file may have."""

# Colours of what is no class, dark and light, so that they differ without colour too.
DARK = "#1f4e8c"
LIGHT = "#f0a830"
FAINT = "0.65"


def styled() -> AbstractContextManager[None]:
    """Our style and nothing of the user's own."""
    return style.context(_STYLE, after_reset=True)


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of that size in inches, whose parts make room for each other."""
    return Figure(figsize=(width, height), layout="constrained")


def columns_of(count: int, proportion: float) -> int:
    """How many panels stand side by side: with few places left empty, on a page if possible.

    Args:
        count: of panels.
        proportion: a panel's height by its width.
    """
    if count <= 4:
        return count

    def merit(columns: int) -> tuple[bool, int, int]:
        lines = -(-count // columns)
        too_high = lines * (proportion * PAGE / columns + 0.25) > _HIGHEST
        return too_high, lines * columns - count, -columns

    return min((3, 4, 5), key=merit)


def panels(count: int, proportion: float, extra: float = 0.0) -> tuple[Figure, list[Axes]]:
    """A sheet of ``count`` panels of equal size, in reading order; places left over are blank.

    Args:
        count: of panels.
        proportion: a panel's height by its width.
        extra: inches of height for what all panels share.
    """
    columns = columns_of(count, proportion)
    lines = -(-count // columns)
    width = PAGE if columns > 2 else COLUMN * columns
    figure = new_figure(width, lines * (proportion * width / columns + 0.25) + extra)
    places = figure.subplots(lines, columns, squeeze=False).ravel()
    for axes in places[count:]:
        axes.set_axis_off()
    return figure, list(places[:count])


def panel_width(axes: Axes) -> float:
    """A panel's share of the sheet's width, in inches."""
    inches: float = axes.figure.bbox.width / axes.figure.dpi
    grid = axes.get_gridspec()
    return inches / (grid.ncols if grid else 1)


def set_title(axes: Axes, title: str) -> None:
    """The title above a panel, in as many lines as its width asks for."""
    letters = int(0.95 * 72 * panel_width(axes) / (0.6 * TEXT))  # 0.6 em wide on average
    axes.set_title("\n".join(textwrap.wrap(title, letters)))


def save(figure: Figure, path: Path, resolution: int) -> None:
    """Write ``figure`` in the format of the path's ending; the bytes hold no date."""
    kind = path.suffix[1:]
    dates = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with styled(), replacing(path) as file:
        # The parts would move a little with each drawing, and a file depend on those saved before.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        figure.savefig(file, format=kind, dpi=resolution, metadata=dates[kind])
