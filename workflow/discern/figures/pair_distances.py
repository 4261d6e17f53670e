"""The distances of all pairs of images, on a scale that all rows share."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from discern.errors import Damaged, DiscernError
from discern.files import reading
from discern.measures.shared.distances import distance_histograms, in_distance

PAIR_COLUMNS = (
    "distance_from",
    "distance_to",
    "pairs_of_same_class",
    "pairs_of_different_classes",
)
AXIS = "distance / mean distance between classes"
"""What the axis of these distances is called."""

_BINS = 200


@dataclass(frozen=True)
class PairDistances:
    """How many pairs of images lie how far apart, in units of the mean between classes.

    Distances are between L2-normalised embeddings, which order pairs as the cosine does. The unit
    is the mean distance of pairs of different classes.

    Attributes:
        edges: the edges of the bins, ascending from 0, float64 (M + 1,).
        same: pairs of the same class per bin, (M,).
        different: pairs of different classes per bin, (M,).
    """

    edges: np.ndarray
    same: np.ndarray
    different: np.ndarray

    def density(self, counts: np.ndarray) -> np.ndarray:
        """Counts (M,) per bin as a density (M,) with area 1, or 0 without any counts."""
        heights: np.ndarray = counts / max(counts.sum(), 1) / np.diff(self.edges)
        return heights

    def rows(self) -> Iterator[tuple[float, ...]]:
        """A table of :data:`PAIR_COLUMNS`."""
        yield from zip(self.edges[:-1], self.edges[1:], self.same, self.different, strict=True)


def pair_distances(embeddings: np.ndarray, labels: np.ndarray) -> PairDistances:
    """The distances of all N (N − 1) / 2 pairs of embeddings (N, D) with labels (N,).

    The mean that is the unit takes each pair at the middle of its bin.

    Raises:
        DiscernError: when all embeddings are of one class.
    """
    values = in_distance(embeddings, "cosine")
    edges = _edges(values)
    same, different = distance_histograms(values, labels, edges)
    if not different.any():
        raise DiscernError("all images are of one class; give images of at least two")
    unit = np.average((edges[:-1] + edges[1:]) / 2, weights=different)
    return PairDistances(edges / unit, same, different)


def read_pair_distances(path: Path) -> PairDistances:
    """The table of :meth:`PairDistances.rows` in a CSV file.

    Raises:
        DiscernError: when there is no such file.
        Damaged: when it holds another table.
    """
    try:
        with reading(path) as file:
            header, *lines = io.TextIOWrapper(file, encoding="utf-8").read().splitlines()
        table = np.array([line.split(",") for line in lines], np.float64)
        if header != ",".join(PAIR_COLUMNS) or table.shape[1:] != (len(PAIR_COLUMNS),):
            raise ValueError
    except ValueError:
        raise Damaged(path, "holds no distances of pairs") from None
    lower, upper, same, different = table.T
    return PairDistances(np.append(lower, upper[-1]), same, different)


def _edges(values: np.ndarray) -> np.ndarray:
    """Edges of equal bins from 0 to at least the largest distance of normalised values (N, D)."""
    # No distance exceeds twice the largest distance to the mean, nor the sphere's diameter.
    reach = 2.0 * float(np.linalg.norm(values - values.mean(axis=0), axis=1).max()) or 1.0
    return np.linspace(0.0, min(reach, 2.0), _BINS + 1)
