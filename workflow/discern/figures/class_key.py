"""The key of the classes' numbers, names and colours below a figure."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from discern.figures.palette import class_colours


def add_class_key(figure: Figure, class_names: Sequence[str], columns: int) -> None:
    """Add number, name and colour of each class below the panels, and enlarge the figure."""
    colours = class_colours(len(class_names))
    handles = [
        Line2D([], [], color=colour, marker="o", linestyle="", label=f"{label}  {name}")
        for label, (colour, name) in enumerate(zip(colours, class_names, strict=True))
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, handletextpad=0.2)
    height = 0.1 + 0.16 * -(-len(handles) // columns)
    figure.set_figheight(figure.get_figheight() + height)
