"""Neural collapse: how near embeddings are to one point per class, all classes equally far apart.

Papyan et al., Prevalence of neural collapse during the terminal phase of deep learning training,
PNAS, 2020 (arXiv:2008.08186). All of them are 0 where the collapse is complete, and none depends on
the scale. NC1 and NC2 are defined for native embeddings; of L2-normalised ones they say how far the
directions have collapsed. NC3 and NC4 compare with a classifier and mean something for the native
embeddings alone that it classifies.
"""

from __future__ import annotations

import numpy as np


def within_class_variability(embeddings: np.ndarray, labels: np.ndarray) -> float:
    """NC1: tr(Σ_W Σ_B†) / C, ≥ 0, of embeddings (N, D) with labels (N,).

    Σ_W is the mean over samples of (x − μ_c)(x − μ_c)ᵀ, Σ_B the mean over classes of
    (μ_c − μ)(μ_c − μ)ᵀ with μ the mean of the class means, † the pseudo-inverse.
    """
    values, members, means = _classes(embeddings, labels)
    offsets = values - means[members]
    within = offsets.T @ offsets / len(values)
    centred = means - means.mean(axis=0)
    between = centred.T @ centred / len(means)
    # C means span C − 1 directions: what else there is in Σ_B is rounding
    inverse = np.linalg.pinv(between, rcond=1e-10, hermitian=True)
    return float(np.trace(within @ inverse) / len(means))


def equal_norms(embeddings: np.ndarray, labels: np.ndarray) -> float:
    """NC2, first part: standard deviation over mean of ‖μ_c − μ‖, ≥ 0; 0 for equal norms."""
    norms = np.linalg.norm(_centred_means(embeddings, labels), axis=1)
    return float(norms.std() / norms.mean()) if norms.any() else 0.0


def maximal_angles(embeddings: np.ndarray, labels: np.ndarray) -> float:
    """NC2, second part: mean of |cos(μ_c − μ, μ_c' − μ) + 1 / (C − 1)| over pairs, in [0, 2].

    It is 0 where all class means are as far apart by angle as C directions can be.
    """
    centred = _centred_means(embeddings, labels)
    cosines = _unit(centred) @ _unit(centred).T
    pairs = np.triu_indices(len(centred), 1)
    return float(np.mean(np.abs(cosines[pairs] + 1 / (len(centred) - 1))))


def self_duality(embeddings: np.ndarray, labels: np.ndarray, class_weights: np.ndarray) -> float:
    """NC3: ‖W/‖W‖ − M/‖M‖‖² in Frobenius norms, in [0, 4].

    M (D, C) holds the centred class means and W (D, C), ``class_weights``, the classifier's, in the
    order of the labels.
    """
    means = _centred_means(embeddings, labels).T
    weights = class_weights.astype(np.float64)
    scaled = (matrix / (np.linalg.norm(matrix) or 1.0) for matrix in (weights, means))
    return float(np.linalg.norm(np.subtract(*scaled)) ** 2)


def disagreement(predictions: np.ndarray, nearest_means: np.ndarray) -> float:
    """NC4: how often classifier and nearest class mean name different classes, in [0, 1]."""
    return float(np.mean(predictions != nearest_means))


def _classes(
    embeddings: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The embeddings as float64, the place of each one's class, and the classes' means."""
    values = embeddings.astype(np.float64)
    kinds, members = np.unique(labels, return_inverse=True)
    return values, members, np.stack([values[members == k].mean(axis=0) for k in range(len(kinds))])


def _centred_means(embeddings: np.ndarray, labels: np.ndarray) -> np.ndarray:
    means = _classes(embeddings, labels)[2]
    centred: np.ndarray = means - means.mean(axis=0)
    return centred


def _unit(vectors: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: np.ndarray = vectors / np.where(norms > 0, norms, 1)
    return found
