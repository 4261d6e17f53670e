"""The panel of a map, in the figure of one map and in the contact sheet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from discern.figures.palette import class_colours
from discern.figures.style import panel_width
from discern.maps.map import Map

# The fraction of a panel that its points would cover without overlap, and the largest size of a
# marker in square points.
_COVERED = 0.25
_LARGEST = 8.0


def count_classes(maps: Sequence[Map], class_names: Sequence[str] | None) -> int:
    """The number of classes, which determines the colours if there are more than ten."""
    return max(len(class_names or ()), *(int(each.labels.max()) + 1 for each in maps))


def draw_map(axes: Axes, panel: Map, classes: int, font_size: float) -> list[Text]:
    """Draw the points, and each class's number at the median of its points.

    Args:
        axes: the panel.
        panel: the map.
        classes: the number of classes.
        font_size: of the numbers, in points.

    Returns:
        The numbers' texts.
    """
    points, labels = panel.points, panel.labels
    palette = np.array(class_colours(classes))
    size = min(_LARGEST, _COVERED * (72 * panel_width(axes)) ** 2 / len(points))
    # In the data set's order, so that no class covers all others. As pixels even in SVG, because
    # ten thousand shapes would take megabytes.
    x, y = points.T
    axes.scatter(x, y, c=palette[labels], s=size, alpha=0.7, linewidths=0, rasterized=True)
    axes.set_aspect("equal", adjustable="datalim")
    if panel.is_embedding:
        axes.axhline(0, color="0.6", linewidth=0.6, zorder=0)
        axes.axvline(0, color="0.6", linewidth=0.6, zorder=0)
    else:
        axes.set_axis_off()
    return _draw_numbers(axes, panel, font_size)


def _draw_numbers(axes: Axes, panel: Map, font_size: float) -> list[Text]:
    outline = [withStroke(linewidth=font_size / 4, foreground="white")]
    texts = []
    for label in np.unique(panel.labels):
        x, y = np.median(panel.points[panel.labels == label], axis=0)
        text = axes.text(x, y, str(label), fontsize=font_size, fontweight="bold")
        text.set(path_effects=outline, in_layout=False)
        text.set(horizontalalignment="center", verticalalignment="center")
        texts.append(text)
    return texts
