"""Distances between embeddings, and the two spaces in which they are Euclidean."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn.metrics import pairwise_distances

from discern.distance import Distance

# Rows of the distance matrix in memory at once.
_BLOCK = 500


def in_distance(embeddings: np.ndarray, distance: Distance) -> np.ndarray:
    """The embeddings whose Euclidean distances order pairs as ``distance`` does.

    L2-normalised for ``"cosine"`` (squared Euclidean distance is then 2 − 2 cos; a zero vector
    stays zero), unchanged for ``"euclidean"``.
    """
    if distance == "euclidean":
        return embeddings
    values = embeddings.astype(np.float64)  # so that squares neither underflow nor overflow
    norms = np.linalg.norm(values, axis=1, keepdims=True)
    return (values / np.where(norms > 0, norms, 1)).astype(embeddings.dtype)


def distances_to_others(embeddings: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Indices (B,) of a block of samples and their distances (B, N) to all samples, block by block.

    Embeddings are floating (N, D). A sample's distance to itself is infinite, so that no sample is
    its own neighbour.
    """
    for first in range(0, len(embeddings), _BLOCK):
        rows = np.arange(first, min(first + _BLOCK, len(embeddings)))
        distances = pairwise_distances(embeddings[rows], embeddings)
        distances[np.arange(len(rows)), rows] = np.inf
        yield rows, distances


def distances_of_pairs(
    embeddings: np.ndarray, labels: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Distances of pairs of the same class and of different classes, by blocks, each pair once.

    Args:
        embeddings: floating (N, D).
        labels: (N,).
    """
    for first in range(0, len(embeddings), _BLOCK):
        block = slice(first, first + _BLOCK)
        distances = pairwise_distances(embeddings[block], embeddings[first:])
        later = np.arange(distances.shape[1]) > np.arange(len(distances))[:, None]
        alike = labels[block, None] == labels[None, first:]
        yield distances[alike & later], distances[~alike & later]


def distance_histograms(
    embeddings: np.ndarray, labels: np.ndarray, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Histograms of the distances of all N (N − 1) / 2 pairs, of the same and of different classes.

    Distances are Euclidean. Those that rounding puts beyond the edges count in the outermost bins.

    Returns:
        Two int64 arrays (len(edges) − 1,), the pairs per bin.
    """
    bins = len(edges) - 1
    same, different = np.zeros(bins, np.int64), np.zeros(bins, np.int64)
    inner = edges[1:-1]
    for blocks in distances_of_pairs(embeddings, labels):
        for counts, distances in zip((same, different), blocks, strict=True):
            where = np.searchsorted(inner, distances, side="right")
            counts += np.bincount(where, minlength=bins)
    return same, different
