"""Alignment and uniformity on the unit sphere.

Wang and Isola, Understanding Contrastive Representation Learning through Alignment and Uniformity
on the Hypersphere, ICML, 2020 (arXiv:2005.10242), with the pairs of one class as positive pairs.
Both are defined only for L2-normalised embeddings.
"""

from __future__ import annotations

import numpy as np

from discern.measures.shared.interface import Embeddings, Values
from discern.measures.shared.measure import Measure
from discern.measures.shared.pairs import Block

measures = (
    Measure(
        name="alignment",
        title="alignment",
        definition="mean squared distance of pairs of one class on the unit sphere, 0 to 4 "
        "(arXiv:2005.10242)",
        basis="l2_normalised",
        better="lower",
        place=750,
    ),
    Measure(
        name="uniformity",
        title="uniformity",
        definition="log of the mean of exp(−2 d²) over pairs on the unit sphere, −8 for far apart "
        "to 0 (arXiv:2005.10242)",
        basis="l2_normalised",
        better="lower",
        place=760,
    ),
)


def observer(embeddings: Embeddings) -> Hypersphere:
    """Alignment and uniformity of the queries."""
    return Hypersphere(embeddings.queries, embeddings.labels)


class Hypersphere:
    """Alignment and uniformity of embeddings (N, D) of length 1 with labels (N,)."""

    def __init__(self, embeddings: np.ndarray, labels: np.ndarray) -> None:
        """Prepare to see the distances of ``embeddings``."""
        self._embeddings, self._labels = embeddings, labels
        # Σ exp(−2 ‖x − y‖²) of each sample with all others
        self._potentials = np.zeros(len(labels))

    def see(self, block: Block) -> None:
        """Add up the potentials of the block's samples."""
        potentials = np.exp(-2.0 * np.square(block.distances))
        self._potentials[block.rows] = potentials.sum(axis=1, dtype=np.float64)

    def values(self) -> Values:
        """Both measures by their names."""
        return {
            "alignment": alignment(self._embeddings, self._labels),
            "uniformity": self.uniformity(),
        }

    def uniformity(self) -> float:
        """Logarithm of the mean of exp(−2 ‖x − y‖²) over all pairs, in [−8, 0].

        The lower, the more evenly the embeddings cover the sphere; 0 if all are equal.
        """
        count = len(self._potentials)
        return float(np.log(self._potentials.sum() / (count * (count - 1))))


def alignment(embeddings: np.ndarray, labels: np.ndarray) -> float:
    """Mean of ‖x − y‖² over pairs of one class, in [0, 4]; embeddings (N, D) of length 1.

    0 if every class is one point. Raises :class:`ValueError` without such a pair.
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
