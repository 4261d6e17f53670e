"""The style of all figures: sizes, colours, lines, and the title above a panel."""

from __future__ import annotations

import textwrap
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from matplotlib import colormaps, style
from matplotlib.axes import Axes
from matplotlib.figure import Figure

RGBA = tuple[float, ...]

# Inches: the width of one column of a journal's page (89 mm) and of both columns (183 mm).
COLUMN = 3.5
PAGE = 7.2

# Points, at the printed size of the figure.
TEXT = 8.0
SMALL = 7.0
LINE = 1.0

# Colours of everything except classes. DARK and LIGHT differ in greyscale too.
DARK = "#1f4e8c"
LIGHT = "#f0a830"
FAINT = "0.65"

# Inches: the height of a line of a key with small letters.
KEY_LINE = 0.16

_LINES = ("-", "--", "-.", ":")
_INK = "0.15"
_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # comes with Matplotlib: the same glyphs on every machine
    "font.size": TEXT,
    "text.parse_math": False,  # titles and class names are the user's: $ is a dollar
    "axes.titlesize": TEXT,
    "axes.labelsize": TEXT,
    "figure.labelsize": TEXT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.title_fontsize": SMALL,
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
    "pdf.fonttype": 42,  # TrueType fonts; journals refuse Type 3 fonts
    "svg.hashsalt": "discern",  # identifiers in SVG files are random without it
}


def styled() -> AbstractContextManager[None]:
    """A context with this style, without the user's own settings."""
    return style.context(_STYLE, after_reset=True)


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of the given size in inches, with constrained layout."""
    return Figure(figsize=(width, height), layout="constrained")


def line_looks(count: int) -> list[tuple[RGBA, str]]:
    """Colour and line style of each of ``count`` lines in one panel, in the order of their key.

    The colours go from dark to light, so that they say the order; neighbours differ in style too.
    """
    colours = colormaps["viridis"](np.linspace(0, 0.9, count))
    return [(tuple(rgba), _LINES[place % len(_LINES)]) for place, rgba in enumerate(colours)]


def panel_width(axes: Axes) -> float:
    """A panel's share of the figure's width, in inches."""
    inches: float = axes.figure.bbox.width / axes.figure.dpi
    grid = axes.get_gridspec()
    return inches / (grid.ncols if grid else 1)


def set_title(axes: Axes, title: str) -> None:
    """Write the title above a panel, wrapped to the panel's width."""
    letters = int(0.95 * 72 * panel_width(axes) / (0.6 * TEXT))  # 0.6 em wide on average
    axes.set_title("\n".join(textwrap.wrap(title, letters)))
