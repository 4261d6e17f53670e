"""Retrieval: how many of the nearest others are of a sample's own class.

Definitions of Musgrave et al., A Metric Learning Reality Check, ECCV, 2020 (arXiv:2003.08505,
section 3.2). Every sample is a query against all others (leave-one-out), in Euclidean distance; of
others at the same distance the one that comes first is the nearer. The order of distances is all
that counts, so that native embeddings of any scale can be compared, and L2-normalised ones as well.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from discern.distances import to_others


@dataclass(frozen=True)
class Retrieval:
    """Of each query, float64 (N,) in [0, 1]; NaN for one that is alone in its class.

    The measure of all queries is the mean over those that are not.

    Attributes:
        precision_at_1: whether the nearest other sample has the query's class, 0 or 1.
        r_precision: the part of the query's class among the R nearest, R the number of others of
            its class.
        map_at_r: the mean average precision at R, (1/R) Σ_{i ≤ R} P(i) rel(i) with P(i) the
            precision among the i nearest and rel(i) whether the i-th is of the query's class.
    """

    precision_at_1: np.ndarray
    r_precision: np.ndarray
    map_at_r: np.ndarray


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
    for rows, distances in to_others(embeddings):
        nearest = _nearest(distances, deepest)
        relevant = labels[nearest] == labels[rows, None]
        within = relevant & (at <= others[rows, None])
        precision = np.cumsum(relevant, axis=1) / at
        size = np.where(others[rows] > 0, others[rows], np.nan)
        first_found = np.where(others[rows] > 0, relevant[:, 0], np.nan)
        average = (precision * within).sum(axis=1)
        found.append(np.stack([first_found, within.sum(axis=1) / size, average / size]))
    return Retrieval(*np.concatenate(found, axis=1))


def _nearest(distances: np.ndarray, count: int) -> np.ndarray:
    """The columns (rows, count) of the smallest distances in each row, the smallest first.

    Numbers of distance and column together, which are sorted many times faster than columns by
    distance: the bits of floats ≥ 0 are in the order of the floats.
    """
    # abs, as the bits of −0 are not in order
    bits = np.abs(distances.astype(np.float32)).view(np.uint32).astype(np.uint64)
    keys = bits << np.uint64(32) | np.arange(distances.shape[1], dtype=np.uint64)
    keys.partition(count - 1, axis=1)
    smallest = np.sort(keys[:, :count], axis=1)
    return (smallest & np.uint64(0xFFFFFFFF)).astype(np.intp)
