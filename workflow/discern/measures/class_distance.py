"""Class-distance normalised variance: the variance of two classes relative to their distance.

Galanti, György and Hutter, On the Role of Neural Collapse in Transfer Learning, ICLR, 2022
(arXiv:2112.15121).
"""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import pdist

from discern.measures.shared.class_means import class_means
from discern.measures.shared.interface import Embeddings, Values
from discern.measures.shared.measure import Measure

measures = (
    Measure(
        name="class_distance_normalised_variance",
        title="class-distance normalised variance",
        definition="mean over pairs of classes of their mean variance over the squared distance of "
        "their means, from 0 (arXiv:2112.15121)",
        better="lower",
        place=214,
    ),
)


def compute(embeddings: Embeddings) -> Values:
    """The class-distance normalised variance of the queries."""
    value = class_distance_normalised_variance(embeddings.queries, embeddings.labels)
    return {"class_distance_normalised_variance": value}


def class_distance_normalised_variance(embeddings: np.ndarray, labels: np.ndarray) -> float | None:
    """Mean over pairs of classes of (Var_i + Var_j) / (2 ‖μ_i − μ_j‖²), ≥ 0; (N, D) and (N,).

    Var_i is the mean squared distance of the samples of class i to their mean μ_i (section 3). None
    if the means of two classes coincide.
    """
    values = embeddings.astype(np.float64)
    classes, means = class_means(values, labels)
    variances = np.array(
        [
            np.mean(np.sum((values[labels == label] - mean) ** 2, axis=1))
            for label, mean in zip(classes, means, strict=True)
        ]
    )
    distances = pdist(means, "sqeuclidean")
    if not distances.all():
        return None
    first, second = np.triu_indices(len(classes), 1)
    return float(np.mean((variances[first] + variances[second]) / (2 * distances)))
