"""The figure of one map."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from discern.figures.class_key import add_class_key
from discern.figures.map_panel import count_classes, draw_map
from discern.figures.style import COLUMN, SMALL, TEXT, new_figure, set_title, styled
from discern.maps.map import Map

# Font size of the classes' numbers, in points.
_NUMBERS = TEXT + 2


def map_figure(panel: Map, title: str, class_names: Sequence[str] | None = None) -> Figure:
    """One map, with each class's name at the median of its points.

    If classes have no names, or names would overlap, the map shows their numbers, with the names
    below it.
    """
    with styled():
        figure = new_figure(COLUMN, COLUMN + 0.2)
        axes = figure.subplots()
        set_title(axes, title)
        texts = draw_map(axes, panel, count_classes([panel], class_names), _NUMBERS)
        if class_names and not _write_names(figure, axes, texts, class_names):
            add_class_key(figure, class_names, columns=3)
    return figure


def _write_names(
    figure: Figure, axes: Axes, numbers: Sequence[Text], class_names: Sequence[str]
) -> bool:
    """Replace numbers by names; if names overlap or leave the page, undo it and return False."""
    labels = [text.get_text() for text in numbers]
    for text, label in zip(numbers, labels, strict=True):
        text.set(text=class_names[int(label)], fontsize=SMALL)
    axes.margins(x=0.15)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in numbers]
    inside = all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
    if inside and not any(first.overlaps(second) for first, second in combinations(boxes, 2)):
        return True
    axes.margins(x=0.05)
    for text, label in zip(numbers, labels, strict=True):
        text.set(text=label, fontsize=_NUMBERS)
    return False
