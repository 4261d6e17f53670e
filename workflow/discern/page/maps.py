"""All rows' maps as linked interactive plots, drawn by Bokeh in the reader's browser.

They share one table with a line per image, so what is selected in one map is selected in all. Every
class is a layer of its own in each map, which its checkbox shows and hides in all maps at once.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.document import Document
from bokeh.layouts import group_tools
from bokeh.models import (
    BoxSelectTool,
    CDSView,
    ColumnDataSource,
    GridPlot,
    HoverTool,
    IndexFilter,
    InlineStyleSheet,
    LassoSelectTool,
    Model,
    PanTool,
    Range1d,
    ResetTool,
    TapTool,
    Toolbar,
    ToolProxy,
    WheelZoomTool,
)
from bokeh.models.annotations import Label, Span
from bokeh.models.renderers import RendererGroup
from bokeh.models.widgets import Checkbox
from bokeh.plotting import figure
from matplotlib.colors import to_hex

from discern.page import sprites
from discern.plots import Map, class_colours

# The page's style sheet gives the colours, light or dark, and --sheet-0 and so on as pictures.
_INK: dict[str, Any] = {
    "--bk-text-color": "var(--map-ink)",
    "--bk-text-outline-color": "var(--map-paper)",
}
_AXES: dict[str, Any] = {"--bk-line-color": "var(--map-axes)"}
_BOX = "box select of all maps"
_SIDE = 84  # CSS pixels of an image under the pointer
_WORDS = "<div><b>@label</b><br>voted @prediction{number}<br>image @index</div>"
_IMAGE_AND_WORDS = f"""
<div style="display: flex; gap: 10px; align-items: center">
<div style="width: {_SIDE}px; height: {_SIDE}px; image-rendering: pixelated;
 background: var(--sheet-@sheet) calc(@column * -{_SIDE}px) calc(@row * -{_SIDE}px) /
 {sprites.COLUMNS * _SIDE}px {sprites.COLUMNS * _SIDE}px"></div>
{_WORDS}
</div>
"""


@dataclass(frozen=True)
class RowMap:
    """A row's map and what the vote of the nearest neighbours said of each image.

    Attributes:
        shown: the map.
        predictions: the classes voted for, uint8 (N,).
    """

    shown: Map
    predictions: np.ndarray


@dataclass(frozen=True)
class Embedded:
    """What a template needs to place the maps.

    Attributes:
        document: everything that is drawn, as JSON.
        items: which root of the document goes into the element of which id, as JSON.
        legend: the ids of the elements for the classes' checkboxes, a class each.
        toolbar: the id of the element for the tools of all maps.
        maps: the ids of the elements for the maps, a row each.
        box: the name of the tool that a drag uses at first.
    """

    document: str
    items: str
    legend: Sequence[str]
    toolbar: str
    maps: Sequence[str]
    box: str


def linked_maps(
    rows: Sequence[RowMap],
    labels: np.ndarray,
    indices: np.ndarray,
    names: Sequence[str],
    has_sheets: bool,
) -> Embedded:
    """The maps of ``rows``, one legend and one toolbar for all.

    Args:
        rows: in the page's order, each of the same N images.
        labels: of the images, integer (N,).
        indices: the images' numbers in their data set, (N,).
        names: of the classes.
        has_sheets: whether the page has the images, to be shown under the pointer.
    """
    source = ColumnDataSource(_columns(rows, labels, indices, names))
    layers = _Layers(source, labels, names, _IMAGE_AND_WORDS if has_sheets else _WORDS)
    plots = [layers.plot(number, row) for number, row in enumerate(rows)]
    roots: dict[str, Model] = {
        "page.toolbar": _toolbar(plots),
        **{f"page.class.{label}": box for label, box in layers.checkboxes().items()},
        **{f"page.map.{number}": plot for number, plot in enumerate(plots)},
    }
    return _embedded(roots)


def _columns(
    rows: Sequence[RowMap], labels: np.ndarray, indices: np.ndarray, names: Sequence[str]
) -> dict[str, Any]:
    place = sprites.places(len(labels))
    columns: dict[str, Any] = {
        "label": _named(labels, names),
        "index": indices.astype(np.int32),
        "sheet": place.sheet,
        "column": place.column,
        "row": place.row,
    }
    for number, row in enumerate(rows):
        columns[f"x{number}"], columns[f"y{number}"] = row.shown.points.astype(np.float32).T
        columns[f"prediction{number}"] = _named(row.predictions, names)
    return columns


def _named(classes: np.ndarray, names: Sequence[str]) -> Any:
    """The classes' names; numbers that are their own names stay numbers, which take less room."""
    if list(names) == [str(number) for number in range(len(names))]:
        return classes.astype(np.uint16)
    return np.array(names, dtype=object)[classes].tolist()


