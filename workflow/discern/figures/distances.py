"""The figure of distances between pairs of the same class and of different classes."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from discern.distance import Distance
from discern.figures.style import COLUMN, DARK, LIGHT, new_figure, styled

_BINS = 120
# The distance of L2-normalised embeddings orders pairs as the cosine does.
_AXIS: dict[Distance, str] = {
    "euclidean": "Euclidean distance",
    "cosine": "normalised Euclidean distance",
}


def bin_edges(embeddings: np.ndarray, distance: Distance) -> np.ndarray:
    """Edges of equal bins from 0 to at least the largest distance of the embeddings (N, D).

    Embeddings compared by cosine distance are L2-normalised.
    """
    # No distance exceeds twice the largest distance of a sample to the mean.
    centred = embeddings - embeddings.mean(axis=0)
    reach = 2.0 * float(np.linalg.norm(centred, axis=1).max()) or 1.0
    return np.linspace(0.0, min(reach, 2.0) if distance == "cosine" else reach, _BINS + 1)


def distances_figure(
    same: np.ndarray, different: np.ndarray, edges: np.ndarray, title: str, distance: Distance
) -> Figure:
    """The distances of pairs of the same class and of different classes, as two densities.

    Args:
        same: pairs of the same class per bin, (M,).
        different: pairs of different classes per bin, (M,).
        edges: the bins' edges, (M + 1,).
        title: of the figure.
        distance: with which the pairs are compared.
    """
    with styled():
        figure = new_figure(COLUMN, 2.2)
        axes = figure.subplots()
        kinds = ((same, DARK, "same class"), (different, LIGHT, "two classes"))
        for counts, colour, name in kinds:
            heights = _density(counts, edges)
            axes.stairs(heights, edges, fill=True, color=colour, alpha=0.6, label=name)
        axes.set_title(title, pad=20)
        axes.set_xlabel(_AXIS[distance])
        axes.set_ylabel("density of pairs")
        axes.set_xlim(edges[0], edges[-1])
        # between title and axes, where no bar can lie behind it
        axes.legend(ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1), borderaxespad=0.2)
    return figure


def _density(counts: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Counts (M,) per bin as a density (M,) with area 1, or 0 without any counts."""
    heights: np.ndarray = counts / max(counts.sum(), 1) / np.diff(edges)
    return heights
