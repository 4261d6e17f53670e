"""Euclidean distances between embeddings, a block of the matrix of all at a time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sklearn.metrics import pairwise_distances

# Rows of the matrix that are held at once.
_BLOCK = 500


def to_others(embeddings: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Indices (B,) of some samples and their distances (B, N) to all, block after block.

    Embeddings are floating (N, D). A sample's distance to itself is infinite, so that no sample is
    its own neighbour.
    """
    for first in range(0, len(embeddings), _BLOCK):
        rows = np.arange(first, min(first + _BLOCK, len(embeddings)))
        distances = pairwise_distances(embeddings[rows], embeddings)
        distances[np.arange(len(rows)), rows] = np.inf
        yield rows, distances


def of_pairs(embeddings: np.ndarray, labels: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """The distances of pairs of one class and of pairs of two, block after block, each pair once.

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
