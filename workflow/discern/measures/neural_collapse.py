"""Neural collapse: distance from one point per class, with all classes equally far apart.

Papyan et al., Prevalence of neural collapse during the terminal phase of deep learning training,
PNAS, 2020 (arXiv:2008.08186). All measures are 0 if the collapse is complete, and none depends on
scale. NC1 and NC2 are defined for native embeddings; for L2-normalised embeddings they describe the
collapse of directions.
"""

from __future__ import annotations

import numpy as np

from discern.measures.shared.class_means import centred_class_means, class_means
from discern.measures.shared.distances import in_distance
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
    Measure(
        name="equiangularity",
        title="NC2: unequal angles",
        definition="standard deviation of cos over pairs of centred class means, 0 for equal "
        "angles to 1 (arXiv:2008.08186)",
        key=("neural_collapse", "equiangularity"),
        place=192,
    ),
    Measure(
        name="training_within_class_variability",
        title="NC1: variability, training",
        definition="NC1 of the training embeddings, for which it is defined, from 0 "
        "(arXiv:2008.08186)",
        key=("training_neural_collapse", "within_class_variability"),
        better="lower",
        place=220,
    ),
    *(
        Measure(
            name=f"training_{name}",
            title=f"NC2: {words}, training",
            definition=f"{words} of class means of the training embeddings, for which NC2 is "
            f"defined, {limits} (arXiv:2008.08186)",
            key=("training_neural_collapse", name),
            place=place,
        )
        for name, words, limits, place in (
            ("equal_norms", "unequal norms", "from 0", 222),
            ("maximal_angles", "distance to maximal angles", "0 to 2", 224),
            ("equiangularity", "unequal angles", "0 to 1", 226),
        )
    ),
)


def compute(embeddings: Embeddings) -> Values:
    """NC1 and the parts of NC2 of the queries, and of the gallery."""
    return {
        "neural_collapse": _collapse(embeddings.queries, embeddings.labels),
        "training_neural_collapse": _collapse(embeddings.gallery, embeddings.gallery_labels),
    }


def _collapse(embeddings: np.ndarray, labels: np.ndarray) -> Values:
    return {
        "within_class_variability": within_class_variability(embeddings, labels),
        "equal_norms": equal_norms(embeddings, labels),
        "maximal_angles": maximal_angles(embeddings, labels),
        "equiangularity": equiangularity(embeddings, labels),
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
    cosines = _cosines(embeddings, labels)
    return float(np.mean(np.abs(cosines + 1 / (len(np.unique(labels)) - 1))))


def equiangularity(embeddings: np.ndarray, labels: np.ndarray) -> float:
    """NC2, third part: standard deviation of cos(μ_c − μ, μ_c' − μ) over pairs, in [0, 1]."""
    return float(_cosines(embeddings, labels).std())


def _cosines(embeddings: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """cos(μ_c − μ, μ_c' − μ) of all pairs of classes, (C (C − 1) / 2,)."""
    unit = in_distance(centred_class_means(embeddings, labels), "cosine")
    cosines: np.ndarray = (unit @ unit.T)[np.triu_indices(len(unit), 1)]
    return cosines
