"""All rows' maps as linked interactive plots, drawn by Bokeh in the reader's browser.

They share one table with a line per image, so a selection in one map is a selection in all. Each
class is a layer in every map, and its checkbox shows and hides it in all maps at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from bokeh.layouts import group_tools
from bokeh.models import (
    BoxSelectTool,
    ColumnDataSource,
    GridPlot,
    Model,
    TapTool,
    Toolbar,
    ToolProxy,
)
from bokeh.plotting import figure

from discern.configuration.row import Row
from discern.errors import DiscernError
from discern.maps.map import Map
from discern.maps.side_by_side import first_map_files, read_side_by_side
from discern.page import sprites
from discern.page.document import EmbeddedDocument, embedded_document
from discern.page.layers import Layers
from discern.ranking.outcomes import read_outcomes
from discern.results import Part, Version

_BOX = "box select of all maps"
_SIDE = 84  # CSS pixels of an image under the pointer
_WORDS = "<div><b>@label</b><br>predicted @prediction{number}<br>image @index</div>"
# The page's style sheet has the sheets of images as --sheet-0 and so on.
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
    """A row's map and the predictions of each image's nearest neighbours.

    Attributes:
        map: the map.
        predictions: the predicted classes, int16 (N,).
    """

    map: Map
    predictions: np.ndarray


@dataclass(frozen=True)
class LinkedMaps:
    """What a template needs to place the maps.

    Attributes:
        document: everything that is drawn.
        legend: the ids of the elements for the classes' checkboxes, a class each.
        toolbar: the id of the element for the tools of all maps.
        maps: the ids of the elements for the maps, a row each.
        box: the name of the tool that a drag uses at first.
    """

    document: EmbeddedDocument
    legend: Sequence[str]
    toolbar: str
    maps: Sequence[str]
    box: str


def read_row_maps(version: Version, rows: Sequence[Row], part: Part) -> list[RowMap]:
    """The aligned maps of each row's first seed, with the predictions; empty if none has a map.

    Raises:
        DiscernError: when a file is missing, or images differ between files.
        Damaged: when a file can't be right.
    """
    mapped = [row for row in rows if row.has_map(row.seeds[0])]
    paths = first_map_files(version, mapped, part)
    maps = read_side_by_side(paths)
    row_maps = []
    for row, path, each in zip(mapped, paths, maps, strict=True):
        votes = version.outcomes(row.label, row.seeds[0])
        outcomes = read_outcomes(votes)
        if not np.array_equal(outcomes.labels, each.labels):
            raise DiscernError(
                f"{votes} has different images from {path}; delete both to have them made again"
            )
        row_maps.append(RowMap(each, outcomes.predictions))
    return row_maps


def linked_maps(
    row_maps: Sequence[RowMap], indices: np.ndarray, names: Sequence[str], has_sheets: bool
) -> LinkedMaps:
    """Maps with one legend and one toolbar for all.

    Args:
        row_maps: in the page's order, each of the same N images.
        indices: the images' numbers in their data set, (N,).
        names: of the classes.
        has_sheets: whether the page contains the images and shows them under the pointer.
    """
    labels = row_maps[0].map.labels
    source = ColumnDataSource(_columns(row_maps, indices, names))
    layers = Layers(source, labels, names, _IMAGE_AND_WORDS if has_sheets else _WORDS)
    plots = [layers.plot(number, row.map, row.predictions) for number, row in enumerate(row_maps)]
    legend: dict[str, Model] = {
        f"page.class.{label}": checkbox for label, checkbox in layers.checkboxes().items()
    }
    maps: dict[str, Model] = {f"page.map.{number}": plot for number, plot in enumerate(plots)}
    return LinkedMaps(
        document=embedded_document({"page.toolbar": _toolbar(plots), **legend, **maps}),
        legend=list(legend),
        toolbar="page.toolbar",
        maps=list(maps),
        box=_BOX,
    )


def _columns(
    row_maps: Sequence[RowMap], indices: np.ndarray, names: Sequence[str]
) -> dict[str, Any]:
    """A line per image: the columns that all maps share, and place and prediction in each map."""
    labels = row_maps[0].map.labels
    place = sprites.places(len(labels))
    columns: dict[str, Any] = {
        "label": _named(labels, names),
        "index": indices.astype(np.int32),
        "sheet": place.sheet,
        "column": place.column,
        "row": place.row,
    }
    for number, row in enumerate(row_maps):
        columns[f"x{number}"], columns[f"y{number}"] = row.map.points.astype(np.float32).T
        columns[f"prediction{number}"] = _named(row.predictions, names)
    return columns


def _named(classes: np.ndarray, names: Sequence[str]) -> Any:
    """The classes' names; numeric names become numbers, which take less space."""
    if list(names) == [str(number) for number in range(len(names))]:
        return classes.astype(np.uint16)
    return np.array(names, dtype=object)[classes].tolist()


def _toolbar(plots: Sequence[figure]) -> GridPlot:
    """One toolbar whose buttons switch a tool of all plots; an empty grid makes it horizontal."""
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
