"""Alignment and uniformity on the unit sphere.

Wang and Isola, Understanding Contrastive Representation Learning through Alignment and Uniformity
on the Hypersphere, ICML, 2020 (arXiv:2005.10242), with the pairs of one class as positive pairs.
Both are defined for L2-normalised embeddings alone.
"""

from __future__ import annotations

import numpy as np

from discern.distances import of_pairs


def alignment(embeddings: np.ndarray, labels: np.ndarray) -> float:
    """Mean of ‖x − y‖² over pairs of one class, in [0, 4]; embeddings (N, D) of length 1.

    0 where every class is one point. Raises :class:`ValueError` without such a pair.
    """
    values = embeddings.astype(np.float64)
    total, pairs = 0.0, 0
    for label in np.unique(labels):
        members = values[labels == label]
        # Σ over pairs of ‖x − y‖² = n Σ ‖x − mean‖²
        total += len(members) * float(np.sum((members - members.mean(axis=0)) ** 2))
        pairs += len(members) * (len(members) - 1) // 2
    if not pairs:
        raise ValueError("no class has two samples")
    return total / pairs


def uniformity(embeddings: np.ndarray) -> float:
    """Logarithm of the mean of exp(−2 ‖x − y‖²) over all pairs, in [−8, 0]; (N, D) of length 1.

    The lower, the more evenly the embeddings cover the sphere; 0 where all are equal.
    """
    total = 0.0
    for distances, _ in of_pairs(embeddings, np.zeros(len(embeddings))):
        total += float(np.sum(np.exp(-2.0 * distances.astype(np.float64) ** 2)))
    return float(np.log(total / (len(embeddings) * (len(embeddings) - 1) / 2)))
