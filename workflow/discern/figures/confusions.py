"""The figure of confusions: true class against predicted class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure

from discern.errors import Damaged
from discern.figures.style import COLUMN, FAINT, SMALL, new_figure, set_title, styled

# Up to this number of classes, cells show counts.
_NUMBERED = 15
# The same colours in every figure: from this fraction of a class's images to all of them.
_FEWEST = 1e-3
# Above this fraction, cells are dark.
_DARK = 0.1


def confusions_in(measures: Mapping[str, Any], path: Path) -> np.ndarray:
    """Images by true and predicted class in the measures of file ``path``, integer (C, C).

    Raises:
        Damaged: when there is no such table.
    """
    try:
        counts = np.array(measures["confusions"])
    except (KeyError, ValueError):
        counts = np.empty(0)
    square = counts.ndim == 2 and counts.shape[0] == counts.shape[1] > 0
    if not square or not np.issubdtype(counts.dtype, np.integer):
        raise Damaged(path, "holds no confusions")
    return counts


def confusions_figure(
    counts: np.ndarray, title: str, neighbours: int, class_names: Sequence[str] | None = None
) -> Figure:
    """The confusion matrix. Zeros are blank; the diagonal has no colour.

    Cells are the darker the larger a fraction of the true class's images they are, on a logarithmic
    scale that is the same for all rows. Classes without any true or predicted image are left out.

    Args:
        counts: images by true class (rows) and predicted class (columns), integer (C, C).
        title: of the figure.
        neighbours: the number of neighbours that vote.
        class_names: in the order of the labels; None for numbers.
    """
    kept = np.flatnonzero(counts.sum(axis=0) + counts.sum(axis=1))
    counts = counts[np.ix_(kept, kept)]
    names = [str(class_names[label] if class_names else label) for label in kept]
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    hidden = np.eye(len(kept), dtype=bool) | (counts == 0)
    mistakes: np.ma.MaskedArray = np.ma.masked_array(shares, hidden)
    colours = colormaps["Blues"].with_extremes(bad="white")
    with styled():
        figure = new_figure(COLUMN, COLUMN - 0.2)
        axes = figure.subplots()
        image = axes.imshow(mistakes, cmap=colours, norm=LogNorm(_FEWEST, 1))
        bar = figure.colorbar(image, shrink=0.6, aspect=30)
        bar.set_label("fraction of the true class (log scale)")
        bar.set_ticks([0.001, 0.01, 0.1, 1], labels=["0.1 %", "1 %", "10 %", "100 %"])
        if len(kept) <= _NUMBERED:
            _write_numbers(figure, counts, shares)
        set_title(axes, f"{title}: {counts.sum() - counts.trace()} of {counts.sum()} wrong")
        axes.set_ylabel("true class")
        axes.set_xlabel(f"class by vote of the {neighbours} nearest neighbours")
        long = max(map(len, names)) > 2
        axes.set_xticks(range(len(names)), names, rotation=60 if long else 0, ha="center")
        axes.set_yticks(range(len(names)), names)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_xticks(np.arange(len(names) - 1) + 0.5, minor=True)
        axes.set_yticks(np.arange(len(names) - 1) + 0.5, minor=True)
        axes.grid(which="minor", color="0.92", linewidth=0.5)
        axes.tick_params(which="minor", length=0)
    return figure


def _write_numbers(figure: Figure, counts: np.ndarray, shares: np.ndarray) -> None:
    """Write each count that is not 0 into its cell, in white where the cell is dark."""
    size = min(SMALL, SMALL * 11 / len(counts))
    for (true, taken), count in np.ndenumerate(counts):
        if count:
            dark = "white" if shares[true, taken] > _DARK else "black"
            colour = FAINT if true == taken else dark
            text = figure.axes[0].text(taken, true, str(count), fontsize=size, color=colour)
            text.set(horizontalalignment="center", verticalalignment="center")
