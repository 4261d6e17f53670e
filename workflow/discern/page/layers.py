"""The layers of each map: one per class, the same classes in all maps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from bokeh.models import (
    BoxSelectTool,
    CDSView,
    ColumnDataSource,
    HoverTool,
    IndexFilter,
    InlineStyleSheet,
    LassoSelectTool,
    PanTool,
    PlainText,
    Range1d,
    ResetTool,
    TapTool,
    WheelZoomTool,
)
from bokeh.models.annotations import Label, Span
from bokeh.models.renderers import RendererGroup
from bokeh.models.widgets import Checkbox
from bokeh.plotting import figure

from discern.figures.palette import class_colours, hex_colour
from discern.maps.map import Map

# The page's style sheet gives the colours, light or dark.
_INK: dict[str, Any] = {
    "--bk-text-color": "var(--map-ink)",
    "--bk-text-outline-color": "var(--map-paper)",
}
_AXES: dict[str, Any] = {"--bk-line-color": "var(--map-axes)"}


class Layers:
    """Layers of one class each, which make up all plots.

    Args:
        source: a line per image: ``x0`` and ``y0`` of the map with the number 0, and so on.
        labels: the images' classes, integer (N,).
        names: of the classes.
        tooltip: HTML that is shown at a point; ``{number}`` stands for the map's number.
    """

    def __init__(
        self, source: ColumnDataSource, labels: np.ndarray, names: Sequence[str], tooltip: str
    ) -> None:
        self.source, self.names, self.tooltip = source, names, tooltip
        self.classes = np.unique(labels).tolist()
        self.colours = [hex_colour(colour) for colour in class_colours(len(names))]
        self.groups = {label: RendererGroup() for label in self.classes}
        self.members = {label: np.flatnonzero(labels == label) for label in self.classes}
        self.filters = {label: IndexFilter(self.members[label].tolist()) for label in self.classes}

    def plot(self, number: int, map_: Map, predictions: np.ndarray) -> figure:
        """The map with that number, with a cross on each image whose prediction is wrong."""
        middle = (map_.points.min(axis=0) + map_.points.max(axis=0)) / 2
        reach = 1.04 * float(np.abs(map_.points - middle).max()) or 1.0
        plot = figure(
            x_range=Range1d(middle[0] - reach, middle[0] + reach),
            y_range=Range1d(middle[1] - reach, middle[1] + reach),
            sizing_mode="stretch_width",
            aspect_ratio=1,
            min_border=0,
            tools="",
            toolbar_location=None,
            x_axis_location=None,
            y_axis_location=None,
            background_fill_color=None,
            border_fill_color=None,
            outline_line_color=None,
            # 80,000 points take a canvas a third of a second on any machine. WebGL is faster with a
            # graphics card, but eight times slower without one, and browsers use it even then.
            output_backend="canvas",
        )
        plot.grid.visible = False
        if map_.is_embedding:
            for dimension in ("width", "height"):
                axis = Span(location=0, dimension=dimension, level="underlay", css_variables=_AXES)
                plot.add_layout(axis)
        dots = [self._add_dots(plot, number, label) for label in self.classes]
        for label in self.classes:
            self._add_mistakes(plot, number, label, predictions)
        for label in self.classes:
            self._add_name(plot, label, map_.points)
        box = BoxSelectTool(renderers=dots)
        plot.add_tools(
            box,
            LassoSelectTool(renderers=dots),
            TapTool(renderers=dots),
            PanTool(),
            WheelZoomTool(),
            ResetTool(),
            HoverTool(
                renderers=dots, tooltips=self.tooltip.replace("{number}", str(number)), limit=1
            ),
        )
        plot.toolbar.active_drag = box
        return plot

    def _add_dots(self, plot: figure, number: int, label: int) -> Any:
        dots = plot.scatter(
            f"x{number}",
            f"y{number}",
            source=self.source,
            view=CDSView(filter=self.filters[label]),
            color=self.colours[label],
            size=3.5,
            alpha=0.55,
            line_color=None,
            nonselection_alpha=0.06,
        )
        dots.group = self.groups[label]
        dots.selection_glyph = dots.glyph.clone(
            size=8, fill_alpha=1, line_color="black", line_alpha=0.7
        )
        return dots

    def _add_mistakes(self, plot: figure, number: int, label: int, predictions: np.ndarray) -> None:
        """Crosses on the images of a class that were predicted as another."""
        members = self.members[label]
        wrong = members[predictions[members] != label]
        crosses = plot.scatter(
            f"x{number}",
            f"y{number}",
            source=self.source,
            view=CDSView(filter=IndexFilter(wrong.tolist())),
            marker="x",
            color=self.colours[label],
            size=7,
            line_width=1.5,
            nonselection_alpha=0.15,
        )
        crosses.group = self.groups[label]

    def _add_name(self, plot: figure, label: int, points: np.ndarray) -> None:
        """The class's name at its median."""
        x, y = np.median(points[self.members[label]], axis=0).tolist()
        name = Label(
            x=x,
            y=y,
            text=PlainText(text=self.names[label]),  # in a string $$ would begin mathematics
            text_align="center",
            text_baseline="middle",
            text_font="system-ui, sans-serif",
            text_font_size="15px",
            text_font_style="bold",
            text_outline_width=3,
            css_variables=_INK,
        )
        name.group = self.groups[label]
        plot.add_layout(name)

    def checkboxes(self) -> dict[int, Checkbox]:
        """The legend, by class: each checkbox shows and hides its class in all plots."""
        boxes = {}
        for label, group in self.groups.items():
            style = InlineStyleSheet(css=f"input {{ accent-color: {self.colours[label]}; }}")
            # A screen reader does not read Bokeh's label for the box, but reads that of a group
            # around it.
            about: dict[str, Any] = {"role": "group", "aria-label": f"class {self.names[label]}"}
            boxes[label] = Checkbox(
                label=self.names[label],
                active=True,
                stylesheets=[style],
                html_attributes=about,
            )
            boxes[label].js_link("active", group, "visible")
        return boxes
