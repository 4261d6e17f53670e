"""The contact sheet: the maps of all rows."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from discern.figures.class_key import add_class_key
from discern.figures.map_panel import count_classes, draw_map
from discern.figures.panels import panels
from discern.figures.style import SMALL, set_title, styled
from discern.maps.map import Map

_CAUTION = "t-SNE: the sizes of clusters and the gaps between them mean nothing"


def contact_sheet(
    maps: Sequence[Map], titles: Sequence[str], class_names: Sequence[str] | None = None
) -> Figure:
    """A panel per map, in the given order; class names are below the panels.

    Where there are maps by t-SNE, the figure says what they don't show.
    """
    with styled():
        figure, places = panels(len(maps), 1.0, extra=0.2)
        classes = count_classes(maps, class_names)
        for axes, panel, title in zip(places, maps, titles, strict=True):
            set_title(axes, title)
            draw_map(axes, panel, classes, SMALL)
        if not all(panel.is_embedding for panel in maps):
            figure.suptitle(_CAUTION, fontsize=SMALL)
        if class_names:
            add_class_key(figure, class_names, columns=5 if len(maps) > 2 else 3)
    return figure
