"""Retrieval: how many of the nearest others are of a sample's own class.

Definitions of Musgrave et al., A Metric Learning Reality Check, ECCV, 2020 (arXiv:2003.08505,
section 3.2). Every sample is a query against all others (leave-one-out), in Euclidean distance; of
others at the same distance the one that comes first is the nearer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import pairwise_distances

# Rows of a distance matrix that are held at once.
_BLOCK = 250


@dataclass(frozen=True)
class Retrieval:
    """Means over the queries that have another sample of their class; all in [0, 1].

    Attributes:
        precision_at_1: how often the nearest other sample has the query's class.
        r_precision: the part of the query's class among the R nearest, R the number of others of
            its class.
        map_at_r: the mean average precision at R, (1/R) Σ_{i ≤ R} P(i) rel(i) with P(i) the
            precision among the i nearest and rel(i) whether the i-th is of the query's class.
    """

    precision_at_1: float
    r_precision: float
    map_at_r: float


def retrieval(embeddings: np.ndarray, labels: np.ndarray) -> Retrieval:
    """All three for embeddings (N, D) with labels (N,), in memory O(N).

    Raises:
        ValueError: when no class has two samples.
    """
    _, members, counts = np.unique(labels, return_inverse=True, return_counts=True)
    others = counts[members] - 1
    deepest = int(others.max())
    if deepest < 1:
        raise ValueError("no class has two samples")
    at = np.arange(1, deepest + 1)
    found = []
    for first in range(0, len(embeddings), _BLOCK):
        rows = np.arange(first, min(first + _BLOCK, len(embeddings)))
        distances = pairwise_distances(embeddings[rows], embeddings)
        distances[np.arange(len(rows)), rows] = np.inf  # no sample is its own neighbour
        nearest = np.argsort(distances, axis=1, kind="stable")[:, :deepest]
        relevant = labels[nearest] == labels[rows, None]
        within = relevant & (at <= others[rows, None])
        precision = np.cumsum(relevant, axis=1) / at
        asked = others[rows] > 0
        size = np.maximum(others[rows], 1)
        found.append(
            np.stack(
                [relevant[:, 0], within.sum(axis=1) / size, (precision * within).sum(axis=1) / size]
            )[:, asked]
        )
    means = np.concatenate(found, axis=1).mean(axis=1)
    return Retrieval(*(float(mean) for mean in means))