class _Layers:
    """The layers of one class each that all plots consist of."""

    def __init__(
        self, source: ColumnDataSource, labels: np.ndarray, names: Sequence[str], tooltip: str
    ) -> None:
        self.source, self.names, self.tooltip = source, names, tooltip
        self.classes = np.unique(labels).tolist()
        self.colours = [to_hex(colour) for colour in class_colours(len(names))]
        self.groups = {label: RendererGroup() for label in self.classes}
        self.members = {label: np.flatnonzero(labels == label) for label in self.classes}
        self.filters = {label: IndexFilter(self.members[label].tolist()) for label in self.classes}

    def plot(self, number: int, row: RowMap) -> figure:
        """The map of the row of that number."""
        middle = (row.shown.points.min(axis=0) + row.shown.points.max(axis=0)) / 2
        reach = 1.04 * float(np.abs(row.shown.points - middle).max()) or 1.0
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
            # 80,000 points take a canvas a third of a second anywhere. WebGL is quicker with a
            # graphics card, but takes eight times as long without, and is used all the same.
            output_backend="canvas",
        )
        plot.grid.visible = False
        if row.shown.is_embedding:
            for dimension in ("width", "height"):
                axis = Span(location=0, dimension=dimension, level="underlay", css_variables=_AXES)
                plot.add_layout(axis)
        dots = [self._dots(plot, number, label) for label in self.classes]
        for label in self.classes:
            self._mistakes(plot, number, label, row.predictions)
        for label in self.classes:
            self._name(plot, label, row.shown.points)
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

    def _dots(self, plot: figure, number: int, label: int) -> Any:
        dots = plot.scatter(
            *(f"x{number}", f"y{number}"),
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

    def _mistakes(self, plot: figure, number: int, label: int, predictions: np.ndarray) -> None:
        """Crosses on the images of a class that were voted into another."""
        members = self.members[label]
        wrong = members[predictions[members] != label]
        crosses = plot.scatter(
            *(f"x{number}", f"y{number}"),
            source=self.source,
            view=CDSView(filter=IndexFilter(wrong.tolist())),
            marker="x",
            color=self.colours[label],
            size=7,
            line_width=1.5,
            nonselection_alpha=0.15,
        )
        crosses.group = self.groups[label]

    def _name(self, plot: figure, label: int, points: np.ndarray) -> None:
        """The class's name at its median."""
        x, y = np.median(points[self.members[label]], axis=0).tolist()
        name = Label(
            x=x,
            y=y,
            text=self.names[label],
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
        """The legend, by class: each shows and hides its class in all plots."""
        boxes = {}
        for label, group in self.groups.items():
            style = InlineStyleSheet(css=f"input {{ accent-color: {self.colours[label]}; }}")
            # Bokeh's label does not name the box to a screen reader, a group around it does.
            about: dict[str, Any] = {"role": "group", "aria-label": f"class {self.names[label]}"}
            boxes[label] = Checkbox(
                label=self.names[label],
                active=True,
                stylesheets=[style],
                html_attributes=about,
            )
            boxes[label].js_link("active", group, "visible")
        return boxes


def _toolbar(plots: Sequence[figure]) -> GridPlot:
    """One toolbar whose buttons switch a tool of all plots; a grid of no plots lays it flat."""
    tools = group_tools([tool for plot in plots for tool in plot.tools])
    kinds = {
        type(tool.tools[0]): tool for tool in tools if isinstance(tool, ToolProxy) and tool.tools
    }
    kinds[BoxSelectTool].name = _BOX
    toolbar = Toolbar(
        tools=tools,
        logo=None,
        active_drag=kinds[BoxSelectTool],
        active_scroll=None,
        active_tap=kinds[TapTool],
    )
    return GridPlot(children=[], toolbar=toolbar, toolbar_location="above")


def _embedded(roots: dict[str, Model]) -> Embedded:
    document = Document()
    with document.models.freeze():  # or each root would count all models anew
        for model in roots.values():
            document.add_root(model)
    numbers: dict[str, str] = {}
    described = _renumbered(document.to_json(deferred=False), numbers)
    ids = {numbers[model.id]: element for element, model in roots.items()}
    items = [{"docid": "maps", "roots": ids, "root_ids": list(ids)}]
    return Embedded(
        document=_json({"maps": described}),
        items=_json(items),
        legend=[element for element in roots if element.startswith("page.class.")],
        toolbar="page.toolbar",
        maps=[element for element in roots if element.startswith("page.map.")],
        box=_BOX,
    )


def _renumbered(value: Any, numbers: dict[str, str]) -> Any:
    """The same JSON with models numbered as they come.

    Bokeh counts all models since the process began, so its own numbers say what else was drawn.
    """
    if isinstance(value, dict):
        return {
            key: numbers.setdefault(part, f"m{len(numbers)}")
            if key == "id"
            else _renumbered(part, numbers)
            for key, part in value.items()
        }
    if isinstance(value, list | tuple):
        return [_renumbered(part, numbers) for part in value]
    return value


def _json(value: Any) -> str:
    """JSON that a script element can hold: no end tag within."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("<", "\\u003c")
