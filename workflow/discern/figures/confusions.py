"""The figure of confusions: true class against predicted class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from discern.errors import Damaged
from discern.figures.style import COLUMN, FAINT, SMALL, new_figure, set_title, styled

# Up to this number of classes, cells show counts; with more there is a colour bar.
_NUMBERED = 15


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
    """The confusion matrix; darker cells have more images. Zeros are blank.

    The diagonal, with its much larger numbers, has no colour. Classes without any true or predicted
    image are left out.

    Args:
        counts: images by true class (rows) and predicted class (columns), integer (C, C).
        title: of the figure.
        neighbours: the number of neighbours that vote.
        class_names: in the order of the labels; None for numbers.
    """
    kept = np.flatnonzero(counts.sum(axis=0) + counts.sum(axis=1))
    counts = counts[np.ix_(kept, kept)]
    names = [str(class_names[label] if class_names else label) for label in kept]
    mistakes: np.ma.MaskedArray = np.ma.masked_array(counts, np.eye(len(kept), dtype=bool))
    most = max(int(mistakes.filled(0).max()), 1)
    colours = colormaps["Blues"].with_extremes(bad="0.95")
    with styled():
        figure = new_figure(COLUMN, COLUMN + 0.1)
        axes = figure.subplots()
        image = axes.imshow(mistakes, cmap=colours, vmin=0, vmax=1.25 * most)
        if len(kept) <= _NUMBERED:
            _write_numbers(figure, counts, most)
        else:
            figure.colorbar(image, shrink=0.6, label="images", ticks=MaxNLocator(4, integer=True))
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


def _write_numbers(figure: Figure, counts: np.ndarray, most: int) -> None:
    """Write each count that is not 0 into its cell; ``most`` is the largest off the diagonal."""
    size = min(SMALL, SMALL * 11 / len(counts))
    for (true, taken), count in np.ndenumerate(counts):
        if count:
            dark = "white" if count > 0.7 * most else "black"
            colour = FAINT if true == taken else dark
            text = figure.axes[0].text(taken, true, str(count), fontsize=size, color=colour)
            text.set(horizontalalignment="center", verticalalignment="center")
