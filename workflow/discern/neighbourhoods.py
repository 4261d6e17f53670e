"""What the points of a map, or embeddings, say by their nearest others alone.

Points are floating (N, D) and compared by Euclidean distance; no point is its own neighbour. All
of it is exact, in memory O(N).
"""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors

from discern.distances import to_others


def leave_one_out_classes(points: np.ndarray, labels: np.ndarray, neighbours: int) -> np.ndarray:
    """The class (N,) that the majority of each point's nearest others has.

    Args:
        points: (N, D), such as a map's.
        labels: integer (N,).
        neighbours: how many of the other points vote; ties go to the lowest label.
    """
    kinds = np.unique(labels)
    votes = (labels[_nearest_others(points, neighbours)][:, :, None] == kinds).sum(axis=1)
    found: np.ndarray = kinds[votes.argmax(axis=1)]
    return found


def trustworthiness(embeddings: np.ndarray, points: np.ndarray, neighbours: int) -> float:
    """How far the neighbours in a map are neighbours in the embedding too, in [0, 1].

    1 − 2 / (N k (2N − 3k − 1)) Σ_i Σ_j max(0, r(i, j) − k) over each point's k nearest others j in
    the map, where r(i, j) is j's rank among the others of i by distance in the embedding (Venna and
    Kaski, Neighborhood Preservation in Nonlinear Projection Methods, ICANN, 2001). 1 where the map
    invents no neighbours, about ½ for points strewn at random. Others at one distance share the
    best of their ranks.

    Args:
        embeddings: (N, D), in the distance that the map was made with.
        points: (N, 2), the map of the same samples.
        neighbours: k, less than N / 2.

    Raises:
        ValueError: when k is N / 2 or more.
    """
    count = len(embeddings)
    if 2 * neighbours >= count:
        raise ValueError(f"{neighbours} neighbours are not less than half of {count} points")
    nearest = _nearest_others(points, neighbours)
    excess = 0
    for rows, distances in to_others(embeddings):
        for others in nearest[rows].T:
            reached = distances[np.arange(len(rows)), others]
            ranks = 1 + np.sum(distances < reached[:, None], axis=1)
            excess += int(np.maximum(ranks - neighbours, 0).sum())
    return 1.0 - 2.0 * excess / (count * neighbours * (2 * count - 3 * neighbours - 1))


def _nearest_others(points: np.ndarray, neighbours: int) -> np.ndarray:
    """The indices (N, neighbours) of each point's nearest others."""
    # without an argument, a point is not its own neighbour
    search = NearestNeighbors(n_neighbors=neighbours).fit(points)
    found: np.ndarray = search.kneighbors(return_distance=False)
    return found
