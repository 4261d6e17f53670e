"""The figures: pure functions from arrays to Matplotlib figures, and one way to save them.

A class has the same colour in every figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colors, style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from discern.files import replacing
from discern.history import History
from discern.schedule import best_epoch

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # comes with Matplotlib: the same glyphs on every machine
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.hashsalt": "discern",  # identifiers in SVG files are random without it
}
_COLUMNS = 4
FORMATS = (".png", ".svg", ".pdf")
"""The endings that a figure's file may have."""


def _styled() -> AbstractContextManager[None]:
    """Our style and nothing of the user's own."""
    return style.context(_STYLE, after_reset=True)


def class_colours(classes: int) -> list[tuple[float, float, float]]:
    """A colour per class.

    Up to ten classes have Petroff's sequence, which was chosen for people with colour-vision
    deficiencies (arXiv:2107.02270); more have equal steps through hues.
    """
    if classes <= 10:
        cycle = style.library["petroff10"]["axes.prop_cycle"].by_key()["color"]
        return [colors.to_rgb(colour) for colour in cycle[:classes]]
    hues = np.linspace(0, 1, classes, endpoint=False)
    return [tuple(colors.hsv_to_rgb((hue, 0.75, 0.8))) for hue in hues]


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


def map_figure(shown: Map, title: str) -> Figure:
    """One map, each class's number at its median."""
    with _styled():
        figure = Figure(figsize=(6, 6.2), layout="constrained")
        _draw_map(figure.subplots(), shown, title, size=14, number=18)
    return figure


def gallery_figure(maps: Sequence[Map], titles: Sequence[str]) -> Figure:
    """All maps on one sheet, in the rows' order."""
    with _styled():
        columns = min(_COLUMNS, len(maps))
        lines = -(-len(maps) // columns)
        figure = Figure(figsize=(3.2 * columns, 3.4 * lines), layout="constrained")
        panels = figure.subplots(lines, columns, squeeze=False).ravel()
        for axes in panels[len(maps) :]:
            axes.set_axis_off()
        for axes, shown, title in zip(panels, maps, titles, strict=False):
            _draw_map(axes, shown, title, size=4, number=11)
    return figure


def _draw_map(axes: Axes, shown: Map, title: str, size: float, number: float) -> None:
    points, labels = shown.points, shown.labels
    classes = int(labels.max()) + 1
    palette = np.array(class_colours(classes))
    # Drawn in the data set's own order, so that no class lies on top of all others; points as
    # pixels even in SVG, where ten thousand shapes would take megabytes.
    x, y = points.T
    axes.scatter(x, y, c=palette[labels], s=size, alpha=0.5, linewidths=0, rasterized=True)
    outline = [withStroke(linewidth=number / 5, foreground="white")]
    for label in np.unique(labels):
        x, y = np.median(points[labels == label], axis=0)
        axes.text(
            x,
            y,
            str(label),
            fontsize=number,
            fontweight="bold",
            ha="center",
            va="center",
            path_effects=outline,
        )
    axes.set_title(title)
    axes.set_aspect("equal", adjustable="datalim")
    if shown.is_embedding:
        for line in (axes.axhline, axes.axvline):
            line(0, color="0.6", linewidth=0.8, zorder=0)
    else:
        axes.set_axis_off()


def curves_figure(histories: Mapping[str, Sequence[History]]) -> Figure:
    """Loss and validation loss by epoch, a panel per row; the best epoch of each is marked.

    Args:
        histories: for each row's title, a history per seed.
    """
    with _styled():
        columns = min(_COLUMNS, len(histories))
        lines = -(-len(histories) // columns)
        figure = Figure(figsize=(3.2 * columns, 2.6 * lines), layout="constrained")
        panels = figure.subplots(lines, columns, squeeze=False).ravel()
        for axes in panels[len(histories) :]:
            axes.set_axis_off()
        for axes, (title, runs) in zip(panels, histories.items(), strict=False):
            for run in runs:
                epochs, losses = run.column("epoch"), run.validation_losses
                axes.plot(epochs, run.column("loss"), color="0.6", label="training")
                axes.plot(epochs, losses, color="C0", label="validation")
                best = best_epoch(losses)
                axes.plot(best, losses[best - 1], "o", color="C0", label="selected")
            axes.set_title(title)
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_locator(NullLocator())
            axes.set_xlabel("epoch")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        panels[0].set_ylabel("loss")
        handles, names = panels[0].get_legend_handles_labels()
        panels[0].legend(handles[:3], names[:3], frameon=False)
    return figure


def distances_figure(
    same: np.ndarray, different: np.ndarray, edges: np.ndarray, title: str, distance: str
) -> Figure:
    """How far apart pairs of the same class and of different classes are.

    Args:
        same: pairs of the same class per bin, (M,).
        different: pairs of different classes per bin, (M,).
        edges: the bins' edges, (M + 1,).
        title: of the figure.
        distance: the name of the distance.
    """
    with _styled():
        figure = Figure(figsize=(4.5, 2.8), layout="constrained")
        axes = figure.subplots()
        for counts, colour, name in ((same, "C0", "same class"), (different, "C1", "two classes")):
            density = counts / max(counts.sum(), 1) / np.diff(edges)
            axes.stairs(density, edges, fill=True, color=colour, alpha=0.55, label=name)
        axes.set_title(title, pad=26)
        axes.set_xlabel(f"{distance} distance")
        axes.set_ylabel("density of pairs")
        # between title and axes, where no bar can lie behind it
        axes.legend(frameon=False, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1))
    return figure


def save(figure: Figure, path: Path, resolution: int) -> None:
    """Write ``figure`` in the format of the path's ending; the bytes hold no date."""
    kind = path.suffix[1:]
    dates = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}
    with _styled(), replacing(path) as file:
        # The parts would move a little with each drawing, and a file depend on those saved before.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        figure.savefig(file, format=kind, dpi=resolution, metadata=dates[kind])
