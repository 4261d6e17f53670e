"""Figures of maps: one, and all rows' side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from discern.plots.palette import class_colours
from discern.plots.style import (
    COLUMN,
    SMALL,
    TEXT,
    new_figure,
    panel_width,
    panels,
    set_title,
    styled,
)

# The part of a panel that its points would cover if they lay side by side; the largest point.
_COVERED = 0.25
_LARGEST = 8.0
# Points of the numbers in a map of its own.
_LARGE = TEXT + 2


@dataclass(frozen=True)
class Map:
    """Embeddings in the plane.

    Attributes:
        points: (N, 2).
        labels: (N,), integer.
        is_embedding: whether the points are the embeddings themselves, whose origin and axes mean
            something, as those of t-SNE's maps do not.
    """

    points: np.ndarray
    labels: np.ndarray
    is_embedding: bool = False


def map_figure(shown: Map, title: str, class_names: Sequence[str] | None = None) -> Figure:
    """One map, each class's number at its median.

    Names stand there instead where none covers another, and else below the map.
    """
    with styled():
        figure = new_figure(COLUMN, COLUMN + 0.2)
        axes = figure.subplots()
        set_title(axes, title)
        classes = _classes([shown], class_names)
        texts = _draw_map(axes, shown, classes, _LARGE)
        if class_names and not _fit(figure, axes, texts, class_names):
            figure.set_figheight(COLUMN + 0.2 + _add_key(figure, class_names, columns=3))
    return figure


def gallery_figure(
    maps: Sequence[Map], titles: Sequence[str], class_names: Sequence[str] | None = None
) -> Figure:
    """All maps on one sheet, in the rows' order; names of classes stand below it."""
    with styled():
        figure, places = panels(len(maps), 1.0)
        classes = _classes(maps, class_names)
        for axes, shown, title in zip(places, maps, titles, strict=True):
            set_title(axes, title)
            _draw_map(axes, shown, classes, SMALL)
        if class_names:
            columns = 5 if len(maps) > 2 else 3
            height = _add_key(figure, class_names, columns)
            figure.set_figheight(figure.get_figheight() + height)
    return figure


def _classes(maps: Sequence[Map], class_names: Sequence[str] | None) -> int:
    """How many classes there are, which decides the colours of more than ten."""
    return max(len(class_names or ()), *(int(shown.labels.max()) + 1 for shown in maps))


def _draw_map(axes: Axes, shown: Map, classes: int, number: float) -> list[Text]:
    """Points, and each class's number in ``number`` points; returns the numbers' texts."""
    points, labels = shown.points, shown.labels
    palette = np.array(class_colours(classes))
    size = min(_LARGEST, _COVERED * (72 * panel_width(axes)) ** 2 / len(points))
    # Drawn in the data set's own order, so that no class lies on top of all others; points as
    # pixels even in SVG, where ten thousand shapes would take megabytes.
    x, y = points.T
    axes.scatter(x, y, c=palette[labels], s=size, alpha=0.7, linewidths=0, rasterized=True)
    outline = [withStroke(linewidth=number / 4, foreground="white")]
    texts = []
    for label in np.unique(labels):
        x, y = np.median(points[labels == label], axis=0)
        text = axes.text(x, y, str(label), fontsize=number, fontweight="bold", path_effects=outline)
        text.set(horizontalalignment="center", verticalalignment="center", in_layout=False)
        texts.append(text)
    axes.set_aspect("equal", adjustable="datalim")
    if shown.is_embedding:
        for line in (axes.axhline, axes.axvline):
            line(0, color="0.6", linewidth=0.6, zorder=0)
    else:
        axes.set_axis_off()
    return texts


def _fit(figure: Figure, axes: Axes, texts: Sequence[Text], class_names: Sequence[str]) -> bool:
    """Write names in place of numbers if they cover neither each other nor the edge."""
    numbers = [text.get_text() for text in texts]
    for text, number in zip(texts, numbers, strict=True):
        text.set(text=class_names[int(number)], fontsize=SMALL)
    axes.margins(x=0.15)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in texts]
    inside = all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)
    if inside and not any(first.overlaps(second) for first, second in combinations(boxes, 2)):
        return True
    axes.margins(x=0.05)
    for text, number in zip(texts, numbers, strict=True):
        text.set(text=number, fontsize=_LARGE)
    return False


def _add_key(figure: Figure, class_names: Sequence[str], columns: int) -> float:
    """Number, name and colour of each class below the panels; returns its height in inches."""
    handles = [
        Line2D([], [], color=colour, marker="o", linestyle="", label=f"{label}  {name}")
        for label, (colour, name) in enumerate(
            zip(class_colours(len(class_names)), class_names, strict=True)
        )
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, handletextpad=0.2)
    return 0.1 + 0.16 * -(-len(handles) // columns)
