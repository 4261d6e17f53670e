"""The two spaces in which distances are Euclidean, and histograms of distances."""

from __future__ import annotations

import math

import numpy as np

from discern.distance import Distance
from discern.measures.shared.pairs import Block, Pairs


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


def exponent_above(*parts: np.ndarray) -> int:
    """The exponent of the smallest power of two above all coordinates of the parts.

    Embeddings that are divided by the power lose no digit, and their squares neither overflow nor
    vanish.
    """
    return math.frexp(max(float(np.abs(part).max()) for part in parts))[1]


def distance_histograms(
    embeddings: np.ndarray, labels: np.ndarray, edges: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Histograms of the distances of all N (N − 1) / 2 pairs, of the same and of different classes.

    Distances are Euclidean. Those that rounding puts beyond the edges count in the outermost bins.

    Returns:
        Two int64 arrays (len(edges) − 1,), the pairs per bin.
    """
    bins = len(edges) - 1
    exponent = exponent_above(embeddings)
    inner = np.ldexp(edges[1:-1], -exponent)
    same, different = np.zeros(bins, np.int64), np.zeros(bins, np.int64)

    def see(block: Block) -> None:
        for counts, distances in zip((same, different), block.pairs(), strict=True):
            where = np.searchsorted(inner, distances.ravel(), side="right")
            counts[:] += np.bincount(where, minlength=bins)

    Pairs(np.ldexp(embeddings, -exponent), labels).walk(see)
    return same, different
