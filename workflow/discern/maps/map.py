"""A map: the embeddings of a row in the plane."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from discern.data.embeddings import read_embeddings
from discern.errors import Damaged
from discern.files import read_arrays


@dataclass(frozen=True)
class Map:
    """Embeddings in the plane.

    Attributes:
        points: (N, 2).
        labels: (N,), integer.
        kl_divergence: of t-SNE, which minimises it; None if the points are the embeddings
            themselves. Unlike those of a t-SNE map, their origin and axes have a meaning.
    """

    points: np.ndarray
    labels: np.ndarray
    kl_divergence: float | None = None

    @property
    def is_embedding(self) -> bool:
        """Whether the points are the embeddings themselves."""
        return self.kl_divergence is None


def read_map(path: Path) -> Map:
    """The map in a file of the tsne stage, or in a file of two-dimensional embeddings.

    Raises:
        Damaged: for anything else.
    """
    arrays = read_arrays(path, "labels")
    if "embeddings" in arrays:
        read = Map(*read_embeddings(path))
    else:
        arrays = read_arrays(path, "map", "labels", "kl_divergence")
        read = Map(arrays["map"], arrays["labels"], float(arrays["kl_divergence"]))
    if read.points.shape != (len(read.labels), 2):
        raise Damaged(path, f"holds a map {read.points.shape} for {len(read.labels)} labels")
    if not len(read.points) or not np.isfinite(read.points).all():
        raise Damaged(path, "holds a map without points, or with points that are not finite")
    if not np.issubdtype(read.labels.dtype, np.integer):
        raise Damaged(path, f"holds labels that are {read.labels.dtype}, not integers")
    return read
