"""Effective rank: how many directions the embeddings use.

Roy and Vetterli, The effective rank: A measure of effective dimensionality, EUSIPCO, 2007; as a
measure of embeddings Garrido et al., RankMe, ICML, 2023 (arXiv:2210.02885).
"""

from __future__ import annotations

import numpy as np
from scipy.special import entr

from discern.measures.shared.interface import Embeddings, Values
from discern.measures.shared.measure import Measure

measures = (
    Measure(
        name="effective_rank",
        title="effective rank",
        definition="exponential of the entropy of the embeddings' singular values, from 1; about "
        "the number of classes if they have collapsed (arXiv:2210.02885)",
        place=212,
    ),
)


def compute(embeddings: Embeddings) -> Values:
    """The effective rank of the queries."""
    return {"effective_rank": effective_rank(embeddings.queries)}


def effective_rank(embeddings: np.ndarray) -> float | None:
    """exp(−Σ p_k log p_k) with p_k = σ_k / Σ σ of the singular values of (N, D), in [1, D].

    The embeddings are not centred. None if all are 0.
    """
    singular = np.linalg.svd(embeddings.astype(np.float64), compute_uv=False)
    if not singular.any():
        return None
    return float(np.exp(entr(singular / singular.sum()).sum()))
