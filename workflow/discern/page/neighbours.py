"""The nearest neighbours of each query among the queries."""

from __future__ import annotations

import numpy as np
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from discern.distance import Distance
from discern.measures.shared.distances import exponent_above, in_distance

COUNT = 10
"""The number of neighbours that the page shows."""

# Positions, integer, and distances, float64, both (N, k).
Neighbours = tuple[np.ndarray, np.ndarray]


def nearest_queries(embeddings: np.ndarray, distance: Distance, count: int = COUNT) -> Neighbours:
    """The positions and the distances of each query's nearest others, the nearest first.

    Args:
        embeddings: of N queries, native, float32 (N, D).
        distance: the row's own: Euclidean, or cosine (1 − cos).
        count: how many; N − 1 if there are fewer.

    Returns:
        Positions, integer, and distances, float64, both (N, count).
    """
    exponent = exponent_above(embeddings)  # so that squares neither overflow nor vanish
    vectors = in_distance(np.ldexp(embeddings, -exponent), distance).astype(np.float64)
    search = NearestNeighbors(n_neighbors=min(count, len(vectors) - 1), algorithm="brute")
    with threadpool_limits(1):
        distances, positions = search.fit(vectors).kneighbors()
    if distance == "cosine":
        return positions, distances**2 / 2
    return positions, np.ldexp(distances, exponent)
