"""Neural collapse: distance from one point per class, with all classes equally far apart.

Papyan et al., Prevalence of neural collapse during the terminal phase of deep learning training,
PNAS, 2020 (arXiv:2008.08186). All measures are 0 if the collapse is complete, and none depends on
scale. NC1 and NC2 are defined for native embeddings; for L2-normalised embeddings they describe the
collapse of directions.
"""

from __future__ import annotations

import numpy as np

from discern.measures.shared.class_means import centred_class_means, class_means
from discern.measures.shared.interface import Embeddings, Values
from discern.measures.shared.measure import Measure

measures = (
    Measure(
        name="within_class_variability",
        title="NC1: variability",
        definition="tr(Σ_W Σ_B†) / C, covariance within over between classes, from 0 "
        "(arXiv:2008.08186)",
        key=("neural_collapse", "within_class_variability"),
        better="lower",
        place=170,
    ),
    Measure(
        name="equal_norms",
        title="NC2: unequal norms",
        definition="standard deviation over mean of the centred class means' norms, from 0 for "
        "equal ones (arXiv:2008.08186)",
        key=("neural_collapse", "equal_norms"),
        place=180,
    ),
    Measure(
        name="maximal_angles",
        title="NC2: distance to maximal angles",
        definition="mean of |cos + 1 / (C − 1)| over pairs of centred class means, 0 for the "
        "largest angles to 2 (arXiv:2008.08186)",
        key=("neural_collapse", "maximal_angles"),
        place=190,
    ),
)


def compute(embeddings: Embeddings) -> Values:
    """NC1 and both parts of NC2 of the queries."""
    queries, labels = embeddings.queries, embeddings.labels
    return {
        "neural_collapse": {
            "within_class_variability": within_class_variability(queries, labels),
            "equal_norms": equal_norms(queries, labels),
            "maximal_angles": maximal_angles(queries, labels),
        }
    }


def within_class_variability(embeddings: np.ndarray, labels: np.ndarray) -> float:
    """NC1: tr(Σ_W Σ_B†) / C, ≥ 0, of embeddings (N, D) with labels (N,).

    Σ_W is the mean over samples of (x − μ_c)(x − μ_c)ᵀ, Σ_B the mean over classes of
    (μ_c − μ)(μ_c − μ)ᵀ with μ the mean of the class means, † the pseudo-inverse.
    """
    values = embeddings.astype(np.float64)
    classes, means = class_means(values, labels)
    offsets = values - means[np.searchsorted(classes, labels)]
    within = offsets.T @ offsets / len(values)
    centred = means - means.mean(axis=0)
    between = centred.T @ centred / len(means)
    # C means span C − 1 directions; other components of Σ_B are rounding errors.
    inverse = np.linalg.pinv(between, rcond=1e-10, hermitian=True)
    return float(np.trace(within @ inverse) / len(means))


def equal_norms(embeddings: np.ndarray, labels: np.ndarray) -> float:
    """NC2, first part: standard deviation over mean of ‖μ_c − μ‖, ≥ 0; 0 for equal norms."""
    norms = np.linalg.norm(centred_class_means(embeddings, labels), axis=1)
    return float(norms.std() / norms.mean()) if norms.any() else 0.0


def maximal_angles(embeddings: np.ndarray, labels: np.ndarray) -> float:
    """NC2, second part: mean of |cos(μ_c − μ, μ_c' − μ) + 1 / (C − 1)| over pairs, in [0, 2].

    It is 0 if the angles between all class means are as large as C directions allow.
    """
    centred = centred_class_means(embeddings, labels)
    cosines = _unit(centred) @ _unit(centred).T
    pairs = np.triu_indices(len(centred), 1)
    return float(np.mean(np.abs(cosines[pairs] + 1 / (len(centred) - 1))))


def _unit(vectors: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: np.ndarray = vectors / np.where(norms > 0, norms, 1)
    return unit
